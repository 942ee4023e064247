//! The class of each node, by one table: its answer, whether the group counts it, whether a donor is there, and what earlier
//! runs saw.

use super::cluster::Cluster;
use super::node::Node;
use super::own_class::{of_facts, of_outcome};
use crate::class::Class;
use crate::history::SeenNode;
use crate::snapshot::facts::{ComponentStatus, Facts, LocalState};
use crate::snapshot::{FailureKind, Outcome};

/// The cluster with the class of each node.
pub(super) fn classified(mut cluster: Cluster) -> Cluster {
    let classes: Vec<_> = cluster.nodes.iter().map(|node| class(node, &cluster)).collect();
    for (node, class) in cluster.nodes.iter_mut().zip(classes) {
        node.class = class;
    }
    // Whether a donor feeds a node is known only when all nodes have a class.
    if !is_donor_needed(&cluster) {
        for node in cluster.nodes.iter_mut().filter(|node| node.class == Class::Donor) {
            node.class = Class::Desynced;
        }
    }
    cluster
}

fn class(node: &Node, cluster: &Cluster) -> Class {
    match evidence(node, cluster).class() {
        Class::Unreachable | Class::Hung if is_out_of_reach(node) => Class::OwnSide,
        class => class,
    }
}

/// Whether only the cluster named the address, and no run ever got an answer there: it may be of a network that this host
/// is not in, as behind a NAT.
fn is_out_of_reach(node: &Node) -> bool {
    let kind = node.asked.outcome.failure().map(|failure| failure.kind);
    let is_reached = matches!(kind, None | Some(FailureKind::Full | FailureKind::SqlError));
    node.asked.is_discovered && !is_reached && node.seen.is_none_or(|seen| seen.answered_at.is_none())
}

/// Everything that decides the class of a node.
#[derive(Clone, Copy, Debug)]
struct Evidence {
    answer: Answer,
    /// Whether the group counts it as a member.
    counted: bool,
    /// Whether a member is donor without having been told to desync.
    donor: bool,
    before: Before,
}

/// The answer of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// It says by itself what it is, or why that is not known.
    Own(Class),
    /// Non-Primary and initialized: MariaDB says so of a node that is cut off, and of one that joins.
    CutOffOrJoining,
    /// A MariaDB server without a provider.
    NoProvider,
    /// Its port is closed, as it is before and during a full state transfer.
    Refuses,
    /// It accepts a connection, and gives no answer.
    Silent,
    /// It refuses this client with an error of its own: the server runs.
    Declines,
}

/// The node as earlier runs saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// Nothing.
    Never,
    /// The group counted it while it was joining and gave no answer; its class then.
    Joining(Class),
    /// It was no member in the last run.
    Away { was_member: bool },
    /// A member in the last run. `stayed`: membership has not changed since; `overdue`: it has been silent for longer than
    /// the group counts a node that crashed.
    Member { stayed: bool, overdue: bool },
}

impl Before {
    fn was_member(self) -> bool {
        !matches!(self, Self::Never | Self::Away { was_member: false })
    }
}

impl Evidence {
    /// The group counts a node that has crashed until it suspects it, one that joins before SQL answers, and one whose SQL
    /// is dead: only what was before tells them apart.
    #[expect(clippy::match_same_arms, reason = "the order of the rows tells more than their number")]
    fn class(self) -> Class {
        let Self { answer, counted, donor, before } = self;
        match (answer, counted, before) {
            (Answer::Own(class), ..) => class,
            (Answer::CutOffOrJoining, true, _) => Class::Joining,
            (Answer::CutOffOrJoining, false, _) => Class::NonPrimary,
            (Answer::NoProvider, true, _) => Class::ProviderMissing,
            (Answer::NoProvider, false, before) if before.was_member() => Class::ProviderMissing,
            (Answer::NoProvider, false, _) => Class::NotGalera,
            (Answer::Declines, ..) | (Answer::Refuses | Answer::Silent, false, _) => Class::Unreachable,
            (_, true, Before::Joining(class)) => class,
            (Answer::Refuses, true, Before::Member { stayed: true, overdue }) => {
                if overdue {
                    Class::Hung
                } else {
                    Class::Unreachable
                }
            }
            (Answer::Refuses, true, _) if donor => Class::ReceivingSst,
            (_, true, Before::Away { .. }) => Class::Joining,
            (_, true, Before::Member { overdue: true, .. }) | (Answer::Silent, true, Before::Never) => Class::Hung,
            (_, true, Before::Member { overdue: false, .. } | Before::Never) => Class::Unreachable,
        }
    }
}

fn evidence(node: &Node, cluster: &Cluster) -> Evidence {
    let answer = answer(&node.asked.outcome);
    let has_address = node.asked.resolved.is_some();
    let counted = match answer {
        // It stands beside members, whoever else they count.
        Answer::NoProvider => cluster.largest_component().is_some(),
        // The group knows nothing about a socket that is missing.
        Answer::Refuses | Answer::Silent | Answer::Declines => has_address && cluster.counts_as_member(node),
        Answer::Own(_) | Answer::CutOffOrJoining => cluster.counts_as_member(node),
    };
    let donor = cluster.members().any(|(_, facts)| facts.is_donor_or_desynced() && facts.desync != Some(true));
    Evidence { answer, counted, donor, before: before(node, cluster) }
}

