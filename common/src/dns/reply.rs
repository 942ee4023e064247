//! The reply to a question.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::Answer;
use crate::{CheckError, io_error, wording};

/// The outcome of a question, with its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The outcome.
    pub outcome: Outcome,
    /// The transport of the outcome.
    pub transport: Transport,
    /// Queries sent: each datagram counts, and each TCP connection that was established.
    pub sent: u32,
    /// Datagrams that were not answered in their time.
    pub lost: u32,
    /// Time from the sending of the answered datagram, or from the start of the TCP connection, to the answer. `None`
    /// without an answer.
    pub rtt: Option<Duration>,
}

/// The transport that carried a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A new TCP connection.
    Tcp,
}

/// The outcome of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server answered, with any response code.
    Answer(Answer),
    /// The server did not answer, or the deadline passed before it was asked (`sent` is then 0).
    Silent,
    /// Nothing listens on the port: ICMP port unreachable, or a reset instead of a connection.
    PortClosed,
    /// The network has no route to the server. The text says which part is unreachable.
    Unreachable(String),
    /// No message that came answers the question. The text says why.
    NotUnderstood(String),
    /// Our own side failed: no free file descriptor, no permission, no route, no such address family. The error has the
    /// reason and the remedy.
    OwnSide(CheckError),
}

impl Outcome {
    /// The meaning of an error of a socket to this server.
    pub(super) fn of(error: &io::Error, server: SocketAddr) -> Self {
        use io::ErrorKind as Kind;
        if let Some(fault) = io_error::own_side_to(error, &[server]) {
            return Self::OwnSide(fault);
        }
        match error.kind() {
            Kind::ConnectionRefused => Self::PortClosed,
            Kind::TimedOut => Self::Silent,
            Kind::HostUnreachable | Kind::NetworkUnreachable => Self::Unreachable(io_error::reason(error)),
            Kind::UnexpectedEof | Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => {
                Self::NotUnderstood("the connection was closed before the answer was complete".to_owned())
            }
            _ => Self::OwnSide(CheckError::local(io_error::reason(error), wording::OWN_SIDE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Linux errno values.
    const EPERM: i32 = 1;
    const EINVAL: i32 = 22;
    const EMFILE: i32 = 24;
    const ENETDOWN: i32 = 100;
    const ENETUNREACH: i32 = 101;
    const ETIMEDOUT: i32 = 110;
    const ECONNREFUSED: i32 = 111;
    const EHOSTUNREACH: i32 = 113;

    const NO_ROUTE: &str = "look at its routes (ip route) and interfaces (ip link)";

    /// The problem of our own side, and its remedy.
    fn ours(outcome: &Outcome) -> (&str, &str) {
        match outcome {
            Outcome::OwnSide(fault) => fault.parts(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn errors_of_the_target_and_of_our_side_are_distinguished() {
        let here = SocketAddr::from(([127, 0, 0, 1], 53));
        let outcome = |errno| Outcome::of(&io::Error::from_raw_os_error(errno), here);
        assert_eq!(outcome(ECONNREFUSED), Outcome::PortClosed);
        assert_eq!(outcome(ETIMEDOUT), Outcome::Silent);
        assert_eq!(outcome(EHOSTUNREACH), Outcome::Unreachable("host unreachable".to_owned()));
        assert_eq!(outcome(ENETUNREACH), Outcome::Unreachable("network unreachable".to_owned()));
        let nowhere = "[fe80::1%4242]:53".parse().unwrap();
        let without_route = Outcome::of(&io::Error::from_raw_os_error(ENETUNREACH), nowhere);
        assert_eq!(ours(&without_route), ("this host has no route there", NO_ROUTE));
    }

    #[test]
    fn each_limit_of_ours_keeps_its_own_remedy() {
        let here = SocketAddr::from(([127, 0, 0, 1], 53));
        for (errno, problem, remedy) in [
            (EPERM, "permission denied by this host", "this host's firewall"),
            (EMFILE, "the check is out of file descriptors", "ulimit -n"),
            (ENETDOWN, "the network of this host is down", "ip link"),
            (EINVAL, "invalid argument", wording::OWN_SIDE),
        ] {
            let outcome = Outcome::of(&io::Error::from_raw_os_error(errno), here);
            let (found, advice) = ours(&outcome);
            assert!(found == problem && advice.contains(remedy), "errno {errno}: {found}: {advice}");
        }
    }
}
