//! The places where history may be kept.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::Obstacle;
use super::directory::Directory;
use crate::{home, text};

/// The directory that a package or the operator creates. The check never creates it.
const SYSTEM: &str = "/var/lib/monitoring-plugins-ha";
/// The directory name below the state directory of a user.
pub(super) const NAME: &str = "monitoring-plugins-ha";
/// The value of `--history-dir` that switches history off.
const NONE: &str = "/dev/null";

/// The places where history may be kept, from the arguments and the environment.
///
/// Without `given`, the first usable one is taken: `/var/lib/monitoring-plugins-ha` if the user may write there,
/// `$XDG_STATE_HOME/monitoring-plugins-ha`, `.local/state/monitoring-plugins-ha` in the user's home ([`home`]).
///
/// In a directory with the sticky bit that everybody may write to, such as `/tmp`, a subdirectory that belongs to this
/// user alone is used, such as `uid-1000`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryDirs {
    /// The argument `--history-dir`. The directory is created if only its last part is missing. `/dev/null` means no
    /// history.
    pub given: Option<PathBuf>,
    /// `$XDG_STATE_HOME`. Ignored if it is relative, or exists and is not a directory of this user.
    pub xdg_state_home: Option<PathBuf>,
    /// `$HOME`. The home of another user, which sudo may leave there, is ignored.
    pub home: Option<PathBuf>,
}

/// The reason why there is no place for history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoPlace {
    pub(super) obstacle: Obstacle,
    /// Whether the operator switched history off.
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
            Some(xdg) => match below(xdg, Path::new(NAME)) {
                Ok(directory) => return Ok(directory),
                Err(reason) => reasons.push(reason),
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
    if home.metadata().is_err() {
        return Err(format!("{} does not exist", shown(&home)));
    }
    below(&home, &Path::new(".local/state").join(NAME))
}

/// The directory at `path` below `base`. An existing base must be a directory of this user.
fn below(base: &Path, path: &Path) -> Result<Directory, String> {
    match base.metadata() {
        Ok(about) if !about.is_dir() => Err(format!("{} is not a directory", shown(base))),
        Ok(about) if about.uid() != geteuid().as_raw() => Err(format!("{} belongs to another user", shown(base))),
        _ => Directory::make(&base.join(path), true).map_err(|obstacle| obstacle.reason),
    }
}

fn shown(path: &Path) -> String {
    text::quote(&path.display().to_string())
}
