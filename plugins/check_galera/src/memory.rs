//! What is remembered between two runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cluster::{Class, Cluster, Component, Node};
use crate::facts::{Counters, is_auto};

/// A member that has been gone for longer is forgotten, in seconds: it was taken away for good.
const FORGET: f64 = 7.0 * 86_400.0;

/// No more nodes are remembered than this.
const MOST: usize = 128;

/// After so long without a run nobody knows what was between, in seconds.
const GAP: f64 = 3600.0;

/// What earlier runs saw. Times are in seconds since 1970, by this host's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    /// When the last run was.
    pub(crate) at: f64,
    /// Nodes that were asked, by their names, or by their addresses where those are not known.
    pub(crate) nodes: BTreeMap<String, Past>,
    /// When each element of `wsrep_incoming_addresses` was last there.
    pub(crate) members: BTreeMap<String, f64>,
    /// How many members there were when most were there, and when that was last so.
    pub(crate) whole: Option<(u64, f64)>,
    /// The view of the largest component.
    pub(crate) view: Option<SeenView>,
    /// Since when nodes of different versions have been together.
    pub(crate) mixed_since: Option<f64>,
}

/// A view by its number, which only views of one history share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeenView {
    pub(crate) uuid: Option<String>,
    /// `wsrep_cluster_conf_id`.
    pub(crate) number: u64,
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
    /// Since when it has been of that class, or of one that is like it.
    pub(crate) since: f64,
    /// When the group last counted it.
    pub(crate) member_at: Option<f64>,
    /// Whether it was counted and on its way in, without an answer of its own.
    pub(crate) entering: bool,
    /// Since when it has been counted without an answer, where it should have given one.
    pub(crate) dead_since: Option<f64>,
    /// Since when it has applied nothing of what waits.
    pub(crate) stalled_since: Option<f64>,
    /// Since when it has been donor though nobody joins and `wsrep_desync` is OFF.
    pub(crate) donor_in_vain_since: Option<f64>,
    pub(crate) evs_unsettled: bool,
}

impl Memory {
    /// What of it holds at this moment: after a long time without a run, or when the clock was set, only who was there.
    pub(crate) fn at(self, now: f64) -> Self {
        if (0.0..=GAP).contains(&(now - self.at)) {
            return self;
        }
        let nodes = self.nodes.into_iter().map(|(name, past)| (name, past.of_another_time())).collect();
        let members = self.members.into_keys().map(|address| (address, now)).collect();
        Self { at: now, nodes, members, ..Self::default() }
    }

    /// The past of the node that was asked at an address and may have said its name.
    pub(crate) fn of(&self, name: Option<&str>, address: &str) -> Option<(&str, &Past)> {
        // Another node may answer at an address that was this one's.
        let found = if let Some(name) = name { self.nodes.get_key_value(name) } else { self.only_one_at(address) };
        found.map(|(name, past)| (name.as_str(), past))
    }

    /// None where several have answered at the address, as behind a name or address that moves.
    fn only_one_at(&self, address: &str) -> Option<(&String, &Past)> {
        let mut found = self.nodes.iter().filter(|(_, past)| past.address == address);
        found.next().filter(|_| found.next().is_none())
    }

    /// What to remember after this run.
    pub(crate) fn after(&self, cluster: &Cluster) -> Self {
        let now = cluster.at;
        let mut nodes: BTreeMap<_, _> = self.nodes.clone();
        nodes.retain(|_, past| past.member_at.or(past.said_at).is_some_and(|at| is_fresh(at, now)));
        for node in &cluster.nodes {
            // Now that its name is known.
            nodes.remove(&node.asked.address);
            nodes.insert(node.key.clone(), past(node, cluster));
        }
        keep_newest(&mut nodes, |past| past.member_at.or(past.said_at).unwrap_or(0.0));
        let main = cluster.main();
        let view = main.and_then(|main| Some(SeenView { uuid: main.uuid.clone(), number: main.number? }));
        Self {
            at: now,
            nodes,
            members: self.members_after(cluster),
            whole: self.whole_after(cluster),
            view: view.or_else(|| self.view.clone()),
            mixed_since: self.mixed_since(cluster),
        }
    }

