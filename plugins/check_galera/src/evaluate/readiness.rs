//! Whether clients may be sent to a node: for Consul's script checks and for load balancers.
//!
//! CRITICAL takes the node out. WARNING does not, and so is for the checker's own faults: one password that was
//! changed must not empty the service on all nodes at once.

use std::fmt::Display;

use common::{CheckError, FindingSpec, Range, Report, Rules, ServiceState, Thresholds, text};

use super::{answer_time, appliers};
use crate::catalogue::{
    ACCESS_DENIED, CONNECTIONS_FULL, NODE_DESYNCED, NODE_DONOR, NODE_INCONSISTENT, NODE_NOT_PRIMARY, NODE_NOT_READY,
    NODE_NOT_SYNCED, NODE_READ_ONLY, NODE_REJECTS_QUERIES, NODE_UNREACHABLE, NOT_ASKED, NOT_GALERA, PROVIDER_MISSING,
    RECV_QUEUE, SST_BLOCKS, TLS_UNTRUSTED, UNREADABLE, WSREP_OFF,
};
use crate::class::Class;
use crate::model::{Cluster, Node};
use crate::policy::{Asked, Policy};
use crate::snapshot::facts::Facts;
use crate::snapshot::{FailureKind, Outcome};

/// Reasons not to serve.
const OUT: [&FindingSpec; 14] = [
    &CONNECTIONS_FULL,
    &NODE_DESYNCED,
    &NODE_DONOR,
    &NODE_INCONSISTENT,
    &NODE_NOT_PRIMARY,
    &NODE_NOT_READY,
    &NODE_NOT_SYNCED,
    &NODE_READ_ONLY,
    &NODE_REJECTS_QUERIES,
    &NODE_UNREACHABLE,
    &NOT_GALERA,
    &PROVIDER_MISSING,
    &SST_BLOCKS,
    &WSREP_OFF,
];

/// Reasons of the checker's own.
const BLIND: [&FindingSpec; 4] = [&ACCESS_DENIED, &NOT_ASKED, &TLS_UNTRUSTED, &UNREADABLE];

fn derive(rules: &mut Rules) {
    appliers::derive(rules, true);
    for finding in OUT {
        rules.derive_severity(finding, ServiceState::Critical);
    }
    for finding in BLIND {
        rules.derive_severity(finding, ServiceState::Warning);
    }
}

/// A verdict for when not even the question could be put together.
pub(crate) fn blind(error: &CheckError, mut rules: Rules) -> Report {
    derive(&mut rules);
    let mut report = Report::new(&rules);
    report.first_line_only();
    let (problem, remedy) = error.parts();
    report.finding(&NOT_ASKED).words(format_args!("cannot tell: {problem}; {remedy}"));
    report
}

/// The verdict in one line.
pub(crate) fn evaluate(cluster: &Cluster, policy: &Policy) -> Report {
    let mut rules = policy.expectation(Asked { addresses: 1, nodes: 1, seen: 0 }, 0, 0).rules;
    derive(&mut rules);
    if let Some(limit) = cluster.queue_limit() {
        // No warning: that is for the checker's own faults.
        let critical = Some(Range::at_most(limit.saturating_mul(10)));
        rules.derive(&RECV_QUEUE, Thresholds { warning: None, critical });
    }
    let mut report = Report::new(&rules);
    report.first_line_only();
    for node in &cluster.nodes {
        match (&node.asked.outcome, node.facts) {
            (_, Some(facts)) => with_facts(&mut report, cluster, node, facts),
            (answer, None) => without_facts(&mut report, node, answer),
        }
    }
    if cluster.largest_component().is_some_and(|main| main.members() > 1) {
        appliers::stalled(&mut report, cluster);
    }
    answer_time::query_time(&mut report, cluster);
    report
}

fn without_facts(report: &mut Report, node: &Node, answer: &Outcome) {
    let label = &node.label;
    match answer {
        Outcome::Failed(failure) => {
            let full = failure.kind == FailureKind::Full;
            let finding = report.finding(if full { &CONNECTIONS_FULL } else { &NODE_UNREACHABLE }).of(node);
            finding.words(format_args!("{label} does not serve: {}", failure.reason));
        }
        Outcome::AccessDenied(denial) => {
            cannot_tell(report, node, &ACCESS_DENIED, format_args!("{label}: {}", denial.reason));
        }
        Outcome::NotTrusted(distrust) => {
            cannot_tell(report, node, &TLS_UNTRUSTED, format_args!("{label}: {}", distrust.reason));
        }
        Outcome::OwnSide(fault) => cannot_tell(report, node, &NOT_ASKED, fault.parts().0),
        Outcome::Answered(_) => {}
    }
}

