//! What is wrong with each node.

use common::text;

use super::judge::Judge;
use super::{is_down_on_purpose, say};
use crate::catalogue::{
    ACCESS_DENIED, APPLIER_DEAD, APPLIER_STALLED, CONNECTIONS_FULL, DONOR_STUCK, EVS_DELAYED, EVS_UNSETTLED,
    NODE_DESYNCED, NODE_DONOR, NODE_HUNG, NODE_INCONSISTENT, NODE_NOT_PRIMARY, NODE_NOT_READY, NODE_NOT_SYNCED,
    NODE_READ_ONLY, NODE_RECEIVING_SST, NODE_REJECTS_QUERIES, NODE_UNREACHABLE, NOT_ASKED, NOT_GALERA, TLS_UNTRUSTED,
    TRANSFER_FAILED, UNREADABLE, WSREP_OFF,
};
use crate::cluster::{Class, Cluster, Node, is_donor};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::snapshot::{Answer, Failure, FailureKind};

pub(super) const HOW_TO_REACH: &str = "check the address, the firewall, and mariadbd with its error log";

/// A donor whom nobody needs for so long is stuck, in seconds.
const STUCK: f64 = 600.0;

/// An applier that stands still for so long does not just apply something large, in seconds.
const STALLED: f64 = 30.0;

/// So many late members are no accident.
const MANY_LATE: usize = 3;

pub(super) fn judge(judge: &mut Judge, cluster: &Cluster, policy: &Policy) {
    for node in &cluster.nodes {
        if is_down_on_purpose(node, policy) {
            judge.report.fine(format!("{} is {}, as announced", node.label, node.class.word()));
            continue;
        }
        match (&node.asked.answer, node.facts) {
            (_, Some(facts)) => with_facts(judge, cluster, node, facts),
            (Answer::Unreachable(failure), None) => unreachable(judge, cluster, node, failure),
            (answer, None) => unasked(judge, node, answer),
        }
    }
}

fn unasked(judge: &mut Judge, node: &Node, answer: &Answer) {
    let label = &node.label;
    match answer {
        Answer::Denied(reason) => {
            let text = format!("{label} does not let the check log in: {reason}");
            judge.on(node, &ACCESS_DENIED, text, "mend the account of the check; GRANT USAGE is enough");
        }
        Answer::Untrusted(reason) => {
            let text = format!("{label}: no trusted TLS connection: {reason}");
            let remedy =
                "give its authority with --ssl-ca, ask by the name in its certificate, or choose another --ssl-mode";
            judge.on(node, &TLS_UNTRUSTED, text, remedy);
        }
        Answer::NotAsked(fault) => {
            let (problem, remedy) = fault.parts();
            judge.on(node, &NOT_ASKED, format!("{label} was not asked: {problem}"), remedy);
        }
        Answer::Said(_) | Answer::Unreachable(_) => {}
    }
}

fn unreachable(judge: &mut Judge, cluster: &Cluster, node: &Node, failure: &Failure) {
    let (label, reason) = (&node.label, &failure.reason);
    match node.class {
        _ if failure.kind == FailureKind::Full => {
            let text = format!("{label} turns everybody away: {reason}");
            let remedy =
                "SHOW PROCESSLIST over its extra_port or as root; raise max_connections, or end who holds them";
            judge.on(node, &CONNECTIONS_FULL, text, remedy);
        }
        Class::ReceivingSst => {
            let feeds = |facts: &Facts| is_donor(facts) && facts.desync != Some(true);
            let donors = cluster.members().filter(|(_, facts)| feeds(facts)).map(|(node, _)| &*node.label);
            let donors = donors.collect::<Vec<_>>().join(", ");
            let lasting = node.age(cluster.at).map_or_else(String::new, |age| format!(" for {}", say::age(age)));
            let from = if donors.is_empty() { String::new() } else { format!(" from {donors}") };
            let text = format!("{label} receives a state transfer{from}{lasting} ({reason})");
            judge.on(node, &NODE_RECEIVING_SST, text, "wait; its error log and the donor's show how far it is");
        }
        Class::Joining => {
            let text = format!("{label} is starting: the group counts it, it does not answer yet ({reason})");
            judge.on(node, &NODE_NOT_SYNCED, text, "wait; if it lasts look at its error log");
        }
        Class::Hung => {
            let text = format!("{label} is hung: {reason}, yet the group counts it and nobody donates to it");
            let remedy = "see on that host whether mariadbd answers on its socket, and its error log: it may be starting still; a firewall \
                 may be between; restart it only if it hangs";
            judge.on(node, &NODE_HUNG, text, remedy);
        }
        _ => {
            let text = format!("{label} unreachable{}: {reason}", left(cluster, node));
            judge.on(node, &NODE_UNREACHABLE, text, HOW_TO_REACH);
        }
    }
}

