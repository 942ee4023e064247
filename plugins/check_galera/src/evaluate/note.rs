//! A line for each node, and what it said for who wants to see it.

use common::{Label, MetricUnit, Number, ServiceState, text};

use super::judge::Judge;
use super::safety::Votes;
use super::{is_down_on_purpose, say};
use crate::cluster::{Cluster, Node};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::snapshot::{Answer, Said};

pub(super) fn note(judge: &mut Judge, cluster: &Cluster, policy: &Policy) {
    let votes = Votes::of(cluster);
    for node in &cluster.nodes {
        let state = if is_down_on_purpose(node, policy) { ServiceState::Ok } else { judge.state_of(node) };
        let line = line(cluster, node, votes.as_ref());
        judge.report.item(state, line);
    }
    for node in &cluster.nodes {
        asked(judge, node, policy);
        if policy.perfdata_per_node {
            series(judge, node);
        }
    }
}

/// `db2 127.0.0.12:3306 synced, seqno 8812345, queue 0, weight 1; safe to crash, safe to stop`.
fn line(cluster: &Cluster, node: &Node, votes: Option<&Votes>) -> String {
    let address = &node.asked.address;
    let name = if address.starts_with(&node.label) { address.clone() } else { format!("{} {address}", node.label) };
    let mut parts = vec![format!("{name} {}", node.class.word())];
    let Some(facts) = node.facts else {
        parts.extend(
            node.past.and_then(|past| past.counters.committed).map(|seqno| format!("last known seqno {seqno}")),
        );
        return parts.join(", ");
    };
    parts.extend(facts.counters.committed.map(|seqno| format!("seqno {seqno}")));
    parts.extend(facts.load.recv_queue.map(|queue| format!("queue {queue}")));
    let paused = node.motion.as_ref().and_then(|motion| motion.paused);
    parts.extend(paused.map(|share| format!("flow control {:.0} %", share * 100.0)));
    if facts.load.throttling == Some(true) {
        parts.push("throttles the cluster".to_owned());
    }
    let weight = facts.options.weight();
    parts.extend(weight.map(|weight| format!("weight {weight}")));
    let is_member = cluster.members().any(|(member, _)| member.key == node.key);
    if let (Some(votes), Some(weight), true) = (votes, weight, is_member) {
        parts.push(votes.may(node, weight, cluster).to_owned());
    }
    parts.join(", ")
}

fn asked(judge: &mut Judge, node: &Node, policy: &Policy) {
    let Answer::Said(said) = &node.asked.answer else { return };
    judge.report.note(2, summary(node, said));
    if policy.raw_values {
        raw(judge, node, &said.facts);
    }
}

fn raw(judge: &mut Judge, node: &Node, facts: &Facts) {
    let address = &node.asked.address;
    for (name, value) in facts.rows.iter().filter(|(name, _)| *name != "wsrep_provider_options") {
        judge.report.note(3, format!("{address}: {} = {}", text::quote(name), text::quote(value)));
    }
    let options = facts.setting("wsrep_provider_options").unwrap_or_default();
    for option in options.split(';').map(str::trim).filter(|option| !option.is_empty()) {
        judge.report.note(3, format!("{address}: provider option {}", text::quote(option)));
    }
}

fn summary(node: &Node, said: &Said) -> String {
    let facts = &said.facts;
    let known = |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
    let component = facts.view.component.map_or_else(|| "unknown".to_owned(), |component| format!("{component:?}"));
    let uuid = text::quote(facts.view.uuid.as_deref().unwrap_or("unknown"));
    let version = text::quote(facts.versions.server.as_deref().unwrap_or("unknown"));
    let extra = if said.by_extra_port { ", by the extra port" } else { "" };
    format!(
        "{}: asked SHOW GLOBAL STATUS and VARIABLES{extra}: {component}, size {}, index {}, view {}, {}, UUID {uuid}, \
         version {version} (login {} s, answer {} s)",
        node.asked.address,
        known(facts.view.size),
        known(facts.view.index),
        known(facts.view.number),
        text::quote(&facts.comment),
        Number::seconds(said.login),
        Number::seconds(said.answer),
    )
}

/// `db1_flow_control`, and its like.
fn series(judge: &mut Judge, node: &Node) {
    let Some(facts) = node.facts else { return };
    let prefix: String = node.key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut put = |name: &str, unit: MetricUnit, value: Option<Number>| {
        if let (Some(label), Some(value)) = (Label::new(&format!("{prefix}_{name}")), value) {
            judge.report.series(label, unit, value);
        }
    };
    put("state", MetricUnit::None, state(facts));
    put("recv_queue", MetricUnit::None, facts.load.recv_queue.map(Number::from));
    put("last_committed", MetricUnit::Counter, facts.counters.committed.map(Number::from));
    let paused = node.motion.as_ref().and_then(|motion| motion.paused);
    put("flow_control", MetricUnit::Percent, paused.map(|share| say::number(share * 100.0)));
    let replicated = node.motion.as_ref().and_then(|motion| motion.rate(|motion| motion.replicated));
    put("write_rate", MetricUnit::None, replicated.map(say::number));
}

/// `wsrep_local_state` as the server prints it.
fn state(facts: &Facts) -> Option<Number> {
    facts.state.map(|state| Number::from(state as u32))
}
