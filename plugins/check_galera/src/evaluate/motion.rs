//! What changed since the nodes were last asked.

use common::{MetricSpec, Number, Report, wording};

use super::counts::number_of;
use super::{largest, names};
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

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    flow_control(report, cluster);
    conflicts(report, cluster);
    queues(report, cluster);
    lag(report, cluster);
    writes(report, cluster);
    view_changes(report, cluster);
    turned_away(report, cluster);
}

/// Flow control stops all nodes alike; who asked for it is the one to look at.
fn flow_control(report: &mut Report, cluster: &Cluster) {
    let paused = |node: &Node| node.motion.as_ref().and_then(|motion| motion.paused);
    let Some((node, share)) = largest(cluster.members(), |node, _| paused(node)) else { return };
    let over = node.motion.as_ref().map_or(0.0, |motion| motion.seconds);
    let percent = share * 100.0;
    let culprit = culprit(cluster);
    let by = match culprit {
        Some(culprit) => format!(": {} throttles the cluster", culprit.label),
        None => format!(", as {} saw it", node.label),
    };
    let over = wording::age(over.max(1.0));
    let metric = report.metric(&FLOW_CONTROL, wording::number(percent)).of(culprit.unwrap_or(node));
    metric.words(format_args!("flow control stopped writing for {percent:.0} % of {over}{by}")).remedy(
        "on the node that throttles: SHOW PROCESSLIST for locks and DDL, then its disk and wsrep_slave_threads",
    );
}

/// Who sent the most requests to stop, or asks for it at this moment.
fn culprit<'c, 'a>(cluster: &'c Cluster<'a>) -> Option<&'c Node<'a>> {
    let sent = |node: &Node| node.motion.as_ref().and_then(|motion| motion.stops_sent).unwrap_or(0);
    let asks = |facts: &Facts| facts.load.throttling == Some(true);
    let suspects = cluster.members().map(|(node, facts)| (asks(facts), sent(node), node));
    let (asks, sent, node) = suspects.max_by_key(|(asks, sent, _)| (*asks, *sent))?;
    (asks || sent > 0).then_some(node)
}

fn conflicts(report: &mut Report, cluster: &Cluster) {
    let failed = |motion: &Motion| share(motion.cert_failures?, motion.commits?.checked_add(motion.cert_failures?)?);
    let aborted = |motion: &Motion| share(motion.bf_aborts?, motion.commits?.checked_add(motion.bf_aborts?)?);
    conflict(report, cluster, &CERT_FAILURES, failed, "failed certification");
    conflict(report, cluster, &BF_ABORTS, aborted, "were aborted for replicated ones");
    if let Some(rate) = sum(cluster, |motion| motion.replays) {
        let rate = wording::number(rate);
        report.metric(&REPLAYS, rate).words(format_args!("{rate} transactions replayed a second"));
    }
}

fn conflict(
    report: &mut Report,
    cluster: &Cluster,
    spec: &'static MetricSpec,
    of: impl Fn(&Motion) -> Option<f64>,
    what: &str,
) {
    let worst = largest(cluster.members(), |node, _| node.motion.as_ref().and_then(&of));
    if let Some((node, percent)) = worst {
        let metric = report.metric(spec, wording::number(percent)).of(node);
        metric
            .words(format_args!("{}: {percent:.1} % of its transactions {what}", node.label))
            .remedy("two nodes write the same rows: send all writes to one node, or make transactions shorter");
    }
}

/// In percent; none of too few, unless nothing happened at all.
fn share(part: u64, whole: u64) -> Option<f64> {
    (part == 0 || whole >= FEW).then(|| wording::percent(part, whole))
}

/// The sum of all members' rates; none where one is missing.
fn sum(cluster: &Cluster, of: impl Fn(&Motion) -> Option<u64>) -> Option<f64> {
    let rates: Option<Vec<_>> = cluster.members().map(|(node, _)| node.motion.as_ref()?.rate(&of)).collect();
    rates.filter(|rates| !rates.is_empty()).map(|rates| rates.into_iter().sum())
}

fn queues(report: &mut Report, cluster: &Cluster) {
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
        let metric = report.metric(spec, waiting).of(node);
        metric.words(format_args!("{}: {waiting} writesets wait to be applied", node.label)).remedy(remedy);
    }
    let waiting = cluster.members().filter_map(|(node, facts)| Some((node, facts.load.send_queue?)));
    if let Some((node, waiting)) = waiting.max_by_key(|(_, waiting)| *waiting) {
        let metric = report.metric(&SEND_QUEUE, waiting).of(node);
        metric.words(format_args!("{}: {waiting} writesets wait to be sent", node.label));
    }
}

/// Only of nodes that are to keep up; a desynced one is behind by right.
fn lag(report: &mut Report, cluster: &Cluster) {
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
    let metric = report.metric(&SEQNO_LAG, wording::number(seconds)).of(node);
    metric
        .words(format_args!("{} is {} behind", node.label, wording::age(seconds)))
        .remedy("reads there are stale; look at its appliers, disk and wsrep_slave_threads");
}

fn writes(report: &mut Report, cluster: &Cluster) {
    if let Some(rate) = cluster.commit_rate() {
        let rate = wording::number(rate);
        report.metric(&WRITE_RATE, rate).words(format_args!("the cluster commits {rate} transactions a second"));
    }
    let bytes = cluster.members().filter_map(|(node, _)| node.motion.as_ref()?.rate(|motion| motion.bytes));
    if let Some(rate) = bytes.max_by(f64::total_cmp) {
        let rate = wording::whole(rate);
        report.metric(&WRITE_BYTES, rate).words(format_args!("the cluster writes {rate} B of writesets a second"));
    }
    let rates: Option<Vec<_>> = cluster
        .members()
        .map(|(node, _)| Some((node, node.motion.as_ref()?.rate(|motion| motion.replicated)?)))
        .collect();
    let Some(rates) = rates.filter(|rates| !rates.is_empty()) else { return };
    let writers: Vec<_> = rates.into_iter().filter(|(_, rate)| *rate >= 1.0).map(|(node, _)| node).collect();
    let words = match writers.len() {
        0 => "clients write to no node".to_owned(),
        count => {
            let names = names(writers.iter().copied());
            format!("clients write to {}: {names}", wording::count(count, "node", "nodes"))
        }
    };
    report.metric(&WRITERS, writers.len()).words(words);
}

fn view_changes(report: &mut Report, cluster: &Cluster) {
    let (Some(main), Some(before)) = (cluster.main(), &cluster.memory.view) else { return };
    // Numbers of different histories are not to be compared.
    let number = main.number.filter(|_| main.uuid == before.uuid);
    let Some(changes) = number.and_then(|now| now.checked_sub(before.number)) else { return };
    let times = number_of(changes, "time", "times");
    report
        .metric(&VIEW_CHANGES, Number::from(changes))
        .words(format_args!("membership changed {times} since the last run"))
        .remedy("a node comes and goes: look at the error logs and the network between the nodes");
}

fn turned_away(report: &mut Report, cluster: &Cluster) {
    for (node, _) in cluster.speaking() {
        let turned_away = node.motion.as_ref().and_then(|motion| motion.turned_away).filter(|count| *count > 0);
        if let Some(count) = turned_away {
            let clients = number_of(count, "client was", "clients were");
            let said = report.finding(&CONNECTIONS_REFUSED).of(node);
            said.words(format_args!("{}: max_connections was reached, {clients} turned away", node.label))
                .remedy("raise max_connections, or find who keeps connections open");
        }
    }
}
