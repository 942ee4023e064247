//! The history of a cluster: what earlier runs saw, as far as the next run has to know it.

use std::collections::BTreeMap;

use common::history::{Events, HistoryDirs, Store};
use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::snapshot::facts::Counters;

/// A member that has been gone for longer is forgotten, in seconds: it was taken away for good.
const FORGET: f64 = 7.0 * 86_400.0;

/// After a longer time without a run nothing is known about the time between, in seconds.
const GAP: f64 = 3600.0;

/// The history of a cluster. Times are in seconds since 1970, by this host's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct History {
    /// The time of the last run.
    pub(crate) at: f64,
    /// The nodes that were asked, by name, or by address where the name is not known.
    pub(crate) nodes: BTreeMap<String, SeenNode>,
    /// The time when each element of `wsrep_incoming_addresses` was last there.
    pub(crate) members: BTreeMap<String, f64>,
    /// The largest number of members, and the time when it was last reached.
    pub(crate) most_members: Option<(u64, f64)>,
    /// The view of the largest component.
    pub(crate) view: Option<SeenView>,
    /// The time since which nodes of different versions have been together.
    pub(crate) mixed_since: Option<f64>,
    pub(crate) write_rates: Option<WriteRates>,
    /// The most arbitrators, and the time when they were last there.
    pub(crate) most_arbitrators: Option<(u64, f64)>,
    pub(crate) view_changes: Events,
}

/// A view by its number, which only views of one history share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeenView {
    pub(crate) uuid: Option<String>,
    /// `wsrep_cluster_conf_id`.
    pub(crate) number: u64,
}

/// A node as earlier runs saw it.
#[expect(clippy::struct_excessive_bools, reason = "each is remembered for itself")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeenNode {
    /// The address at which it was asked.
    pub(crate) address: String,
    /// Its element of `wsrep_incoming_addresses`.
    pub(crate) incoming: Option<String>,
    /// The time of its last answer.
    pub(crate) answered_at: Option<f64>,
    pub(crate) process: Option<String>,
    pub(crate) counters: Counters,
    pub(crate) class: Class,
    /// The time since which it has been of that class, or of one that is like it.
    pub(crate) since: f64,
    /// The time when the group last counted it.
    pub(crate) member_at: Option<f64>,
    /// Whether the group has ever counted it.
    #[serde(default)]
    pub(crate) was_member: bool,
    /// Whether the group counted it while it was joining and gave no answer.
    pub(crate) joining_unanswered: bool,
    /// The time since which the group has counted it although it should answer and does not.
    pub(crate) unanswered_since: Option<f64>,
    /// The seqno at which it stands while the cluster goes on.
    #[serde(default)]
    pub(crate) behind: Option<Behind>,
    /// The moments at which a state transfer to it began.
    #[serde(default)]
    pub(crate) state_transfers: Events,
    /// Its donor in the last of them.
    #[serde(default)]
    pub(crate) donor: Option<String>,
    /// Whether a state transfer began, and it has not been a member with data since.
    #[serde(default)]
    pub(crate) lacks_data: bool,
    /// The time since which it has been donor although no node joins and `wsrep_desync` is OFF.
    pub(crate) idle_donor_since: Option<f64>,
    pub(crate) evs_unsettled: bool,
    /// `innodb_flush_log_at_trx_commit`.
    #[serde(default)]
    pub(crate) flush_log: Option<u64>,
    /// The moments at which it left the group or restarted.
    #[serde(default)]
    pub(crate) departures: Events,
    /// The runs that found clients turned away.
    #[serde(default)]
    pub(crate) refusals: Events,
    /// Some moments of the last minutes, the oldest first.
    #[serde(default)]
    pub(crate) paused: Vec<PausedAt>,
}

/// A node that stands still.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Behind {
    /// The first moment at which it was seen there.
    pub(crate) since: f64,
    /// `wsrep_last_committed`.
    pub(crate) seqno: u64,
}

/// The time for which flow control had stopped a node, at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PausedAt {
    pub(crate) at: f64,
    /// `wsrep_flow_control_paused_ns`.
    pub(crate) ns: u64,
}

/// How much the cluster writes, smoothed over earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WriteRates {
    /// Bytes of writesets a second.
    pub(crate) bytes: f64,
    /// Transactions a second.
    pub(crate) commits: f64,
    /// The time over which they were measured, in seconds; at most [`WriteRates::LONGEST`].
    pub(crate) seconds: f64,
}

impl WriteRates {
    /// The time by which the rates of earlier runs count, in seconds.
    pub(crate) const LONGEST: f64 = 1800.0;
}

/// The store of the history of the check with this key.
pub(crate) fn store(directories: &HistoryDirs, key: &str) -> Store<History> {
    Store::open(directories, "check_galera", key)
}

impl History {
    /// The part that still holds at this moment: after a long time without a run, or when the clock was set, only which
    /// nodes and members there were.
    pub(crate) fn still_valid_at(self, now: f64) -> Self {
        if (0.0..=GAP).contains(&(now - self.at)) {
            return self;
        }
        let nodes = self.nodes.into_iter().map(|(name, seen)| (name, seen.after_a_gap())).collect();
        let members = self.members.into_keys().map(|address| (address, now)).collect();
        let (most_arbitrators, view_changes) = (self.most_arbitrators, self.view_changes);
        Self { at: now, nodes, members, most_arbitrators, view_changes, ..Self::default() }
    }

    /// The name and the node as earlier runs saw it, of the one that was asked at an address and may have given its name.
    pub(crate) fn of(&self, name: Option<&str>, address: &str) -> Option<(&str, &SeenNode)> {
        // Another node may now have the address.
        let found = if let Some(name) = name { self.nodes.get_key_value(name) } else { self.only_one_at(address) };
        found.map(|(name, seen)| (name.as_str(), seen))
    }

    /// `None` where several nodes have answered at the address, as behind a name or address that moves.
    fn only_one_at(&self, address: &str) -> Option<(&String, &SeenNode)> {
        let mut found = self.nodes.iter().filter(|(_, seen)| seen.address == address);
        found.next().filter(|_| found.next().is_none())
    }
}

impl SeenNode {
    /// The part that is still true after any time.
    fn after_a_gap(self) -> Self {
        Self {
            answered_at: None,
            counters: Counters::default(),
            member_at: None,
            class: Class::OwnSide,
            joining_unanswered: false,
            unanswered_since: None,
            behind: None,
            idle_donor_since: None,
            evs_unsettled: false,
            paused: Vec::new(),
            ..self
        }
    }
}

/// Whether a moment is not long ago; one far in the future comes from a clock that was wrong.
pub(crate) fn is_fresh(at: f64, now: f64) -> bool {
    (now - at).abs() < FORGET
}
