//! What the agents said.

use std::time::Duration;

use common::CheckError;

/// Every agent that was asked, in the order in which they were given.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) agents: Vec<Asked>,
}

/// One agent and what came of asking it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The agent's `HOST:PORT`.
    pub(crate) name: String,
    /// The service's health, which only a leader with a quorum behind it gives.
    pub(crate) consistent: Answer<Health>,
    /// The service's health, which any server gives from its own copy.
    pub(crate) stale: Answer<Health>,
    /// The leader's raft address; none when there is no leader.
    pub(crate) leader: Answer<Option<String>>,
}

/// What came of one request, and how long that took.
#[derive(Clone, Debug)]
pub(crate) struct Answer<T> {
    pub(crate) result: Result<T, Failure>,
    pub(crate) time: Duration,
}

/// Why a request gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Refused, silent, or cut off; the reason.
    Unreachable(String),
    /// The agent reaches no server that speaks for the cluster; its words.
    Leaderless(String),
    /// 403; the agent's words. Not its fault.
    Denied(String),
    /// An answer that Consul does not give, or only in trouble; what is wrong with it.
    Wrong(String),
    /// Our own side kept us from asking.
    NotAsked(CheckError),
}

/// `/v1/health/service/NAME` with its consistency headers.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) instances: Vec<Instance>,
    /// `X-Consul-Knownleader`: whether the server that answered knows a leader.
    pub(crate) known_leader: bool,
    /// `X-Consul-Lastcontact`: since when that server has not heard of the leader.
    pub(crate) last_contact: Option<Duration>,
    /// `X-Consul-Index`: the raft index of the answer.
    pub(crate) index: Option<u64>,
}

/// An instance of a service on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) node: String,
    /// The name of the service; look-ups match names that differ only in case.
    pub(crate) service: String,
    pub(crate) id: String,
    /// The service's address or else the node's, with the port if there is one.
    pub(crate) address: String,
    /// Those of the node and those of the service.
    pub(crate) checks: Vec<Check>,
}

/// The last result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scope: Scope,
    pub(crate) status: Status,
    pub(crate) notes: String,
    /// Empty for a check that passes.
    pub(crate) output: String,
}

/// What a check speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The node, and so every service on it.
    Node,
    Service,
}

/// All that Consul's checks can say; maintenance is `critical` with a reserved id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Passing,
    Warning,
    Critical,
}
