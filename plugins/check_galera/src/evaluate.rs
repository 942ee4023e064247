//! What the nodes' answers mean for the cluster.

use std::collections::BTreeSet;

use common::{Number, Report, ServiceState, text};

use crate::catalogue::{
    ACCESS_DENIED, CLUSTER_DOWN, MEMBERS, NO_PRIMARY, NODE_DONOR, NODE_INCONSISTENT, NODE_NOT_PRIMARY, NODE_NOT_READY,
    NODE_NOT_SYNCED, NODE_REJECTS_QUERIES, NODE_UNREACHABLE, NOT_GALERA, PRIMARY, QUERY_TIME, SPLIT_BRAIN, SYNCED,
    UNREACHABLE, UNREADABLE, WSREP_OFF,
};
use crate::policy::Policy;
use crate::snapshot::{Answer, Asked, Component, Facts, LocalState, Snapshot};

/// Judges the cluster by what all its nodes said.
pub(crate) fn evaluate(snapshot: &Snapshot, policy: &Policy) -> Report {
    let mut report = Report::new(&policy.rules);
    let cluster = Cluster::of(snapshot);
    if let Some(reasons) = all_unreachable(snapshot) {
        report.finding(&CLUSTER_DOWN, reasons, HOW_TO_REACH);
    } else {
        judge_cluster(&mut report, &cluster);
        snapshot.nodes.iter().for_each(|asked| judge_node(&mut report, asked));
    }
    measure(&mut report, &cluster, policy);
    snapshot.nodes.iter().for_each(|asked| note(&mut report, asked));
    report
}

/// The answers, seen as one cluster.
struct Cluster<'a> {
    nodes: Vec<(String, &'a Facts)>,
    asked: usize,
    unreachable: usize,
    denied: usize,
    slowest: Option<Number>,
}

impl<'a> Cluster<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let count = |counts: fn(&Answer) -> bool| snapshot.nodes.iter().filter(|asked| counts(&asked.answer)).count();
        let facts = snapshot.nodes.iter().filter_map(|asked| match &asked.answer {
            Answer::Facts(facts, time) => Some((name(asked, facts), facts.as_ref(), Number::seconds(*time))),
            _ => None,
        });
        Self {
            nodes: facts
                .clone()
                .filter(|(_, facts, _)| facts.has_provider)
                .map(|(name, facts, _)| (name, facts))
                .collect(),
            asked: snapshot.nodes.len(),
            unreachable: count(|answer| matches!(answer, Answer::Unreachable(_))),
            denied: count(|answer| matches!(answer, Answer::Denied(_))),
            slowest: facts.map(|(_, _, time)| time).max(),
        }
    }

    fn primary(&self) -> impl Iterator<Item = &(String, &'a Facts)> {
        self.nodes.iter().filter(|(_, facts)| facts.component == Some(Component::Primary))
    }

    /// The size of the largest view; none of a component that is not Primary counts.
    fn members(&self) -> u64 {
        self.primary().filter_map(|(_, facts)| facts.size).max().unwrap_or(0)
    }

    fn synced(&self) -> usize {
        self.primary().filter(|(_, facts)| serves(facts)).count()
    }
}

/// A donor or desynced node serves: it takes reads and writes like any other.
fn serves(facts: &Facts) -> bool {
    facts.ready == Some(true)
        && facts.replicates != Some(false)
        && facts.rejects_queries.is_none()
        && matches!(facts.state, Some(LocalState::Synced | LocalState::Donor))
}

/// `db1 (127.0.0.11:3306)`; the name is the server's own word.
fn name(asked: &Asked, facts: &Facts) -> String {
    match &facts.name {
        Some(name) => format!("{} ({})", text::quote(name), asked.address),
        None => asked.address.clone(),
    }
}

const HOW_TO_REACH: &str = "check the address, the firewall, and mariadbd with its error log";

/// Every node with its reason when none answers.
fn all_unreachable(snapshot: &Snapshot) -> Option<String> {
    let reason = |asked: &Asked| match &asked.answer {
        Answer::Unreachable(reason) => Some(format!("{}: {reason}", asked.address)),
        _ => None,
    };
    let reasons = snapshot.nodes.iter().map(reason).collect::<Option<Vec<_>>>()?.join(", ");
    let count = snapshot.nodes.len();
    Some(if count == 1 { reasons } else { format!("none of {count} nodes answers: {reasons}") })
}

