//! What changed since the nodes were last asked.

use common::Number;

use super::judge::Judge;
use super::measure::largest;
use super::say;
use crate::catalogue::{
    BF_ABORTS, CERT_FAILURES, CONNECTIONS_REFUSED, DESYNCED_QUEUE, FLOW_CONTROL, RECV_QUEUE, REPLAYS, SEND_QUEUE,
    SEQNO_LAG, VIEW_CHANGES, WRITE_BYTES, WRITE_RATE, WRITERS,
};
use crate::cluster::{Class, Cluster, Motion, Node};
use crate::facts::Facts;

/// Of fewer transactions than this no share says anything.
const FEW: u64 = 50;

/// So many seqnos behind is no lag, only another moment of asking.
const SAME_MOMENT: u64 = 100;

pub(super) fn judge(judge: &mut Judge, cluster: &Cluster) {
    flow_control(judge, cluster);
    conflicts(judge, cluster);
    queues(judge, cluster);
    lag(judge, cluster);
    writes(judge, cluster);
    view_changes(judge, cluster);
    turned_away(judge, cluster);
}

/// Flow control stops all nodes alike; who asked for it is the one to look at.
fn flow_control(judge: &mut Judge, cluster: &Cluster) {
    let paused = |node: &Node| node.motion.as_ref().and_then(|motion| motion.paused);
    let Some((node, share)) = largest(cluster.members(), |node, _| paused(node)) else { return };
    let over = node.motion.as_ref().map_or(0.0, |motion| motion.seconds);
    let percent = say::number(share * 100.0);
    let culprit = culprit(cluster);
    let by = culprit.map_or_else(String::new, |culprit| format!(": {} throttles the cluster", culprit.label));
    let sentence =
        format!("flow control stopped writing for {:.0} % of {}{by}", share * 100.0, say::age(over.max(1.0)));
    let remedy =
        "on the node that throttles: SHOW PROCESSLIST for locks and DDL, then its disk and wsrep_slave_threads";
    let state = judge.report.metric_with_remedy(&FLOW_CONTROL, percent, &sentence, remedy);
    judge.worsen(culprit.unwrap_or(node), state);
}

/// Who sent the most requests to stop, or asks for it at this moment.
fn culprit<'c, 'a>(cluster: &'c Cluster<'a>) -> Option<&'c Node<'a>> {
    let sent = |node: &Node| node.motion.as_ref().and_then(|motion| motion.stops_sent).unwrap_or(0);
    let asks = |facts: &Facts| facts.load.throttling == Some(true);
    let suspects = cluster.members().map(|(node, facts)| (asks(facts), sent(node), node));
    let (asks, sent, node) = suspects.max_by_key(|(asks, sent, _)| (*asks, *sent))?;
    (asks || sent > 0).then_some(node)
}

fn conflicts(judge: &mut Judge, cluster: &Cluster) {
    let failed = |motion: &Motion| share(motion.cert_failures?, motion.commits?.checked_add(motion.cert_failures?)?);
    let aborted = |motion: &Motion| share(motion.bf_aborts?, motion.commits?.checked_add(motion.bf_aborts?)?);
    let remedy = "two nodes write the same rows: send all writes to one node, or make transactions shorter";
    for (spec, of, what) in [
        (&CERT_FAILURES, &failed as &dyn Fn(&Motion) -> Option<f64>, "failed certification"),
        (&BF_ABORTS, &aborted, "were aborted for replicated ones"),
    ] {
        let worst = largest(cluster.members(), |node, _| node.motion.as_ref().and_then(of));
        if let Some((node, percent)) = worst {
            let sentence = format!("{}: {percent:.1} % of its transactions {what}", node.label);
            let state = judge.report.metric_with_remedy(spec, say::number(percent), &sentence, remedy);
            judge.worsen(node, state);
        }
    }
    if let Some(rate) = sum(cluster, |motion| motion.replays) {
        judge.report.metric(&REPLAYS, say::number(rate), &format!("{} replays a second", say::number(rate)));
    }
}

/// In percent; none of too few, unless nothing happened at all.
fn share(part: u64, whole: u64) -> Option<f64> {
    (part == 0 || whole >= FEW).then(|| say::percent(part, whole))
}

/// The sum of all members' rates; none where one is missing.
fn sum(cluster: &Cluster, of: impl Fn(&Motion) -> Option<u64>) -> Option<f64> {
    let rates: Option<Vec<_>> = cluster.members().map(|(node, _)| node.motion.as_ref()?.rate(&of)).collect();
    rates.filter(|rates| !rates.is_empty()).map(|rates| rates.into_iter().sum())
}

