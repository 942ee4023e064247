//! Whether the cluster is one, and the right one.

use std::borrow::Cow;
use std::collections::BTreeSet;

use common::{Cause, Report, Subject, text, wording};

use super::counts::number_of;
use super::unreachable::HOW_TO_REACH;
use super::{is_down_on_purpose, names};
use crate::catalogue::{
    ALL_DESYNCED, ARBITRATOR_MISSING, CLUSTER_DOWN, MEMBER_MISSING, MEMBER_UNEXPECTED, NO_PRIMARY, NODE_EVICTED,
    SPLIT_BRAIN, UUID_MISMATCH,
};
use crate::cluster::{self, Class, Cluster, Component, Node};
use crate::facts::{Facts, is_auto};
use crate::policy::{Expectation, Mode, Policy};

/// Whether some node says anything, if only that we may not log in.
pub(super) fn answers(cluster: &Cluster) -> bool {
    cluster.nodes.iter().any(|node| cluster::answers(&node.asked.answer))
}

/// Names every node with its reason when none answers.
pub(super) fn judge_down(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    let remedy = if expectation.mode == Mode::Cluster {
        "check addresses, firewall and error logs; if all are down, find with mariadbd --wsrep-recover who has the highest \
         seqno, and start that one first with galera_new_cluster"
    } else {
        HOW_TO_REACH
    };
    let failures: Vec<_> = cluster.nodes.iter().filter_map(|node| Some((node, node.asked.answer.failure()?))).collect();
    let missing = cluster.nodes.iter().filter(|node| !is_down_on_purpose(node, policy));
    let finding = report.finding(&CLUSTER_DOWN).of_all(missing);
    if let [(node, failure)] = failures.as_slice() {
        let said = finding.words(format_args!("{}: {}", node.label, failure.reason));
        said.reason(&failure.reason, failure.word()).remedy(remedy);
    } else {
        let causes = failures.iter().map(|(node, failure)| Cause::with_reason(*node, &failure.reason, failure.word()));
        finding.words(format_args!("none of {} nodes answers", failures.len())).remedy(remedy).because(causes);
    }
}

pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    no_primary(report, cluster, expectation);
    split_brain(report, cluster);
    let Some(main) = cluster.main() else { return };
    if let (Some(wanted), Some(uuid)) = (&policy.uuid, &main.uuid)
        && wanted != uuid
    {
        let remedy = "somebody has formed a new cluster; find the data of the old one before anything is overwritten";
        let words = format!("the cluster is {}, not the one expected", text::name(uuid));
        report.finding(&UUID_MISMATCH).words(words).remedy(remedy);
    }
    all_desynced(report, cluster, main);
    evicted(report, cluster);
    missing(report, cluster, expectation);
    arbitrators(report, main, policy);
    strangers(report, cluster, main, expectation);
}

