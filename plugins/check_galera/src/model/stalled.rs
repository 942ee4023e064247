//! Appliers that stand still.

use super::cluster::Cluster;
use super::node::Node;
use crate::class::Class;
use crate::history::Behind;
use crate::snapshot::facts::Facts;

/// The least size of a writeset, in bytes. Messages of the group itself are shorter: they count as received, too, and
/// nothing is committed for them.
const SHORTEST_WRITESET: u64 = 100;

/// The seqno at which a node stands while the cluster goes on, and the moment since which earlier runs saw it there.
///
/// The queue does not tell: each applier thread holds one writeset, so that a few behind a lock leave it empty. A node that
/// was asked a little earlier than another is behind for one run only.
pub(crate) fn behind(cluster: &Cluster, node: &Node) -> Option<Behind> {
    let facts = node.facts.filter(|_| node.class == Class::Synced)?;
    let seqno = facts.counters.committed?;
    let same_process = node.seen.filter(|seen| seen.process == facts.process);
    let known = same_process.and_then(|seen| seen.behind).filter(|behind| behind.seqno == seqno);
    let is_alone = cluster.members().count() == 1;
    let is_behind = if is_alone { known.is_some() || waits(node) } else { cluster.committed() > Some(seqno) };
    let known = known.filter(|known| known.since <= cluster.at);
    is_behind.then(|| known.unwrap_or(Behind { since: cluster.at, seqno }))
}

/// Whether a node has received writesets since the last run, and committed none: all that is known where no other member
/// was asked.
fn waits(node: &Node) -> bool {
    let Some(activity) = node.activity.as_ref() else { return false };
    let (Some(received), Some(bytes)) = (activity.received, activity.received_bytes) else { return false };
    activity.committed == Some(0) && received > 0 && bytes / received >= SHORTEST_WRITESET
}

/// The node whose appliers have stood still for the longest, and for how long, in seconds; 0 where none do. `None` without
/// a history.
pub(crate) fn longest_stall<'c, 'a>(cluster: &'c Cluster<'a>) -> Option<(&'c Node<'a>, &'a Facts, f64)> {
    let stalls = cluster.members().filter(|(node, _)| node.seen.is_some()).map(|(node, facts)| {
        let lasting = behind(cluster, node).map_or(0.0, |behind| cluster.at - behind.since);
        (node, facts, lasting)
    });
    stalls.max_by(|(.., one), (.., other)| one.total_cmp(other))
}
