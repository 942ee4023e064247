//! Files of ours: secrets, option files, certificates.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::{CheckError, io_error, stage};

/// More than any option file or bundle of certificates has, in bytes.
const LONGEST: u64 = 4 << 20;
/// More than anybody writes to a pipe for us.
const LONGEST_PIPE: u64 = 64 << 10;

/// The bytes of a file, or of a pipe that somebody writes to: `<(command)`, `/dev/stdin`.
///
/// # Errors
/// When it cannot be read, is neither file nor pipe, or is longer than 4 MiB (a pipe: 64 KiB): our side's fault, with
/// the remedy.
pub fn read(path: &Path, remedy: &str) -> Result<Vec<u8>, CheckError> {
    bytes(path).map_err(|error| {
        // A limit of ours is no fault of the file.
        let limit = io_error::own_fault(&error).filter(|_| error.kind() != io::ErrorKind::PermissionDenied);
        let remedy = limit.as_ref().map_or(remedy, |limit| limit.parts().1);
        CheckError::local(format!("cannot read {}: {}", path.display(), io_error::reason(&error)), remedy)
    })
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe that nobody writes to would wait; opening a terminal could make it ours.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = File::options().read(true).custom_flags(flags.bits()).open(path)?;
    let kind = file.metadata()?.file_type();
    let limit = if kind.is_fifo() { LONGEST_PIPE } else { LONGEST };
    if kind.is_fifo() {
        // Who writes may need time; the time limit of the process bounds it.
        stage(format!("reading {}", path.display()));
        fcntl(&file, FcntlArg::F_SETFL(OFlag::empty()))?;
    } else if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    } else if !kind.is_file() {
        return Err(io::Error::other("no regular file"));
    }
    let mut bytes = Vec::new();
    match file.take(limit + 1).read_to_end(&mut bytes)? {
        0 if kind.is_fifo() => Err(io::Error::other("nobody writes to this pipe")),
        length if length as u64 > limit => Err(io::Error::other(format!("longer than {limit} bytes"))),
        _ => Ok(bytes),
    }
}

/// The text of a file.
///
/// # Errors
/// As [`read`], and when it is no UTF-8.
pub fn read_text(path: &Path, remedy: &str) -> Result<String, CheckError> {
    String::from_utf8(read(path, remedy)?)
        .map_err(|_| CheckError::local(format!("{} is no UTF-8 text", path.display()), "write it anew as text"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::path::PathBuf;
    use std::thread;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;
    use test_support::scratch::Scratch;

    use super::*;

    fn problem(path: &Path) -> String {
        read(path, "").unwrap_err().parts().0.to_owned()
    }

    #[test]
    fn devices_and_directories_are_no_files() {
        assert_eq!(problem(Path::new("/dev/zero")), "cannot read /dev/zero: no regular file");
        assert_eq!(problem(Path::new("/dev/null")), "cannot read /dev/null: no regular file");
        assert_eq!(problem(Path::new("/proc")), "cannot read /proc: is a directory");
    }

    #[test]
    fn a_huge_file_is_not_read() {
        let scratch = Scratch::new();
        let path = scratch.join("huge");
        let file = File::create(&path).unwrap();
        file.set_len(LONGEST).unwrap();
        assert_eq!(read(&path, "").unwrap().len(), 4 << 20);
        file.set_len(1 << 40).unwrap();
        assert!(problem(&path).ends_with("longer than 4194304 bytes"));
    }

    #[test]
    fn a_pipe_that_nobody_writes_to_is_not_waited_for() {
        let scratch = Scratch::new();
        let path = scratch.join("fifo");
        mkfifo(&path, Mode::S_IRWXU).unwrap();
        assert!(problem(&path).ends_with("nobody writes to this pipe"));
    }

    #[test]
    fn what_a_command_writes_is_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
        // So narrow that the reader has to wait for the writer, again and again.
        fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096)).unwrap();
        let written = vec![b'x'; 64 << 10];
        let text = written.clone();
        let writing = thread::spawn(move || writer.write_all(&text).unwrap());
        assert_eq!(read(&path, "").unwrap(), written);
        writing.join().unwrap();
    }

    #[test]
    fn a_command_without_end_is_cut_off() {
        let (reader, mut writer) = io::pipe().unwrap();
        let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
        let writing = thread::spawn(move || while writer.write_all(&[b'x'; 4096]).is_ok() {});
        assert!(problem(&path).ends_with("longer than 65536 bytes"));
        drop(reader);
        writing.join().unwrap();
    }
}
