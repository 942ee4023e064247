//! What the agents said.

use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::time::Duration;

use common::{CheckError, HostPort};

use crate::changes::Changes;
use crate::health::Condition;

/// Every agent that was asked, in the order in which they were given.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// When the answers came, in seconds since 1970.
    pub(crate) at: f64,
    pub(crate) agents: Vec<Asked>,
    /// Whether this was a second look because the first one was doubtful.
    pub(crate) second: bool,
    /// What the first look doubted, where there was one: only what is so twice counts.
    pub(crate) before: Option<Doubts>,
    /// What changed between the looks.
    pub(crate) changes: Changes,
    /// What tells an empty answer from a hidden one; only asked for when nothing was found.
    pub(crate) access: Option<Access>,
}

/// What may be a moment's work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Doubts {
    /// Agents name different leaders.
    pub(crate) leaders: bool,
    /// Agents that say other than the catalog of an instance with this id.
    pub(crate) drifts: BTreeSet<(String, String)>,
    /// Instances of which servers hold different things.
    pub(crate) disagreements: BTreeSet<Key>,
}

/// One agent and what came of asking it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// As the output names it: `HOST:PORT` or the path of a socket.
    pub(crate) name: String,
    /// The service's health, which only a leader with a quorum behind it gives.
    pub(crate) consistent: Answer<Health>,
    /// The service's health, which any server gives from its own copy.
    pub(crate) stale: Answer<Health>,
    /// The leader's raft address; none when there is no leader.
    pub(crate) leader: Answer<Option<String>>,
    /// The raft addresses of the servers that have a vote.
    pub(crate) peers: Answer<Vec<String>>,
    /// What the leader thinks of the servers; needs `operator:read`.
    pub(crate) autopilot: Answer<Autopilot>,
    /// The servers as gossip sees them; only asked for without an autopilot.
    pub(crate) servers: Answer<Vec<Server>>,
    /// What the agent is; needs `agent:read`.
    pub(crate) itself: Answer<Itself>,
    /// The instances on the agent's own node, as it sees them itself.
    pub(crate) local: Answer<Vec<Local>>,
}

impl Asked {
    /// What was read of the service's health, proven or not.
    pub(crate) fn read(&mut self, proven: bool) -> Option<&mut Health> {
        let answer = if proven { &mut self.consistent } else { &mut self.stale };
        answer.result.as_mut().ok()
    }
}

/// What came of one request, and how long that took.
#[derive(Clone, Debug)]
pub(crate) struct Answer<T> {
    pub(crate) result: Result<T, Failure>,
    pub(crate) time: Duration,
}

impl<T> Answer<T> {
    /// What was said, if anything was.
    pub(crate) fn said(&self) -> Option<&T> {
        self.result.as_ref().ok()
    }

    /// The answer to a request that was not made because of this.
    pub(crate) fn none(failure: Failure) -> Self {
        Self { result: Err(failure), time: Duration::ZERO }
    }
}

/// Why a request gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Refused, silent, or cut off.
    Unreachable(Unreachable),
    /// The agent reaches no server that speaks for the cluster; its words.
    Leaderless(String),
    /// 401 or 403. Not the agent's fault.
    Denied(Denial),
    /// No TLS connection that both sides trust; why not.
    Untrusted(String),
    /// 400: the question is wrong, and so our side; the agent's words.
    Rejected(String),
    /// The agent or a server has been asked too often; its words.
    RateLimited(String),
    /// An answer that Consul does not give, or only in trouble; what is wrong with it.
    Wrong(String),
    /// 404; the agent's words. One that knows no such service on its node says so, else it is no Consul.
    NotFound(String),
    /// The agent knows no tokens, since it enforces no ACLs.
    NoAcls,
    /// Our own side kept us from asking.
    NotAsked(CheckError),
    /// There was no reason to ask.
    Needless,
}

impl Failure {
    /// Nobody answered, for this reason.
    pub(crate) fn unreachable(kind: UnreachableKind, words: impl Into<String>) -> Self {
        Self::Unreachable(Unreachable { kind, words: words.into() })
    }

    /// Access was denied in these words.
    pub(crate) fn denied(kind: DenialKind, words: impl Into<String>) -> Self {
        Self::Denied(Denial { kind, words: words.into() })
    }

    /// Whether it is our side that keeps the agent from answering: no right, no trust, no socket, a wrong question or too
    /// many.
    pub(crate) fn is_ours(&self) -> bool {
        match self {
            Self::Denied(_) | Self::Untrusted(_) | Self::NotAsked(_) | Self::Rejected(_) | Self::RateLimited(_) => true,
            Self::Unreachable(_)
            | Self::Leaderless(_)
            | Self::Wrong(_)
            | Self::NotFound(_)
            | Self::NoAcls
            | Self::Needless => false,
        }
    }
}

/// Why there was no answer, in words that follow the agent's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreachable {
    pub(crate) kind: UnreachableKind,
    pub(crate) words: String,
}

/// Agents that are unreachable in one way have one remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnreachableKind {
    /// The name of its host has no address.
    Unresolved,
    /// No answer, or none that ends, in time.
    Silent,
    /// The connection is refused or lost.
    Down,
}

/// Who denies access, in which words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) kind: DenialKind,
    pub(crate) words: String,
}

