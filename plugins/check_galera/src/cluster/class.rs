//! What a node is, by its own answer, those of the others and what was before.

use serde::{Deserialize, Serialize};

use super::{Cluster, Node, is_donor};
use crate::facts::{self, Facts, LocalState};
use crate::memory::Past;
use crate::snapshot::{Answer, Failure, FailureKind};

/// What a node is: exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Class {
    Synced,
    /// Feeds a joining node.
    Donor,
    /// Out of flow control: `wsrep_desync`, a global read lock, a schema upgrade by RSU.
    Desynced,
    Joining,
    /// Inferred: SQL refuses, the group counts it, and there is or was a donor.
    ReceivingSst,
    /// Inferred: it answered as a member, does not any more, and the group counts it still.
    Hung,
    Joined,
    NonPrimary,
    Inconsistent,
    /// `wsrep_reject_queries`, or Percona's maintenance mode.
    Rejecting,
    /// `wsrep_on` is OFF.
    NotReplicating,
    NotGalera,
    Unreachable,
    /// It does not let us log in, or there is no TLS that we trust.
    Denied,
    /// It does not say what it is.
    Unreadable,
    /// Our own side kept us from asking.
    NotAsked,
}

impl Class {
    /// In words, as in `db2 synced`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::Donor => "donor",
            Self::Desynced => "desynced",
            Self::Joining => "joining",
            Self::ReceivingSst => "receiving SST",
            Self::Hung => "hung",
            Self::Joined => "joined",
            Self::NonPrimary => "non-Primary",
            Self::Inconsistent => "inconsistent",
            Self::Rejecting => "rejecting queries",
            Self::NotReplicating => "not replicating",
            Self::NotGalera => "not Galera",
            Self::Unreachable => "unreachable",
            Self::Denied => "access denied",
            Self::Unreadable => "unreadable",
            Self::NotAsked => "not asked",
        }
    }

    /// Whether a node that goes from one to the other stays what it is: donor and desynced are one state of a node.
    pub(crate) fn is_like(self, other: Self) -> bool {
        let donor = |class| matches!(class, Self::Donor | Self::Desynced);
        self == other || donor(self) && donor(other)
    }

    /// Whether it is on its way into the group.
    pub(crate) fn joins(self) -> bool {
        matches!(self, Self::Joining | Self::ReceivingSst | Self::Joined)
    }
}

/// What a node's own answer says, before those of the others are looked at.
pub(super) fn alone(answer: &Answer) -> Class {
    match answer {
        Answer::Said(said) => of_facts(&said.facts),
        Answer::Unreachable(_) => Class::Unreachable,
        Answer::Denied(_) | Answer::Untrusted(_) => Class::Denied,
        Answer::NotAsked(_) => Class::NotAsked,
    }
}

fn of_facts(facts: &Facts) -> Class {
    if !facts.is_galera() {
        return Class::NotGalera;
    }
    if facts.replicates == Some(false) {
        return Class::NotReplicating;
    }
    let (Some(component), Some(state), true) = (facts.view.component, facts.state, facts.are_complete()) else {
        return Class::Unreadable;
    };
    match (component, state) {
        (_, LocalState::Inconsistent) => Class::Inconsistent,
        (_, LocalState::Joining) => Class::Joining,
        (facts::Component::NonPrimary | facts::Component::Disconnected, _) => Class::NonPrimary,
        _ if facts.rejects_queries.is_some() || facts.maintenance.is_some() => Class::Rejecting,
        (_, LocalState::Donor) if facts.desync == Some(true) => Class::Desynced,
        (_, LocalState::Donor) => Class::Donor,
        (_, LocalState::Synced) => Class::Synced,
        (_, LocalState::Joined) => Class::Joined,
        (_, LocalState::Initialized) => Class::Joining,
    }
}

/// What a node is, now that the others' answers are known.
pub(super) fn classify(node: &Node, cluster: &Cluster) -> Class {
    match (&node.asked.answer, node.class) {
        (Answer::Unreachable(failure), _) => unreachable(failure, node, cluster),
        // MariaDB prints non-Primary for a partitioned node and for one that joins: only the group knows.
        (Answer::Said(said), Class::NonPrimary) if is_welcome(&said.facts, node, cluster) => Class::Joining,
        (_, class) => class,
    }
}

fn is_welcome(facts: &Facts, node: &Node, cluster: &Cluster) -> bool {
    facts.view.component == Some(facts::Component::NonPrimary)
        && facts.state == Some(LocalState::Initialized)
        && !facts.transfer_failed()
        && cluster.counts(node)
}

/// What a node is that does not answer.
///
/// The group counts one that has crashed until it suspects it, one that joins before SQL answers, and one whose SQL is
/// dead: only what was before tells them apart.
fn unreachable(failure: &Failure, node: &Node, cluster: &Cluster) -> Class {
    let answers = matches!(failure.kind, FailureKind::Full | FailureKind::Error);
    // Of a name without an address, or of a socket that is not there, the group's word says nothing.
    if answers || node.asked.at.is_none() || !cluster.counts(node) {
        return Class::Unreachable;
    }
    let stayed = stayed(node, cluster);
    let has_donor = cluster.members().any(|(_, facts)| is_donor(facts) && facts.desync != Some(true));
    let refuses = failure.kind == FailureKind::Refused;
    match node.past {
        Some(past) if past.entering => past.class,
        _ if has_donor && refuses && !stayed => Class::ReceivingSst,
        Some(past) if past.member_at != Some(cluster.memory.at) => Class::Joining,
        Some(past) if past.dead_since.is_some_and(|since| cluster.at - since > patience(past, cluster)) => Class::Hung,
        // Nobody remembers, but it has been looked at twice.
        None if !refuses => Class::Hung,
        _ => Class::Unreachable,
    }
}

/// Whether it was a member that answered, or had begun not to, and membership has not changed since.
fn stayed(node: &Node, cluster: &Cluster) -> bool {
    let was = node.past.is_some_and(|past| !past.entering && past.member_at == Some(cluster.memory.at));
    let view = cluster.memory.view.as_ref().map(|view| view.number);
    was && view.is_some() && view == cluster.main().and_then(|main| main.number)
}

/// One that nobody has seen alive may have been joining when it was first seen; that takes its time, in seconds.
const NEVER_SEEN: f64 = 600.0;

/// For how long a crashed node is counted at most, in seconds.
fn patience(past: &Past, cluster: &Cluster) -> f64 {
    if past.said_at.is_none() {
        return NEVER_SEEN;
    }
    let timeout = cluster.members().filter_map(|(_, facts)| facts.options.suspect_timeout()).max();
    timeout.map_or(5.0, |timeout| timeout.as_secs_f64()) + 1.0
}

/// Whether somebody is fed by a donor, be it a node that was asked or one that the group only counts.
pub(crate) fn anybody_joins(cluster: &Cluster) -> bool {
    let fed = |class| matches!(class, Class::Joining | Class::ReceivingSst);
    cluster.nodes.iter().any(|node| fed(node.class)) || cluster.unseen() > cluster.silent_members()
}