fn queues(judge: &mut Judge, cluster: &Cluster) {
    // Who catches up is behind by right.
    let keeps_up = |node: &Node| matches!(node.class, Class::Synced | Class::Rejecting);
    // What was there at both moments; a single one sees every spike.
    let queue = |node: &Node, facts: &Facts| {
        let now = facts.load.recv_queue?;
        let before = node.motion.as_ref().and_then(|motion| motion.queue_before);
        Some(before.map_or(now, |before| before.min(now)))
    };
    let remedy =
        "SHOW PROCESSLIST there: a lock or DDL that the appliers wait for; then its disk and wsrep_slave_threads";
    for (spec, synced) in [(&RECV_QUEUE, true), (&DESYNCED_QUEUE, false)] {
        let nodes = cluster.members().filter(|(node, _)| keeps_up(node) == synced);
        let waiting = nodes.filter_map(|(node, facts)| Some((node, queue(node, facts)?)));
        let Some((node, waiting)) = waiting.max_by_key(|(_, waiting)| *waiting) else { continue };
        let sentence = format!("{}: {waiting} writesets wait to be applied", node.label);
        let state = judge.report.metric_with_remedy(spec, waiting, &sentence, remedy);
        judge.worsen(node, state);
    }
    if let Some(waiting) = cluster.members().filter_map(|(_, facts)| facts.load.send_queue).max() {
        judge.report.metric(&SEND_QUEUE, waiting, &format!("{waiting} writesets wait to be sent"));
    }
}

/// Only of nodes that are to keep up; a desynced one is behind by right.
fn lag(judge: &mut Judge, cluster: &Cluster) {
    let (Some(foremost), Some(rate)) = (cluster.committed(), cluster.commit_rate()) else { return };
    let synced = cluster.members().filter(|(node, _)| node.class == Class::Synced);
    // What was received and not applied: the nodes are not asked at quite the same moment.
    let behind = |facts: &Facts| Some((foremost - facts.counters.committed?).min(facts.load.recv_queue?));
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds = |facts: &Facts| match behind(facts)? {
        0..SAME_MOMENT => Some(0.0),
        behind => (rate > 0.0).then(|| behind as f64 / rate),
    };
    let lags: Option<Vec<_>> = synced.map(|(node, facts)| Some((node, seconds(facts)?))).collect();
    let Some((node, seconds)) = lags.into_iter().flatten().max_by(|(_, one), (_, other)| one.total_cmp(other)) else {
        return;
    };
    let sentence = format!("{} is {} behind", node.label, say::age(seconds));
    let remedy = "reads there are stale; look at its appliers, disk and wsrep_slave_threads";
    let state = judge.report.metric_with_remedy(&SEQNO_LAG, say::number(seconds), &sentence, remedy);
    judge.worsen(node, state);
}

fn writes(judge: &mut Judge, cluster: &Cluster) {
    if let Some(rate) = cluster.commit_rate() {
        judge.report.metric(&WRITE_RATE, say::number(rate), &format!("{} transactions a second", say::number(rate)));
    }
    let bytes = cluster.members().filter_map(|(node, _)| node.motion.as_ref()?.rate(|motion| motion.bytes));
    if let Some(rate) = bytes.max_by(f64::total_cmp) {
        judge.report.metric(&WRITE_BYTES, say::whole(rate), &format!("{} B of writesets a second", say::whole(rate)));
    }
    let rates: Option<Vec<_>> = cluster
        .members()
        .map(|(node, _)| Some((&node.label, node.motion.as_ref()?.rate(|motion| motion.replicated)?)))
        .collect();
    let Some(rates) = rates.filter(|rates| !rates.is_empty()) else { return };
    let writers: Vec<_> = rates.into_iter().filter(|(_, rate)| *rate >= 1.0).map(|(label, _)| label.as_str()).collect();
    let sentence = format!("clients write to {}: {}", say::count(writers.len(), "node", "nodes"), writers.join(", "));
    judge.report.metric(&WRITERS, writers.len(), &sentence);
}

fn view_changes(judge: &mut Judge, cluster: &Cluster) {
    let (Some(main), Some(before)) = (cluster.main(), &cluster.memory.view) else { return };
    // Numbers of different histories are not to be compared.
    let number = main.number.filter(|_| main.uuid == before.uuid);
    let Some(changes) = number.and_then(|now| now.checked_sub(before.number)) else { return };
    let sentence = format!("membership changed {changes} times since the last run");
    let remedy = "a node comes and goes: look at the error logs and the network between the nodes";
    judge.report.metric_with_remedy(&VIEW_CHANGES, Number::from(changes), &sentence, remedy);
}

fn turned_away(judge: &mut Judge, cluster: &Cluster) {
    for (node, _) in cluster.speaking() {
        let turned_away = node.motion.as_ref().and_then(|motion| motion.turned_away).filter(|count| *count > 0);
        if let Some(count) = turned_away {
            let text = format!("{}: max_connections was reached, {count} clients were turned away", node.label);
            judge.on(node, &CONNECTIONS_REFUSED, text, "raise max_connections, or find who keeps connections open");
        }
    }
}
