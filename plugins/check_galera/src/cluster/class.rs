//! Which of fourteen things a node is.

use serde::{Deserialize, Serialize};

use super::{Cluster, Node, is_donor};
use crate::facts::{self, Facts, LocalState};
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
    /// Inferred: SQL refuses, the group counts it, and there is a donor.
    ReceivingSst,
    /// Inferred: SQL is dead, the group counts it, and there is no donor.
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
    if !facts.has_provider || facts.other_provider().is_some() {
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

fn unreachable(failure: &Failure, node: &Node, cluster: &Cluster) -> Class {
    // Of a name without an address, or of a socket that is not there, the group's word says nothing.
    if node.asked.at.is_none() || failure.kind == FailureKind::Full || !cluster.counts(node) {
        return Class::Unreachable;
    }
    if cluster.members().any(|(_, facts)| is_donor(facts) && facts.desync != Some(true)) {
        return Class::ReceivingSst;
    }
    if failure.kind != FailureKind::Refused || was_counted_long(node, cluster) {
        Class::Hung
    } else {
        Class::Unreachable
    }
}

/// A crashed node is counted until the group suspects it. What is counted for longer lives, and refuses.
fn was_counted_long(node: &Node, cluster: &Cluster) -> bool {
    let timeout = cluster.members().filter_map(|(_, facts)| facts.options.suspect_timeout()).max();
    let timeout = timeout.map_or(5.0, |timeout| timeout.as_secs_f64());
    let dead = node.past.filter(|past| matches!(past.class, Class::Unreachable | Class::Hung));
    let counted = |past: &&crate::memory::Past| past.member_at.is_some_and(|at| at >= past.since);
    dead.filter(counted).is_some_and(|past| cluster.at - past.since > timeout + 1.0)
}

/// Whether some node joins, be it one that was asked or one that the group only counts.
pub(super) fn anybody_joins(cluster: &Cluster) -> bool {
    let unasked = cluster.unseen().saturating_sub(cluster.count(|class| class == Class::Hung) as u64);
    cluster.nodes.iter().any(|node| node.class.joins()) || unasked > 0
}
