//! Appliers: whether nodes apply the writesets that they receive.

use common::{Report, wording};

use crate::catalogue::{APPLIER_DEAD, APPLIER_STALLED};
use crate::model::{Class, Cluster, Node};
use crate::snapshot::facts::Facts;

/// An applier that stands still for longer does not just apply a large transaction, in seconds.
const STALLED_SECONDS: f64 = 30.0;

pub(super) fn judge(report: &mut Report, cluster: &Cluster, node: &Node, facts: &Facts) {
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
    let since = cluster.stalled_since(node);
    // A read lock says by itself why nothing is applied.
    if let Some(lasting) = since.map(|since| cluster.at - since).filter(|lasting| *lasting >= STALLED_SECONDS)
        && node.class == Class::Synced
    {
        let queue = facts.load.recv_queue.unwrap_or_default();
        let lasting = wording::age(lasting);
        let finding = report.finding(&APPLIER_STALLED).of(node);
        finding
            .words(format_args!("{} has applied nothing for {lasting}, {queue} writesets wait", node.label))
            .remedy("SHOW PROCESSLIST there: a table lock, or DDL, that the appliers wait for");
    }
}
