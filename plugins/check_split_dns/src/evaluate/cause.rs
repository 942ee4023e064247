//! The cause of a fault on a server that answers, and the line to change. The signatures were measured with BIND 9.18 and
//! Unbound 1.17.

mod explanation;
mod external;
mod internal;

use common::dns::FailureKind;

use super::symptoms::Symptoms;
use crate::model::FaultKind;
use crate::probe::Side;

pub(super) use explanation::{Cause, Names};

/// The most likely cause of a fault.
pub(super) fn of(kind: &FaultKind, side: Side, symptoms: &Symptoms, names: &Names) -> Cause {
    match (kind, side) {
        (FaultKind::Failed(FailureKind::Refused), _) => Cause::new(
            ": does its allow-query or allow-recursion leave this host out?",
            "let this host in with allow-query and allow-recursion in its named.conf (Unbound: access-control)",
        ),
        (FaultKind::Failed(FailureKind::Silent), _) if symptoms.is_answered_over_tcp => {
            Cause::new(", but it answers over TCP", "does a firewall drop 53/udp?")
        }
        (FaultKind::Unexpected, _) => Cause::new("", "who answers there, and is EXPECT right?"),
        (FaultKind::FamilyDenied, _) => Cause::new(
            ", which denies the whole name",
            "its source must answer NODATA for a type that the name does not have",
        ),
        (FaultKind::NotAbsent(_), _) => Cause::new("", "who serves it there, and is that intended?"),
        (FaultKind::OwnSide(fault), _) => Cause::new("", fault.parts().1),
        (kind, Side::Internal) => internal::of(kind, symptoms, names),
        (kind, Side::External) => external::of(kind, symptoms),
    }
}