fn no_primary(report: &mut Report, cluster: &Cluster, expectation: &Expectation) {
    let known: Vec<_> = cluster.speaking().collect();
    let all_say = known.iter().all(|(_, facts)| facts.view.component.is_some());
    // Who keeps silent towards us may be Primary.
    let blind = cluster.count(|class| matches!(class, Class::Denied | Class::NotAsked));
    let cut_off = known.iter().any(|(node, _)| node.class == Class::NonPrimary);
    if !cut_off || cluster.main().is_some() || !all_say || blind > 0 {
        return;
    }
    let missing = cluster.count(|class| class == Class::Unreachable) > 0;
    let some_unasked = expectation.members.is_none_or(|expected| cluster.nodes.len() < expected as usize);
    let remedy = if some_unasked {
        "ask the other nodes before anything is done: they may be Primary without this one".to_owned()
    } else if missing {
        format!(
            "bring the missing nodes back; only if they are certainly down, and on one node alone, the one with the \
             highest wsrep_last_committed{}: SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'",
            foremost(&known)
        )
    } else {
        "fix the network between the nodes (port 4567): they find each other again by themselves".to_owned()
    };
    let words = "no node asked is in a Primary component: their tables cannot be read or written";
    report.finding(&NO_PRIMARY).of_all(known.iter().map(|(node, _)| *node)).words(words).remedy(remedy);
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
fn split_brain(report: &mut Report, cluster: &Cluster) {
    let [first, _, ..] = cluster.components.as_slice() else { return };
    let one_history = cluster.components.iter().all(|component| component.uuid == first.uuid);
    let (ahead, keep) = if one_history {
        (ahead(cluster), "keep one side, save what only the other has")
    } else {
        (String::new(), "their data have nothing in common: find out whose are the right ones")
    };
    let sides = cluster.components.iter().map(|component| format!("{{{}}}", names(nodes(cluster, component))));
    let sides = sides.collect::<Vec<_>>().join(" vs ");
    let split = cluster.components.iter().flat_map(|component| nodes(cluster, component));
    report.finding(&SPLIT_BRAIN).of_all(split).words(format_args!("split brain: {sides}{ahead}")).remedy(format_args!(
        "stop writes now on all sides; {keep}; then copy the other nodes' data aside, remove their grastate.dat and start \
         them for a full SST"
    ));
    for component in &cluster.components {
        report.remark(format_args!("{{{}}}: {}", names(nodes(cluster, component)), view(component)));
    }
}

/// Which side has committed more, where they differ; seqnos of different histories are not to be compared.
fn ahead(cluster: &Cluster) -> String {
    let foremost = cluster.components.iter().max_by_key(|component| component.committed);
    let known = cluster.components.iter().all(|component| component.committed.is_some());
    match foremost {
        Some(foremost) if known && cluster.components.iter().any(|other| other.committed < foremost.committed) => {
            format!(", ahead is {}", names(nodes(cluster, foremost)))
        }
        _ => String::new(),
    }
}

/// `UUID 3e44cb65, size 2, view 31, seqno 99120`.
fn view(component: &Component) -> String {
    let uuid: String = component.uuid.as_deref().unwrap_or("?").chars().take(8).collect();
    let known = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let (size, view, seqno) = (known(component.size), known(component.number), known(component.committed));
    format!("UUID {}, size {size}, view {view}, seqno {seqno}", text::quote(&uuid))
}

fn nodes<'c, 'a>(cluster: &'c Cluster<'a>, component: &Component) -> impl Iterator<Item = &'c Node<'a>> {
    component.nodes.iter().filter_map(|place| cluster.nodes.get(*place))
}

fn all_desynced(report: &mut Report, cluster: &Cluster, main: &Component) {
    let is_desynced = |node: &Node| matches!(node.class, Class::Donor | Class::Desynced);
    let desynced = cluster.members().map(|(node, _)| node).filter(|node| is_desynced(node)).collect::<Vec<_>>();
    let count = desynced.len();
    if main.nodes.len() > 1 && count as u64 == main.members() {
        let words =
            format!("all {count} members are donors or desynced: none throttles the others, none can take a new one");
        let remedy = "end all backups and locks but one: SET GLOBAL wsrep_desync=OFF, UNLOCK TABLES";
        report.finding(&ALL_DESYNCED).of_all(desynced).words(words).remedy(remedy);
    }
}

/// Who was thrown out, by the names that earlier runs know; who is back is no matter any more.
fn evicted(report: &mut Report, cluster: &Cluster) {
    let lists = cluster.speaking().flat_map(|(_, facts)| &facts.evs.evicted);
    let back: BTreeSet<_> = cluster.members().filter_map(|(_, facts)| facts.process.as_ref()).collect();
    let evicted: BTreeSet<_> = lists.filter(|process| !back.contains(process)).collect();
    let known = |process: &str| cluster.memory.nodes.iter().find(|(_, past)| past.process.as_deref() == Some(process));
    for process in evicted {
        let known = known(process).map(|(name, _)| name);
        let name = text::name(known.unwrap_or(process));
        let node = cluster.nodes.iter().filter(|node| Some(&node.key) == known);
        let words = format!("the group has evicted {name}");
        let remedy = "look at the network of that node, then restart it: it is let in again only after that";
        report
            .finding(&NODE_EVICTED)
            .of_all(node)
            .words(words)
            .reason("evicted by the group", "evicted")
            .remedy(remedy);
    }
}

/// A member that earlier runs saw, that was not asked, and that the group no longer names.
pub(super) struct LostMember<'c> {
    address: &'c str,
    /// For how long it has been gone, in seconds.
    gone: f64,
}

