//! Input/output errors in the words of an operator.

use std::io;

use crate::CheckError;

/// What happened, without Rust's numbers: `connection refused`.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => {
            "connection closed".to_owned()
        }
        io::ErrorKind::HostUnreachable => "host unreachable".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network unreachable".to_owned(),
        io::ErrorKind::TimedOut => "no answer".to_owned(),
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            let end = text.find(" (os error").unwrap_or(text.len());
            text.get(..end).unwrap_or_default().to_lowercase()
        }
    }
}

/// The error when it is the fault of our own side: out of file descriptors or memory, forbidden by this host.
pub fn own_fault(error: &io::Error) -> Option<CheckError> {
    use nix::errno::Errno;
    match error.raw_os_error().map(Errno::from_raw)? {
        Errno::EMFILE | Errno::ENFILE => Some(CheckError::local(
            "too many open files in the monitoring process",
            "raise its limit of open files (ulimit -n)",
        )),
        Errno::EACCES | Errno::EPERM => Some(CheckError::local(
            "permission denied by the monitoring host",
            "let the monitoring user at the socket, and the firewall of this host let it out",
        )),
        Errno::ENOMEM | Errno::ENOBUFS => {
            Some(CheckError::local("out of memory for a connection", "look at the memory of the monitoring host"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_numbers_are_shown() {
        assert_eq!(reason(&io::Error::from_raw_os_error(111)), "connection refused");
        assert_eq!(reason(&io::Error::from_raw_os_error(99)), "cannot assign requested address");
    }

    #[test]
    fn running_out_of_descriptors_is_our_fault() {
        assert!(own_fault(&io::Error::from_raw_os_error(24)).is_some());
        assert!(own_fault(&io::Error::from_raw_os_error(111)).is_none());
    }
}
