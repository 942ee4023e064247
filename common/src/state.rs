//! What a check remembers between two runs.
//!
//! Remembering is a help, never a condition: whatever is wrong with a state file or its directory is a reason that can
//! be shown, and the check goes on as in its first run.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, Flock, FlockArg, OFlag, openat, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{AccessFlags, UnlinkatFlags, faccessat, geteuid, unlinkat};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::io_error;

/// The version of the envelope; what is newer is not understood.
const VERSION: u64 = 1;
/// The longest state file, in bytes.
const LONGEST: u64 = 1 << 20;
/// How long a run waits for another one that is writing, and how often it looks.
const PATIENCE: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_millis(10);

/// The directory that a package or the operator makes; never made here.
const SYSTEM: &str = "/var/lib/monitoring-plugins-ha";
/// Below the state directory of a user.
const NAME: &str = "monitoring-plugins-ha";

/// Where state files may be kept, as arguments and environment say.
///
/// Without `given` it is the first that can be had of `/var/lib/monitoring-plugins-ha`, if the user may write there,
/// `$XDG_STATE_HOME/monitoring-plugins-ha` and `$HOME/.local/state/monitoring-plugins-ha`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateDirs {
    /// The argument `--state-dir`; made where only its last part is missing.
    pub given: Option<PathBuf>,
    /// `$XDG_STATE_HOME`; ignored when relative.
    pub xdg_state_home: Option<PathBuf>,
    /// `$HOME`; ignored when relative, missing or the home of another user.
    pub home: Option<PathBuf>,
}

impl StateDirs {
    fn open(&self, system: &Path) -> Result<Directory, String> {
        if let Some(given) = &self.given {
            return Directory::make(given, false);
        }
        let xdg = self.xdg_state_home.as_ref().filter(|xdg| xdg.is_absolute()).map(|xdg| xdg.join(NAME));
        // sudo may leave the home of another user, where nothing of ours belongs.
        let own = |home: &Path| home.metadata().is_ok_and(|about| about.is_dir() && about.uid() == geteuid().as_raw());
        let home = self.home.as_ref().filter(|home| home.is_absolute() && own(home));
        let home = home.map(|home| home.join(".local/state").join(NAME));
        let system = Directory::open(system).and_then(Directory::writable);
        xdg.into_iter().chain(home).fold(system, |found, next| found.or_else(|_| Directory::make(&next, true)))
    }
}

/// The memory of one check: one file that only its user can read, write or put there.
#[derive(Debug)]
pub struct StateFile {
    directory: Result<Directory, String>,
    /// Without `.json`.
    name: String,
    key: String,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Deserialize, Serialize)]
struct Envelope<Key, Data> {
    version: u64,
    key: Key,
    data: Data,
}

impl StateFile {
    /// Finds the place for what `plugin` remembers about `key`, which says everything that makes the check another
    /// one: its targets in a fixed order, its mode.
    pub fn open(directories: &StateDirs, plugin: &str, key: &str) -> Self {
        Self::below(directories.open(Path::new(SYSTEM)), plugin, key)
    }

    fn below(directory: Result<Directory, String>, plugin: &str, key: &str) -> Self {
        // A trial run as another user must not take the file away from the monitoring user.
        let hash = fnv1a(&format!("{} {key}", geteuid()));
        Self { directory, name: format!("{plugin}-{hash:016x}"), key: key.to_owned() }
    }

    /// Whether there is a place for it at all.
    pub fn has_place(&self) -> bool {
        self.directory.is_ok()
    }

    /// What the last run remembered; none in the first run.
    ///
    /// # Errors
    /// Why nothing is remembered although something may have been: the file is corrupt, of another check, of a newer
    /// version, longer than 1 MiB, or no private file of this user; or there is no directory.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Option<T>, String> {
        let directory = self.directory.as_ref().map_err(String::clone)?;
        let name = format!("{}.json", self.name);
        let Some(text) = directory.read(&name)? else { return Ok(None) };
        self.unpack(&text).map(Some).map_err(|why| directory.fault(&name, why))
    }

    fn unpack<T: DeserializeOwned>(&self, text: &[u8]) -> Result<T, &'static str> {
        let Version { version } = serde_json::from_slice(text).map_err(|_| "corrupt")?;
        if version > VERSION {
            return Err("written by a newer version");
        }
        let Envelope { key, data, .. } =
            serde_json::from_slice::<Envelope<String, serde_json::Value>>(text).map_err(|_| "corrupt")?;
        if key != self.key {
            return Err("of another check");
        }
        serde_json::from_value(data).map_err(|_| "corrupt")
    }

    /// Remembers `data` in place of what was remembered: all of it or nothing, after a wait of at most 0.1 s.
    ///
    /// # Errors
    /// Why it is not remembered: another run is writing, or the directory is missing, unsafe or not writable.
    pub fn write<T: Serialize>(&self, data: &T) -> Result<(), String> {
        let directory = self.directory.as_ref().map_err(String::clone)?;
        let name = format!("{}.json", self.name);
        let envelope = Envelope { version: VERSION, key: &self.key, data };
        let text = serde_json::to_vec(&envelope).map_err(|error| directory.fault(&name, error.to_string()))?;
        if text.len() as u64 > LONGEST {
            return Err(directory.fault(&name, "more than 1 MiB to remember"));
        }
        let _lock = directory.lock(&format!("{}.lock", self.name))?;
        directory.replace(&name, &format!("{}.tmp", self.name), &text)
    }
}

