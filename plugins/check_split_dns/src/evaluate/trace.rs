//! What was asked and answered, for who wants to see it.

use common::Report;
use common::dns::{Outcome, Reply, Transport};

use super::fault::some;
use crate::policy::Policy;
use crate::snapshot::Asked;

/// Adds a line for each question to a server.
pub(super) fn note(report: &mut Report, asked: &Asked, policy: &Policy) {
    for (lookup, probe) in asked.lookups.iter().zip(&policy.probes) {
        for (rtype, reply) in [("A", &lookup.a), ("AAAA", &lookup.aaaa)] {
            report.note(2, format!("{} {} {rtype}: {}", asked.server.name, probe.name, line(reply)));
        }
    }
}

/// `NOERROR 10.0.0.11, ttl 0 (UDP, 0.0012 s, 2 sent, 1 lost)`.
fn line(reply: &Reply) -> String {
    let transport = match reply.transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
    };
    let time = reply.rtt.map_or_else(String::new, |rtt| format!(", {:.4} s", rtt.as_secs_f64()));
    format!("{} ({transport}{time}, {} sent, {} lost)", what(&reply.outcome), reply.sent, reply.lost)
}

fn what(outcome: &Outcome) -> String {
    let answer = match outcome {
        Outcome::Answer(answer) => answer,
        Outcome::Timeout => return "no answer".to_owned(),
        Outcome::Refused => return "connection refused".to_owned(),
        Outcome::Unreachable(reason) | Outcome::LocalError(reason) => return reason.clone(),
        Outcome::Garbage(reason) => return common::text::quote(reason),
    };
    let addresses: Vec<_> = answer.addresses.iter().map(|address| address.ip).collect();
    let addresses = if addresses.is_empty() { String::new() } else { format!(" {}", some(&addresses)) };
    let ttl = answer.min_ttl.map_or_else(String::new, |ttl| format!(", ttl {ttl}"));
    format!("{}{addresses}{ttl}", answer.rcode)
}
