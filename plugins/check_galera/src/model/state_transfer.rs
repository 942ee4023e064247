//! State transfers: who receives one, from whom, and how often it began.

use common::history::Events;

use super::cluster::Cluster;
use super::node::Node;
use super::repeated::{changes, has_departed};
use crate::class::Class;
use crate::snapshot::facts::Facts;

/// The moments at which a state transfer to a node began since it last had data, this run included.
pub(crate) fn state_transfers(cluster: &Cluster, node: &Node) -> Events {
    if has_data(node) {
        return Events::default();
    }
    let mut events = node.seen.map(|seen| seen.state_transfers.clone()).unwrap_or_default();
    events.note(cluster.at, started(cluster, node));
    events
}

/// The members that feed a node, or hold a lock: they say the same.
pub(crate) fn donors<'c, 'a>(cluster: &'c Cluster<'a>) -> impl Iterator<Item = &'c Node<'a>> {
    let feeds = |facts: &Facts| facts.is_donor_or_desynced() && facts.desync != Some(true);
    cluster.members().filter(move |(_, facts)| feeds(facts)).map(|(node, _)| node)
}

/// The donor of a node, as far as this run or an earlier one knows it.
pub(super) fn donor(cluster: &Cluster, node: &Node) -> Option<String> {
    let now = donors(cluster).next().filter(|_| is_receiving(node)).map(|donor| donor.label.clone());
    now.or_else(|| node.seen.and_then(|seen| seen.donor.clone()))
}

/// Whether a state transfer to a node began, and it has had no data since.
pub(super) fn lacks_data(cluster: &Cluster, node: &Node) -> bool {
    // One that joined and left, and never served, has tried and failed.
    let has_failed = node.class == Class::Unreachable && started(cluster, node) > 0 && !has_departed(cluster, node);
    let lacked = node.seen.is_some_and(|seen| seen.lacks_data);
    node.class == Class::ReceivingSst || has_failed || lacked && !has_data(node)
}

fn has_data(node: &Node) -> bool {
    node.serves() || matches!(node.class, Class::Synced | Class::Joined | Class::Rejecting)
}

/// Whether the group counts the node, and it does not answer until it has the data.
fn is_receiving(node: &Node) -> bool {
    node.facts.is_none() && matches!(node.class, Class::ReceivingSst | Class::Joining)
}

/// How many state transfers to the node began since the last run; some are over before a run sees them.
fn started(cluster: &Cluster, node: &Node) -> usize {
    if node.facts.is_some() || node.seen.is_some_and(|seen| seen.class.is_unknown()) {
        return 0;
    }
    let begins = is_receiving(node) && !node.seen.is_some_and(|seen| seen.joining_unanswered);
    // Each try of the only node that is away changes membership twice.
    let changes = changes(cluster).filter(|_| is_only_one_away(cluster, node)).unwrap_or(0);
    let tries = if begins { changes.div_ceil(2) } else { changes / 2 };
    tries.max(usize::from(begins))
}

fn is_only_one_away(cluster: &Cluster, node: &Node) -> bool {
    let is_there = |other: &Node| {
        let was_there = other.seen.is_some_and(|seen| seen.member_at == Some(cluster.history.at));
        other.facts.is_some() && cluster.counts_as_member(other) && was_there && !has_departed(cluster, other)
    };
    cluster.nodes.iter().filter(|other| other.key != node.key).all(is_there)
}
