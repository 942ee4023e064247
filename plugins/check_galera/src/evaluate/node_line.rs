//! A line for each node, however it fares.

use common::{Report, wording};

use crate::class::Class;
use crate::model::{Cluster, Node, Votes};

/// A restart is told for so long, in seconds.
const NEWS: u64 = 3600;

pub(super) fn write(report: &mut Report, cluster: &Cluster) {
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
    let reason = node.asked.outcome.failure().map_or_else(String::new, |failure| format!(": {}", failure.reason));
    let mut parts = vec![format!("{name} {}{reason}", node.class.word())];
    let Some(facts) = node.facts else {
        let seqno = node.seen.and_then(|seen| seen.counters.committed);
        parts.extend(seqno.map(|seqno| format!("last known seqno {seqno}")));
        return parts.join(", ");
    };
    parts.extend(node.uptime().filter(|uptime| *uptime < NEWS).map(restarted));
    parts.extend(facts.counters.committed.map(|seqno| format!("seqno {seqno}")));
    parts.extend(facts.load.recv_queue.map(|queue| format!("queue {queue}")));
    parts.extend(node.paused.map(|paused| format!("flow control {:.0} %", paused.share * 100.0)));
    if facts.load.throttling == Some(true) {
        parts.push("throttles the cluster".to_owned());
    }
    let weight = facts.options.weight();
    parts.extend(weight.map(|weight| format!("weight {weight}")));
    let is_member = cluster.members().any(|(member, _)| member.key == node.key);
    if let (Some(votes), Some(weight), true) = (votes, weight, is_member) {
        parts.push(risk(votes, node, weight, cluster).to_owned());
    }
    parts.join(", ")
}

/// `restarted 4 min ago`.
fn restarted(uptime: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "below an hour")]
    let seconds = uptime as f64;
    format!("restarted {} ago", wording::age(seconds))
}

/// The risk of losing a member, in a few words.
///
/// Quorum is not enough: another member must have the data, and a joining node may be in the middle of copying them.
fn risk(votes: &Votes, node: &Node, weight: u64, cluster: &Cluster) -> &'static str {
    if cluster.possibly_serving() <= u64::from(node.serves()) {
        return "not safe to crash or stop: no other serves";
    }
    if node.class == Class::Donor {
        return "not safe to crash or stop: donor";
    }
    match (votes.survives_crash_of(weight), votes.survives_stop_of(weight)) {
        (true, _) => "safe to crash, safe to stop",
        (false, true) => "not safe to crash, safe to stop",
        (false, false) => "not safe to crash or stop",
    }
}
