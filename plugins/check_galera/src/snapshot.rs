//! The answers of the nodes, as plain data. A snapshot is never changed after it was taken.

pub(crate) mod address_list;
mod denial;
pub(crate) mod facts;

use std::net::SocketAddr;
use std::time::Duration;

use common::CheckError;

pub(crate) use denial::{Denial, DenialKind};
use facts::Facts;

/// Every node that was asked, in the order in which they were given or discovered.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) nodes: Vec<AskedNode>,
    /// The end of the asking, in seconds since 1970 by this host's clock.
    pub(crate) at: f64,
    /// Whether a password was given and no server had to prove its name: the driver answers any plugin that a server
    /// names, and some send the password.
    pub(crate) has_open_password: bool,
}

/// One node that was asked, and the outcome.
#[derive(Clone, Debug)]
pub(crate) struct AskedNode {
    /// The address as it was given, such as `db1:3306`; of a name with several addresses, the one that was asked.
    pub(crate) address: String,
    /// The address that was asked; `None` for a socket and for a name without addresses.
    pub(crate) resolved: Option<SocketAddr>,
    /// Whether only the cluster named the address; clients of this host may find the node elsewhere.
    pub(crate) is_discovered: bool,
    pub(crate) outcome: Outcome,
}

impl AskedNode {
    /// A node that the operator gave.
    pub(crate) fn given(address: String, resolved: Option<SocketAddr>, outcome: Outcome) -> Self {
        Self { address, resolved, is_discovered: false, outcome }
    }
}

/// The outcome of asking a node.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Answered(Box<Answer>),
    /// The node gave no answer.
    Failed(Failure),
    /// The node did not let us log in. Not the node's fault.
    AccessDenied(Denial),
    /// No encrypted connection could be made that we trust.
    NotTrusted(Distrust),
    /// This host could not ask.
    OwnSide(CheckError),
}

/// Why the node's certificate, or its encryption, is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Distrust {
    pub(crate) reason: String,
    /// The end of the certificate, in seconds since 1970, if that is why.
    pub(crate) expired_at: Option<i64>,
}

/// The answer of a node.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) facts: Facts,
    /// The start of the sample over which rates are measured within the run (`--sample`).
    pub(crate) sample: Option<Sample>,
    /// When the facts were asked for and when they came, in seconds since 1970 by this host's clock.
    pub(crate) asked_at: f64,
    pub(crate) answered_at: f64,
    /// The time to connect and log in.
    pub(crate) login_time: Duration,
    /// The time from the first packet to the first answer.
    pub(crate) total_time: Duration,
    /// Whether the account got in on the extra port alone.
    pub(crate) by_extra_port: bool,
}

/// The facts at the start of a sample.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) facts: Facts,
    /// The time from the start of the sample to the last answer.
    pub(crate) length: Duration,
}

/// Why a node gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// In the words of an operator.
    pub(crate) reason: String,
}

/// The kind of a failure. Failures of one kind have one remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// Nothing listens there, or the host cannot be reached.
    PortClosed,
    /// The node does not answer in time.
    Silent,
    /// `max_connections` is used up (error 1040).
    Full,
    /// The connection ended before the answer.
    ConnectionLost,
    /// The reply is not one of MariaDB's protocol.
    NotUnderstood,
    /// The node answered with an SQL error.
    SqlError,
}

impl Failure {
    /// The reason in one word.
    pub(crate) fn word(&self) -> &'static str {
        match self.kind {
            FailureKind::PortClosed => "down",
            FailureKind::Silent => "silent",
            FailureKind::Full => "full",
            FailureKind::ConnectionLost | FailureKind::NotUnderstood => "broken",
            FailureKind::SqlError => "failing",
        }
    }
}

impl Outcome {
    pub(crate) fn facts(&self) -> Option<&Facts> {
        match self {
            Self::Answered(answer) => Some(&answer.facts),
            _ => None,
        }
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    #[cfg(test)]
    pub(crate) fn untrusted(reason: impl Into<String>) -> Self {
        Self::NotTrusted(Distrust { reason: reason.into(), expired_at: None })
    }

    /// Denied on a connection in the clear.
    pub(crate) fn denied(kind: DenialKind, reason: impl Into<String>) -> Self {
        Self::AccessDenied(Denial { kind, reason: reason.into(), encrypted: false })
    }

    pub(crate) fn failed(kind: FailureKind, reason: impl Into<String>) -> Self {
        Self::Failed(Failure { kind, reason: reason.into() })
    }
}
