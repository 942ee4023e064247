//! Causes of a fault of an external name.

use super::super::symptoms::{Random, Symptoms, Unchecked};
use super::explanation::{Cause, passing};
use crate::model::FaultKind;

pub(super) fn of(kind: &FaultKind, symptoms: &Symptoms) -> Cause {
    match kind {
        FaultKind::Failed(_) | FaultKind::Final(_) => failed(symptoms),
        FaultKind::WrongSide => Cause::new(
            ": rebinding, a captive portal or a filter?",
            "look at its forwarders, local zones and RPZ, or widen --external-net",
        ),
        FaultKind::Invented => Cause::new(
            ": who invents it?",
            "look at its forwarders, and for a redirect or wildcard zone in its named.conf",
        ),
        _ if symptoms.is_without_recursion => Cause::new(
            " and no recursion offered (RA=0): does it not resolve names for this host?",
            "let this host in with allow-recursion in its named.conf, or ask another server",
        ),
        _ => Cause::new("", "does the name still exist, and does no zone or filter (RPZ) of the server hide it?"),
    }
}

fn failed(symptoms: &Symptoms) -> Cause {
    match (symptoms.unchecked, symptoms.random) {
        (Some(Unchecked::Answers), _) => Cause::new(
            ", but answers with CD=1: DNSSEC fails, is its clock right?",
            "timedatectl there; else the zone's signatures or the trust anchor are out of date",
        ),
        (Some(Unchecked::Over), _) => passing(),
        (_, Some(Random::Fails)) if symptoms.is_other_side_fine => Cause::new(
            ": does it reach the internet?",
            "look at its forwarders, its way to the root servers and its firewall",
        ),
        _ => Cause::new("", "are its forwarders up, and does the name's own server answer?"),
    }
}
