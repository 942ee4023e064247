//! Causes of a fault of an internal name.

use common::dns::{Denial, FailureKind};

use super::super::symptoms::{Random, Symptoms, Unchecked};
use super::explanation::{Cause, Names, passing};
use crate::model::{FaultKind, Origin, UpstreamAnswer};

pub(super) fn of(kind: &FaultKind, symptoms: &Symptoms, names: &Names) -> Cause {
    let zone = names.zone;
    match kind {
        FaultKind::Leaked { validated } => leaked(*validated, symptoms, names),
        FaultKind::Failed(FailureKind::ServFail) => failed(symptoms, names),
        FaultKind::Failed(FailureKind::Silent) => silent(symptoms, names),
        FaultKind::Denied(denial, origin) => denied(*denial, origin, symptoms, names),
        FaultKind::OddDenial(..) => narrow(names),
        FaultKind::WrongSide => Cause::new(
            ": who answers for it?",
            format!("look at the forwarders of zone {zone} in its named.conf, or widen --internal-net"),
        ),
        FaultKind::Invented => Cause::new(
            ": a wildcard, or does somebody invent it?",
            format!(
                "look for a wildcard in zone {zone} and at its forwarders; if it is meant: --severity internal-wildcard=ok"
            ),
        ),
        _ => Cause::new("", "look at its log"),
    }
}

impl Names<'_> {
    fn source(&self) -> String {
        if self.is_consul { "Consul's DNS".to_owned() } else { format!("the server of zone {}", self.zone) }
    }

    /// The command that asks the source of the zone, on the server's own host.
    fn ask_source(&self) -> String {
        match (self.is_consul, self.name) {
            (true, name) => format!("on that node: dig @127.0.0.1 -p 8600 {name}"),
            (false, name) => format!("on that node: dig {name} @ each of its forwarders"),
        }
    }

    fn forwarders(&self) -> &'static str {
        if self.is_consul { "127.0.0.1 port 8600;" } else { "ADDRESS;" }
    }
}

fn leaked(validated: bool, symptoms: &Symptoms, names: &Names) -> Cause {
    let (zone, forwarders) = (names.zone, names.forwarders());
    let except = if validated { format!(" and validate-except {{ \"{zone}\"; }};") } else { String::new() };
    let remedy = format!(
        "in its named.conf: zone \"{zone}\" {{ type forward; forward only; forwarders {{ {forwarders} }}; }};{except} then \
         rndc reconfig and rndc flushtree {zone}"
    );
    // A new name is forwarded correctly, so the wrong denial is an old one from a cache.
    let hint = if symptoms.random == Some(Random::Denied) {
        ": \"forward first\" asked the root while its forwarders were away".to_owned()
    } else {
        format!(": is \"forward only;\" missing in zone \"{zone}\"?")
    };
    Cause::new(hint, remedy)
}

fn failed(symptoms: &Symptoms, names: &Names) -> Cause {
    let zone = names.zone;
    match (symptoms.unchecked, symptoms.random) {
        (Some(Unchecked::Answers), _) => Cause::new(
            format!(", but answers with CD=1: DNSSEC rejects zone {zone}"),
            format!(
                "validate-except {{ \"{zone}\"; }}; in the options of its named.conf (Unbound: domain-insecure: \
                 \"{zone}\")"
            ),
        ),
        (Some(Unchecked::Over), _) => passing(),
        (_, Some(Random::DeniedWithoutSoa)) if symptoms.is_other_type_found => Cause::new(
            format!(": is its zone narrower than {zone}, whose SOA it gets?"),
            format!("forward zone \"{zone}\" in its named.conf, not a part of it"),
        ),
        (_, Some(Random::Denied)) => Cause::new(
            "; random names there are denied as they should be: are internal addresses filtered?",
            format!(
                "except \"{zone}\" from deny-answer-addresses in its named.conf (Unbound: private-domain: \"{zone}\"; \
                 dnsmasq: rebind-domain-ok=/{zone}/)"
            ),
        ),
        _ => forwarding(symptoms, names),
    }
}

