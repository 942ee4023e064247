//! Whether the cluster is one, and the right one.

use std::collections::BTreeSet;

use common::text;

use super::judge::Judge;
use super::node::HOW_TO_REACH;
use super::say;
use crate::catalogue::{
    ALL_DESYNCED, ARBITRATOR_MISSING, CLUSTER_DOWN, MEMBER_MISSING, MEMBER_UNEXPECTED, NO_PRIMARY, NODE_EVICTED,
    SPLIT_BRAIN, UUID_MISMATCH,
};
use crate::cluster::{self, Class, Cluster, Component, Node};
use crate::facts::{Facts, is_auto};
use crate::policy::{Mode, Policy};
use crate::snapshot::Answer;

/// Whether some node says anything, if only that we may not log in.
pub(super) fn answers(cluster: &Cluster) -> bool {
    cluster.nodes.iter().any(|node| cluster::answers(&node.asked.answer))
}

/// Names every node with its reason when none answers.
pub(super) fn judge_down(judge: &mut Judge, cluster: &Cluster) {
    let reasons = cluster.nodes.iter().filter_map(|node| match &node.asked.answer {
        Answer::Unreachable(failure) => Some(format!("{}: {}", node.label, failure.reason)),
        _ => None,
    });
    let reasons = reasons.collect::<Vec<_>>().join(", ");
    let sentence = match cluster.nodes.len() {
        1 => reasons,
        count => format!("none of {count} nodes answers: {reasons}"),
    };
    for node in &cluster.nodes {
        judge.worsen(node, common::ServiceState::Critical);
    }
    let remedy = if judge.mode == Mode::Cluster {
        "check addresses, firewall and error logs; if all are down, find with mariadbd --wsrep-recover who has the highest \
         seqno, and start that one first with galera_new_cluster"
    } else {
        HOW_TO_REACH
    };
    judge.report.finding(&CLUSTER_DOWN, sentence, remedy);
}

pub(super) fn judge(judge: &mut Judge, cluster: &Cluster, policy: &Policy) {
    no_primary(judge, cluster);
    split_brain(judge, cluster);
    let Some(main) = cluster.main() else { return };
    if let (Some(wanted), Some(uuid)) = (&policy.uuid, &main.uuid)
        && wanted != uuid
    {
        let uuid = text::quote(uuid);
        let remedy = "somebody has formed a new cluster; find the data of the old one before anything is overwritten";
        judge.report.finding(&UUID_MISMATCH, format!("the cluster is {uuid}, not the one expected"), remedy);
    }
    all_desynced(judge, cluster, main);
    evicted(judge, cluster);
    missing(judge, cluster, main);
    unexpected(judge, cluster, main, policy);
}

fn no_primary(judge: &mut Judge, cluster: &Cluster) {
    let known: Vec<_> = cluster.speaking().collect();
    let all_say = known.iter().all(|(_, facts)| facts.view.component.is_some());
    // Who keeps silent towards us may be Primary.
    let blind = cluster.count(|class| matches!(class, Class::Denied | Class::NotAsked));
    let cut_off = known.iter().any(|(node, _)| node.class == Class::NonPrimary);
    if !cut_off || cluster.main().is_some() || !all_say || blind > 0 {
        return;
    }
    let missing = cluster.count(|class| class == Class::Unreachable) > 0;
    let some_unasked = judge.expected.is_none_or(|expected| cluster.nodes.len() < expected as usize);
    let remedy = if some_unasked {
        "ask the other nodes before anything is done: they may be Primary without this one".to_owned()
    } else if missing {
        format!(
            "bring the missing nodes back; only if they are certainly down, and on one node alone, the one with the \
             highest wsrep_last_committed{}: SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'",
            foremost(&known)
        )
    } else {
        "mend the network between the nodes (port 4567): they find each other again by themselves".to_owned()
    };
    let text = "no node asked is in a Primary component: their tables cannot be read or written";
    judge.report.finding(&NO_PRIMARY, text, remedy);
}

/// ` (of those that answer: db1, 99120)`; seqnos of different histories are not to be compared.
fn foremost(known: &[(&Node, &Facts)]) -> String {
    let histories: BTreeSet<_> = known.iter().filter_map(|(_, facts)| facts.view.uuid.as_ref()).collect();
    let foremost = known.iter().filter_map(|(node, facts)| Some((facts.counters.committed?, &node.label))).max();
    match foremost {
        Some((seqno, node)) if histories.len() < 2 => format!(" (of those that answer: {node}, {seqno})"),
        _ => String::new(),
    }
}

/// Members of one view cannot contradict each other, see [`crate::cluster::components`].
fn split_brain(judge: &mut Judge, cluster: &Cluster) {
    let [first, _, ..] = cluster.components.as_slice() else { return };
    for node in cluster.components.iter().flat_map(|component| &component.nodes) {
        cluster.nodes.get(*node).into_iter().for_each(|node| judge.worsen(node, common::ServiceState::Critical));
    }
    let sides: Vec<_> = cluster.components.iter().map(|component| side(cluster, component)).collect();
    let one_history = cluster.components.iter().all(|component| component.uuid == first.uuid);
    let (ahead, keep) = if one_history {
        (ahead(cluster), "keep one side, save what only the other has")
    } else {
        (String::new(), "their data have nothing in common: find out whose are the right ones")
    };
    judge.report.finding(
        &SPLIT_BRAIN,
        format!("split brain: {}{ahead}", sides.join(" vs ")),
        format!(
            "stop writes now on all sides; {keep}; then copy the other nodes' data aside, remove their grastate.dat and \
             start them for a full SST"
        ),
    );
}

