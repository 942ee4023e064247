//! The answers understood as those of one cluster: the class of each node, and which nodes are together.

pub(crate) mod class;
mod classification;
mod cluster;
mod component;
mod ist;
mod next_history;
mod node;
mod quorum;
mod rates;

pub(crate) use class::Class;
pub(crate) use cluster::Cluster;
pub(crate) use component::Component;
pub(crate) use ist::{WayBack, shortest_window, way_back};
pub(crate) use next_history::next_history;
pub(crate) use node::Node;
pub(crate) use quorum::Votes;
pub(crate) use rates::Rates;

use crate::history::History;
use crate::snapshot::Snapshot;

/// Understands the answers, beside what earlier runs saw.
pub(crate) fn cluster<'a>(snapshot: &'a Snapshot, history: &'a History) -> Cluster<'a> {
    classification::classified(Cluster::new(snapshot, history))
}
