//! The processes behind the answers: one that was asked at several addresses counts once.

use std::collections::BTreeMap;

use super::node::Node;
use crate::class::Class;
use crate::snapshot::facts::Facts;
use crate::snapshot::{Answer, AskedNode, Outcome};

/// Two answers that claim to be of one process and cannot be.
#[derive(Debug)]
pub(crate) struct IdentityConflict<'a> {
    /// The identity that both claim, see [`Facts::identity`].
    pub(crate) identity: String,
    /// In the order of asking.
    pub(crate) asked: [&'a AskedNode; 2],
    pub(crate) difference: Difference,
}

/// A difference that two answers of one process cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    Name,
    /// Uptimes further apart than the two answers.
    Start,
}

/// A further address of a node, such as a virtual one.
#[derive(Debug)]
pub(crate) struct Alias<'a> {
    pub(crate) asked: &'a AskedNode,
    /// The index of the node.
    pub(crate) position: usize,
}

/// The processes behind the answers.
#[derive(Debug, Default)]
pub(super) struct Processes<'a> {
    /// Each process once, by the worse of its answers, so that no answer hides a broken node.
    pub(super) nodes: Vec<Node<'a>>,
    /// Further addresses at which one of the nodes was asked.
    pub(super) aliases: Vec<Alias<'a>>,
    /// The answers that contradict each other.
    pub(super) conflicts: Vec<IdentityConflict<'a>>,
}

/// Finds the answers that are of one process.
pub(super) fn processes(nodes: Vec<Node>) -> Processes {
    let Processes { nodes: mut kept, mut aliases, mut conflicts } = Processes::default();
    let mut positions = BTreeMap::new();
    for node in nodes {
        let Some(identity) = node.facts.and_then(Facts::identity) else {
            kept.push(node);
            continue;
        };
        let position = *positions.entry(identity.clone()).or_insert(kept.len());
        let Some(other) = kept.get_mut(position) else {
            kept.push(node);
            continue;
        };
        let difference = difference(&other.asked.outcome, &node.asked.outcome);
        let asked = [other.asked, node.asked];
        match difference {
            Some(difference) => conflicts.push(IdentityConflict { identity, asked, difference }),
            None => aliases.push(Alias { asked: node.asked, position }),
        }
        if goodness(&node) < goodness(other) {
            *other = node;
        }
    }
    Processes { nodes: kept, aliases, conflicts }
}

/// A node that does not serve is worse than one that does, and a synced one is the best of those that do.
fn goodness(node: &Node) -> (bool, bool) {
    (node.serves(), node.class == Class::Synced)
}

fn difference(one: &Outcome, other: &Outcome) -> Option<Difference> {
    let (Outcome::Answered(one), Outcome::Answered(other)) = (one, other) else { return None };
    if one.facts.name.is_some() && other.facts.name.is_some() && one.facts.name != other.facts.name {
        return Some(Difference::Name);
    }
    let ((from, to), (other_from, other_to)) = (start(one)?, start(other)?);
    (to < other_from || other_to < from).then_some(Difference::Start)
}

/// The earliest and the latest moment at which the server may have started, in seconds since 1970. `Uptime` is the
/// difference of two whole seconds.
fn start(answer: &Answer) -> Option<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "an uptime is below 2^53 s")]
    let uptime = answer.facts.counters.uptime? as f64;
    Some((answer.asked_at - uptime - 1.0, answer.answered_at - uptime + 1.0))
}