    /// While as many are there as ever, who is not there has moved, or was taken away.
    fn members_after(&self, cluster: &Cluster) -> BTreeMap<String, f64> {
        let now = cluster.at;
        let mut members = if self.is_whole(cluster) { BTreeMap::new() } else { self.members.clone() };
        members.retain(|_, at| is_fresh(*at, now));
        let listed = cluster.main().map_or(&[][..], |main| &main.incoming);
        members.extend(listed.iter().filter(|address| !is_auto(address)).map(|address| (address.clone(), now)));
        keep_newest(&mut members, |at| *at);
        members
    }

    /// Whether no member is missing, as far as one remembers.
    pub(crate) fn is_whole(&self, cluster: &Cluster) -> bool {
        let members = cluster.main().map_or(0, Component::members);
        members > 0 && self.whole.is_none_or(|(most, at)| members >= most || !is_fresh(at, cluster.at))
    }

    fn whole_after(&self, cluster: &Cluster) -> Option<(u64, f64)> {
        if self.is_whole(cluster) { cluster.main().map(|main| (main.members(), cluster.at)) } else { self.whole }
    }

    /// Ends only when all have been heard: a node that is silent for its restart has not been upgraded by that.
    fn mixed_since(&self, cluster: &Cluster) -> Option<f64> {
        let known = self.mixed_since.filter(|since| *since <= cluster.at);
        if cluster.is_mixed() {
            return Some(known.unwrap_or(cluster.at));
        }
        known.filter(|_| cluster.nodes.iter().any(|node| node.facts.is_none()))
    }
}

impl Past {
    /// What is still true after any time.
    fn of_another_time(self) -> Self {
        Self {
            said_at: None,
            counters: Counters::default(),
            member_at: None,
            class: Class::NotAsked,
            entering: false,
            dead_since: None,
            stalled_since: None,
            donor_in_vain_since: None,
            evs_unsettled: false,
            ..self
        }
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
    let (now, known, facts) = (cluster.at, node.past, node.facts);
    let member = cluster.counts(node);
    let unanswered = member && facts.is_none();
    let kept = |of: fn(&Past) -> Option<f64>| known.and_then(of);
    let since = |is: bool, of: fn(&Past) -> Option<f64>| is.then(|| kept(of).unwrap_or(now));
    let in_vain = node.class == Class::Desynced && facts.is_some_and(|facts| facts.desync != Some(true));
    let own_incoming = facts.and_then(|facts| facts.view.own_incoming.clone());
    let counters = || known.map(|past| past.counters.clone()).unwrap_or_default();
    Past {
        address: node.asked.address.clone(),
        incoming: own_incoming.or_else(|| known.and_then(|past| past.incoming.clone())),
        said_at: facts.map(|_| now).or_else(|| kept(|past| past.said_at)),
        process: facts.map_or_else(|| known.and_then(|past| past.process.clone()), |facts| facts.process.clone()),
        counters: facts.map_or_else(counters, |facts| facts.counters.clone()),
        class: node.class,
        since: known.filter(|past| past.class.is_like(node.class)).map_or(now, |past| past.since.min(now)),
        member_at: if member { Some(now) } else { kept(|past| past.member_at) },
        entering: unanswered && node.class.joins(),
        dead_since: since(unanswered && matches!(node.class, Class::Unreachable | Class::Hung), |past| past.dead_since),
        stalled_since: node.stalled_since(cluster),
        donor_in_vain_since: since(in_vain, |past| past.donor_in_vain_since),
        evs_unsettled: facts.is_some_and(|facts| !facts.evs.is_settled()),
    }
}
