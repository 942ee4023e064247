//! What is wrong with what a reply says.

use std::time::Duration;

use common::CheckError;
use common::dns::{self, Answer, Denial, Failure, FailureKind, Reply, Soa, reasons};

/// Why a server gives nothing usable, in words that follow its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    pub(super) words: String,
    /// For how many seconds caches may keep a negative answer.
    pub(super) cached: u32,
}

/// Faults of one kind have one remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    Failed(FailureKind),
    Denied(Denial),
    /// A denial by the root, which knows nothing of the zone: the question was not forwarded.
    Leaked,
}

/// What a server said to one question over one transport.
pub(super) enum Said<'a> {
    /// Records of the type, or an alias.
    Found(&'a Answer),
    /// A denial, or no usable answer.
    Wrong(Fault),
    /// More than fits into a datagram, and none of it.
    Truncated,
    /// Our own side kept us from asking: why, and what to do about it.
    NotAsked(&'a CheckError),
}

impl<'a> Said<'a> {
    pub(super) fn of(reply: &'a Reply, patience: Duration) -> Self {
        match dns::Reading::of(reply, patience) {
            dns::Reading::Found(answer) => Self::Found(answer),
            // Consul resolves no host names: the alias is all that it says.
            dns::Reading::Denied(Denial::NoData, answer) if !answer.cnames.is_empty() => Self::Found(answer),
            dns::Reading::Denied(denial, answer) => Self::Wrong(Fault::negative(denial, answer)),
            dns::Reading::Truncated(_) => Self::Truncated,
            dns::Reading::Failed(Failure { kind, words }) => {
                Self::Wrong(Fault { kind: FaultKind::Failed(kind), words, cached: 0 })
            }
            dns::Reading::OwnSide(fault) => Self::NotAsked(fault),
        }
    }

    /// How good it is; none when we did not ask. Of what does not fit, TCP tells how good it is.
    pub(super) fn rank(&self) -> Option<u8> {
        match self {
            Self::Found(_) => Some(2),
            Self::Wrong(fault) => Some(u8::from(fault.is_denial())),
            Self::Truncated | Self::NotAsked(_) => None,
        }
    }

    pub(super) fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Wrong(fault) => Some(fault),
            Self::Found(_) | Self::Truncated | Self::NotAsked(_) => None,
        }
    }
}

impl Fault {
    /// The SOA of a negative answer tells who gave it (RFC 2308, section 3).
    fn negative(denial: Denial, answer: &Answer) -> Self {
        let cached = answer.soa.as_ref().map_or(0, Soa::negative_ttl);
        let (kind, origin) = match &answer.soa {
            Some(soa) if soa.owner.is_root() => (FaultKind::Leaked, " from the root"),
            _ => (FaultKind::Denied(denial), ""),
        };
        Self { kind, words: format!("{denial}{origin}{}", reasons(answer)), cached }
    }

    pub(super) fn is_denial(&self) -> bool {
        self.kind.is_denial()
    }

    /// Whether the zone itself denies, as it does when no instance passes.
    pub(super) fn is_answer(&self) -> bool {
        matches!(self.kind, FaultKind::Denied(_))
    }
}

impl FaultKind {
    /// Whether the server said that there is nothing, rather than failed to say anything.
    pub(super) fn is_denial(self) -> bool {
        !matches!(self, Self::Failed(_))
    }
}