/// ` (left 4 min ago)`, or that the group still counts it.
fn left(cluster: &Cluster, node: &Node) -> String {
    if cluster.counts(node) {
        return ", still counted by the group".to_owned();
    }
    let seen = node.past.and_then(|past| past.member_at).filter(|_| cluster.main().is_some());
    seen.map_or_else(String::new, |at| format!(" (left {} ago)", say::age(cluster.at - at)))
}

fn with_facts(judge: &mut Judge, cluster: &Cluster, node: &Node, facts: &Facts) {
    class(judge, cluster, node, facts);
    if !matches!(node.class, Class::NotGalera | Class::Unreadable | Class::NotReplicating) {
        condition(judge, node, facts);
        appliers(judge, cluster, node, facts);
        group_communication(judge, node, facts);
    }
}

fn class(judge: &mut Judge, cluster: &Cluster, node: &Node, facts: &Facts) {
    let (label, says) = (&node.label, text::quote(&facts.comment));
    match node.class {
        Class::NotGalera | Class::NotReplicating | Class::Unreadable | Class::Inconsistent => unfit(judge, node, facts),
        _ if facts.transfer_failed() => {
            let remedy = "look at its error log and the donor's; restart it when the cause is gone";
            judge.on(node, &TRANSFER_FAILED, format!("{label}: {says}"), remedy);
        }
        Class::NonPrimary => {
            let remedy = "look at the network between the nodes (ports 4567, 4568, 4444) and at its error log";
            judge.on(node, &NODE_NOT_PRIMARY, format!("{label} is in no Primary component ({says})"), remedy);
        }
        Class::Joining | Class::Joined => {
            let text = format!("{label} is not synced ({says})");
            judge.on(node, &NODE_NOT_SYNCED, text, "wait; if it lasts look at its error log");
        }
        Class::Rejecting => rejecting(judge, node, facts),
        Class::Donor | Class::Desynced => donor(judge, cluster, node, facts),
        _ => judge.report.fine(format!("{label} synced")),
    }
}

/// Nodes that are no part of the cluster, whatever the others are.
fn unfit(judge: &mut Judge, node: &Node, facts: &Facts) {
    let label = &node.label;
    match (node.class, facts.other_provider()) {
        (Class::NotGalera, Some(other)) => {
            let text = format!("{label} runs the wsrep provider {}, which is not Galera", text::quote(other));
            judge.on(node, &NOT_GALERA, text, "take the host off the list: this check does not know it");
        }
        (Class::NotGalera, None) => {
            let remedy = "set wsrep_provider, or take the host off the list";
            judge.on(node, &NOT_GALERA, format!("{label} runs without Galera"), remedy);
        }
        (Class::NotReplicating, _) => {
            let remedy =
                "stop writing there; if nothing was written meanwhile SET GLOBAL wsrep_on=ON, else give it a full SST";
            judge.on(node, &WSREP_OFF, format!("{label} does not replicate: wsrep_on is OFF"), remedy);
        }
        (Class::Inconsistent, _) => {
            let text = format!("{label} is Inconsistent: its data differ from the group's");
            let remedy = "find out what was written past the replication; then remove its grastate.dat and restart it \
                          for a full SST";
            judge.on(node, &NODE_INCONSISTENT, text, remedy);
        }
        _ => {
            let text = format!("{label} does not say {}", facts.missing().join(", "));
            judge.on(node, &UNREADABLE, text, "look at SHOW GLOBAL STATUS LIKE 'wsrep%' there");
        }
    }
}

fn rejecting(judge: &mut Judge, node: &Node, facts: &Facts) {
    let label = &node.label;
    if let Some(rejected) = &facts.rejects_queries {
        let text = format!("{label} rejects queries: wsrep_reject_queries is {}", text::quote(rejected));
        judge.on(
            node,
            &NODE_REJECTS_QUERIES,
            text,
            "SET GLOBAL wsrep_reject_queries=NONE when the maintenance is over",
        );
    }
    if let Some(mode) = &facts.maintenance {
        let text = format!("{label} is in maintenance: pxc_maint_mode is {}", text::quote(mode));
        judge.on(node, &NODE_REJECTS_QUERIES, text, "SET GLOBAL pxc_maint_mode=DISABLED when the maintenance is over");
    }
}

