//! The answers understood as those of one cluster: the class of each node, and which nodes are together.

mod activity;
mod classification;
mod cluster;
mod component;
mod flow_control;
mod identity;
mod ist;
mod next_history;
mod node;
mod own_class;
mod quorum;
mod repeated;
mod stalled;
mod state_transfer;

pub(crate) use activity::Activity;
pub(crate) use cluster::Cluster;
pub(crate) use component::Component;
pub(crate) use flow_control::Paused;
pub(crate) use identity::{Alias, Difference, IdentityConflict};
pub(crate) use ist::{CatchUp, catch_up, shortest_window};
pub(crate) use next_history::next_history;
pub(crate) use node::Node;
pub(crate) use quorum::Votes;
pub(crate) use repeated::{departures, refusals, view_changes};
pub(crate) use stalled::longest_stall;
pub(crate) use state_transfer::{donors, state_transfers};

use crate::history::History;
use crate::snapshot::Snapshot;

/// Understands the answers, beside what earlier runs saw.
pub(crate) fn cluster<'a>(snapshot: &'a Snapshot, history: &'a History) -> Cluster<'a> {
    classification::classified(Cluster::new(snapshot, history))
}
