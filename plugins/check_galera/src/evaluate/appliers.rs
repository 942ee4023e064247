//! Appliers: whether nodes apply the writesets that they receive.

use common::{Range, Report, Rules, Thresholds, wording};

use crate::catalogue::{APPLIER_DEAD, APPLIER_STALLED};
use crate::class::Class;
use crate::model::{Cluster, Node, longest_stall};
use crate::snapshot::facts::Facts;

/// An applier that stands still for longer does not just apply a large transaction, in seconds; for longer than the second
/// its reads are of no use.
const STALLED_SECONDS: u32 = 30;
const USELESS_SECONDS: u32 = 120;

/// The default limits. Where others decide by them whether to send clients there, a warning would be of no use.
pub(super) fn derive(rules: &mut Rules, decides: bool) {
    let warning = (!decides).then(|| Range::at_most(STALLED_SECONDS));
    rules.derive(&APPLIER_STALLED, Thresholds { warning, critical: Some(Range::at_most(USELESS_SECONDS)) });
}

/// Judges the node whose appliers have stood still for the longest.
pub(super) fn stalled(report: &mut Report, cluster: &Cluster) {
    let Some((node, facts, lasting)) = longest_stall(cluster) else { return };
    let behind = cluster.committed().zip(facts.counters.committed).map_or(0, |(all, own)| all.saturating_sub(own));
    let behind = if behind > 0 { format!(", and is {behind} transactions behind") } else { String::new() };
    let metric = report.metric(&APPLIER_STALLED, wording::whole(lasting)).of(node);
    metric
        .words(format_args!("{} has applied nothing for {}{behind}", node.label, wording::age(lasting)))
        .remedy("SHOW PROCESSLIST there: a table lock, or DDL, that the appliers wait for; reads there are stale");
}

pub(super) fn judge(report: &mut Report, node: &Node, facts: &Facts) {
    let counts = (facts.load.appliers, facts.load.configured_appliers);
    if let (Some(alive), Some(configured)) = counts
        && alive < configured
        && (node.class == Class::Synced || node.class.is_donor_or_desynced())
    {
        let finding = report.finding(&APPLIER_DEAD).of(node);
        finding
            .words(format_args!("{}: {alive} of {configured} applier threads run", node.label))
            .remedy("look at its error log for why they ended; restart the node");
    }
}