/// The target of the forwarding fails, or is not reached.
fn forwarding(symptoms: &Symptoms, names: &Names) -> Cause {
    let (zone, source, upstream) = (names.zone, names.source(), names.upstream);
    let unbound = "(Unbound: do-not-query-localhost: no)";
    match &symptoms.upstream {
        Some(UpstreamAnswer::Fails(words)) => {
            let how = if names.is_consul { ": systemctl status consul; consul members" } else { "" };
            Cause::new(
                format!(", and its upstream {upstream} fails too ({words})"),
                format!("bring {source} back there{how}"),
            )
        }
        Some(UpstreamAnswer::Has | UpstreamAnswer::Denies) => Cause::new(
            format!(", but its upstream {upstream} answers: forwarding is broken"),
            format!("look at the forwarders of zone {zone} in its named.conf {unbound}"),
        ),
        None if symptoms.is_other_side_fine => Cause::new(
            format!(": is {source} up there?"),
            format!("{}; look at the forwarders of zone {zone} in its named.conf {unbound}", names.ask_source()),
        ),
        None => Cause::new("", "external names are not answered either: look at its log"),
    }
}

fn silent(symptoms: &Symptoms, names: &Names) -> Cause {
    let (zone, upstream) = (names.zone, names.upstream);
    match &symptoms.upstream {
        Some(UpstreamAnswer::Has | UpstreamAnswer::Denies) => Cause::new(
            format!(", but its upstream {upstream} answers"),
            format!("does zone {zone} have other forwarders in its named.conf, or does a firewall drop the questions?"),
        ),
        _ if symptoms.is_other_side_fine => Cause::new(
            format!("; external names are answered: is {} silent there?", names.source()),
            format!(
                "does a firewall drop the forwarded questions? {}, and look at the forwarders of zone {zone} in its named.conf",
                names.ask_source()
            ),
        ),
        _ => Cause::new("", "does the server that it forwards this name to answer?"),
    }
}

fn denied(denial: Denial, origin: &Origin, symptoms: &Symptoms, names: &Names) -> Cause {
    let (name, zone, upstream) = (names.name, names.zone, names.upstream);
    let has = symptoms.upstream == Some(UpstreamAnswer::Has);
    let denies = symptoms.upstream == Some(UpstreamAnswer::Denies);
    match (denial, origin) {
        (Denial::NoData, Origin::Unknown) => Cause::new(
            ": are private addresses filtered?",
            format!(
                "private-domain: \"{zone}\" beside private-address in its unbound.conf (dnsmasq: rebind-domain-ok=/{zone}/)"
            ),
        ),
        (Denial::NxDomain, Origin::Unknown) => narrow(names),
        (_, Origin::Zone(_)) if has && symptoms.is_cached => Cause::new(
            format!(", but {upstream} has it"),
            format!("it expires after that time; at once: rndc flushname {name}"),
        ),
        (_, Origin::Zone(_)) if has => Cause::new(
            format!(", but {upstream} has it: does it ask another source?"),
            format!("compare the forwarders of zone {zone} in its named.conf with {upstream}{}", names.token()),
        ),
        (_, Origin::Zone(_)) if symptoms.do_others_have_it && symptoms.is_cached && !denies => Cause::new(
            ", but other servers have it: an old denial?",
            format!("at once: rndc flushname {name}; else compare its source with the others'{}", names.token()),
        ),
        (_, Origin::Zone(_)) if symptoms.do_others_have_it && !denies => Cause::new(
            ", but other servers have it: does its source lag behind, or hide it?",
            format!("compare its source with the others'{}", names.token()),
        ),
        (_, Origin::Zone(_)) => unknown(denies, names),
    }
}

impl Names<'_> {
    /// Consul denies names that a token must not read.
    fn token(&self) -> &'static str {
        if self.is_consul { ": consul members, and the agents' tokens (service and node read)" } else { "" }
    }
}

fn unknown(is_denied_upstream: bool, names: &Names) -> Cause {
    let also = if is_denied_upstream { format!(", as {} does", names.upstream) } else { String::new() };
    if !names.is_consul {
        return Cause::new(format!("{also}: unknown there?"), format!("does zone {} still have the name?", names.zone));
    }
    Cause::new(
        format!("{also}: unknown there, no healthy instance, or hidden by ACLs"),
        "consul catalog services; are the instances' checks passing, and may the agent's token read service and node?",
    )
}

fn narrow(names: &Names) -> Cause {
    let zone = names.zone;
    Cause::new(
        format!(": is its zone narrower than {zone}?"),
        format!(
            "forward zone \"{zone}\" in its named.conf, not a part of it; else something on the way strips the SOA"
        ),
    )
}