fn donor(judge: &mut Judge, cluster: &Cluster, node: &Node, facts: &Facts) {
    let label = &node.label;
    let age = node.age(cluster.at);
    let lasting = age.map_or_else(String::new, |age| format!(" for {}", say::age(age)));
    if node.class == Class::Donor {
        let joining = cluster.nodes.iter().filter(|node| node.class.joins()).map(|node| node.label.as_str());
        let joining = joining.collect::<Vec<_>>().join(", ");
        let text = if joining.is_empty() {
            format!("{label} is donor or desynced{lasting}: a member that was not asked joins, or a lock is held")
        } else {
            format!("{label} is donor{lasting}, of {joining}")
        };
        let serves =
            if node.serves() { "it serves, and catches up afterwards" } else { "it rejects queries until then" };
        return judge.on(node, &NODE_DONOR, text, serves);
    }
    if facts.desync == Some(true) {
        let text = format!("{label} is desynced{lasting}: wsrep_desync is ON, as for a backup");
        return judge.on(node, &NODE_DESYNCED, text, "SET GLOBAL wsrep_desync=OFF when the backup is over");
    }
    let reason =
        "nobody joins and wsrep_desync is OFF: a global read lock, a schema upgrade by RSU, or a donor that hangs";
    let stuck = node.past.and_then(|past| past.donor_in_vain_since).map(|since| cluster.at - since);
    if let Some(stuck) = stuck.filter(|stuck| *stuck >= STUCK) {
        let lasting = format!(" for {}", say::age(stuck));
        let remedy = "SHOW PROCESSLIST there: who holds FLUSH TABLES WITH READ LOCK? else restart the node";
        return judge.on(node, &DONOR_STUCK, format!("{label} is stuck as donor{lasting}: {reason}"), remedy);
    }
    judge.on(node, &NODE_DESYNCED, format!("{label} is desynced{lasting}: {reason}"), "it should end by itself");
}

/// What keeps a node from its work whatever its state.
fn condition(judge: &mut Judge, node: &Node, facts: &Facts) {
    let (label, says) = (&node.label, text::quote(&facts.comment));
    let in_service = matches!(node.class, Class::Synced | Class::Donor | Class::Desynced | Class::Rejecting);
    if in_service && facts.ready == Some(false) {
        let remedy = "look at its error log; a state transfer may be running";
        judge.on(node, &NODE_NOT_READY, format!("{label} is not ready ({says})"), remedy);
    }
    if facts.read_only == Some(true) {
        let remedy = "SET GLOBAL read_only=OFF, or --severity node-read-only=ok if it shall stay so";
        judge.on(node, &NODE_READ_ONLY, format!("{label} takes no writes: read_only is ON"), remedy);
    }
}

fn appliers(judge: &mut Judge, cluster: &Cluster, node: &Node, facts: &Facts) {
    let label = &node.label;
    let counts = (facts.load.appliers, facts.load.configured_appliers);
    if let (Some(alive), Some(configured)) = counts
        && alive < configured
        && matches!(node.class, Class::Synced | Class::Donor | Class::Desynced)
    {
        let text = format!("{label}: {alive} of {configured} applier threads run");
        judge.on(node, &APPLIER_DEAD, text, "look at its error log for why they ended; restart the node");
    }
    let since = node.stalled_since(cluster);
    // A read lock says by itself why nothing is applied.
    if let Some(lasting) = since.map(|since| cluster.at - since).filter(|lasting| *lasting >= STALLED)
        && node.class == Class::Synced
    {
        let queue = facts.load.recv_queue.unwrap_or_default();
        let text = format!("{label} has applied nothing for {}, {queue} writesets wait", say::age(lasting));
        judge.on(
            node,
            &APPLIER_STALLED,
            text,
            "SHOW PROCESSLIST there: a table lock, or DDL, that the appliers wait for",
        );
    }
}

fn group_communication(judge: &mut Judge, node: &Node, facts: &Facts) {
    let (label, evs) = (&node.label, &facts.evs);
    let earlier = match &node.asked.answer {
        Answer::Said(said) => said.earlier.as_ref().is_some_and(|earlier| !earlier.facts.evs.is_settled()),
        _ => false,
    };
    let in_group = !matches!(node.class, Class::NonPrimary | Class::Inconsistent);
    if in_group && !evs.is_settled() && (earlier || node.past.is_some_and(|past| past.evs_unsettled)) {
        let state = text::quote(evs.state.as_deref().unwrap_or_default());
        let remedy = "look at the network between the nodes (port 4567)";
        judge.on(node, &EVS_UNSETTLED, format!("{label}: group communication is in state {state}"), remedy);
    }
    if evs.delayed >= MANY_LATE {
        let text = format!("{label} finds {} members late", evs.delayed);
        judge.on(node, &EVS_DELAYED, text, "look at the network between the nodes (port 4567)");
    }
}
