//! What is remembered between two runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cluster::{Class, Cluster, Node};
use crate::facts::{Counters, is_auto};

/// A member that has been gone for longer is forgotten, in seconds: it was taken away for good.
const FORGET: f64 = 7.0 * 86_400.0;

/// No more nodes are remembered than this.
const MOST: usize = 128;

/// What earlier runs saw. Times are in seconds since 1970, by this host's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    /// Nodes that were asked, by their names, or by their addresses where those are not known.
    pub(crate) nodes: BTreeMap<String, Past>,
    /// When each element of `wsrep_incoming_addresses` was last there.
    pub(crate) members: BTreeMap<String, f64>,
    /// `wsrep_cluster_conf_id` of the largest component.
    pub(crate) view: Option<u64>,
    /// Since when nodes of different versions have been together.
    pub(crate) mixed_since: Option<f64>,
}

/// A node as it was last seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Past {
    /// The address at which it was asked.
    pub(crate) address: String,
    /// Its element of `wsrep_incoming_addresses`.
    pub(crate) incoming: Option<String>,
    /// When it last said what it is.
    pub(crate) said_at: Option<f64>,
    pub(crate) process: Option<String>,
    pub(crate) counters: Counters,
    pub(crate) class: Class,
    /// Since when it has been of that class.
    pub(crate) since: f64,
    /// When the group last counted it.
    pub(crate) member_at: Option<f64>,
    /// Since when it has applied nothing of what waits.
    pub(crate) stalled_since: Option<f64>,
    /// Since when it has been donor though nobody joins and `wsrep_desync` is OFF.
    pub(crate) donor_in_vain_since: Option<f64>,
    pub(crate) evs_unsettled: bool,
}

impl Memory {
    /// The past of the node that was asked at an address and may have said its name.
    pub(crate) fn of(&self, name: Option<&str>, address: &str) -> Option<(&str, &Past)> {
        let by_name = name.and_then(|name| self.nodes.get_key_value(name));
        let by_address = || self.nodes.iter().find(|(_, past)| past.address == address);
        // Another node may answer at an address that was this one's.
        let found = by_name.or_else(|| if name.is_none() { by_address() } else { None });
        found.map(|(name, past)| (name.as_str(), past))
    }

    /// What to remember after this run.
    pub(crate) fn after(&self, cluster: &Cluster) -> Self {
        let now = cluster.at;
        let mut nodes: BTreeMap<_, _> = self.nodes.clone();
        nodes.retain(|_, past| past.member_at.or(past.said_at).is_some_and(|at| is_fresh(at, now)));
        keep_newest(&mut nodes, |past| past.member_at.or(past.said_at).unwrap_or(0.0));
        for node in &cluster.nodes {
            let past = past(node, cluster);
            nodes.retain(|name, known| known.address != past.address || *name == node.key);
            nodes.insert(node.key.clone(), past);
        }
        let mut members = self.members.clone();
        members.retain(|_, at| is_fresh(*at, now));
        if let Some(main) = cluster.main() {
            members
                .extend(main.incoming.iter().filter(|address| !is_auto(address)).map(|address| (address.clone(), now)));
        }
        keep_newest(&mut members, |at| *at);
        Self {
            nodes,
            members,
            view: cluster.main().and_then(|main| main.number).or(self.view),
            mixed_since: self.mixed_since(cluster),
        }
    }
}

impl Memory {
    /// Ends only when all have been heard: a node that is silent for its restart has not been upgraded by that.
    fn mixed_since(&self, cluster: &Cluster) -> Option<f64> {
        let known = self.mixed_since.filter(|since| *since <= cluster.at);
        if cluster.is_mixed() {
            return Some(known.unwrap_or(cluster.at));
        }
        known.filter(|_| cluster.nodes.iter().any(|node| node.facts.is_none()))
    }
}

/// Whether a moment is not long ago, nor in a future of which only a clock that was wrong could tell.
fn is_fresh(at: f64, now: f64) -> bool {
    (now - at).abs() < FORGET
}

/// Forgets the oldest of too many: a cluster is of a few nodes, whatever a server may list.
fn keep_newest<T>(remembered: &mut BTreeMap<String, T>, at: impl Fn(&T) -> f64) {
    let mut times: Vec<_> = remembered.values().map(&at).collect();
    times.sort_by(|one, other| other.total_cmp(one));
    let Some(oldest) = times.get(MOST - 1).copied() else { return };
    remembered.retain(|_, value| at(value) >= oldest);
    while remembered.len() > MOST {
        remembered.pop_last();
    }
}

fn past(node: &Node, cluster: &Cluster) -> Past {
    let now = cluster.at;
    let known = node.past;
    let member = cluster.counts(node);
    let since = known.filter(|past| past.class == node.class).map_or(now, |past| past.since.min(now));
    let stalled_since = node.is_stalled(cluster).then(|| known.and_then(|past| past.stalled_since).unwrap_or(now));
    let facts = node.facts;
    let in_vain = node.class == Class::Desynced && facts.is_some_and(|facts| facts.desync != Some(true));
    let donor_in_vain_since = in_vain.then(|| known.and_then(|past| past.donor_in_vain_since).unwrap_or(now));
    let kept = |of: fn(&Past) -> Option<String>| known.and_then(of);
    Past {
        address: node.asked.address.clone(),
        incoming: facts
            .and_then(|facts| facts.view.own_incoming.clone())
            .or_else(|| kept(|past| past.incoming.clone())),
        said_at: facts.map(|_| now).or_else(|| known.and_then(|past| past.said_at)),
        process: facts.map_or_else(|| kept(|past| past.process.clone()), |facts| facts.process.clone()),
        counters: facts.map_or_else(
            || known.map(|past| past.counters.clone()).unwrap_or_default(),
            |facts| facts.counters.clone(),
        ),
        class: node.class,
        since,
        member_at: if member { Some(now) } else { known.and_then(|past| past.member_at) },
        stalled_since,
        donor_in_vain_since,
        evs_unsettled: facts.is_some_and(|facts| !facts.evs.is_settled()),
    }
}