impl Subject for LostMember<'_> {
    fn key(&self) -> Cow<'_, str> {
        format!("member {}", self.address).into()
    }

    fn label(&self) -> Cow<'_, str> {
        text::name(self.address).into()
    }
}

pub(super) fn lost_members<'c>(cluster: &'c Cluster, expectation: &Expectation) -> Vec<LostMember<'c>> {
    let Some(main) = cluster.main() else { return Vec::new() };
    let is_unknown = main.incoming.is_empty() || main.incoming.iter().any(|address| is_auto(address));
    let is_enough = expectation.members.is_some_and(|expected| main.members() >= u64::from(expected));
    if is_unknown || is_enough || cluster.memory.is_whole(cluster) {
        return Vec::new();
    }
    let is_asked = |address: &str| cluster.nodes.iter().any(|node| node.is_at(address));
    let seen = cluster.memory.members.iter();
    let lost = seen.filter(|(address, _)| !is_asked(address) && !main.incoming.contains(address));
    lost.map(|(address, seen)| LostMember { address, gone: cluster.at - seen }).collect()
}

fn missing(report: &mut Report, cluster: &Cluster, expectation: &Expectation) {
    for member in lost_members(cluster, expectation) {
        let gone = wording::age(member.gone);
        let words = format!("{} left the cluster {gone} ago", member.label());
        let remedy = "look at that node; a member that was taken away for good is forgotten after a week";
        let said = report.finding(&MEMBER_MISSING).of(&member).words(words).remedy(remedy);
        said.reason(format_args!("left {gone} ago"), "gone");
    }
}

fn arbitrators(report: &mut Report, main: &Component, policy: &Policy) {
    let (found, expected) = (main.arbitrators, policy.arbitrators);
    if found > expected {
        let arbitrators = number_of(found, "arbitrator", "arbitrators");
        let words = format!("{arbitrators}, {expected} expected: garbd votes but holds no data");
        let remedy = format!("if it belongs there, announce it: --arbitrators {found}");
        report.finding(&MEMBER_UNEXPECTED).words(words).remedy(remedy);
    }
    if found < expected {
        let words = format!("{found} of {expected} arbitrators in the group");
        report.finding(&ARBITRATOR_MISSING).words(words).remedy("look at garbd and its log");
    }
}

fn strangers(report: &mut Report, cluster: &Cluster, main: &Component, expectation: &Expectation) {
    let Some(expected) = expectation.members.filter(|_| expectation.mode == Mode::Cluster) else { return };
    let members = main.members();
    if members <= u64::from(expected) {
        return;
    }
    let strangers = main.incoming.iter().filter(|address| !cluster.nodes.iter().any(|node| node.is_at(address)));
    let names: Vec<_> = strangers.filter(|address| !is_auto(address)).map(|address| text::name(address)).collect();
    let names = if names.is_empty() { "they do not say who".to_owned() } else { wording::list(&names) };
    let words = format!("{members} members, {expected} expected; not asked: {names}");
    let remedy = "ask it too (-H, --discover), raise --expect, or find out who joined";
    report.finding(&MEMBER_UNEXPECTED).words(words).remedy(remedy);
}
