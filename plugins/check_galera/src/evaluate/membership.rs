//! Membership: members that are missing, unexpected or evicted.

use std::collections::BTreeSet;

use common::{Report, Subject, text, wording};

use super::node_wording::number_of;
use crate::catalogue::{
    ALL_DESYNCED, ARBITRATOR_MISSING, ARBITRATOR_UNANNOUNCED, MEMBER_MISSING, MEMBER_UNEXPECTED, NODE_EVICTED,
    NODE_UNSTABLE, VIEW_CHANGES,
};
use crate::model::{Cluster, Component, Node, departures, view_changes};
use crate::policy::{Expectation, Mode, Policy};
use crate::snapshot::address_list::is_auto;

/// So many departures within an hour are no restart in order.
const OFTEN_IN_HOUR: usize = 2;

pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    let Some(main) = cluster.largest_component() else { return };
    all_desynced(report, cluster, main);
    evicted(report, cluster);
    missing(report, cluster, expectation);
    arbitrators(report, cluster, main, policy);
    unstable(report, cluster, policy);
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
        let words = format!("{} is missing: last seen as a member {gone} ago", member.label());
        let remedy = "look at that node; a member that was taken away for good is forgotten after a week";
        let judged = report.finding(&MEMBER_MISSING).of(&member).words(words).remedy(remedy);
        judged.reason(format_args!("last seen {gone} ago"), "gone");
    }
}

fn arbitrators(report: &mut Report, cluster: &Cluster, main: &Component, policy: &Policy) {
    let (found, announced) = (main.arbitrators, policy.arbitrators);
    if found > announced {
        let arbitrators = number_of(found, "arbitrator", "arbitrators");
        let words = format!("{arbitrators}, {announced} announced: garbd votes but holds no data");
        let remedy = format!("so that its loss is seen from the first run on: --arbitrators {found}");
        report.finding(&ARBITRATOR_UNANNOUNCED).words(words).remedy(remedy);
    }
    let expected = announced.max(cluster.known_arbitrators());
    if found < expected {
        let words = format!("{found} of {expected} arbitrators in the group");
        let remedy = "look at garbd and its log; one that was taken away for good is forgotten after a week";
        report.finding(&ARBITRATOR_MISSING).words(words).remedy(remedy);
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

/// A node that comes and goes; one that left or restarted once is away, or was.
fn unstable(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    let nodes = cluster.nodes.iter().filter(|node| !node.is_down_as_announced(&policy.expect_down));
    for node in nodes {
        let departures = departures(cluster, node);
        if departures.is_repeated(cluster.at, OFTEN_IN_HOUR) {
            let (count, span) = match departures.within_hour(cluster.at) {
                0..OFTEN_IN_HOUR => (departures.within_day(cluster.at), "24 h"),
                count => (count, "hour"),
            };
            let times = wording::count(count, "time", "times");
            let finding = report.finding(&NODE_UNSTABLE).of(node);
            finding
                .words(format_args!("{} comes and goes: left or restarted {times} within the last {span}", node.label))
                .reason("comes and goes", "unstable")
                .remedy("look at its error log, its supervisor, and the network between the nodes (port 4567)");
        }
    }
}

/// Changes of membership within the last hour.
pub(super) fn changes(report: &mut Report, cluster: &Cluster) {
    let Some(changes) = view_changes(cluster) else { return };
    let changes = changes.within_hour(cluster.at);
    let times = wording::count(changes, "time", "times");
    report
        .metric(&VIEW_CHANGES, changes)
        .words(format_args!("membership changed {times} within the last hour"))
        .remedy("look at the error logs and the network between the nodes");
}
