//! Which answers to believe.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::text;

use crate::health::Condition;
use crate::policy::Query;
use crate::snapshot::{Asked, Failure, Health, Instance, Key, Snapshot};

/// The words of an agent are cut to so many bytes.
const SAID: usize = 64;

/// The answers of all agents, seen as one.
pub(crate) struct View<'a> {
    /// The best answer about the service, if there is one.
    pub(crate) data: Option<Data<'a>>,
    /// The agents that lack a leader, when none proves that there is one.
    pub(crate) leaderless: Vec<Leaderless<'a>>,
    /// The raft address of the leader.
    pub(crate) leader: Option<&'a str>,
}

/// An agent that lacks a leader.
pub(crate) struct Leaderless<'a> {
    pub(crate) agent: &'a Asked,
    /// How it showed that, in words that follow its name, or that of several.
    pub(crate) why: String,
}

/// One answer about the service.
pub(crate) struct Data<'a> {
    pub(crate) health: &'a Health,
    /// Which agent gave it.
    pub(crate) agent: usize,
    /// Whether a leader vouched for it.
    pub(crate) proven: bool,
    /// The instances of exactly this service that were asked about, each once.
    pub(crate) instances: Vec<&'a Instance>,
    /// All of exactly this service.
    pub(crate) all: Vec<&'a Instance>,
    /// Other services that a look-up finds, since their names differ only in case.
    pub(crate) twins: BTreeSet<&'a str>,
}

impl<'a> View<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot, query: &Query) -> Self {
        let agents = &snapshot.agents;
        let proven = agents.iter().enumerate().find_map(|(place, asked)| Some((place, proven(asked)?)));
        // An agent that does not tell us may well have one.
        let may_know = |asked: &Asked| {
            let unsaid = asked.consistent.result.as_ref().is_err_and(Failure::is_ours);
            unsaid && asked.stale.said().is_some_and(|health| health.known_leader)
        };
        let is_known = proven.is_some() || agents.iter().any(may_know);
        let leaderless = if is_known { Vec::new() } else { agents.iter().filter_map(leaderless).collect() };
        let data = proven.or_else(|| freshest(agents));
        // Who proves it names it right; another may still name the one before.
        let proving = data.and_then(|(place, _)| agents.get(place)).into_iter();
        Self {
            data: data.map(|(agent, health)| Data::new(health, agent, proven.is_some(), &query.service)),
            leaderless,
            leader: proving.chain(agents).find_map(|asked| asked.leader.said()?.as_deref()),
        }
    }

    /// Whether the agents say that there is no leader, and none proves the contrary.
    pub(crate) fn lacks_leader(&self) -> bool {
        !self.leaderless.is_empty()
    }

    /// Whether there is a leader, as far as the answers tell.
    pub(super) fn leader_known(&self) -> Option<bool> {
        if self.lacks_leader() { Some(false) } else { self.data.as_ref().map(|data| data.health.known_leader) }
    }
}

impl<'a> Data<'a> {
    fn new(health: &'a Health, agent: usize, proven: bool, service: &str) -> Self {
        let all: Vec<_> = exact(health, service).into_values().collect();
        let instances = all.iter().copied().filter(|instance| instance.selected).collect();
        let twins = health.instances.iter().map(|instance| instance.service.as_str());
        Self { health, agent, proven, instances, all, twins: twins.filter(|name| *name != service).collect() }
    }

    pub(super) fn count(&self, wanted: Condition) -> usize {
        self.instances.iter().filter(|instance| instance.condition() == wanted).count()
    }
}

impl Instance {
    /// Its health, as Consul aggregates it.
    pub(crate) fn condition(&self) -> Condition {
        Condition::of(&self.checks)
    }
}

/// The instances of exactly this service, each once.
pub(super) fn exact<'a>(health: &'a Health, service: &str) -> BTreeMap<&'a Key, &'a Instance> {
    let exact = health.instances.iter().filter(|instance| instance.service == service);
    exact.map(|instance| (&instance.key, instance)).collect()
}

/// The consistent read, which a leader answers only after a majority confirmed it.
fn proven(asked: &Asked) -> Option<&Health> {
    asked.consistent.said().filter(|health| health.known_leader)
}

/// The stale read whose server heard of a leader last. A server that knows none and has nothing, knows nothing: it may
/// never have seen the catalog.
fn freshest(agents: &[Asked]) -> Option<(usize, &Health)> {
    let reads = agents.iter().enumerate().filter_map(|(place, asked)| Some((place, asked.stale.said()?)));
    reads
        .filter(|(_, health)| health.known_leader || !health.instances.is_empty())
        .min_by_key(|(_, health)| (!health.known_leader, health.last_contact.unwrap_or(Duration::MAX)))
}

/// Why an agent whose consistent read failed is one without a leader.
fn leaderless(agent: &Asked) -> Option<Leaderless<'_>> {
    let why = match (&agent.consistent.result, &agent.stale.result) {
        (Err(Failure::Leaderless(words)), _) | (_, Err(Failure::Leaderless(words))) => {
            format!("said {}", text::cut_middle(words, SAID))
        }
        (Ok(health), _) | (_, Ok(health)) if !health.known_leader => "knew none".to_owned(),
        (Err(Failure::Unreachable(reason)), Ok(_)) => format!("could not prove one ({})", reason.words),
        _ if matches!(agent.leader.result, Ok(None)) => "knew none".to_owned(),
        _ => return None,
    };
    Some(Leaderless { agent, why })
}
