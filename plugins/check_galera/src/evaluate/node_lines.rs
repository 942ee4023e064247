//! A line for each node, however it fares.

use common::Report;

use super::safety::Votes;
use crate::cluster::{Cluster, Node};

pub(super) fn tell(report: &mut Report, cluster: &Cluster) {
    let votes = Votes::of(cluster);
    for node in &cluster.nodes {
        report.line(node, line(cluster, node, votes.as_ref()));
    }
}

/// `db3 127.0.0.13:3306 unreachable: connection refused, last known seqno 7`,
/// `db2 127.0.0.12:3306 synced, seqno 8812345, queue 0, weight 1, safe to crash, safe to stop`.
fn line(cluster: &Cluster, node: &Node, votes: Option<&Votes>) -> String {
    let address = node.address();
    let name = if address.starts_with(&node.label) { address } else { format!("{} {address}", node.label) };
    let reason = node.asked.answer.failure().map_or_else(String::new, |failure| format!(": {}", failure.reason));
    let mut parts = vec![format!("{name} {}{reason}", node.class.word())];
    let Some(facts) = node.facts else {
        let seqno = node.past.and_then(|past| past.counters.committed);
        parts.extend(seqno.map(|seqno| format!("last known seqno {seqno}")));
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
