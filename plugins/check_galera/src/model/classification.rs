//! The class of each node by all answers together, and by what earlier runs saw.

use super::class::Class;
use super::cluster::Cluster;
use super::node::Node;
use crate::history::SeenNode;
use crate::snapshot::facts::{ComponentStatus, Facts, LocalState};
use crate::snapshot::{Failure, FailureKind, Outcome};

/// The cluster with the class of each node.
pub(super) fn classified(mut cluster: Cluster) -> Cluster {
    let classes: Vec<_> = cluster.nodes.iter().map(|node| class(node, &cluster)).collect();
    for (node, class) in cluster.nodes.iter_mut().zip(classes) {
        node.class = class;
    }
    // Whether a donor feeds a node is known only when all nodes have a class.
    if !is_donor_needed(&cluster) {
        for node in cluster.nodes.iter_mut().filter(|node| node.class == Class::Donor) {
            node.class = Class::Desynced;
        }
    }
    cluster
}

/// The class of a node by all answers.
fn class(node: &Node, cluster: &Cluster) -> Class {
    match (&node.asked.outcome, node.class) {
        (Outcome::Failed(failure), _) => unreachable(failure, node, cluster),
        // MariaDB prints non-Primary for a partitioned node and for one that joins: only the group knows.
        (Outcome::Answered(answer), Class::NonPrimary) if is_counted_joiner(&answer.facts, node, cluster) => {
            Class::Joining
        }
        (_, class) => class,
    }
}

fn is_counted_joiner(facts: &Facts, node: &Node, cluster: &Cluster) -> bool {
    facts.view.component == Some(ComponentStatus::NonPrimary)
        && facts.state == Some(LocalState::Initialized)
        && !facts.transfer_failed()
        && cluster.counts_as_member(node)
}

/// The class of a node that does not answer.
///
/// The group counts one that has crashed until it suspects it, one that joins before SQL answers, and one whose SQL is
/// dead: only what was before tells them apart.
fn unreachable(failure: &Failure, node: &Node, cluster: &Cluster) -> Class {
    let answers = matches!(failure.kind, FailureKind::Full | FailureKind::SqlError);
    // The group knows nothing about a name without an address, or a socket that is missing.
    if answers || node.asked.resolved.is_none() || !cluster.counts_as_member(node) {
        return Class::Unreachable;
    }
    let stayed = stayed(node, cluster);
    let has_donor = cluster.members().any(|(_, facts)| facts.is_donor_or_desynced() && facts.desync != Some(true));
    let refuses = failure.kind == FailureKind::PortClosed;
    match node.seen {
        Some(seen) if seen.joining_unanswered => seen.class,
        _ if has_donor && refuses && !stayed => Class::ReceivingSst,
        Some(seen) if seen.member_at != Some(cluster.history.at) => Class::Joining,
        Some(seen) if seen.unanswered_since.is_some_and(|since| cluster.at - since > patience(seen, cluster)) => {
            Class::Hung
        }
        // There is no history, and the group counts it.
        None if !refuses => Class::Hung,
        _ => Class::Unreachable,
    }
}

/// Whether it was a member that answered, or had begun not to, and membership has not changed since.
fn stayed(node: &Node, cluster: &Cluster) -> bool {
    let was = node.seen.is_some_and(|seen| !seen.joining_unanswered && seen.member_at == Some(cluster.history.at));
    let view = cluster.history.view.as_ref().map(|view| view.number);
    was && view.is_some() && view == cluster.largest_component().and_then(|main| main.number)
}

/// The patience with a node that no run saw alive, in seconds: it may be joining.
const UNSEEN_NODE_SECONDS: f64 = 600.0;

/// The longest time for which the group counts a crashed node, in seconds.
fn patience(seen: &SeenNode, cluster: &Cluster) -> f64 {
    if seen.answered_at.is_none() {
        return UNSEEN_NODE_SECONDS;
    }
    let timeout = cluster.members().filter_map(|(_, facts)| facts.options.suspect_timeout()).max();
    timeout.map_or(5.0, |timeout| timeout.as_secs_f64()) + 1.0
}

/// Whether a donor feeds a node: one that was asked, or one that the group counts.
fn is_donor_needed(cluster: &Cluster) -> bool {
    let fed = |class| matches!(class, Class::Joining | Class::ReceivingSst);
    cluster.nodes.iter().any(|node| fed(node.class)) || cluster.members_without_facts() > cluster.silent_members()
}