/// Denials of one kind have one remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DenialKind {
    /// Consul does not know the token, or no longer.
    UnknownToken,
    /// The token lacks a permission.
    Permission,
    /// 401: a proxy in front of the agent wants a login.
    Login,
}

/// `/v1/health/service/NAME` with its headers.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent headers of the API")]
pub(crate) struct Health {
    pub(crate) instances: Vec<Instance>,
    /// `X-Consul-Knownleader`: whether the server that answered knows a leader.
    pub(crate) known_leader: bool,
    /// `X-Consul-Lastcontact`: since when that server has not heard of the leader.
    pub(crate) last_contact: Option<Duration>,
    /// `X-Consul-Index`: the raft index of the answer.
    pub(crate) index: Option<u64>,
    /// `X-Consul-Results-Filtered-By-ACLs` (1.11 and newer): whether our token may not see all of it.
    pub(crate) filtered: bool,
    /// `X-Consul-Default-ACL-Policy: deny` (1.11 and newer); sent even where ACLs are off.
    pub(crate) default_deny: bool,
    /// Whether that header is there, and so the one before it where it applies.
    pub(crate) tells_filtering: bool,
}

impl Health {
    /// What every instance is, whatever its checks say of why.
    pub(crate) fn standing(&self) -> BTreeSet<(&Key, String, Condition)> {
        self.instances.iter().map(|one| (&one.key, one.address.to_string(), Condition::of(&one.checks))).collect()
    }
}

impl Snapshot {
    /// Puts what was read later in the place of what an agent said before.
    ///
    /// What the others said was said before that, so that where they differ now nothing is wrong.
    pub(crate) fn renew(&mut self, place: usize, proven: bool, health: Health) {
        let Some(before) = self.agents.get_mut(place).and_then(|asked| asked.read(proven)) else { return };
        let moved = before.standing() != health.standing();
        *before = health;
        if moved {
            let leaders = self.before.as_ref().is_none_or(|doubts| doubts.leaders);
            self.before = Some(Doubts { leaders, ..Doubts::default() });
        }
    }
}

/// An instance of a service on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) key: Key,
    /// The name of the service; look-ups match names that differ only in case.
    pub(crate) service: String,
    /// The service's address or else the node's, with the port if there is one.
    pub(crate) address: HostPort,
    /// Whether it is one of those asked about: `--tag` and `--node` leave others out.
    pub(crate) selected: bool,
    /// Those of the node and those of the service.
    pub(crate) checks: Vec<Check>,
    pub(crate) revision: Revision,
}

/// The raft indexes at which Consul wrote an instance; none where the answer leaves them out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Revision {
    /// When the service was last registered otherwise, or the youngest of its checks was registered: it stays the same as
    /// long as the instance is neither removed nor registered anew.
    pub(crate) registered: Option<NonZeroU64>,
    /// When anything of the instance was last written: its node, the service, or the output of a check.
    pub(crate) written: Option<NonZeroU64>,
}

/// What tells an instance from every other.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The cluster that it was imported from (1.14 and newer); empty for our own.
    pub(crate) peer: String,
    /// Consul Enterprise; empty elsewhere.
    pub(crate) partition: String,
    /// Consul Enterprise; empty elsewhere.
    pub(crate) namespace: String,
    pub(crate) node: String,
    /// The id of the service, which is unique on its node only.
    pub(crate) id: String,
}

/// The last result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `tcp`, `http`, `script`, `ttl` and so on; empty before Consul 1.7.
    pub(crate) kind: String,
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

/// `/v1/operator/autopilot/health`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Autopilot {
    pub(crate) healthy: bool,
    /// How many servers may be lost.
    pub(crate) failure_tolerance: u32,
    pub(crate) servers: Vec<Server>,
}

/// A Consul server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) name: String,
    /// Its raft address, as far as it is known.
    pub(crate) address: String,
    /// Whether gossip holds it alive.
    pub(crate) alive: bool,
    /// Whether the autopilot holds it healthy, where it was asked.
    pub(crate) healthy: Option<bool>,
    pub(crate) voter: Option<bool>,
}

/// `/v1/agent/self`, as far as it is of use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Itself {
    pub(crate) datacenter: String,
    pub(crate) node: String,
    pub(crate) version: String,
    /// `dns_config.only_passing`, where the agent tells.
    pub(crate) only_passing: Option<bool>,
}

/// An instance as its own agent sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// The agent's node, where a check names it.
    pub(crate) node: Option<String>,
    pub(crate) id: String,
    pub(crate) service: String,
    pub(crate) checks: Vec<Check>,
}

/// Whether nothing was found because there is nothing, or because it is hidden.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// Whether the agent enforces ACLs (`/v1/acl/token/self`).
    pub(crate) acls: Answer<bool>,
    /// Whether the token may read the service: `/v1/agent/health/service/name/NAME` says 403 where all others leave out
    /// (measured: 1.8.7).
    pub(crate) service: Result<(), Failure>,
    /// Whether the token sees any node at all (`/v1/catalog/nodes`).
    pub(crate) nodes: Answer<bool>,
    /// The names of all services that the token may read (`/v1/catalog/services`).
    pub(crate) services: Answer<BTreeSet<String>>,
}
