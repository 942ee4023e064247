//! One agent and its answers.

use std::borrow::Cow;
use std::time::Duration;

use common::Subject;

use super::answer::Answer;
use super::cluster::{Autopilot, Itself, Local, Server};
use super::failure::{Failure, UnreachableKind};
use super::health::Health;

/// One agent and its answers.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// As the output names it: `HOST:PORT` or the path of a socket.
    pub(crate) name: String,
    /// The service's health by a consistent read, which only a leader with a quorum behind it answers.
    pub(crate) consistent: Answer<Health>,
    /// The service's health by a stale read, which any server answers from its own copy.
    pub(crate) stale: Answer<Health>,
    /// The leader's raft address; `None` when there is no leader.
    pub(crate) leader: Answer<Option<String>>,
    /// The raft addresses of the servers that have a vote.
    pub(crate) peers: Answer<Vec<String>>,
    /// The leader's opinion of the servers; needs `operator:read`.
    pub(crate) autopilot: Answer<Autopilot>,
    /// The servers as gossip sees them; only asked for without an autopilot.
    pub(crate) servers: Answer<Vec<Server>>,
    /// The agent's configuration; needs `agent:read`.
    pub(crate) itself: Answer<Itself>,
    /// The instances on the agent's own node, as it sees them itself.
    pub(crate) local: Answer<Vec<Local>>,
}

impl Subject for Asked {
    fn key(&self) -> Cow<'_, str> {
        format!("agent {}", self.name).into()
    }

    /// Without the port where that is the usual one.
    fn label(&self) -> Cow<'_, str> {
        self.name.strip_suffix(":8500").unwrap_or(&self.name).into()
    }
}

impl Asked {
    /// An agent that gave no answer to anything, for this reason.
    pub(crate) fn failed(name: String, failure: &Failure) -> Self {
        let none = || failure.clone();
        Self {
            name,
            consistent: Answer::none(none()),
            stale: Answer::none(none()),
            leader: Answer::none(none()),
            peers: Answer::none(none()),
            autopilot: Answer::none(none()),
            servers: Answer::none(none()),
            itself: Answer::none(none()),
            local: Answer::none(none()),
        }
    }

    /// The consistent read, which a leader answers only after a majority confirmed it.
    pub(super) fn proven(&self) -> Option<&Health> {
        self.consistent.value().filter(|health| health.known_leader)
    }

    /// The failures of the requests that every agent must answer, with the names of the requests.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&'static str, &Failure)> {
        let failures = [
            ("consistent read", self.consistent.result.as_ref().err()),
            ("stale read", self.stale.result.as_ref().err()),
            ("leader", self.leader.result.as_ref().err()),
        ];
        failures.into_iter().filter_map(|(request, failure)| Some((request, failure?)))
    }

    /// The failure that says the most about the agent.
    pub(crate) fn main_failure(&self) -> Option<&Failure> {
        self.failures().map(|(_, failure)| failure).next()
    }

    /// The kind of failure, if neither read of the service's health was answered.
    pub(crate) fn unreachable(&self) -> Option<UnreachableKind> {
        match (&self.consistent.result, &self.stale.result) {
            (Err(Failure::Unreachable(why)), Err(Failure::Unreachable(_))) => Some(why.kind),
            _ => None,
        }
    }

    /// Whether our own side kept us from asking, so that nobody knows whether the agent is up.
    pub(crate) fn was_not_asked(&self) -> bool {
        let unasked = |failure: &Failure| matches!(failure, Failure::OwnSide(_) | Failure::NotTrusted(_));
        !self.is_up() && self.failures().any(|(_, failure)| unasked(failure))
    }

    /// Whether the agent answered something that only Consul says.
    pub(crate) fn is_up(&self) -> bool {
        let spoke = |failure: &Failure| {
            matches!(
                failure,
                Failure::AccessDenied(_) | Failure::Leaderless(_) | Failure::RateLimited(_) | Failure::Rejected(_)
            )
        };
        self.slowest().is_some() || self.failures().any(|(_, failure)| spoke(failure))
    }

    /// The time of the agent's slowest useful answer.
    pub(crate) fn slowest(&self) -> Option<Duration> {
        let Self { consistent, stale, leader, .. } = self;
        let useful = [
            consistent.result.is_ok().then_some(consistent.time),
            stale.result.is_ok().then_some(stale.time),
            leader.result.is_ok().then_some(leader.time),
        ];
        useful.into_iter().flatten().max()
    }

    /// Whether this failure of the agent, which is up, comes from the lack of a leader.
    pub(crate) fn lacks_a_leader_for(&self, failure: &Failure) -> bool {
        matches!(failure, Failure::Leaderless(_) | Failure::Unreachable(_)) && self.is_up()
    }

    /// Whether the agent is up and reaches no leader.
    pub(crate) fn reaches_no_leader(&self) -> bool {
        self.failures().any(|(_, failure)| self.lacks_a_leader_for(failure))
    }
}
