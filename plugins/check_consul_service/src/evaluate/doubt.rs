//! Whether what was seen may be a moment's work.

use std::time::Duration;

use super::view::{Data, View, exact};
use super::{drift, leader};
use crate::health::Condition;
use crate::policy::Query;
use crate::snapshot::{Asked, Failure, Key, Snapshot};

/// A leader that is missed for longer than this is missed: Consul itself has waited for it.
const QUICK: Duration = Duration::from_secs(2);

/// Whether a second look is worth its time: leaders, servers, or an agent and the catalog differ, or a leader has just
/// gone.
pub(crate) fn is_doubtful(view: &View, snapshot: &Snapshot, query: &Query) -> bool {
    if view.data.as_ref().is_none_or(|data| !data.proven) && snapshot.agents.iter().any(has_just_lost_its_leader) {
        return true;
    }
    let drifts = |data: &Data| snapshot.agents.iter().any(|asked| !drift::drifted(data, asked, query).is_empty());
    leader::two(snapshot) || disagreement(snapshot, query).is_some() || view.data.as_ref().is_some_and(drifts)
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
    pub(super) one: (&'a str, Option<Condition>),
    pub(super) other: (&'a str, Option<Condition>),
}

/// The first difference between what servers that know a leader would answer by themselves.
pub(super) fn disagreement<'a>(snapshot: &'a Snapshot, query: &Query) -> Option<Disagreement<'a>> {
    let reads = snapshot.agents.iter().filter_map(|asked| Some((asked, asked.stale.said()?)));
    let mut reads = reads.filter(|(asked, health)| health.known_leader && comparable(asked, snapshot, query));
    let (first, reference) = reads.next()?;
    let reference = exact(reference, &query.service);
    reads.find_map(|(asked, health)| {
        let held = exact(health, &query.service);
        let keys = reference.keys().chain(held.keys().filter(|key| !reference.contains_key(*key)));
        let one = |key: &Key| reference.get(key).map(|instance| instance.condition());
        let other = |key: &Key| held.get(key).map(|instance| instance.condition());
        let differs = keys.copied().find(|key| one(key) != other(key))?;
        Some(Disagreement {
            instance: differs,
            one: (first.name.as_str(), one(differs)),
            other: (asked.name.as_str(), other(differs)),
        })
    })
}

/// Agents of different datacenters have nothing to agree about, unless both are asked about a third.
fn comparable(asked: &Asked, snapshot: &Snapshot, query: &Query) -> bool {
    if query.datacenter.is_some() {
        return true;
    }
    let datacenter = |asked: &Asked| asked.itself.said().map(|itself| itself.datacenter.clone());
    let first = snapshot.agents.iter().find_map(datacenter);
    datacenter(asked).is_none_or(|own| Some(own) == first)
}
