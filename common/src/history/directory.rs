//! A directory that other users cannot exchange while it is used.

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

/// The wait for another run that is writing, and the pause between two attempts.
const PATIENCE: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_millis(10);

/// The mode of a directory like `/tmp`: others may write, and the sticky bit protects each user's files.
const SHARED: u32 = 0o1002;

/// A directory whose entries only root and this user can plant or exchange. A group with write access is tolerated:
/// files of others are refused, so the group can at most make the check lose its history.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    handle: OwnedFd,
}

impl Directory {
    /// Opens the directory and creates it if it is missing, with its parents if `parents` is set.
    pub(super) fn make(path: &Path, parents: bool) -> Result<Self, Obstacle> {
        match DirBuilder::new().mode(0o700).recursive(parents).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unmade(path, &error)),
            _ => Self::open(path),
        }
    }

    /// Opens the directory, or this user's own subdirectory if everybody may write to it, as to `/tmp`.
    pub(super) fn open(path: &Path) -> Result<Self, Obstacle> {
        // A slash at the end would make the kernel follow a link.
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

    /// The subdirectory of a shared directory that belongs to this user alone.
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

    /// Opens `path` without following a link. `name` is the path relative to `parent`, if that differs from `path`.
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

    /// Returns the directory if this user may create files there.
    pub(super) fn writable(self) -> Result<Self, Obstacle> {
        match faccessat(&self.handle, ".", AccessFlags::W_OK | AccessFlags::X_OK, AtFlags::AT_EACCESS) {
            Ok(()) => Ok(self),
            Err(error) => Err(unwritten(&self.path, &error.into())),
        }
    }

    /// The content of a file; `None` if there is none. The error says why the file is refused.
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

    /// The lock for writing, held until it is dropped; `None` while another run has it. The lock file stays, as two
    /// runs must lock the same one.
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

    /// Replaces `name` with a new file. Only the holder of the lock may call this, as the temporary name is always the
    /// same.
    pub(super) fn replace(&self, name: &str, temporary: &str, text: &[u8]) -> Result<(), Obstacle> {
        let remove = || unlinkat(&self.handle, temporary, UnlinkatFlags::NoRemoveDir);
        // A killed run may have left this file. If it cannot be removed, the next step says why.
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

    /// Opens a file in this directory. A link is never followed, and a planted pipe never makes this wait.
    fn file(&self, name: &str, flags: OFlag) -> Result<File, Errno> {
        let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        openat(&self.handle, name, flags, Mode::S_IRUSR | Mode::S_IWUSR).map(File::from)
    }

    fn unwritten(&self, name: &str, error: &io::Error) -> Obstacle {
        unwritten(&self.path.join(name), error)
    }

    /// An obstacle about a file, with the remedy to remove it.
    pub(super) fn of_file(&self, name: &str, what: &str) -> Obstacle {
        Obstacle::of(&self.path.join(name), what, "remove it")
    }

    fn obstacle(&self, what: &str, remedy: &str) -> Obstacle {
        Obstacle::of(&self.path, what, remedy)
    }
}

fn unmade(path: &Path, error: &io::Error) -> Obstacle {
    let what = match error.raw_os_error().map(Errno::from_raw) {
        // Only the last part of a given path is created.
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
        Some(Errno::ENOSPC) => cannot("the disk is full", "free some space on it"),
        Some(Errno::EDQUOT) => cannot("the disk quota of this user is used up", "free some space, or raise the quota"),
        Some(Errno::EFBIG) => cannot("the file size limit of this process", "raise the limit (ulimit -f)"),
        Some(Errno::EROFS) => cannot("the file system is read-only", "give a directory that can be written"),
        Some(Errno::EMFILE | Errno::ENFILE) => cannot("too many open files", "raise the limit (ulimit -n)"),
        Some(Errno::EACCES | Errno::EPERM) => cannot("permission denied", "let this user write there"),
        Some(Errno::EISDIR) => Obstacle::of(path, "is a directory", "remove it"),
        _ => cannot(&io_error::reason(error), "look at the file system"),
    }
}

/// Checks that only this user can have written the file. The error says why not.
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