fn judge_cluster(report: &mut Report, cluster: &Cluster) {
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
fn split_brain(cluster: &Cluster) -> Option<String> {
    let uuids: BTreeSet<_> = cluster.primary().filter_map(|(_, facts)| facts.cluster_uuid.as_deref()).collect();
    let count = cluster.primary().count() as u64;
    if uuids.len() < 2 && (count <= cluster.members() || cluster.members() == 0) {
        return None;
    }
    let views = cluster.primary().map(|(name, facts)| {
        let uuid: String = facts.cluster_uuid.as_deref().unwrap_or("?").chars().take(8).collect();
        let size = facts.size.map_or("?".to_owned(), |size| size.to_string());
        format!("{name} in a group of {size} with UUID {}", text::quote(&uuid))
    });
    Some(format!("split brain: {}", views.collect::<Vec<_>>().join(", ")))
}

fn judge_node(report: &mut Report, asked: &Asked) {
    let address = &asked.address;
    match &asked.answer {
        Answer::Unreachable(reason) => report.finding(&NODE_UNREACHABLE, format!("{address}: {reason}"), HOW_TO_REACH),
        Answer::Denied(reason) => report.finding(
            &ACCESS_DENIED,
            format!("{address} does not let the check log in: {reason}"),
            "mend the account of the check; GRANT USAGE is enough",
        ),
        Answer::Facts(facts, _) => judge_facts(report, &name(asked, facts), facts),
    }
}

fn judge_facts(report: &mut Report, node: &str, facts: &Facts) {
    if !facts.has_provider {
        return report.finding(
            &NOT_GALERA,
            format!("{node} runs without Galera"),
            "set wsrep_provider, or take the host off the list",
        );
    }
    if facts.replicates == Some(false) {
        return report.finding(
            &WSREP_OFF,
            format!("{node} does not replicate: wsrep_on is OFF"),
            "SET GLOBAL wsrep_on=ON, then compare its data with the others",
        );
    }
    let (Some(component), Some(state), Some(ready), Some(_)) = (facts.component, facts.state, facts.ready, facts.size)
    else {
        let missing = missing(facts).join(", ");
        return report.finding(
            &UNREADABLE,
            format!("{node} does not say {missing}"),
            "look at SHOW GLOBAL STATUS LIKE 'wsrep%' there",
        );
    };
    if let Some(rejected) = &facts.rejects_queries {
        report.finding(
            &NODE_REJECTS_QUERIES,
            format!("{node} rejects queries: wsrep_reject_queries is {}", text::quote(rejected)),
            "SET GLOBAL wsrep_reject_queries=NONE when the maintenance is over",
        );
    }
    judge_state(report, node, facts, (component, state, ready));
}

fn judge_state(report: &mut Report, node: &str, facts: &Facts, seen: (Component, LocalState, bool)) {
    let says = text::quote(&facts.comment);
    match seen {
        (_, LocalState::Inconsistent, _) => report.finding(
            &NODE_INCONSISTENT,
            format!("{node} is Inconsistent: its data differ from the group's"),
            "remove its grastate.dat and restart it for a full SST",
        ),
        (Component::NonPrimary | Component::Disconnected, _, _) => report.finding(
            &NODE_NOT_PRIMARY,
            format!("{node} is in no Primary component ({says})"),
            "look at the network between the nodes (ports 4567, 4568, 4444) and its error log",
        ),
        (_, _, false) => report.finding(
            &NODE_NOT_READY,
            format!("{node} is not ready ({says})"),
            "look at its error log; a state transfer may be running",
        ),
        (_, LocalState::Synced, true) => report.fine(format!("{node} Synced")),
        (_, LocalState::Donor, true) => {
            report.finding(
                &NODE_DONOR,
                format!("{node} {says}"),
                "a state transfer, a backup or wsrep_desync; it should end",
            );
        }
        (_, LocalState::Initialized | LocalState::Joining | LocalState::Joined, true) => {
            report.finding(
                &NODE_NOT_SYNCED,
                format!("{node} is not synced ({says})"),
                "wait; if it lasts look at its error log",
            );
        }
    }
}

fn missing(facts: &Facts) -> Vec<&'static str> {
    let known = [
        ("wsrep_cluster_status", facts.component.is_some()),
        ("wsrep_cluster_size", facts.size.is_some()),
        ("wsrep_local_state", facts.state.is_some()),
        ("wsrep_ready", facts.ready.is_some()),
    ];
    known.into_iter().filter(|(_, known)| !known).map(|(name, _)| name).collect()
}

fn measure(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    if !cluster.nodes.is_empty() {
        measure_cluster(report, cluster, policy);
    }
    if cluster.denied < cluster.asked {
        let sentence = format!("{} of {} nodes give no answer", cluster.unreachable, cluster.asked);
        report.metric_up_to(&UNREACHABLE, cluster.unreachable, cluster.asked, &sentence);
    }
    if let Some(slowest) = cluster.slowest {
        report.metric(&QUERY_TIME, slowest, &format!("slowest answer took {slowest} s"));
    }
}

fn measure_cluster(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    let (members, asked, expect) = (cluster.members(), cluster.asked, policy.expect);
    let size =
        if policy.expects_cluster { format!("{members}/{expect} members") } else { format!("a cluster of {members}") };
    let synced = format!("{} of {asked} asked synced", cluster.synced());
    let primary = cluster.primary().count();
    let judged = [
        (report.metric_up_to(&MEMBERS, members, expect, &size), size),
        (report.metric_up_to(&SYNCED, cluster.synced(), asked, &synced), synced),
    ];
    report.metric_up_to(&PRIMARY, primary, asked, &format!("{primary} of {asked} asked Primary"));
    // What is outside its range is a finding, and said as such.
    let fine = judged.into_iter().filter(|(state, _)| *state == ServiceState::Ok).map(|(_, sentence)| sentence);
    report.summary(fine.collect::<Vec<_>>().join(", "));
}

/// What the node said, for who wants to see it.
fn note(report: &mut Report, asked: &Asked) {
    let Answer::Facts(facts, time) = &asked.answer else { return };
    let size = facts.size.map_or_else(|| "unknown".to_owned(), |size| size.to_string());
    let (component, uuid) = (facts.component, facts.cluster_uuid.as_deref().unwrap_or("unknown"));
    let component = component.map_or_else(|| "unknown".to_owned(), |component| format!("{component:?}"));
    let (address, comment) = (&asked.address, text::quote(&facts.comment));
    let uuid = text::quote(uuid);
    report
        .note(2, format!("{address}: {component}, size {size}, {comment}, UUID {uuid} ({} s)", Number::seconds(*time)));
}

#[cfg(test)]
mod tests;
