//! Why a name fails on a server that answers, and which line to change. The signatures were measured with BIND 9.18
//! and Unbound 1.17.

mod inside;
mod outside;

use common::dns::FailureKind;

use super::evidence::Evidence;
use super::fault::FaultKind;
use crate::probe::Side;

/// What to think of, and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cause {
    /// Follows the words of the fault; empty when they say it all.
    pub(super) hint: String,
    pub(super) remedy: String,
}

impl Cause {
    fn new(hint: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { hint: hint.into(), remedy: remedy.into() }
    }
}

/// The names that causes are told with.
pub(super) struct Names<'a> {
    /// The name, as a command takes it.
    pub(super) name: &'a str,
    /// The inside zone, without the dot at its end; empty for an outside name.
    pub(super) zone: &'a str,
    /// Whether that is a zone of Consul's.
    pub(super) is_consul: bool,
    /// The address of the source of the inside names, where one was asked.
    pub(super) upstream: &'a str,
}

/// The most likely cause of a fault.
pub(super) fn of(kind: &FaultKind, side: Side, evidence: &Evidence, names: &Names) -> Cause {
    match (kind, side) {
        (FaultKind::Failed(FailureKind::Refused), _) => Cause::new(
            ": does its allow-query or allow-recursion leave this host out?",
            "let this host in with allow-query and allow-recursion in its named.conf (Unbound: access-control)",
        ),
        (FaultKind::Failed(FailureKind::Silent), _) if evidence.is_answered_over_tcp => {
            Cause::new(", but it answers over TCP", "does a firewall drop 53/udp?")
        }
        (FaultKind::Unexpected, _) => Cause::new("", "who answers there, and is EXPECT right?"),
        (FaultKind::FamilyDenied, _) => {
            Cause::new(", which denies the whole name", "its source must say NODATA for a type that the name lacks")
        }
        (FaultKind::NotAbsent(_), _) => Cause::new("", "who serves it there, and is that intended?"),
        (FaultKind::OwnSide(fault), _) => Cause::new("", fault.parts().1),
        (kind, Side::Internal) => inside::of(kind, evidence, names),
        (kind, Side::External) => outside::of(kind, evidence),
    }
}

/// A failure that was over when it was asked about, or one of this name alone.
fn passing() -> Cause {
    Cause::new(
        ", but it answers with CD=1, and for a name below it without",
        "it failed for a moment, or the signature of this name alone is bad: look at its log",
    )
}