fn cannot_tell(report: &mut Report, node: &Node, spec: &FindingSpec, why: impl Display) {
    report.finding(spec).of(node).words(format_args!("cannot tell: {why}"));
}

fn with_facts(report: &mut Report, cluster: &Cluster, node: &Node, facts: &Facts) {
    let label = &node.label;
    let reasons = reasons(cluster, node, facts);
    if reasons.is_empty() {
        let members = facts.view.size.map_or_else(String::new, |size| format!(" of a group of {size}"));
        let says = text::quote(&facts.comment);
        report.fine().of(node).words(format_args!("{label} serves: Primary{members}, {says}"));
    }
    for (spec, reason) in reasons {
        let verb = if spec.id == UNREADABLE.id { "cannot tell" } else { "does not serve" };
        report.finding(spec).of(node).words(format_args!("{label} {verb}: {reason}"));
    }
    if let Some(queue) = facts.load.recv_queue {
        let metric = report.metric(&RECV_QUEUE, queue).of(node);
        metric.words(format_args!("{label}: {queue} writesets wait to be applied"));
    }
}

fn reasons(cluster: &Cluster, node: &Node, facts: &Facts) -> Vec<(&'static FindingSpec, String)> {
    let says = text::quote(&facts.comment);
    match node.class {
        Class::NotGalera if facts.other_provider().is_some() => {
            let provider = text::quote(facts.other_provider().unwrap_or_default());
            return vec![(&UNREADABLE, format!("its wsrep provider is {provider}, not Galera"))];
        }
        Class::NotGalera => return vec![(&NOT_GALERA, "it runs without Galera".to_owned())],
        Class::ProviderMissing => return vec![(&PROVIDER_MISSING, "it runs without Galera".to_owned())],
        Class::NotReplicating => {
            return vec![(&WSREP_OFF, "wsrep_on is OFF, its writes are not replicated".to_owned())];
        }
        Class::Unreadable => return vec![(&UNREADABLE, format!("no {}", facts.missing().join(", ")))],
        Class::Inconsistent => return vec![(&NODE_INCONSISTENT, "its data differ from the group's".to_owned())],
        Class::NonPrimary => return vec![(&NODE_NOT_PRIMARY, format!("in no Primary component ({says})"))],
        Class::Joining | Class::Joined => return vec![(&NODE_NOT_SYNCED, format!("not synced ({says})"))],
        _ => {}
    }
    let mut reasons: Vec<(&'static FindingSpec, String)> = Vec::new();
    if facts.ready == Some(false) {
        reasons.push((&NODE_NOT_READY, format!("wsrep_ready is OFF ({says})")));
    }
    if let Some(rejected) = &facts.rejects_queries {
        reasons.push((&NODE_REJECTS_QUERIES, format!("wsrep_reject_queries is {}", text::quote(rejected))));
    }
    if let Some(mode) = &facts.maintenance {
        reasons.push((&NODE_REJECTS_QUERIES, format!("pxc_maint_mode is {}", text::quote(mode))));
    }
    if let Some(variable) = facts.refuses_writes() {
        reasons.push((&NODE_READ_ONLY, format!("{variable} is ON")));
    }
    reasons.extend(donor_reasons(cluster, facts));
    reasons
}

/// Whether no other member can serve: it is alone, or alone with the one that it feeds.
fn is_last(members: u64, facts: &Facts) -> bool {
    let feeds = facts.desync != Some(true) && !facts.sst_blocks_donor() && facts.donor_rejects != Some(true);
    members == 1 || members == 2 && feeds
}

/// The last member serves also as a donor.
fn donor_reasons(cluster: &Cluster, facts: &Facts) -> Vec<(&'static FindingSpec, String)> {
    let mut reasons: Vec<(&'static FindingSpec, String)> = Vec::new();
    if !facts.is_donor_or_desynced() || cluster.largest_component().is_some_and(|main| is_last(main.members(), facts)) {
        return reasons;
    }
    if facts.desync == Some(true) {
        reasons.push((&NODE_DESYNCED, "desynced (wsrep_desync is ON), its data may be old".to_owned()));
        return reasons;
    }
    reasons.push((&NODE_DONOR, format!("{} by a state transfer or a lock", text::quote(&facts.comment))));
    if facts.sst_blocks_donor() {
        let method = text::quote(facts.sst_method().unwrap_or_default());
        reasons.push((&SST_BLOCKS, format!("a state transfer by {method} blocks it")));
    }
    if facts.donor_rejects == Some(true) {
        reasons.push((&NODE_REJECTS_QUERIES, "wsrep_sst_donor_rejects_queries is ON".to_owned()));
    }
    reasons
}
