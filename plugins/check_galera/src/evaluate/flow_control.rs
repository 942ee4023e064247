//! Flow control: how long writing was stopped, and by which node.

use common::{Report, wording};

use super::node_wording::largest;
use crate::catalogue::FLOW_CONTROL;
use crate::model::{Cluster, Node};
use crate::snapshot::facts::Facts;

/// Flow control stops all nodes alike; the node that asked for it is the one to look at.
pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    let paused = |node: &Node| node.activity.as_ref().and_then(|activity| activity.paused);
    let Some((node, share)) = largest(cluster.members(), |node, _| paused(node)) else { return };
    let over = node.activity.as_ref().map_or(0.0, |activity| activity.seconds);
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

/// The node that asks for a stop at this moment, or sent the most requests for one.
fn culprit<'c, 'a>(cluster: &'c Cluster<'a>) -> Option<&'c Node<'a>> {
    let sent = |node: &Node| node.activity.as_ref().and_then(|activity| activity.stops_sent).unwrap_or(0);
    let asks = |facts: &Facts| facts.load.throttling == Some(true);
    let suspects = cluster.members().map(|(node, facts)| (asks(facts), sent(node), node));
    let (asks, sent, node) = suspects.max_by_key(|(asks, sent, _)| (*asks, *sent))?;
    (asks || sent > 0).then_some(node)
}