fn answer(outcome: &Outcome) -> Answer {
    match outcome {
        Outcome::Answered(answer) => answer_of_facts(&answer.facts),
        Outcome::Failed(failure) => match failure.kind {
            FailureKind::Full | FailureKind::SqlError => Answer::Declines,
            FailureKind::PortClosed => Answer::Refuses,
            _ => Answer::Silent,
        },
        outcome => Answer::Own(of_outcome(outcome)),
    }
}

fn answer_of_facts(facts: &Facts) -> Answer {
    match of_facts(facts) {
        Class::NotGalera if facts.other_provider().is_none() => Answer::NoProvider,
        Class::NonPrimary
            if facts.view.component == Some(ComponentStatus::NonPrimary)
                && facts.state == Some(LocalState::Initialized)
                && !facts.transfer_failed() =>
        {
            Answer::CutOffOrJoining
        }
        class => Answer::Own(class),
    }
}

fn before(node: &Node, cluster: &Cluster) -> Before {
    let Some(seen) = node.seen else { return Before::Never };
    if seen.joining_unanswered {
        return Before::Joining(seen.class);
    }
    if seen.member_at != Some(cluster.history.at) {
        return Before::Away { was_member: seen.was_member };
    }
    let view = cluster.history.view.as_ref().map(|view| view.number);
    let stayed = view.is_some() && view == cluster.largest_component().and_then(|main| main.number);
    let overdue = seen.unanswered_since.is_some_and(|since| cluster.at - since > patience(seen, cluster));
    Before::Member { stayed, overdue }
}

/// The patience with a node that no run saw alive, in seconds: it may be joining.
const UNSEEN_NODE_SECONDS: f64 = 600.0;

/// The longest time for which the group counts a crashed node, in seconds.
fn patience(seen: &SeenNode, cluster: &Cluster) -> f64 {
    if seen.answered_at.is_none() {
        return UNSEEN_NODE_SECONDS;
    }
    let timeout = cluster.members().filter_map(|(_, facts)| facts.options.suspect_timeout()).max();
    timeout.map_or(5.0, |timeout| timeout.as_secs_f64()) + 1.0
}

/// Whether a donor feeds a node: one that was asked, or one that the group counts.
fn is_donor_needed(cluster: &Cluster) -> bool {
    let fed = |class| matches!(class, Class::Joining | Class::ReceivingSst);
    cluster.nodes.iter().any(|node| fed(node.class)) || cluster.members_without_facts() > cluster.silent_members()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWAY: Before = Before::Away { was_member: true };
    const STRANGER: Before = Before::Away { was_member: false };
    const STAYED: Before = Before::Member { stayed: true, overdue: false };
    const OVERDUE: Before = Before::Member { stayed: true, overdue: true };
    const CHANGED: Before = Before::Member { stayed: false, overdue: false };
    const TRANSFER: Before = Before::Joining(Class::ReceivingSst);

    #[test]
    fn a_class_follows_from_answer_count_donor_and_history() {
        use Answer::{CutOffOrJoining, Declines, NoProvider, Own, Refuses, Silent};
        for (answer, counted, donor, before, class) in [
            (Own(Class::Synced), false, true, AWAY, Class::Synced),
            (CutOffOrJoining, true, false, Before::Never, Class::Joining),
            (CutOffOrJoining, false, false, STAYED, Class::NonPrimary),
            (NoProvider, true, false, Before::Never, Class::ProviderMissing),
            (NoProvider, false, false, AWAY, Class::ProviderMissing),
            (NoProvider, false, false, STAYED, Class::ProviderMissing),
            (NoProvider, false, false, STRANGER, Class::NotGalera),
            (NoProvider, false, false, Before::Never, Class::NotGalera),
            (Declines, true, true, Before::Never, Class::Unreachable),
            (Refuses, false, true, AWAY, Class::Unreachable),
            (Silent, false, false, STAYED, Class::Unreachable),
            (Refuses, true, false, TRANSFER, Class::ReceivingSst),
            (Silent, true, false, TRANSFER, Class::ReceivingSst),
            (Refuses, true, true, Before::Never, Class::ReceivingSst),
            (Refuses, true, true, AWAY, Class::ReceivingSst),
            (Refuses, true, true, CHANGED, Class::ReceivingSst),
            (Refuses, true, true, STAYED, Class::Unreachable),
            (Refuses, true, false, AWAY, Class::Joining),
            (Silent, true, true, AWAY, Class::Joining),
            (Refuses, true, true, OVERDUE, Class::Hung),
            (Silent, true, false, OVERDUE, Class::Hung),
            (Silent, true, true, Before::Never, Class::Hung),
            (Silent, true, false, STAYED, Class::Unreachable),
            (Refuses, true, false, Before::Never, Class::Unreachable),
        ] {
            let evidence = Evidence { answer, counted, donor, before };
            assert_eq!(evidence.class(), class, "{evidence:?}");
        }
    }
}
