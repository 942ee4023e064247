//! Membership: members that are missing, unexpected or evicted.

use std::collections::BTreeSet;

use common::{Number, Report, Subject, text, wording};

use super::node_wording::number_of;
use crate::catalogue::{
    ALL_DESYNCED, ARBITRATOR_MISSING, MEMBER_MISSING, MEMBER_UNEXPECTED, NODE_EVICTED, VIEW_CHANGES,
};
use crate::model::{Cluster, Component, Node};
use crate::policy::{Expectation, Mode, Policy};
use crate::snapshot::address_list::is_auto;

pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    let Some(main) = cluster.largest_component() else { return };
    all_desynced(report, cluster, main);
    evicted(report, cluster);
    missing(report, cluster, expectation);
    arbitrators(report, main, policy);
    unexpected(report, cluster, main, expectation);
}

fn all_desynced(report: &mut Report, cluster: &Cluster, main: &Component) {
    let members = cluster.members().map(|(node, _)| node);
    let desynced: Vec<&Node> = members.filter(|node| node.class.is_donor_or_desynced()).collect();
    let count = desynced.len();
    if main.nodes.len() > 1 && count as u64 == main.members() {
        let words = format!(
            "all {count} members are donors or desynced: no member slows writes down, and none can feed a new one"
        );
        let remedy = "end all backups and locks but one: SET GLOBAL wsrep_desync=OFF, UNLOCK TABLES";
        report.finding(&ALL_DESYNCED).of_all(desynced).words(words).remedy(remedy);
    }
}

/// Evicted processes, by the names that earlier runs know. A process that is back is no matter any more.
fn evicted(report: &mut Report, cluster: &Cluster) {
    let lists = cluster.galera_nodes().flat_map(|(_, facts)| &facts.evs.evicted);
    let back: BTreeSet<_> = cluster.members().filter_map(|(_, facts)| facts.process.as_ref()).collect();
    let evicted: BTreeSet<_> = lists.filter(|process| !back.contains(process)).collect();
    let known = |process: &str| cluster.history.nodes.iter().find(|(_, seen)| seen.process.as_deref() == Some(process));
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

fn missing(report: &mut Report, cluster: &Cluster, expectation: &Expectation) {
    for member in cluster.lost_members(expectation.members) {
        let gone = wording::age(member.gone);
        let words = format!("{} left the cluster {gone} ago", member.label());
        let remedy = "look at that node; a member that was taken away for good is forgotten after a week";
        let judged = report.finding(&MEMBER_MISSING).of(&member).words(words).remedy(remedy);
        judged.reason(format_args!("left {gone} ago"), "gone");
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

fn unexpected(report: &mut Report, cluster: &Cluster, main: &Component, expectation: &Expectation) {
    let Some(expected) = expectation.members.filter(|_| expectation.mode == Mode::Cluster) else { return };
    let members = main.members();
    if members <= u64::from(expected) {
        return;
    }
    let unexpected = main.incoming.iter().filter(|address| !cluster.nodes.iter().any(|node| node.is_at(address)));
    let names: Vec<_> = unexpected.filter(|address| !is_auto(address)).map(|address| text::name(address)).collect();
    let names = if names.is_empty() { "their names are unknown".to_owned() } else { wording::list(&names) };
    let words = format!("{members} members, {expected} expected; not asked: {names}");
    let remedy = "ask it too (-H, --discover), raise --expect, or find out which server joined";
    report.finding(&MEMBER_UNEXPECTED).words(words).remedy(remedy);
}

/// Changes of membership since the last run.
pub(super) fn view_changes(report: &mut Report, cluster: &Cluster) {
    let (Some(main), Some(before)) = (cluster.largest_component(), &cluster.history.view) else { return };
    // Numbers of different histories are not to be compared.
    let number = main.number.filter(|_| main.uuid == before.uuid);
    let Some(changes) = number.and_then(|now| now.checked_sub(before.number)) else { return };
    let times = number_of(changes, "time", "times");
    report
        .metric(&VIEW_CHANGES, Number::from(changes))
        .words(format_args!("membership changed {times} since the last run"))
        .remedy("a node comes and goes: look at the error logs and the network between the nodes");
}
