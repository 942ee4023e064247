//! Queues of writesets, and the lag of the node that is furthest behind.

use common::{Range, Report, Rules, Thresholds, wording};

use crate::catalogue::{DESYNCED_QUEUE, RECV_QUEUE, SEND_QUEUE, SEQNO_LAG};
use crate::class::Class;
use crate::model::{Cluster, Node};
use crate::snapshot::facts::Facts;

/// A node that is fewer seqnos behind than this was only asked at another moment.
const SAME_MOMENT_SEQNOS: u64 = 100;

/// The default limits, from the queue at which a node throttles all writers. A single look sees every spike, so that a
/// queue is judged only when two looks saw it.
pub(super) fn derive(rules: &mut Rules, cluster: &Cluster) {
    let was_seen_before = |node: &Node| node.activity.as_ref().is_some_and(|activity| activity.queue_before.is_some());
    if let Some(limit) = cluster.queue_limit()
        && cluster.members().any(|(node, _)| was_seen_before(node))
    {
        let critical = Range::at_most(limit.saturating_mul(10));
        rules.derive(&RECV_QUEUE, Thresholds { warning: Some(Range::at_most(limit)), critical: Some(critical) });
    }
}

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    queues(report, cluster);
    lag(report, cluster);
}

fn queues(report: &mut Report, cluster: &Cluster) {
    // A node that catches up is behind on purpose.
    let keeps_up = |node: &Node| matches!(node.class, Class::Synced | Class::Rejecting);
    // The queue of both moments; a single moment sees every spike.
    let queue = |node: &Node, facts: &Facts| {
        let now = facts.load.recv_queue?;
        let before = node.activity.as_ref().and_then(|activity| activity.queue_before);
        Some(before.map_or(now, |before| before.min(now)))
    };
    let remedy =
        "SHOW PROCESSLIST there: a lock or DDL that the appliers wait for; then its disk and wsrep_slave_threads";
    for (spec, synced) in [(&RECV_QUEUE, true), (&DESYNCED_QUEUE, false)] {
        let nodes = cluster.members().filter(|(node, _)| keeps_up(node) == synced);
        let waiting = nodes.filter_map(|(node, facts)| Some((node, queue(node, facts)?)));
        let Some((node, waiting)) = waiting.max_by_key(|(_, waiting)| *waiting) else { continue };
        let metric = report.metric(spec, waiting).of(node);
        metric.words(format_args!("{}: {waiting} writesets wait to be applied", node.label)).remedy(remedy);
    }
    let waiting = cluster.members().filter_map(|(node, facts)| Some((node, facts.load.send_queue?)));
    if let Some((node, waiting)) = waiting.max_by_key(|(_, waiting)| *waiting) {
        let metric = report.metric(&SEND_QUEUE, waiting).of(node);
        metric.words(format_args!("{}: {waiting} writesets wait to be sent", node.label));
    }
}

/// Only of nodes that should keep up; a desynced one is behind on purpose.
fn lag(report: &mut Report, cluster: &Cluster) {
    let (Some(foremost), Some(rate)) = (cluster.committed(), cluster.commit_rate()) else { return };
    let synced = cluster.members().filter(|(node, _)| node.class == Class::Synced);
    // Received and not applied: the nodes are not asked at quite the same moment.
    let behind = |facts: &Facts| Some((foremost - facts.counters.committed?).min(facts.load.recv_queue?));
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds = |facts: &Facts| match behind(facts)? {
        0..SAME_MOMENT_SEQNOS => Some(0.0),
        behind => (rate > 0.0).then(|| behind as f64 / rate),
    };
    let lags: Option<Vec<_>> = synced.map(|(node, facts)| Some((node, seconds(facts)?))).collect();
    let Some((node, seconds)) = lags.into_iter().flatten().max_by(|(_, one), (_, other)| one.total_cmp(other)) else {
        return;
    };
    let metric = report.metric(&SEQNO_LAG, wording::number(seconds)).of(node);
    metric
        .words(format_args!("{} is {} behind", node.label, wording::age(seconds)))
        .remedy("reads there are stale; look at its appliers, disk and wsrep_slave_threads");
}
