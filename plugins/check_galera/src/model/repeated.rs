//! Events that are over, and matter only when they repeat.

use common::history::Events;

use super::cluster::Cluster;
use super::node::Node;

/// By how much the server's uptime, in whole seconds, and this host's clock may differ, in seconds.
const CLOCK_TOLERANCE: f64 = 2.0;

/// The moments at which a node left the group or restarted, this run included. A node that is still away counts once.
pub(crate) fn departures(cluster: &Cluster, node: &Node) -> Events {
    let mut events = node.seen.map(|seen| seen.departures.clone()).unwrap_or_default();
    events.note(cluster.at, usize::from(has_departed(cluster, node)));
    events
}

pub(super) fn has_departed(cluster: &Cluster, node: &Node) -> bool {
    let last_run = Some(cluster.history.at);
    let was_member = node.seen.is_some_and(|seen| seen.member_at == last_run);
    // Without a component nobody knows who is a member: the group stopped as a whole.
    let has_left = cluster.largest_component().is_some() && !cluster.counts_as_member(node) && !node.class.is_unknown();
    // One that was away in the last run has been counted.
    let answered = node.seen.is_some_and(|seen| seen.answered_at == last_run);
    // One that gets its data comes and goes with each try.
    let lacks_data = node.seen.is_some_and(|seen| seen.lacks_data);
    was_member && has_left && !lacks_data || answered && was_restarted(cluster, node)
}

/// Whether the server started after it gave its last answer: it joined the group anew under another identity, its uptime
/// went back, or is shorter than the time since.
fn was_restarted(cluster: &Cluster, node: &Node) -> bool {
    let (Some(seen), Some(uptime)) = (node.seen, node.uptime()) else { return false };
    #[expect(clippy::cast_precision_loss, reason = "an uptime is below 2^53 s")]
    let started_later = |at| uptime as f64 + CLOCK_TOLERANCE < cluster.at - at;
    // A restart within the tolerance shows only in the identity or the uptime.
    let process = node.facts.and_then(|facts| facts.process.as_ref());
    let is_another = seen.process.as_ref().zip(process).is_some_and(|(before, now)| before != now);
    let went_back = seen.counters.uptime.is_some_and(|before| uptime < before);
    is_another || went_back || seen.answered_at.is_some_and(started_later)
}

/// The runs that found clients turned away since the one before, this run included.
pub(crate) fn refusals(cluster: &Cluster, node: &Node) -> Events {
    let mut events = node.seen.map(|seen| seen.refusals.clone()).unwrap_or_default();
    let refused = node.activity.as_ref().and_then(|activity| activity.turned_away).unwrap_or(0);
    events.note(cluster.at, usize::from(refused > 0));
    events
}

/// How often membership changed since the last run; `None` where the numbers of two views cannot be compared.
pub(super) fn changes(cluster: &Cluster) -> Option<usize> {
    let (main, before) = (cluster.largest_component()?, cluster.history.view.as_ref()?);
    // Numbers of different histories are not to be compared.
    let number = main.number.filter(|_| main.uuid == before.uuid)?;
    Some(usize::try_from(number.checked_sub(before.number)?).unwrap_or(usize::MAX))
}

/// The changes of membership, this run included.
pub(crate) fn view_changes(cluster: &Cluster) -> Option<Events> {
    let changes = changes(cluster)?;
    let mut events = cluster.history.view_changes.clone();
    events.note(cluster.at, changes);
    Some(events)
}
