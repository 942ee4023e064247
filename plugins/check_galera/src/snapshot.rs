//! What came of asking the nodes, as plain data.

use std::net::SocketAddr;
use std::time::Duration;

use common::CheckError;

use crate::facts::Facts;

/// Every node that was asked, in the order in which they were given or discovered.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) nodes: Vec<Asked>,
    /// When, in seconds since 1970 by this host's clock.
    pub(crate) at: f64,
}

/// One node and what came of asking it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The address that was asked as it was given, such as `db1:3306`.
    pub(crate) address: String,
    /// Where that is; none for a socket and for a name without addresses.
    pub(crate) at: Option<SocketAddr>,
    pub(crate) answer: Answer,
}

/// What came of asking a node.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It said what it is.
    Said(Box<Said>),
    /// It did not.
    Unreachable(Failure),
    /// It did not let us log in; the reason. Not the node's fault.
    Denied(String),
    /// No encrypted connection could be made that we may trust; the reason. Not the node's fault.
    Untrusted(String),
    /// Our own side kept us from asking.
    NotAsked(CheckError),
}

/// A node's word.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) facts: Facts,
    /// What it said first, where it was asked twice.
    pub(crate) earlier: Option<Earlier>,
    /// The time to connect and log in.
    pub(crate) login: Duration,
    /// The time from the first packet to the first answer.
    pub(crate) answer: Duration,
    /// Whether the account got in on the extra port alone.
    pub(crate) by_extra_port: bool,
}

/// A node's first word.
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    pub(crate) facts: Facts,
    /// How long before the last.
    pub(crate) passed: Duration,
    /// Whether rates are to be taken from it; a second look at what is doubtful comes too soon for that.
    pub(crate) is_sample: bool,
}

/// Why a node said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// In the words of an operator.
    pub(crate) reason: String,
}

/// What a node that says nothing does instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// Nothing listens there, or the host is not to be reached.
    Refused,
    /// It does not answer in time.
    Silent,
    /// `max_connections` is used up (error 1040).
    Full,
    /// It breaks off, or what it says is no answer.
    Broken,
    /// It answers, with an error.
    Error,
    /// Its name stands for no address.
    Unresolved,
}

impl Failure {
    /// The reason in one word.
    pub(crate) fn word(&self) -> &'static str {
        match self.kind {
            FailureKind::Refused => "down",
            FailureKind::Silent => "silent",
            FailureKind::Full => "full",
            FailureKind::Broken => "broken",
            FailureKind::Error => "failing",
            FailureKind::Unresolved => "unresolved",
        }
    }
}

impl Answer {
    pub(crate) fn facts(&self) -> Option<&Facts> {
        match self {
            Self::Said(said) => Some(&said.facts),
            _ => None,
        }
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Unreachable(failure) => Some(failure),
            _ => None,
        }
    }

    pub(crate) fn unreachable(kind: FailureKind, reason: impl Into<String>) -> Self {
        Self::Unreachable(Failure { kind, reason: reason.into() })
    }
}