/// Which side has committed more, where they differ; seqnos of different histories are not to be compared.
fn ahead(cluster: &Cluster) -> String {
    let foremost = cluster.components.iter().max_by_key(|component| component.committed);
    let known = cluster.components.iter().all(|component| component.committed.is_some());
    match foremost {
        Some(foremost) if known && cluster.components.iter().any(|other| other.committed < foremost.committed) => {
            format!("; ahead is {}", names(cluster, foremost))
        }
        _ => String::new(),
    }
}

/// `{db1, db2: UUID 3e44cb65, size 2, view 31, seqno 99120}`.
fn side(cluster: &Cluster, component: &Component) -> String {
    let uuid: String = component.uuid.as_deref().unwrap_or("?").chars().take(8).collect();
    let known = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let (size, view, seqno) = (known(component.size), known(component.number), known(component.committed));
    let names = names(cluster, component);
    format!("{{{names}: UUID {}, size {size}, view {view}, seqno {seqno}}}", text::quote(&uuid))
}

fn names(cluster: &Cluster, component: &Component) -> String {
    let nodes = component.nodes.iter().filter_map(|place| cluster.nodes.get(*place));
    nodes.map(|node| node.label.as_str()).collect::<Vec<_>>().join(", ")
}

fn all_desynced(judge: &mut Judge, cluster: &Cluster, main: &Component) {
    let desynced = cluster.members().filter(|(node, _)| matches!(node.class, Class::Donor | Class::Desynced)).count();
    if main.nodes.len() > 1 && desynced as u64 == main.members() {
        judge.report.finding(
            &ALL_DESYNCED,
            format!(
                "all {desynced} members are donors or desynced: none throttles the others, none can take a new one"
            ),
            "end all backups and locks but one: SET GLOBAL wsrep_desync=OFF, UNLOCK TABLES",
        );
    }
}

/// Who was thrown out, by the names that earlier runs know; who is back is no matter any more.
fn evicted(judge: &mut Judge, cluster: &Cluster) {
    let lists = cluster.speaking().flat_map(|(_, facts)| &facts.evs.evicted);
    let back: BTreeSet<_> = cluster.members().filter_map(|(_, facts)| facts.process.as_ref()).collect();
    let evicted: BTreeSet<_> = lists.filter(|process| !back.contains(process)).collect();
    let known = |process: &str| cluster.memory.nodes.iter().find(|(_, past)| past.process.as_deref() == Some(process));
    for process in evicted {
        let name = known(process).map_or_else(|| text::quote(process), |(name, _)| text::quote(name));
        judge.report.finding(
            &NODE_EVICTED,
            format!("the group has evicted {name}"),
            "look at the network of that node, then restart it: it is let in again only after that",
        );
    }
}

/// Members that earlier runs saw, that were not asked, and that the group no longer names.
fn missing(judge: &mut Judge, cluster: &Cluster, main: &Component) {
    if main.incoming.is_empty() || main.incoming.iter().any(|address| is_auto(address)) {
        return;
    }
    let enough = judge.expected.is_some_and(|expected| main.members() >= u64::from(expected));
    if enough || cluster.memory.is_whole(cluster) {
        return;
    }
    for (address, seen) in &cluster.memory.members {
        let asked = cluster.nodes.iter().any(|node| node.is_at(address));
        if !asked && !main.incoming.contains(address) {
            let left = say::age(cluster.at - seen);
            judge.report.finding(
                &MEMBER_MISSING,
                format!("{} left the cluster {left} ago", text::quote(address)),
                "look at that node; a member that was taken away for good is forgotten after a week",
            );
        }
    }
}

fn unexpected(judge: &mut Judge, cluster: &Cluster, main: &Component, policy: &Policy) {
    if main.arbitrators > policy.arbitrators {
        let (found, expected) = (main.arbitrators, policy.arbitrators);
        judge.report.finding(
            &MEMBER_UNEXPECTED,
            format!("{found} arbitrator(s), {expected} expected: garbd votes but holds no data"),
            format!("if it belongs there, announce it: --arbitrators {found}"),
        );
    }
    if main.arbitrators < policy.arbitrators {
        let (found, expected) = (main.arbitrators, policy.arbitrators);
        judge.report.finding(
            &ARBITRATOR_MISSING,
            format!("{found} of {expected} arbitrators in the group"),
            "look at garbd and its log",
        );
    }
    let Some(expected) = judge.expected.filter(|_| judge.mode == Mode::Cluster) else { return };
    if main.members() > u64::from(expected) {
        let members = main.members();
        let strangers = main.incoming.iter().filter(|address| !cluster.nodes.iter().any(|node| node.is_at(address)));
        let names: Vec<_> = strangers.filter(|address| !is_auto(address)).map(|address| text::quote(address)).collect();
        let names = if names.is_empty() { "they do not say who".to_owned() } else { names.join(", ") };
        judge.report.finding(
            &MEMBER_UNEXPECTED,
            format!("{members} members, {expected} expected; not asked: {names}"),
            "ask it too (-H, --discover), raise --expect, or find out who joined",
        );
    }
}
