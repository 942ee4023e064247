//! Differences between agents, and between an agent and the catalog.

use std::collections::{BTreeMap, BTreeSet};

use common::text;

use super::data::{Data, exact};
use super::service::Service;
use crate::query::Query;
use crate::snapshot::{Asked, Condition, GOSSIP, Instance, Key, Local, raft_name};

/// An agent and the catalog differ about an instance on the agent's own node.
pub(crate) struct Drift<'a> {
    pub(crate) agent: &'a Asked,
    pub(crate) local: &'a Local,
    /// Its condition in the catalog; `None` when it is not there.
    pub(crate) catalog: Option<Condition>,
}

impl Drift<'_> {
    /// The name of the agent and the id of the instance.
    pub(crate) fn key(&self) -> (&str, &str) {
        (&self.agent.name, &self.local.id)
    }
}

/// Two agents whose servers hold different things about an instance.
pub(crate) struct Disagreement<'a> {
    pub(crate) instance: &'a Key,
    pub(crate) one: (&'a Asked, Option<Condition>),
    pub(crate) other: (&'a Asked, Option<Condition>),
}

impl<'a> Service<'a> {
    /// Each leader with the first agent that names it, when there are several.
    pub(crate) fn leaders(&self) -> Option<Vec<(String, &'a Asked)>> {
        self.different(|asked| asked.leader.value()?.as_deref().map(raft_name))
    }

    /// Each datacenter with the first agent of it, when there are several.
    pub(crate) fn datacenters(&self) -> Option<Vec<(String, &'a Asked)>> {
        self.different(|asked| asked.itself.value().map(|itself| text::name(&itself.datacenter)))
    }

    /// Each value with the first agent that names it, when there is more than one.
    fn different(&self, value: impl Fn(&Asked) -> Option<String>) -> Option<Vec<(String, &'a Asked)>> {
        let mut found: Vec<(String, &Asked)> = Vec::new();
        for asked in &self.snapshot.agents {
            if let Some(value) = value(asked)
                && found.iter().all(|(known, _)| *known != value)
            {
                found.push((value, asked));
            }
        }
        (found.len() > 1).then_some(found)
    }

    /// The differences between agents and the catalog, in the order of the agents.
    pub(crate) fn drifts(&self) -> Vec<Drift<'a>> {
        let Some(data) = self.data.as_ref().filter(|_| !self.snapshot.is_mixed) else { return Vec::new() };
        self.snapshot.agents.iter().flat_map(|agent| self.drifts_of(agent, data)).collect()
    }

    fn drifts_of(&self, agent: &'a Asked, data: &Data) -> Vec<Drift<'a>> {
        // An agent of another datacenter has another catalog.
        if !self.is_comparable(agent) {
            return Vec::new();
        }
        let own = data.all.iter().copied().filter(|one| one.key.peer.is_empty());
        let catalog: BTreeMap<_, _> = own.map(|one| ((one.key.node.as_str(), one.key.id.as_str()), one)).collect();
        let locals = agent.local.value().map_or(&[][..], Vec::as_slice).iter();
        let drift = |local: &'a Local| {
            let node = local.node.as_ref().or_else(|| agent.itself.value().map(|itself| &itself.node))?;
            let found = catalog.get(&(node.as_str(), local.id.as_str())).copied();
            let held = found.map(in_catalog);
            let agrees = held == Some(Condition::of(&local.checks));
            let is_drift = !agrees && was_asked_about(data, local, found, self.query);
            is_drift.then_some(Drift { agent, local, catalog: held })
        };
        locals.filter_map(drift).collect()
    }

    /// The differences between the first server that knows a leader, as it would answer by itself, and the others.
    pub(crate) fn disagreements(&self) -> Vec<Disagreement<'a>> {
        if self.snapshot.is_mixed {
            return Vec::new();
        }
        let reads = self.snapshot.agents.iter().filter_map(|asked| Some((asked, asked.stale.value()?)));
        let mut reads = reads.filter(|(asked, health)| health.known_leader && self.is_comparable(asked));
        let Some((first, reference)) = reads.next() else { return Vec::new() };
        let reference = exact(reference, &self.query.service);
        let mut found = Vec::new();
        for (asked, health) in reads {
            let held = exact(health, &self.query.service);
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

    /// The instances that servers disagree about.
    pub(crate) fn disputed(&self) -> BTreeSet<&'a Key> {
        self.disagreements().into_iter().map(|one| one.instance).collect()
    }

    /// Agents of different datacenters have nothing to agree about, unless both are asked about a third.
    fn is_comparable(&self, asked: &Asked) -> bool {
        if self.query.datacenter.is_some() {
            return true;
        }
        let datacenter = |asked: &Asked| asked.itself.value().map(|itself| itself.datacenter.clone());
        let first = self.snapshot.agents.iter().find_map(datacenter);
        datacenter(asked).is_none_or(|own| Some(own) == first)
    }
}

/// Whether the question to the catalog was about this instance too.
fn was_asked_about(data: &Data, local: &Local, found: Option<&Instance>, query: &Query) -> bool {
    let exact = data.all.first().is_none_or(|instance| instance.service == local.service);
    // The agent knows nothing of filters and partitions: it names what they left out of the answer.
    let narrowed = query.filter.is_some() || query.partition.is_some();
    exact && (found.is_some() || !narrowed)
}

/// The condition in the catalog, without what gossip says of the agent, which the agent does not know.
fn in_catalog(instance: &Instance) -> Condition {
    Condition::of(instance.checks.iter().filter(|check| check.id != GOSSIP))
}
