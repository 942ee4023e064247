//! Which answers to believe.

use std::collections::BTreeMap;
use std::time::Duration;

use super::instance::{Condition, condition};
use crate::policy::Policy;
use crate::snapshot::{Asked, Failure, Health, Instance, Snapshot};

/// The answers of all agents, seen as one.
pub(super) struct View<'a> {
    /// The best answer about the service, if there is one.
    pub(super) data: Option<Data<'a>>,
    /// Who lacks a leader and why, when no agent proves that there is one.
    pub(super) leaderless: Vec<String>,
    /// The raft address of the leader.
    pub(super) leader: Option<&'a str>,
}

/// One answer about the service.
pub(super) struct Data<'a> {
    pub(super) health: &'a Health,
    /// Whether a leader vouched for it.
    pub(super) proven: bool,
    /// The instances of exactly this service, each once.
    pub(super) instances: Vec<&'a Instance>,
}

impl<'a> View<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, policy: &Policy) -> Self {
        let agents = &snapshot.agents;
        let proven = agents.iter().find_map(proven);
        let leaderless = if proven.is_some() { Vec::new() } else { agents.iter().filter_map(leaderless).collect() };
        let data = proven.or_else(|| freshest(agents));
        Self {
            data: data.map(|health| Data::new(health, proven.is_some(), &policy.service)),
            leaderless,
            leader: agents.iter().find_map(|asked| asked.leader.result.as_ref().ok()?.as_deref()),
        }
    }

    /// Whether the agents say that there is no leader, and none proves the contrary.
    pub(super) fn lacks_leader(&self) -> bool {
        !self.leaderless.is_empty()
    }

    /// Whether there is a leader, as far as the answers tell.
    pub(super) fn leader_known(&self) -> Option<bool> {
        if self.lacks_leader() { Some(false) } else { self.data.as_ref().map(|data| data.health.known_leader) }
    }
}

impl<'a> Data<'a> {
    fn new(health: &'a Health, proven: bool, service: &str) -> Self {
        let exact = health.instances.iter().filter(|instance| instance.service == service);
        let unique: BTreeMap<_, _> = exact.map(|instance| ((&instance.node, &instance.id), instance)).collect();
        Self { health, proven, instances: unique.into_values().collect() }
    }

    /// A registered name that differs only in case, when the exact one has no instance.
    pub(super) fn twin(&self) -> Option<&'a str> {
        self.health.instances.first().map(|instance| instance.service.as_str())
    }

    pub(super) fn count(&self, wanted: Condition) -> usize {
        self.instances.iter().filter(|instance| condition(instance) == wanted).count()
    }
}

/// The consistent read, which a leader answers only after a majority confirmed it.
fn proven(asked: &Asked) -> Option<&Health> {
    asked.consistent.result.as_ref().ok().filter(|health| health.known_leader)
}

/// The stale read whose server heard of a leader last. A server that knows none and has nothing, knows nothing: it may
/// never have seen the catalog.
fn freshest(agents: &[Asked]) -> Option<&Health> {
    let reads = agents.iter().filter_map(|asked| asked.stale.result.as_ref().ok());
    reads
        .filter(|health| health.known_leader || !health.instances.is_empty())
        .min_by_key(|health| (!health.known_leader, health.last_contact.unwrap_or(Duration::MAX)))
}

/// Why an agent whose consistent read failed is one without a leader.
fn leaderless(asked: &Asked) -> Option<String> {
    let name = &asked.name;
    match (&asked.consistent.result, &asked.stale.result) {
        (Err(Failure::Leaderless(words)), _) | (_, Err(Failure::Leaderless(words))) => {
            Some(format!("{name} says {words}"))
        }
        (Ok(health), _) | (_, Ok(health)) if !health.known_leader => Some(format!("{name} knows none")),
        (Err(Failure::Unreachable(reason)), Ok(_)) => Some(format!("{name} cannot prove one, {reason}")),
        _ if matches!(asked.leader.result, Ok(None)) => Some(format!("{name} knows none")),
        _ => None,
    }
}
