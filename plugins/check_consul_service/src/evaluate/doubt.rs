//! Whether what was seen may be a moment's work.

use std::collections::BTreeMap;
use std::time::Duration;

use super::view::{Data, View, exact};
use super::{drift, leader};
use crate::health::Condition;
use crate::policy::Query;
use crate::snapshot::{Asked, Doubts, Failure, Instance, Key, Snapshot};

/// A leader that is missed for longer than this is missed: Consul itself has waited for it.
const QUICK: Duration = Duration::from_secs(2);

/// Whether nobody proves a leader, and some server has asked one in vain that it still holds for the leader.
pub(crate) fn has_just_lost_the_leader(view: &View, snapshot: &Snapshot) -> bool {
    let unproven = view.data.as_ref().is_none_or(|data| !data.proven);
    unproven && snapshot.agents.iter().any(has_just_lost_its_leader)
}

/// Where leaders, servers, or an agent and the catalog differ.
pub(crate) fn doubts(view: &View, snapshot: &Snapshot, query: &Query) -> Doubts {
    let drifts = |data: &Data| {
        let of = |asked: &Asked| -> Vec<_> {
            let drifted = drift::drifted(data, asked, snapshot, query);
            drifted.iter().map(|(local, _)| (asked.name.clone(), local.id.clone())).collect()
        };
        snapshot.agents.iter().flat_map(of).collect()
    };
    Doubts {
        leaders: leader::two(snapshot),
        drifts: view.data.as_ref().map(drifts).unwrap_or_default(),
        disagreements: disagreements(snapshot, query).into_iter().map(|one| one.instance.clone()).collect(),
    }
}

impl Snapshot {
    /// Whether what was seen was looked at twice, and was so both times.
    pub(super) fn confirms(&self, was: impl Fn(&Doubts) -> bool) -> bool {
        self.second && self.before.as_ref().is_none_or(was)
    }
}

/// For a moment servers go on asking the leader that was, and pass on that it refuses (measured: 1.8.7).
fn has_just_lost_its_leader(asked: &Asked) -> bool {
    let failed = matches!(asked.consistent.result, Err(Failure::Leaderless(_) | Failure::Wrong(_)));
    failed && asked.consistent.time < QUICK && asked.stale.result.is_ok()
}

/// Which agent is to be asked why there is nothing to see.
pub(crate) fn wants_access(view: &View) -> Option<usize> {
    let data = view.data.as_ref()?;
    data.health.instances.is_empty().then_some(data.agent)
}

/// Two agents whose servers hold different things of an instance.
pub(super) struct Disagreement<'a> {
    pub(super) instance: &'a Key,
    pub(super) one: (&'a Asked, Option<Condition>),
    pub(super) other: (&'a Asked, Option<Condition>),
}

/// The differences between what the first server that knows a leader would answer by itself, and the others.
pub(super) fn disagreements<'a>(snapshot: &'a Snapshot, query: &Query) -> Vec<Disagreement<'a>> {
    let reads = snapshot.agents.iter().filter_map(|asked| Some((asked, asked.stale.said()?)));
    let mut reads = reads.filter(|(asked, health)| health.known_leader && comparable(asked, snapshot, query));
    let Some((first, reference)) = reads.next() else { return Vec::new() };
    let reference = exact(reference, &query.service);
    let mut found = Vec::new();
    for (asked, health) in reads {
        let held = exact(health, &query.service);
        let keys = reference.keys().chain(held.keys().filter(|key| !reference.contains_key(*key)));
        for instance in keys.copied() {
            let condition = |of: &BTreeMap<&Key, &Instance>| of.get(instance).map(|instance| instance.condition());
            let (one, other) = (condition(&reference), condition(&held));
            if one != other {
                found.push(Disagreement { instance, one: (first, one), other: (asked, other) });
            }
        }
    }
    found
}

/// Agents of different datacenters have nothing to agree about, unless both are asked about a third.
pub(super) fn comparable(asked: &Asked, snapshot: &Snapshot, query: &Query) -> bool {
    if query.datacenter.is_some() {
        return true;
    }
    let datacenter = |asked: &Asked| asked.itself.said().map(|itself| itself.datacenter.clone());
    let first = snapshot.agents.iter().find_map(datacenter);
    datacenter(asked).is_none_or(|own| Some(own) == first)
}
