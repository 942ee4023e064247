//! Local files: secrets, option files, certificates.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::{CheckError, io_error, stage};

/// The longest file, in bytes. Option files and certificate bundles are much shorter.
const LONGEST: u64 = 4 << 20;
/// The longest content of a pipe, in bytes.
const LONGEST_PIPE: u64 = 64 << 10;

/// Reads a file, or a pipe such as `<(command)` or `/dev/stdin`.
///
/// # Errors
/// The path cannot be read, is neither file nor pipe, or is longer than 4 MiB (a pipe: 64 KiB). The error carries
/// `remedy`, or the remedy for a limit of this process.
pub fn read(path: &Path, remedy: &str) -> Result<Vec<u8>, CheckError> {
    bytes(path).map_err(|error| {
        // A limit of this process is not a problem of the file.
        let limit = io_error::own_side(&error).filter(|_| error.kind() != io::ErrorKind::PermissionDenied);
        let remedy = limit.as_ref().map_or(remedy, |limit| limit.parts().1);
        CheckError::local(format!("cannot read {}: {}", path.display(), io_error::reason(&error)), remedy)
    })
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe without a writer would wait. Opening a terminal could make it our controlling terminal.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = File::options().read(true).custom_flags(flags.bits()).open(path)?;
    let kind = file.metadata()?.file_type();
    let limit = if kind.is_fifo() { LONGEST_PIPE } else { LONGEST };
    if kind.is_fifo() {
        // A writer may need time. The time limit of the process bounds the wait.
        stage(format!("reading {}", path.display()));
        fcntl(&file, FcntlArg::F_SETFL(OFlag::empty()))?;
    } else if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    } else if !kind.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    match file.take(limit + 1).read_to_end(&mut bytes)? {
        0 if kind.is_fifo() => Err(io::Error::other("nothing writes to this pipe")),
        length if length as u64 > limit => Err(io::Error::other(format!("longer than {limit} bytes"))),
        _ => Ok(bytes),
    }
}

/// Reads a text file.
///
/// # Errors
/// As for [`read`], and if the content is not UTF-8.
pub fn read_text(path: &Path, remedy: &str) -> Result<String, CheckError> {
    String::from_utf8(read(path, remedy)?)
        .map_err(|_| CheckError::local(format!("{} is not UTF-8 text", path.display()), "save it as UTF-8 text"))
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
    fn devices_and_directories_are_refused() {
        assert_eq!(problem(Path::new("/dev/zero")), "cannot read /dev/zero: not a regular file");
        assert_eq!(problem(Path::new("/dev/null")), "cannot read /dev/null: not a regular file");
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
    fn a_pipe_without_a_writer_is_not_waited_for() {
        let scratch = Scratch::new();
        let path = scratch.join("fifo");
        mkfifo(&path, Mode::S_IRWXU).unwrap();
        assert!(problem(&path).ends_with("nothing writes to this pipe"));
    }

    #[test]
    fn the_output_of_a_command_is_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
        // The pipe is so small that the reader has to wait for the writer again and again.
        fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096)).unwrap();
        let written = vec![b'x'; 64 << 10];
        let text = written.clone();
        let writing = thread::spawn(move || writer.write_all(&text).unwrap());
        assert_eq!(read(&path, "").unwrap(), written);
        writing.join().unwrap();
    }

    #[test]
    fn an_endless_command_is_cut_off() {
        let (reader, mut writer) = io::pipe().unwrap();
        let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
        let writing = thread::spawn(move || while writer.write_all(&[b'x'; 4096]).is_ok() {});
        assert!(problem(&path).ends_with("longer than 65536 bytes"));
        drop(reader);
        writing.join().unwrap();
    }
}
