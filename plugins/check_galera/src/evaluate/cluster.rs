//! The answers, seen as those of one cluster.

use std::collections::BTreeSet;

use common::{Number, Report, text};

use super::node::{HOW_TO_REACH, name, serves};
use crate::catalogue::{CLUSTER_DOWN, NO_PRIMARY, SPLIT_BRAIN};
use crate::snapshot::{Answer, Asked, Component, Facts, Snapshot};

/// The answers, seen as one cluster.
pub(super) struct Cluster<'a> {
    /// The nodes that said what they are, by name.
    pub(super) nodes: Vec<(String, &'a Facts)>,
    pub(super) asked: usize,
    pub(super) unreachable: usize,
    /// Nodes that answer, but not what they are.
    unknown: usize,
    pub(super) not_asked: usize,
    pub(super) slowest: Option<Number>,
}

impl<'a> Cluster<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let mut cluster = Self {
            nodes: Vec::new(),
            asked: snapshot.nodes.len(),
            unreachable: 0,
            unknown: 0,
            not_asked: 0,
            slowest: None,
        };
        for asked in &snapshot.nodes {
            match &asked.answer {
                Answer::Facts(facts, time) => {
                    cluster.unknown += usize::from(!facts.are_complete());
                    cluster.slowest = cluster.slowest.max(Some(Number::seconds(*time)));
                    if facts.has_provider {
                        cluster.nodes.push((name(asked, facts), facts));
                    }
                }
                Answer::Unreachable(_) => cluster.unreachable += 1,
                Answer::Denied(_) => cluster.unknown += 1,
                Answer::NotAsked(_) => cluster.not_asked += 1,
            }
        }
        cluster
    }

    pub(super) fn primary(&self) -> impl Iterator<Item = &(String, &'a Facts)> {
        self.nodes.iter().filter(|(_, facts)| facts.component == Some(Component::Primary))
    }

    /// Whether some node says anything, if only that we may not log in.
    pub(super) fn answers(&self) -> bool {
        self.unreachable < self.asked
    }

    /// The size of the largest view, 0 when no node is Primary; none where a node's word for it is missing.
    pub(super) fn members(&self) -> Option<u64> {
        let size = self.primary().filter_map(|(_, facts)| facts.size).max();
        let none_primary = !self.nodes.is_empty()
            && self
                .nodes
                .iter()
                .all(|(_, facts)| facts.component.is_some_and(|component| component != Component::Primary));
        size.or_else(|| none_primary.then_some(0))
    }

    /// How many nodes asked are Primary, and how many of these serve; none while some may be that do not say.
    pub(super) fn counts(&self) -> Option<(usize, usize)> {
        let counts = || (self.primary().count(), self.primary().filter(|(_, facts)| serves(facts)).count());
        (self.unknown + self.not_asked == 0 && !self.nodes.is_empty()).then(counts)
    }
}

/// Names every node with its reason when none answers.
pub(super) fn judge_down(report: &mut Report, snapshot: &Snapshot) {
    let reason = |asked: &Asked| match &asked.answer {
        Answer::Unreachable(reason) => Some(format!("{}: {reason}", asked.address)),
        _ => None,
    };
    let reasons = snapshot.nodes.iter().filter_map(reason).collect::<Vec<_>>().join(", ");
    let sentence = match snapshot.nodes.len() {
        1 => reasons,
        count => format!("none of {count} nodes answers: {reasons}"),
    };
    report.finding(&CLUSTER_DOWN, sentence, HOW_TO_REACH);
}

/// What is wrong with the cluster as a whole.
pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    if !cluster.nodes.is_empty() && cluster.primary().next().is_none() {
        report.finding(
            &NO_PRIMARY,
            "no node asked is in a Primary component: their tables cannot be read or written",
            "bring the missing nodes back; only if they are certainly down, and on one node alone, the one with the \
             highest wsrep_last_committed: SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'",
        );
    }
    if let Some(split) = split_brain(cluster) {
        report.finding(&SPLIT_BRAIN, split, "stop writes now; keep one side, rejoin the other with an SST");
    }
}

/// Members of one group have one UUID and are no more than the group's size (pigeonhole).
///
/// The UUID alone does not tell: a component that was bootstrapped by hand keeps it (codership/galera#115).
/// A node that was asked at two addresses is one.
fn split_brain(cluster: &Cluster) -> Option<String> {
    let uuids: BTreeSet<_> = cluster.primary().filter_map(|(_, facts)| facts.cluster_uuid.as_deref()).collect();
    let processes: BTreeSet<_> = cluster.primary().filter_map(|(_, facts)| facts.process.as_deref()).collect();
    let exceeds = |members| members > 0 && processes.len() as u64 > members;
    if uuids.len() < 2 && !cluster.members().is_some_and(exceeds) {
        return None;
    }
    Some(format!("split brain: {}", cluster.primary().map(view).collect::<Vec<_>>().join(", ")))
}

/// `db1 (127.0.0.11:3306) in a group of 2 with UUID 4b5e81f4`.
fn view((name, facts): &(String, &Facts)) -> String {
    let uuid: String = facts.cluster_uuid.as_deref().unwrap_or("?").chars().take(8).collect();
    let size = facts.size.map_or("?".to_owned(), |size| size.to_string());
    format!("{name} in a group of {size} with UUID {}", text::quote(&uuid))
}
