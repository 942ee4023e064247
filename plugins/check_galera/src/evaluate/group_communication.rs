//! Group communication (EVS): its state, its delays and its latency.

use common::{Number, Report, text, wording};

use super::node_wording::largest;
use crate::catalogue::{EVS_DELAYED, EVS_LATENCY_AVG, EVS_LATENCY_MAX, EVS_UNSETTLED};
use crate::class::Class;
use crate::model::{Cluster, Node};
use crate::snapshot::facts::Facts;

/// This many late members are not a coincidence.
const MANY_LATE: usize = 3;

/// Judges one node; `before_recheck` is the cluster before the second look, where one was taken.
pub(super) fn judge(report: &mut Report, before_recheck: Option<&Cluster>, node: &Node, facts: &Facts) {
    let (label, evs) = (&node.label, &facts.evs);
    let remedy = "look at the network between the nodes (port 4567)";
    let is_in_group = !matches!(node.class, Class::NonPrimary | Class::Inconsistent);
    if is_in_group && !evs.is_settled() && was_unsettled(before_recheck, node) {
        let state = text::quote(evs.state.as_deref().unwrap_or_default());
        let finding = report.finding(&EVS_UNSETTLED).of(node);
        finding.words(format_args!("{label}: group communication is in state {state}")).remedy(remedy);
    }
    if evs.delayed >= MANY_LATE {
        let finding = report.finding(&EVS_DELAYED).of(node);
        finding.words(format_args!("{label} finds {} members late", evs.delayed)).remedy(remedy);
    }
}

/// Whether a membership change was under way at the node before the second look, or in the last run.
fn was_unsettled(before_recheck: Option<&Cluster>, node: &Node) -> bool {
    let mut before = before_recheck.into_iter().flat_map(Cluster::galera_nodes);
    let earlier = before.find(|(earlier, _)| earlier.asked.address == node.asked.address);
    earlier.is_some_and(|(_, facts)| !facts.evs.is_settled()) || node.seen.is_some_and(|seen| seen.evs_unsettled)
}

pub(super) fn latency(report: &mut Report, cluster: &Cluster) {
    let worst = |of: fn(&Facts) -> Option<f64>| largest(cluster.members(), move |_, facts| of(facts));
    let remedy = "look at the network between the nodes and at the load of the slowest";
    if let Some((node, seconds)) = worst(|facts| Some(facts.evs.latency?.max)) {
        let seconds = wording::number(seconds);
        let words = format!("{} took {seconds} s to replicate a message", node.label);
        report.metric(&EVS_LATENCY_MAX, seconds).of(node).words(words).remedy(remedy);
    }
    if let Some((node, seconds)) = worst(|facts| Some(facts.evs.latency?.average)) {
        let value = Number::try_from(seconds).unwrap_or(0_u32.into());
        let seconds = wording::number(seconds);
        let words = format!("{} takes {seconds} s on average to replicate a message", node.label);
        report.metric(&EVS_LATENCY_AVG, value).of(node).words(words).remedy(remedy);
    }
}
