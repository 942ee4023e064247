//! A directory that nobody else can exchange while it is used.

use std::fs::{DirBuilder, File, Metadata};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, Flock, FlockArg, OFlag, openat, renameat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{AccessFlags, UnlinkatFlags, faccessat, geteuid, unlinkat};

use super::{LONGEST, Obstacle};
use crate::io_error;

/// How long a run waits for another one that is writing, and how often it looks.
const PATIENCE: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_millis(10);

/// Everybody may write there, and nobody may remove or rename what belongs to others.
const SHARED: u32 = 0o1002;

/// A directory in which only root and this user can plant or exchange anything, save for a group that may write there and
/// can do no worse than make the check forget: files of others are refused.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    handle: OwnedFd,
}

impl Directory {
    /// Opens the directory, made before where it is missing, with its parents where `parents` says so.
    pub(super) fn make(path: &Path, parents: bool) -> Result<Self, Obstacle> {
        match DirBuilder::new().mode(0o700).recursive(parents).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unmade(path, &error)),
            _ => Self::open(path),
        }
    }

    /// Opens the directory; of one that everybody shares, such as `/tmp`, the part that is this user's own.
    pub(super) fn open(path: &Path) -> Result<Self, Obstacle> {
        // Without the slash at the end, which would have a link followed.
        let path = path.components().as_path().to_owned();
        let (directory, about) = Self::enter(path, AT_FDCWD, None)?;
        if about.uid() != 0 && about.uid() != geteuid().as_raw() {
            return Err(directory.obstacle("belongs to another user", "give a directory of this user"));
        }
        match about.mode() & SHARED {
            SHARED => directory.own_part(),
            0o002 => Err(directory.obstacle("can be written by everybody", "chmod o-w it, or chmod +t it")),
            _ => Ok(directory),
        }
    }

    /// The part of a shared directory that belongs to this user alone.
    fn own_part(self) -> Result<Self, Obstacle> {
        let name = format!("uid-{}", geteuid());
        let path = self.path.join(&name);
        match mkdirat(&self.handle, name.as_str(), Mode::S_IRWXU) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(error) => return Err(unmade(&path, &error.into())),
        }
        let (own, about) = Self::enter(path, self.handle.as_fd(), Some(&name))?;
        let remedy = "find out who made it, and remove it";
        if about.uid() != geteuid().as_raw() {
            return Err(own.obstacle("belongs to another user", remedy));
        }
        if about.mode() & 0o022 != 0 {
            return Err(own.obstacle("can be written by others", remedy));
        }
        Ok(own)
    }

    /// `name` is the path as seen from `parent`, where it is not the path itself.
    fn enter(path: PathBuf, parent: impl AsFd, name: Option<&str>) -> Result<(Self, Metadata), Obstacle> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let seen = name.map_or(path.as_path(), Path::new);
        let entered = openat(parent, seen, flags, Mode::empty()).map_err(io::Error::from).and_then(|handle| {
            let directory = File::from(handle);
            let about = directory.metadata()?;
            Ok((directory, about))
        });
        match entered {
            Ok((directory, about)) => Ok((Self { path, handle: directory.into() }, about)),
            Err(error) => Err(unentered(&path, &error)),
        }
    }

    /// The directory, if this user may make files there.
    pub(super) fn writable(self) -> Result<Self, Obstacle> {
        match faccessat(&self.handle, ".", AccessFlags::W_OK | AccessFlags::X_OK, AtFlags::AT_EACCESS) {
            Ok(()) => Ok(self),
            Err(error) => Err(unwritten(&self.path, &error.into())),
        }
    }

    /// The content of a file; `None` where there is none. The error says why it is refused.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Obstacle> {
        let unread = |error: &io::Error| self.of_file(name, &format!("cannot be read: {}", io_error::reason(error)));
        let file = match self.file(name, OFlag::O_RDONLY) {
            Ok(file) => file,
            Err(Errno::ENOENT) => return Ok(None),
            Err(Errno::ELOOP) => return Err(self.of_file(name, "is a symbolic link")),
            Err(error) => return Err(unread(&error.into())),
        };
        private(&file).map_err(|why| self.of_file(name, why))?;
        let mut text = Vec::new();
        match file.take(LONGEST + 1).read_to_end(&mut text) {
            Ok(length) if length as u64 > LONGEST => Err(self.of_file(name, "is larger than 1 MiB")),
            Ok(_) => Ok(Some(text)),
            Err(error) => Err(unread(&error)),
        }
    }

    /// The right to write, until it is dropped; `None` while another run has it. The file stays: two runs must lock the
    /// same one.
    pub(super) fn lock(&self, name: &str) -> Result<Option<Flock<File>>, Obstacle> {
        let mut file = self.create(name, OFlag::O_RDWR)?;
        private(&file).map_err(|why| self.of_file(name, why))?;
        let begun = Instant::now();
        loop {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => return Ok(Some(lock)),
                Err((back, Errno::EWOULDBLOCK)) if begun.elapsed() < PATIENCE => file = back,
                Err((_, Errno::EWOULDBLOCK)) => return Ok(None),
                Err((_, error)) => return Err(self.unwritten(name, &error.into())),
            }
            thread::sleep(PAUSE);
        }
    }

    /// Puts a new file in the place of `name`; only for who holds the lock, as the temporary name is always the same.
    pub(super) fn replace(&self, name: &str, temporary: &str, text: &[u8]) -> Result<(), Obstacle> {
        let remove = || unlinkat(&self.handle, temporary, UnlinkatFlags::NoRemoveDir);
        // What a run left that was killed; if it cannot be removed, the next step says why.
        let _ = remove();
        let mut file = self.create(temporary, OFlag::O_WRONLY | OFlag::O_EXCL)?;
        let written = file.write_all(text).map_err(|error| self.unwritten(temporary, &error));
        let renamed = written.and_then(|()| {
            renameat(&self.handle, temporary, &self.handle, name).map_err(|error| self.unwritten(name, &error.into()))
        });
        if renamed.is_err() {
            let _ = remove();
        }
        renamed
    }

    fn create(&self, name: &str, flags: OFlag) -> Result<File, Obstacle> {
        self.file(name, flags | OFlag::O_CREAT).map_err(|error| match error {
            Errno::ENOENT => self.obstacle("was removed during the run", "make it again"),
            Errno::ELOOP => self.of_file(name, "is a symbolic link"),
            error => self.unwritten(name, &error.into()),
        })
    }

    /// Opens a file here, never through a link and never waiting for whoever has put a pipe in its place.
    fn file(&self, name: &str, flags: OFlag) -> Result<File, Errno> {
        let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        openat(&self.handle, name, flags, Mode::S_IRUSR | Mode::S_IWUSR).map(File::from)
    }

    fn unwritten(&self, name: &str, error: &io::Error) -> Obstacle {
        unwritten(&self.path.join(name), error)
    }

    /// A file that is not as it should be.
    pub(super) fn of_file(&self, name: &str, what: &str) -> Obstacle {
        Obstacle::of(&self.path.join(name), what, "remove it")
    }

    fn obstacle(&self, what: &str, remedy: &str) -> Obstacle {
        Obstacle::of(&self.path, what, remedy)
    }
}

