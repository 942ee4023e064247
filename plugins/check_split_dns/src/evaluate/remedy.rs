//! What to do about a fault.

use common::dns::{Rcode, Server};

use super::fault::{FaultKind, Origin};
use crate::probe::{Probe, Side};

/// What to do about a server that answers nothing.
pub(super) fn of_death(server: &Server, kind: &FaultKind, probe: Option<&Probe>) -> String {
    if *kind == FaultKind::NotAsked {
        return "look at this host's limit of open files (ulimit -n), its firewall and its addresses".to_owned();
    }
    let question = match kind {
        FaultKind::PortClosed => "is named running there (systemctl status named)?",
        FaultKind::Garbage => "what listens there is no name server, or something answers in its place",
        _ => "is the host up, and does its firewall let port 53 through?",
    };
    format!("{question} {}", server.dig(probe.map_or(".", |probe| &probe.name)))
}

/// What to do about a fault of a name.
pub(super) fn of_name(server: &Server, kind: &FaultKind, probe: &Probe) -> String {
    let dig = server.dig(&probe.name);
    let (name, zone) = (&probe.name, probe.zone());
    match (kind, probe.side) {
        (FaultKind::UnexpectedAddress(_), _) => format!("who answers there, and is EXPECT right? {dig}"),
        (FaultKind::NxDomain(Origin::Root), Side::Internal) => {
            format!("\"forward only;\" in zone \"{zone}\" of its named.conf, then rndc flushtree {zone}; {dig}")
        }
        (FaultKind::NxDomain(_), Side::Internal) => format!(
            "the service is unknown, has no healthy instance, or the agent's token may not read it; on that node: \
             dig @127.0.0.1 -p 8600 {name}"
        ),
        (FaultKind::NoData(_), Side::Internal) => {
            format!("does a filter of private addresses on the way (private-address) strip the answer? {dig}")
        }
        (FaultKind::NxDomain(_) | FaultKind::NoData(_), Side::External) => {
            format!("does the name still exist, and does no zone or filter of the server hide it? {dig}")
        }
        (FaultKind::ServFail, Side::Internal) => {
            format!("is Consul down there, or does DNSSEC reject the zone (validate-except {{ {zone}; }})? {dig} +cd")
        }
        (FaultKind::ServFail, Side::External) => {
            format!("are its forwarders up and its clock right (DNSSEC)? {dig} +cd")
        }
        (FaultKind::OtherRcode(Rcode::REFUSED), _) => {
            format!("let this host in with allow-query and allow-recursion in its named.conf; {dig}")
        }
        (FaultKind::Timeout, _) => format!("is what it forwards this name to silent? {dig}"),
        (FaultKind::OtherRcode(_), _) => format!("look at its log; {dig}"),
        (FaultKind::PortClosed | FaultKind::Unreachable | FaultKind::Garbage | FaultKind::NotAsked, _) => {
            of_death(server, kind, Some(probe))
        }
    }
}