/// FNV-1a with 64 bits: the same in every build, and a collision is found out by the key in the file.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A directory that nobody else can exchange while it is used.
#[derive(Debug)]
struct Directory {
    path: PathBuf,
    handle: OwnedFd,
}

impl Directory {
    /// Opens the directory, made before with its parents where `parents` says so.
    fn make(path: &Path, parents: bool) -> Result<Self, String> {
        match DirBuilder::new().mode(0o700).recursive(parents).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(fault(path, reason(error))),
            _ => Self::open(path),
        }
    }

    /// Opens the directory if nobody but root and this user can plant or exchange anything in it, save for a group
    /// that may write there and can do no worse than make the check forget: files of others are refused.
    fn open(path: &Path) -> Result<Self, String> {
        // Without the slash at the end, which would have a link followed.
        let path = path.components().as_path().to_owned();
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let handle = nix::fcntl::open(&path, flags, Mode::empty()).map_err(|error| fault(&path, reason(error)))?;
        let directory = File::from(handle);
        let about = directory.metadata().map_err(|error| fault(&path, reason(error)))?;
        if about.uid() != 0 && about.uid() != geteuid().as_raw() {
            return Err(fault(&path, "belongs to another user"));
        }
        if about.mode() & 0o1002 == 0o002 {
            return Err(fault(&path, "everybody may write there"));
        }
        Ok(Self { path, handle: directory.into() })
    }

    fn writable(self) -> Result<Self, String> {
        match faccessat(&self.handle, ".", AccessFlags::W_OK | AccessFlags::X_OK, AtFlags::AT_EACCESS) {
            Ok(()) => Ok(self),
            Err(error) => Err(fault(&self.path, reason(error))),
        }
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let file = match self.file(name, OFlag::O_RDONLY) {
            Ok(file) => file,
            Err(Errno::ENOENT) => return Ok(None),
            Err(error) => return Err(self.fault(name, reason(error))),
        };
        let mut text = Vec::new();
        let read = private(&file).and_then(|()| file.take(LONGEST + 1).read_to_end(&mut text).map_err(reason));
        match read {
            Ok(length) if length as u64 > LONGEST => Err(self.fault(name, "larger than 1 MiB")),
            Ok(_) => Ok(Some(text)),
            Err(why) => Err(self.fault(name, why)),
        }
    }

    /// The right to write, until it is dropped. The file stays: two runs must lock the same one.
    fn lock(&self, name: &str) -> Result<Flock<File>, String> {
        let flags = OFlag::O_RDWR | OFlag::O_CREAT;
        let mut file = self.file(name, flags).map_err(|error| self.fault(name, reason(error)))?;
        private(&file).map_err(|why| self.fault(name, why))?;
        let begun = Instant::now();
        loop {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => return Ok(lock),
                Err((back, Errno::EWOULDBLOCK)) if begun.elapsed() < PATIENCE => file = back,
                Err((_, Errno::EWOULDBLOCK)) => return Err(self.fault(name, "another run is writing")),
                Err((_, error)) => return Err(self.fault(name, reason(error))),
            }
            thread::sleep(PAUSE);
        }
    }

    /// Puts a new file in the place of `name`; only for who holds the lock, as the temporary name is always the same.
    fn replace(&self, name: &str, temporary: &str, text: &[u8]) -> Result<(), String> {
        let remove = || unlinkat(&self.handle, temporary, UnlinkatFlags::NoRemoveDir);
        // What a run left that was killed; if it cannot be removed, the next step says why.
        let _ = remove();
        let mut file = self
            .file(temporary, OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL)
            .map_err(|error| self.fault(temporary, reason(error)))?;
        let written = file.write_all(text).map_err(|error| self.fault(temporary, reason(error)));
        let renamed = written.and_then(|()| {
            renameat(&self.handle, temporary, &self.handle, name).map_err(|error| self.fault(name, reason(error)))
        });
        if renamed.is_err() {
            let _ = remove();
        }
        renamed
    }

    /// Opens a file here, never through a link and never waiting for whoever has put a pipe in its place.
    fn file(&self, name: &str, flags: OFlag) -> Result<File, Errno> {
        let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        openat(&self.handle, name, flags, Mode::S_IRUSR | Mode::S_IWUSR).map(File::from)
    }

    fn fault(&self, name: &str, why: impl AsRef<str>) -> String {
        fault(&self.path.join(name), why)
    }
}

fn fault(path: &Path, why: impl AsRef<str>) -> String {
    format!("{}: {}", path.display(), why.as_ref())
}

/// In the words of an operator.
fn reason(error: impl Into<io::Error>) -> String {
    let error = error.into();
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ELOOP) => "a symbolic link".to_owned(),
        _ => io_error::reason(&error),
    }
}

/// Whether a file is one that only this user can have written.
fn private(file: &File) -> Result<(), String> {
    let about = file.metadata().map_err(reason)?;
    if !about.is_file() {
        Err("no regular file".to_owned())
    } else if about.uid() != geteuid().as_raw() {
        Err("belongs to another user".to_owned())
    } else if about.mode() & 0o022 != 0 {
        Err("others may write to it".to_owned())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
