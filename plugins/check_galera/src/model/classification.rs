//! The class of each node by all answers together, and by what earlier runs saw.

use super::class::Class;
use super::cluster::Cluster;
use super::node::Node;
use crate::history::SeenNode;
use crate::snapshot::facts::{Component, Facts, LocalState};
use crate::snapshot::{Failure, FailureKind, Outcome};

/// The cluster with the class of each node.
pub(super) fn classified(mut cluster: Cluster) -> Cluster {
    let classes: Vec<_> = cluster.nodes.iter().map(|node| class(node, &cluster)).collect();
    for (node, class) in cluster.nodes.iter_mut().zip(classes) {
        node.class = class;
    }
    // Whether a donor feeds a node is known only when all nodes have a class.
    if !is_somebody_fed(&cluster) {
        for node in cluster.nodes.iter_mut().filter(|node| node.class == Class::Donor) {
            node.class = Class::Desynced;
        }
    }
    cluster
}

/// The class of a node by all answers.
fn class(node: &Node, cluster: &Cluster) -> Class {
    match (&node.asked.outcome, node.class) {
        (Outcome::Unreachable(failure), _) => unreachable(failure, node, cluster),
        // MariaDB prints non-Primary for a partitioned node and for one that joins: only the group knows.
        (Outcome::Answered(answer), Class::NonPrimary) if is_welcome(&answer.facts, node, cluster) => Class::Joining,
        (_, class) => class,
    }
}

fn is_welcome(facts: &Facts, node: &Node, cluster: &Cluster) -> bool {
    facts.view.component == Some(Component::NonPrimary)
        && facts.state == Some(LocalState::Initialized)
        && !facts.transfer_failed()
        && cluster.counts(node)
}

/// The class of a node that does not answer.
///
/// The group counts one that has crashed until it suspects it, one that joins before SQL answers, and one whose SQL is
/// dead: only what was before tells them apart.
fn unreachable(failure: &Failure, node: &Node, cluster: &Cluster) -> Class {
    let answers = matches!(failure.kind, FailureKind::Full | FailureKind::SqlError);
    // The group knows nothing about a name without an address, or a socket that is missing.
    if answers || node.asked.at.is_none() || !cluster.counts(node) {
        return Class::Unreachable;
    }
    let stayed = stayed(node, cluster);
    let has_donor = cluster.members().any(|(_, facts)| facts.is_donor() && facts.desync != Some(true));
    let refuses = failure.kind == FailureKind::PortClosed;
    match node.past {
        Some(past) if past.entering => past.class,
        _ if has_donor && refuses && !stayed => Class::ReceivingSst,
        Some(past) if past.member_at != Some(cluster.history.at) => Class::Joining,
        Some(past) if past.dead_since.is_some_and(|since| cluster.at - since > patience(past, cluster)) => Class::Hung,
        // There is no history, but the second look found it silent too.
        None if !refuses => Class::Hung,
        _ => Class::Unreachable,
    }
}

/// Whether it was a member that answered, or had begun not to, and membership has not changed since.
fn stayed(node: &Node, cluster: &Cluster) -> bool {
    let was = node.past.is_some_and(|past| !past.entering && past.member_at == Some(cluster.history.at));
    let view = cluster.history.view.as_ref().map(|view| view.number);
    was && view.is_some() && view == cluster.main().and_then(|main| main.number)
}

/// The patience with a node that no run saw alive, in seconds: it may be joining.
const NEVER_SEEN: f64 = 600.0;

/// The longest time for which the group counts a crashed node, in seconds.
fn patience(past: &SeenNode, cluster: &Cluster) -> f64 {
    if past.answered_at.is_none() {
        return NEVER_SEEN;
    }
    let timeout = cluster.members().filter_map(|(_, facts)| facts.options.suspect_timeout()).max();
    timeout.map_or(5.0, |timeout| timeout.as_secs_f64()) + 1.0
}

/// Whether a donor feeds a node: one that was asked, or one that the group counts.
fn is_somebody_fed(cluster: &Cluster) -> bool {
    let fed = |class| matches!(class, Class::Joining | Class::ReceivingSst);
    cluster.nodes.iter().any(|node| fed(node.class)) || cluster.unseen() > cluster.silent_members()
}
