//! What came of a question.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::Answer;
use crate::{CheckError, io_error, wording};

/// What a server did with a question, and what that took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What the server did.
    pub outcome: Outcome,
    /// The transport of the outcome.
    pub transport: Transport,
    /// Queries sent: one for each datagram and one for each TCP connection that came to be.
    pub sent: u32,
    /// Datagrams that stayed unanswered for as long as they were given.
    pub lost: u32,
    /// From the sending of the datagram that was answered, or the start of the TCP connection, to
    /// the answer; `None` without an answer.
    pub rtt: Option<Duration>,
}

/// The transport that carried a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A connection of its own.
    Tcp,
}

/// What a server did with a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answered, with whatever response code.
    Answer(Answer),
    /// It said nothing, or the deadline passed before it was asked (`sent` is 0 then).
    Silent,
    /// Nobody listens: ICMP port unreachable, or a reset instead of a connection.
    PortClosed,
    /// The network knows no way to it; the text says which part.
    Unreachable(String),
    /// All that came was no answer to the question; the text says why not.
    NotUnderstood(String),
    /// Our own side failed: no free file descriptor, no permission, no route, no such address family. It says which, and
    /// what to do about it.
    OwnSide(CheckError),
}

impl Outcome {
    /// The outcome that an error of a socket to this server means.
    pub(super) fn of(error: &io::Error, server: SocketAddr) -> Self {
        use io::ErrorKind as Kind;
        if let Some(fault) = io_error::own_fault_to(error, &[server]) {
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
    fn faults_of_the_target_and_of_our_side_are_told_apart() {
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
            let (said, cure) = ours(&outcome);
            assert!(said == problem && cure.contains(remedy), "errno {errno}: {said}: {cure}");
        }
    }
}
