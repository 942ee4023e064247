//! The history that a run leaves to the next one.

use std::collections::BTreeMap;

use super::class::Class;
use super::cluster::Cluster;
use super::node::Node;
use crate::history::{History, SeenNode, SeenView, is_fresh};
use crate::snapshot::address_list::is_auto;

/// The most nodes, and the most members, of a history.
const MOST: usize = 128;

/// The history after this run.
pub(crate) fn next_history(cluster: &Cluster) -> History {
    let main = cluster.main();
    let view = main.and_then(|main| Some(SeenView { uuid: main.uuid.clone(), number: main.number? }));
    History {
        at: cluster.at,
        nodes: nodes(cluster),
        members: members(cluster),
        whole: whole(cluster),
        view: view.or_else(|| cluster.history.view.clone()),
        mixed_since: mixed_since(cluster),
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
    let mut members = if cluster.is_whole() { BTreeMap::new() } else { cluster.history.members.clone() };
    members.retain(|_, at| is_fresh(*at, cluster.at));
    let listed = cluster.main().map_or(&[][..], |main| &main.incoming);
    members.extend(listed.iter().filter(|address| !is_auto(address)).map(|address| (address.clone(), cluster.at)));
    keep_newest(&mut members, |at| *at);
    members
}

fn whole(cluster: &Cluster) -> Option<(u64, f64)> {
    let members = cluster.main().filter(|_| cluster.is_whole()).map(|main| (main.members(), cluster.at));
    members.or(cluster.history.whole)
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
    let (now, known, facts) = (cluster.at, node.past, node.facts);
    let member = cluster.counts(node);
    let unanswered = member && facts.is_none();
    let kept = |of: fn(&SeenNode) -> Option<f64>| known.and_then(of);
    let since = |is: bool, of: fn(&SeenNode) -> Option<f64>| is.then(|| kept(of).unwrap_or(now));
    let is_idle_donor = node.class == Class::Desynced && facts.is_some_and(|facts| facts.desync != Some(true));
    let own_incoming = facts.and_then(|facts| facts.view.own_incoming.clone());
    let counters = || known.map(|past| past.counters.clone()).unwrap_or_default();
    SeenNode {
        address: node.asked.address.clone(),
        incoming: own_incoming.or_else(|| known.and_then(|past| past.incoming.clone())),
        answered_at: facts.map(|_| now).or_else(|| kept(|past| past.answered_at)),
        process: facts.map_or_else(|| known.and_then(|past| past.process.clone()), |facts| facts.process.clone()),
        counters: facts.map_or_else(counters, |facts| facts.counters.clone()),
        class: node.class,
        since: known.filter(|past| past.class.is_like(node.class)).map_or(now, |past| past.since.min(now)),
        member_at: if member { Some(now) } else { kept(|past| past.member_at) },
        entering: unanswered && node.class.joins(),
        dead_since: since(unanswered && matches!(node.class, Class::Unreachable | Class::Hung), |past| past.dead_since),
        stalled_since: cluster.stalled_since(node),
        idle_donor_since: since(is_idle_donor, |past| past.idle_donor_since),
        evs_unsettled: facts.is_some_and(|facts| !facts.evs.is_settled()),
    }
}
