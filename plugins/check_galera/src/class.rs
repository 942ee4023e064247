//! The class of a node: what it is. The model finds it, and the history keeps it.

use serde::{Deserialize, Serialize};

/// The class of a node: each node is of exactly one.
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
    /// It was a member, or is asked beside members, and runs without the provider.
    ProviderMissing,
    NotGalera,
    Unreachable,
    /// It did not let us log in, or there is no TLS that we trust.
    AccessDenied,
    /// A variable that tells its state is missing or not understood.
    Unreadable,
    /// This host could not ask.
    OwnSide,
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
            Self::ProviderMissing => "without Galera",
            Self::NotGalera => "not Galera",
            Self::Unreachable => "unreachable",
            Self::AccessDenied => "access denied",
            Self::Unreadable => "unreadable",
            Self::OwnSide => "not asked",
        }
    }

    /// Whether a node that goes from one to the other stays what it is: donor and desynced are one state of a node.
    pub(crate) fn is_same_state(self, other: Self) -> bool {
        self == other || self.is_donor_or_desynced() && other.is_donor_or_desynced()
    }

    /// Whether it is out of flow control, so that it does not slow the others down.
    pub(crate) fn is_donor_or_desynced(self) -> bool {
        matches!(self, Self::Donor | Self::Desynced)
    }

    /// Whether the check could not find out what the node is.
    pub(crate) fn is_unknown(self) -> bool {
        matches!(self, Self::AccessDenied | Self::Unreadable | Self::OwnSide)
    }

    /// Whether it is on its way into the group.
    pub(crate) fn is_joining(self) -> bool {
        matches!(self, Self::Joining | Self::ReceivingSst | Self::Joined)
    }
}
