//! What to do about a name server.

use common::dns::FailureKind;

use super::Role;
use super::case::Case;
use super::compare::Comparison;
use super::fault::FaultKind::{self, Denied, Failed, Leaked};

/// About something dead that is handed out by Consul itself, or for longer than its TTL.
pub(super) fn of_dead(case: &Case, servers: &[&Comparison]) -> String {
    let zone = zone(case.name);
    let is_own = servers.iter().any(|comparison| comparison.server.role == Role::Consul);
    let what = if is_own {
        "is that agent cut off from the servers (consul members), or does it answer from its cache \
         (dns_config.use_cache, max_stale)?"
            .to_owned()
    } else {
        format!(
            "rndc flushtree {zone} there; does its configuration stretch the TTL (min-cache-ttl, stale-answer-enable)?"
        )
    };
    format!("{what} {} +tcp", case.dig(servers))
}

pub(super) fn of_stale(case: &Case, servers: &[&Comparison]) -> String {
    format!(
        "clients are sent there until then: rndc flushtree {} there, and shorten dns_config.service_ttl or \
         max-cache-ttl; {}",
        zone(case.name),
        case.dig(servers)
    )
}

/// About servers with the same fault.
pub(super) fn of_fault(case: &Case, servers: &[&Comparison]) -> String {
    let Some(comparison) = servers.first() else { return String::new() };
    let Some(fault) = &comparison.fault else { return of_foreign(case, servers) };
    let what = match comparison.server.role {
        Role::Consul => at_consul(fault.kind).to_owned(),
        Role::Forwarder => at_forwarder(fault.kind, case, servers),
    };
    let cached = servers.iter().filter_map(|comparison| comparison.fault.as_ref()).map(|fault| fault.cached).max();
    let cached = match cached {
        Some(seconds @ 1..) if comparison.server.role == Role::Forwarder => {
            format!(" It keeps the denial for {seconds} s more: rndc flushtree {}.", zone(case.name))
        }
        _ => String::new(),
    };
    format!("{what}{cached} {}", case.dig(servers))
}

fn at_consul(kind: FaultKind) -> &'static str {
    match kind {
        Failed(FailureKind::Refused) => "is the name within dns_config's domain of that agent?",
        Failed(FailureKind::ServFail | FailureKind::Other(_)) => {
            "does the agent reach its servers? See consul monitor there."
        }
        Failed(_) => {
            "is the agent running, ports.dns not disabled there, and client_addr (addresses.dns) not its loopback?"
        }
        Denied(_) | Leaked => {
            "may the agent's default or anonymous token read it (node:read and service:read), \
             and has the agent servers with a quorum, or only an empty catalog?"
        }
    }
}

fn at_forwarder(kind: FaultKind, case: &Case, servers: &[&Comparison]) -> String {
    let zone = zone(case.name);
    match kind {
        Failed(
            FailureKind::PortClosed | FailureKind::Unreachable | FailureKind::Silent | FailureKind::NotUnderstood,
        ) => "is it running (systemctl status named), and does its firewall let port 53 through?".to_owned(),
        Failed(FailureKind::Refused) => {
            "let clients in with allow-query and allow-recursion in its named.conf;".to_owned()
        }
        _ if servers.iter().all(|server| case.consul_beside_fails(server)) => {
            "the Consul beside it, to which it forwards, gives nothing: start that one, or forward to several;"
                .to_owned()
        }
        _ if !case.consul_answers() => {
            "Consul's own DNS gives nothing usable either, as far as it was asked: look there first;".to_owned()
        }
        _ => format!(
            "does it forward all of \"{zone}\" to Consul's port 8600 (forward only), and except it from DNSSEC \
             (validate-except {{ \"{zone}\"; }})?"
        ),
    }
}

pub(super) fn of_split(case: &Case, role: Role, servers: &[&Comparison]) -> String {
    let port = servers.first().map_or(53, |comparison| comparison.server.server.address.port());
    let what = match role {
        Role::Consul => "let both through the firewall; the agent listens on both",
        Role::Forwarder => "let both through the firewall, to it and from it to Consul",
    };
    let dig = case.dig(servers);
    format!("{what}: port {port} of UDP and TCP; compare {dig} and {dig} +tcp")
}

pub(super) fn of_missing(case: &Case, role: Role, servers: &[&Comparison]) -> String {
    let what = match role {
        Role::Consul => {
            "does dns_config cut the answer (a_record_limit, udp_answer_limit), or is the agent behind the servers?"
                .to_owned()
        }
        Role::Forwarder => format!(
            "does it keep an old answer (rndc flushtree {}), or was it told no more? Over UDP Consul leaves out what does \
             not fit, and says so only with dns_config.enable_truncate (also: a_record_limit).",
            zone(case.name)
        ),
    };
    format!("{what} {} +tcp", case.dig(servers))
}

pub(super) fn of_foreign(case: &Case, servers: &[&Comparison]) -> String {
    let dig = case.dig(servers);
    format!("does it serve the zone \"{}\" of another datacenter, or of its own? {dig} +tcp", zone(case.name))
}

/// The last label: the zone that is forwarded.
fn zone(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}
