//! Primary components: whether the cluster is one, and the right one.

use std::collections::BTreeSet;

use common::{Cause, Report, text};

use super::failure::how_to_reach;
use super::node_wording::names;
use crate::catalogue::{CLUSTER_DOWN, NO_PRIMARY, SPLIT_BRAIN, UUID_MISMATCH};
use crate::class::Class;
use crate::model::{Cluster, Component, Node};
use crate::policy::{Expectation, Mode, Policy};
use crate::snapshot::facts::Facts;

pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    no_primary(report, cluster, expectation);
    split_brain(report, cluster);
    uuid(report, cluster, policy);
}

fn uuid(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    let found = cluster.largest_component().and_then(|main| main.uuid.as_ref());
    if let (Some(wanted), Some(uuid)) = (&policy.uuid, found)
        && wanted != uuid
    {
        let remedy = "a new cluster was formed; find the data of the old one before anything is overwritten";
        let words = format!("the cluster is {}, not the one expected", text::name(uuid));
        report.finding(&UUID_MISMATCH).words(words).remedy(remedy);
    }
}

/// Names every node with its reason when none answers.
pub(super) fn judge_down(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    let remedy = if expectation.mode == Mode::Cluster {
        "check addresses, firewall and error logs; if all are down, find the node with the highest \
         seqno (mariadbd --wsrep-recover), and start that one first with galera_new_cluster"
    } else {
        cluster.nodes.first().map_or("", how_to_reach)
    };
    let remedy = format!("{remedy}{}", lost_second(cluster));
    let failures: Vec<_> = cluster.nodes.iter().filter_map(|node| Some((node, node.failure()?))).collect();
    let missing = cluster.nodes.iter().filter(|node| !node.is_down_as_announced(&policy.expect_down));
    let finding = report.finding(&CLUSTER_DOWN).of_all(missing);
    if let [(node, failure)] = failures.as_slice() {
        let judged = finding.words(format_args!("{}: {}", node.label, failure.reason));
        judged.reason(&failure.reason, failure.word()).remedy(remedy);
    } else {
        let causes = failures.iter().map(|(node, failure)| Cause::with_reason(*node, &failure.reason, failure.word()));
        finding.words(format_args!("none of {} nodes answers", failures.len())).remedy(remedy).because(causes);
    }
}

fn no_primary(report: &mut Report, cluster: &Cluster, expectation: &Expectation) {
    let known: Vec<_> = cluster.galera_nodes().collect();
    let all_say = known.iter().all(|(_, facts)| facts.view.component.is_some());
    // A node that we could not ask may be Primary.
    let blind = cluster.count(|class| matches!(class, Class::AccessDenied | Class::OwnSide));
    let cut_off = known.iter().any(|(node, _)| node.class == Class::NonPrimary);
    if !cut_off || cluster.largest_component().is_some() || !all_say || blind > 0 {
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
    let remedy = format!("{remedy}{}", lost_second(cluster));
    let words = "no node asked is in a Primary component: their tables cannot be read or written";
    report.finding(&NO_PRIMARY).of_all(known.iter().map(|(node, _)| *node)).words(words).remedy(remedy);
}

/// The loss that a power cut may cause. Said when all nodes are out and all gave up durability for speed (Jepsen's report on
/// MariaDB Galera Cluster 12.1.2).
fn lost_second(cluster: &Cluster) -> &'static str {
    let flush_log = |node: &Node| {
        node.facts.and_then(|facts| facts.flush_log).or_else(|| node.seen.and_then(|seen| seen.flush_log))
    };
    let is_lax = |node: &Node| flush_log(node).is_some_and(|value| value != 1);
    if cluster.nodes.iter().all(is_lax) {
        "; after a power cut the last second of commits may be lost on all nodes: innodb_flush_log_at_trx_commit is not 1"
    } else {
        ""
    }
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

/// Members of one view cannot contradict each other, see [`crate::model::components`].
fn split_brain(report: &mut Report, cluster: &Cluster) {
    let [first, _, ..] = cluster.components.as_slice() else { return };
    let one_history = cluster.components.iter().all(|component| component.uuid == first.uuid);
    let (ahead, keep) = if one_history {
        (ahead(cluster), "keep one side, save what only the other has")
    } else {
        (String::new(), "their data have nothing in common: find out which are right")
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
    component.nodes.iter().filter_map(|position| cluster.nodes.get(*position))
}