fn unmade(path: &Path, error: &io::Error) -> Obstacle {
    let what = match error.raw_os_error().map(Errno::from_raw) {
        // Only the last part of a path that was given is made.
        Some(Errno::ENOENT) => "does not exist and cannot be made".to_owned(),
        _ => format!("cannot be made: {}", io_error::reason(error)),
    };
    Obstacle::of(path, &what, "make it, writable for this user")
}

fn unentered(path: &Path, error: &io::Error) -> Obstacle {
    let what = match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOENT) => "does not exist".to_owned(),
        _ if path.is_symlink() => "is a symbolic link".to_owned(),
        Some(Errno::ENOTDIR) => "is not a directory".to_owned(),
        _ => format!("cannot be entered: {}", io_error::reason(error)),
    };
    Obstacle::of(path, &what, "give a directory that this user can write to")
}

pub(super) fn unwritten(path: &Path, error: &io::Error) -> Obstacle {
    let cannot = |why: &str, remedy: &str| Obstacle::of(path, &format!("cannot be written: {why}"), remedy);
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOSPC) => cannot("the disk is full", "make room on it"),
        Some(Errno::EDQUOT) => cannot("the disk quota of this user is used up", "make room, or raise the quota"),
        Some(Errno::EFBIG) => cannot("the file size limit of this process", "raise the limit (ulimit -f)"),
        Some(Errno::EROFS) => cannot("the file system is read-only", "give a directory that can be written"),
        Some(Errno::EMFILE | Errno::ENFILE) => cannot("too many open files", "raise the limit (ulimit -n)"),
        Some(Errno::EACCES | Errno::EPERM) => cannot("permission denied", "let this user write there"),
        Some(Errno::EISDIR) => Obstacle::of(path, "is a directory", "remove it"),
        _ => cannot(&io_error::reason(error), "look at the file system"),
    }
}

/// Whether a file is one that only this user can have written.
fn private(file: &File) -> Result<(), &'static str> {
    let about = file.metadata().map_err(|_| "cannot be examined")?;
    if !about.is_file() {
        Err("is not a regular file")
    } else if about.uid() != geteuid().as_raw() {
        Err("belongs to another user")
    } else if about.mode() & 0o022 != 0 {
        Err("can be written by others")
    } else {
        Ok(())
    }
}
