//! Where history may be kept.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::Obstacle;
use super::directory::Directory;
use crate::{home, text};

/// The directory that a package or the operator makes; never made here.
const SYSTEM: &str = "/var/lib/monitoring-plugins-ha";
/// Below the state directory of a user.
const NAME: &str = "monitoring-plugins-ha";
/// As the directory it says that no history is wanted.
const NONE: &str = "/dev/null";

/// Where history may be kept, as arguments and environment say.
///
/// Without `given` it is the first that can be had of `/var/lib/monitoring-plugins-ha`, if the user may write there,
/// `$XDG_STATE_HOME/monitoring-plugins-ha`, and `.local/state/monitoring-plugins-ha` in the user's home ([`home`]).
///
/// Of a directory that everybody may write to and that has the sticky bit, as `/tmp` has, a subdirectory is used that
/// belongs to this user alone, such as `uid-1000`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryDirs {
    /// The argument `--history-dir`; made where only its last part is missing. `/dev/null` stands for no history.
    pub given: Option<PathBuf>,
    /// `$XDG_STATE_HOME`; ignored when relative.
    pub xdg_state_home: Option<PathBuf>,
    /// `$HOME`; the home of another user, which sudo may leave there, is no place.
    pub home: Option<PathBuf>,
}

/// Why there is no place for any history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoPlace {
    pub(super) obstacle: Obstacle,
    /// The operator wants no history.
    pub(super) is_wanted: bool,
}

impl HistoryDirs {
    pub(super) fn open(&self) -> Result<Directory, NoPlace> {
        self.open_with(Path::new(SYSTEM), home)
    }

    pub(super) fn open_with(
        &self,
        system: &Path,
        home: impl FnOnce(Option<PathBuf>) -> Option<PathBuf>,
    ) -> Result<Directory, NoPlace> {
        match &self.given {
            Some(given) if given == Path::new(NONE) => {
                let obstacle = Obstacle::new(format!("--history-dir is {NONE}"), "give a directory instead");
                Err(NoPlace { obstacle, is_wanted: true })
            }
            Some(given) => Directory::make(given, false).map_err(|obstacle| NoPlace { obstacle, is_wanted: false }),
            None => self.first(system, home).map_err(|obstacle| NoPlace { obstacle, is_wanted: false }),
        }
    }

    fn first(
        &self,
        system: &Path,
        home: impl FnOnce(Option<PathBuf>) -> Option<PathBuf>,
    ) -> Result<Directory, Obstacle> {
        let mut reasons = Vec::new();
        match Directory::open(system).and_then(Directory::writable) {
            Ok(directory) => return Ok(directory),
            Err(obstacle) => reasons.push(obstacle.reason),
        }
        match self.xdg_state_home.as_deref().filter(|xdg| !xdg.as_os_str().is_empty()) {
            Some(xdg) if !xdg.is_absolute() => reasons.push("$XDG_STATE_HOME is not an absolute path".to_owned()),
            Some(xdg) => match Directory::make(&xdg.join(NAME), true) {
                Ok(directory) => return Ok(directory),
                Err(obstacle) => reasons.push(obstacle.reason),
            },
            None => {}
        }
        match below_home(home(self.home.clone())) {
            Ok(directory) => return Ok(directory),
            Err(reason) => reasons.push(reason),
        }
        let remedy = format!("create {} writable for this user, or give --history-dir", system.display());
        Err(Obstacle::new(reasons.join("; "), remedy))
    }
}

fn below_home(home: Option<PathBuf>) -> Result<Directory, String> {
    let home = home.ok_or("this user has no home directory")?;
    let shown = || text::quote(&home.display().to_string());
    match home.metadata() {
        Ok(about) if !about.is_dir() => Err(format!("{} is not a directory", shown())),
        Ok(about) if about.uid() != geteuid().as_raw() => Err(format!("{} belongs to another user", shown())),
        Ok(_) => Directory::make(&home.join(".local/state").join(NAME), true).map_err(|obstacle| obstacle.reason),
        Err(_) => Err(format!("{} does not exist", shown())),
    }
}
