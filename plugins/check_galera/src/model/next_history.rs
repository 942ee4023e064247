//! The history that a run leaves to the next one.

use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::node::Node;
use super::repeated::{departures, refusals, view_changes};
use super::{flow_control, stalled, state_transfer};
use crate::class::Class;
use crate::history::{History, PausedAt, SeenNode, SeenView, is_fresh};
use crate::snapshot::address_list::is_auto;

/// The most nodes, and the most members, of a history.
const MOST: usize = 128;

/// The history after this run.
pub(crate) fn next_history(cluster: &Cluster) -> History {
    let main = cluster.largest_component();
    let view = main.and_then(|main| Some(SeenView { uuid: main.uuid.clone(), number: main.number? }));
    History {
        at: cluster.at,
        nodes: nodes(cluster),
        members: members(cluster),
        most_members: most_members(cluster),
        view: view.or_else(|| cluster.history.view.clone()),
        mixed_since: mixed_since(cluster),
        write_rates: cluster.write_rates(),
        most_arbitrators: most_arbitrators(cluster),
        view_changes: view_changes(cluster).unwrap_or_else(|| cluster.history.view_changes.clone()),
    }
}

fn nodes(cluster: &Cluster) -> BTreeMap<String, SeenNode> {
    let mut nodes = cluster.history.nodes.clone();
    nodes.retain(|_, seen| seen.member_at.or(seen.answered_at).is_some_and(|at| is_fresh(at, cluster.at)));
    for node in &cluster.nodes {
        // Now that its name is known.
        nodes.remove(&node.asked.address);
        nodes.insert(node.key.clone(), seen(node, cluster));
    }
    keep_newest(&mut nodes, |seen| seen.member_at.or(seen.answered_at).unwrap_or(0.0));
    nodes
}

/// While the cluster is whole, an address that is no longer listed has moved, or was taken away.
fn members(cluster: &Cluster) -> BTreeMap<String, f64> {
    let mut members = if cluster.has_all_seen_members() { BTreeMap::new() } else { cluster.history.members.clone() };
    members.retain(|_, at| is_fresh(*at, cluster.at));
    let listed = cluster.largest_component().map_or(&[][..], |main| &main.incoming);
    members.extend(listed.iter().filter(|address| !is_auto(address)).map(|address| (address.clone(), cluster.at)));
    keep_newest(&mut members, |at| *at);
    members
}

fn most_members(cluster: &Cluster) -> Option<(u64, f64)> {
    let members =
        cluster.largest_component().filter(|_| cluster.has_all_seen_members()).map(|main| (main.members(), cluster.at));
    members.or(cluster.history.most_members)
}

/// Arbitrators that are gone are remembered until they are back, or for a week.
fn most_arbitrators(cluster: &Cluster) -> Option<(u64, f64)> {
    let known = cluster.history.most_arbitrators.filter(|(_, at)| is_fresh(*at, cluster.at));
    let Some(main) = cluster.largest_component() else { return known };
    match known {
        Some((most, _)) if most > main.arbitrators => known,
        _ => Some((main.arbitrators, cluster.at)),
    }
}

/// The upgrade ends only when all nodes have answered: a node that is silent for its restart is not upgraded yet.
fn mixed_since(cluster: &Cluster) -> Option<f64> {
    let known = cluster.history.mixed_since.filter(|since| *since <= cluster.at);
    if cluster.is_mixed() {
        return Some(known.unwrap_or(cluster.at));
    }
    known.filter(|_| cluster.nodes.iter().any(|node| node.facts.is_none()))
}

/// Forgets the oldest of too many: a server may list any number of addresses.
fn keep_newest<T>(remembered: &mut BTreeMap<String, T>, at: impl Fn(&T) -> f64) {
    let mut times: Vec<_> = remembered.values().map(&at).collect();
    times.sort_by(|one, other| other.total_cmp(one));
    let Some(oldest) = times.get(MOST - 1).copied() else { return };
    remembered.retain(|_, value| at(value) >= oldest);
    while remembered.len() > MOST {
        remembered.pop_last();
    }
}

fn seen(node: &Node, cluster: &Cluster) -> SeenNode {
    let (now, known, facts) = (cluster.at, node.seen, node.facts);
    let member = cluster.counts_as_member(node);
    let unanswered = member && facts.is_none();
    let kept = |of: fn(&SeenNode) -> Option<f64>| known.and_then(of);
    let since = |is: bool, of: fn(&SeenNode) -> Option<f64>| is.then(|| kept(of).unwrap_or(now));
    let is_idle_donor = node.class == Class::Desynced && facts.is_some_and(|facts| facts.desync != Some(true));
    let own_incoming = facts.and_then(|facts| facts.view.own_incoming.clone());
    let counters = || known.map(|seen| seen.counters.clone()).unwrap_or_default();
    SeenNode {
        address: node.asked.address.clone(),
        incoming: own_incoming.or_else(|| known.and_then(|seen| seen.incoming.clone())),
        answered_at: facts.map(|_| now).or_else(|| kept(|seen| seen.answered_at)),
        process: facts.map_or_else(|| known.and_then(|seen| seen.process.clone()), |facts| facts.process.clone()),
        counters: facts.map_or_else(counters, |facts| facts.counters.clone()),
        class: node.class,
        since: known.filter(|seen| seen.class.is_same_state(node.class)).map_or(now, |seen| seen.since.min(now)),
        member_at: if member { Some(now) } else { kept(|seen| seen.member_at) },
        was_member: member || known.is_some_and(|seen| seen.was_member),
        flush_log: facts.and_then(|facts| facts.flush_log).or_else(|| known.and_then(|seen| seen.flush_log)),
        joining_unanswered: unanswered && node.class.is_joining(),
        unanswered_since: since(unanswered && matches!(node.class, Class::Unreachable | Class::Hung), |seen| {
            seen.unanswered_since
        }),
        behind: stalled::behind(cluster, node),
        state_transfers: state_transfer::state_transfers(cluster, node),
        donor: state_transfer::donor(cluster, node),
        lacks_data: state_transfer::lacks_data(cluster, node),
        idle_donor_since: since(is_idle_donor, |seen| seen.idle_donor_since),
        evs_unsettled: facts.is_some_and(|facts| !facts.evs.is_settled()),
        departures: departures(cluster, node),
        refusals: refusals(cluster, node),
        paused: flow_control::next_moments(
            known,
            node.activity.is_some() || facts.is_none(),
            facts.and_then(|facts| Some(PausedAt { at: now, ns: facts.counters.paused_ns? })),
        ),
    }
}
