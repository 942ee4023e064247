//! Whether nodes apply what they receive, and hear the others in time.

use common::{Report, text, wording};

use crate::catalogue::{APPLIER_DEAD, APPLIER_STALLED, EVS_DELAYED, EVS_UNSETTLED};
use crate::cluster::{Class, Cluster, Node};
use crate::facts::Facts;
use crate::snapshot::Answer;

/// An applier that stands still for so long does not just apply something large, in seconds.
const STALLED: f64 = 30.0;

/// So many late members are no accident.
const MANY_LATE: usize = 3;

pub(super) fn judge(report: &mut Report, cluster: &Cluster, node: &Node, facts: &Facts) {
    let counts = (facts.load.appliers, facts.load.configured_appliers);
    if let (Some(alive), Some(configured)) = counts
        && alive < configured
        && matches!(node.class, Class::Synced | Class::Donor | Class::Desynced)
    {
        let said = report.finding(&APPLIER_DEAD).of(node);
        said.words(format_args!("{}: {alive} of {configured} applier threads run", node.label))
            .remedy("look at its error log for why they ended; restart the node");
    }
    let since = node.stalled_since(cluster);
    // A read lock says by itself why nothing is applied.
    if let Some(lasting) = since.map(|since| cluster.at - since).filter(|lasting| *lasting >= STALLED)
        && node.class == Class::Synced
    {
        let queue = facts.load.recv_queue.unwrap_or_default();
        let lasting = wording::age(lasting);
        let said = report.finding(&APPLIER_STALLED).of(node);
        said.words(format_args!("{} has applied nothing for {lasting}, {queue} writesets wait", node.label))
            .remedy("SHOW PROCESSLIST there: a table lock, or DDL, that the appliers wait for");
    }
}

pub(super) fn group_communication(report: &mut Report, node: &Node, facts: &Facts) {
    let (label, evs) = (&node.label, &facts.evs);
    let earlier = match &node.asked.answer {
        Answer::Said(said) => said.earlier.as_ref().is_some_and(|earlier| !earlier.facts.evs.is_settled()),
        _ => false,
    };
    let in_group = !matches!(node.class, Class::NonPrimary | Class::Inconsistent);
    let remedy = "look at the network between the nodes (port 4567)";
    if in_group && !evs.is_settled() && (earlier || node.past.is_some_and(|past| past.evs_unsettled)) {
        let state = text::quote(evs.state.as_deref().unwrap_or_default());
        let said = report.finding(&EVS_UNSETTLED).of(node);
        said.words(format_args!("{label}: group communication is in state {state}")).remedy(remedy);
    }
    if evs.delayed >= MANY_LATE {
        let said = report.finding(&EVS_DELAYED).of(node);
        said.words(format_args!("{label} finds {} members late", evs.delayed)).remedy(remedy);
    }
}
