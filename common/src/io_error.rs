//! Input/output errors in an operator's words.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use nix::errno::Errno;

use crate::CheckError;

/// The reason without Rust's error number: `connection refused`.
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

/// The error if our own side caused it, whatever the target: a limit of this process or host, no permission, no local
/// address. The problem names the limit, the remedy says how to raise it.
pub fn own_side(error: &io::Error) -> Option<CheckError> {
    let (problem, remedy) = match error.raw_os_error().map(Errno::from_raw)? {
        Errno::EMFILE => ("the check is out of file descriptors", "raise its limit of open files (ulimit -n)"),
        Errno::ENFILE => ("this host is out of file descriptors", "raise its limit (sysctl fs.file-max)"),
        Errno::ENOMEM | Errno::ENOBUFS => (
            "this host is out of memory for a connection",
            "look at its memory, and at the limits of the check (ulimit -v)",
        ),
        Errno::EACCES | Errno::EPERM => (
            "permission denied by this host",
            "give the monitoring user access to the socket, or allow the connection in this host's firewall",
        ),
        Errno::EAFNOSUPPORT => {
            ("this host does not support the address family", "give an address of the other family, IPv4 or IPv6")
        }
        Errno::EADDRNOTAVAIL => (
            "this host has no address or port of its own left for the connection",
            "look at its addresses (ip address) and at net.ipv4.ip_local_port_range",
        ),
        Errno::ENETDOWN => ("the network of this host is down", "look at its interfaces (ip link)"),
        _ => return None,
    };
    Some(CheckError::local(problem, remedy))
}

/// As [`own_side`], for a connection to one of these addresses. "Network unreachable" is a problem of our own side
/// only if this host has a route to none of them. Otherwise a router on the way or the target's network is the cause.
pub fn own_side_to(error: &io::Error, addresses: &[SocketAddr]) -> Option<CheckError> {
    let is_without_route = || !addresses.is_empty() && addresses.iter().all(|address| lacks_route(*address));
    match error.raw_os_error().map(Errno::from_raw)? {
        Errno::ENETUNREACH | Errno::EADDRNOTAVAIL if is_without_route() => Some(CheckError::local(
            "this host has no route there",
            "look at its routes (ip route) and interfaces (ip link)",
        )),
        _ => own_side(error),
    }
}

/// The error of a thread that could not be started.
pub fn no_thread() -> CheckError {
    CheckError::local(
        "this host lets the check start no further thread",
        "raise the limit of processes of the monitoring user (ulimit -u, TasksMax), or look at the memory of this host",
    )
}

/// Whether this host has no route to `address`. Connecting a datagram socket looks the route up in the kernel and sends
/// nothing.
pub(crate) fn lacks_route(address: SocketAddr) -> bool {
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let connected = UdpSocket::bind((any, 0)).and_then(|socket| socket.connect(address));
    let errno = connected.err().and_then(|error| error.raw_os_error()).map(Errno::from_raw);
    matches!(errno, Some(Errno::ENETUNREACH | Errno::EADDRNOTAVAIL | Errno::EAFNOSUPPORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(errno: Errno) -> io::Error {
        io::Error::from_raw_os_error(errno as i32)
    }

    #[test]
    fn no_error_numbers_are_shown() {
        assert_eq!(reason(&of(Errno::ECONNREFUSED)), "connection refused");
        assert_eq!(reason(&of(Errno::EADDRNOTAVAIL)), "cannot assign requested address");
    }

    #[test]
    fn our_own_limits_are_named_and_have_a_remedy() {
        for (errno, problem, remedy) in [
            (Errno::EMFILE, "the check is out of file descriptors", "ulimit -n"),
            (Errno::ENFILE, "this host is out of file descriptors", "fs.file-max"),
            (Errno::ENOMEM, "out of memory", "ulimit -v"),
            (Errno::ENOBUFS, "out of memory", "memory"),
            (Errno::EACCES, "permission denied by this host", "firewall"),
            (Errno::EPERM, "permission denied by this host", "firewall"),
            (Errno::EAFNOSUPPORT, "does not support the address family", "IPv4 or IPv6"),
            (Errno::EADDRNOTAVAIL, "no address or port of its own left", "ip_local_port_range"),
            (Errno::ENETDOWN, "the network of this host is down", "ip link"),
        ] {
            let fault = own_side(&of(errno)).unwrap();
            assert!(fault.parts().0.contains(problem) && fault.parts().1.contains(remedy), "{errno} {fault:?}");
            assert_eq!(own_side_to(&of(errno), &[]), Some(fault));
        }
        assert!(no_thread().parts().1.contains("ulimit -u"));
    }

    #[test]
    fn errors_of_the_target_and_the_network_are_not_ours() {
        let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 1))];
        for errno in [
            Errno::ECONNREFUSED,
            Errno::ECONNRESET,
            Errno::ETIMEDOUT,
            Errno::EHOSTUNREACH,
            Errno::ENETUNREACH,
            // A Unix socket returns this while its server does not accept. Threads have their own function.
            Errno::EAGAIN,
        ] {
            assert_eq!(own_side(&of(errno)), None, "{errno}");
            assert_eq!(own_side_to(&of(errno), &here), None, "{errno}");
        }
        assert_eq!(own_side(&io::Error::other("anything")), None);
    }

    #[test]
    fn a_missing_route_is_ours_if_no_address_has_one() {
        let nowhere: SocketAddr = "[fe80::1%4242]:1".parse().unwrap();
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        assert!(lacks_route(nowhere) && !lacks_route(here));
        let unreachable = of(Errno::ENETUNREACH);
        // A host without an address of the family returns the second error.
        for error in [&unreachable, &of(Errno::EADDRNOTAVAIL)] {
            assert_eq!(own_side_to(error, &[nowhere]).unwrap().parts().0, "this host has no route there");
        }
        for addresses in [&[nowhere, here][..], &[here], &[]] {
            assert_eq!(own_side_to(&unreachable, addresses), None, "{addresses:?}");
        }
    }
}
