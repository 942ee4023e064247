//! Flow control: how long writing was stopped, and by which node.

use common::{Range, Report, Rules, Thresholds, wording};

use super::node_wording::largest;
use crate::catalogue::FLOW_CONTROL;
use crate::model::{Cluster, Node, Paused};
use crate::snapshot::facts::Facts;

/// Above so many percent of a minute MariaDB's documentation calls it a problem; above the second, users notice.
const WARNING_PERCENT: u32 = 10;
const CRITICAL_PERCENT: u32 = 30;

/// Flow control stops all nodes alike; the node that asked for it is the one to look at.
pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    let Some((node, paused)) = most_paused(cluster) else { return };
    let percent = paused.share * 100.0;
    let culprit = culprit(cluster);
    let by = match culprit {
        Some(culprit) => format!(": {} throttles the cluster", culprit.label),
        None => format!(", as {} saw it", node.label),
    };
    let over = wording::age(paused.seconds.max(1.0));
    let metric = report.metric(&FLOW_CONTROL, wording::number(percent)).of(culprit.unwrap_or(node));
    metric.words(format_args!("flow control stopped writing for {percent:.0} % of {over}{by}")).remedy(
        "on the node that throttles: SHOW PROCESSLIST for locks and DDL, then its disk and wsrep_slave_threads",
    );
}

/// A large transaction stops writing for seconds; what lasts a minute is a warning, and what goes on after it critical. A
/// window that the operator chose is judged as it is.
pub(super) fn derive(rules: &mut Rules, cluster: &Cluster) {
    let Some((_, paused)) = most_paused(cluster) else { return };
    let lasts = paused.is_sample || paused.before.is_some_and(|before| before * 100.0 > f64::from(CRITICAL_PERCENT));
    let warning = paused.is_long_enough().then(|| Range::at_most(WARNING_PERCENT));
    let critical = (lasts && paused.is_long_enough()).then(|| Range::at_most(CRITICAL_PERCENT));
    rules.derive(&FLOW_CONTROL, Thresholds { warning, critical });
}

fn most_paused<'c, 'a>(cluster: &'c Cluster<'a>) -> Option<(&'c Node<'a>, Paused)> {
    let (node, _) = largest(cluster.members(), |node, _| Some(node.paused?.share))?;
    Some((node, node.paused?))
}

/// The node that asks for a stop at this moment, or sent the most requests for one.
fn culprit<'c, 'a>(cluster: &'c Cluster<'a>) -> Option<&'c Node<'a>> {
    let sent = |node: &Node| node.activity.as_ref().and_then(|activity| activity.stops_sent).unwrap_or(0);
    let asks = |facts: &Facts| facts.load.throttling == Some(true);
    let suspects = cluster.members().map(|(node, facts)| (asks(facts), sent(node), node));
    let (asks, sent, node) = suspects.max_by_key(|(asks, sent, _)| (*asks, *sent))?;
    (asks || sent > 0).then_some(node)
}
