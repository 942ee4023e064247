//! Nodes that gave no answer.

use common::{Report, wording};

use super::node_wording::names;
use super::state_transfer;
use crate::catalogue::{
    CONNECTIONS_FULL, NODE_HUNG, NODE_NOT_SYNCED, NODE_RECEIVING_SST, NODE_UNREACHABLE, NOT_ASKED, TLS_UNTRUSTED,
};
use crate::class::Class;
use crate::model::{Cluster, Node, donors};
use crate::snapshot::{Distrust, Failure, FailureKind, Outcome};

/// The remedy for a node that was asked and did not answer.
pub(super) fn how_to_reach(node: &Node) -> &'static str {
    // An address that is a path is a socket.
    if node.asked.address.starts_with('/') {
        "see whether mariadbd runs, and its error log; give its socket with -S, or its port with -P"
    } else {
        "check the address, the firewall, and mariadbd with its error log"
    }
}

pub(super) fn judge(report: &mut Report, cluster: &Cluster, node: &Node) {
    match &node.asked.outcome {
        Outcome::Failed(failure) if node.class == Class::OwnSide => out_of_reach(report, node, failure),
        Outcome::Failed(failure) => unreachable(report, cluster, node, failure),
        outcome => undetermined(report, node, outcome),
    }
}

/// A node that we could not ask, through no fault of its own.
fn undetermined(report: &mut Report, node: &Node, outcome: &Outcome) {
    let label = &node.label;
    match outcome {
        Outcome::NotTrusted(Distrust { reason, expired_at }) => {
            let remedy = if expired_at.is_some() {
                "renew its certificate there, then FLUSH SSL"
            } else {
                "give its authority with --ssl-ca, ask by the name in its certificate, or choose another --ssl-mode"
            };
            let finding = report.finding(&TLS_UNTRUSTED).of(node);
            finding
                .words(format_args!("{label}: no trusted TLS connection: {reason}"))
                .reason("without a trusted TLS connection", "untrusted")
                .remedy(remedy);
        }
        Outcome::OwnSide(fault) => {
            let (problem, remedy) = fault.parts();
            let finding = report.finding(&NOT_ASKED).of(node);
            finding
                .words(format_args!("{label} was not asked: {problem}"))
                .reason("not asked", "unknown")
                .remedy(remedy);
        }
        // All that deny for one reason have one finding.
        Outcome::Answered(_) | Outcome::Failed(_) | Outcome::AccessDenied(_) => {}
    }
}

/// An address of which only the cluster told.
fn out_of_reach(report: &mut Report, node: &Node, failure: &Failure) {
    let (address, reason) = (node.address(), &failure.reason);
    let finding = report.finding(&NOT_ASKED).of(node);
    finding
        .words(format_args!("the cluster names {address}, which cannot be reached from this host: {reason}"))
        .reason("not reached from this host", "unknown")
        .remedy("ask by addresses that this host reaches (-H); where they are those of the list, look at that node");
}

fn unreachable(report: &mut Report, cluster: &Cluster, node: &Node, failure: &Failure) {
    let (label, reason) = (&node.label, &failure.reason);
    match node.class {
        _ if failure.kind == FailureKind::Full => {
            let remedy = "SHOW PROCESSLIST over its extra_port or as root; raise max_connections, or end the sessions that hold them";
            let finding = report.finding(&CONNECTIONS_FULL).of(node);
            finding
                .words(format_args!("{label} refuses all clients: {reason}"))
                .reason(reason, failure.word())
                .remedy(remedy);
        }
        Class::ReceivingSst => receiving_sst(report, cluster, node, reason),
        Class::Joining => {
            let finding = report.finding(&NODE_NOT_SYNCED).of(node);
            finding
                .words(format_args!("{label} is starting: the group counts it, it does not answer yet ({reason})"))
                .reason("is starting", "starting")
                .remedy(patience(cluster, node, "if it lasts look at its error log"));
        }
        Class::Hung => {
            let remedy = "see on that host whether mariadbd answers on its socket, and its error log: it may still be \
                          starting, or a firewall may be in between; restart it only if it hangs";
            let finding = report.finding(&NODE_HUNG).of(node);
            finding
                .words(format_args!("{label} is hung: {reason}, yet the group counts it, and no donor feeds it"))
                .reason(format_args!("is hung: {reason}"), "hung")
                .remedy(remedy);
        }
        _ => {
            let finding = report.finding(&NODE_UNREACHABLE).of(node);
            finding
                .words(format_args!("{label} unreachable{}: {reason}", left(cluster, node)))
                .reason(reason, failure.word())
                .remedy(how_to_reach(node));
        }
    }
}

fn receiving_sst(report: &mut Report, cluster: &Cluster, node: &Node, reason: &str) {
    let donors = names(donors(cluster));
    let from = if donors.is_empty() { String::new() } else { format!(" from {donors}") };
    let lasting = node.age(cluster.at).map_or_else(String::new, |age| format!(" for {}", wording::age(age)));
    let remedy = patience(cluster, node, "its error log and the donor's show how far it is");
    let finding = report.finding(&NODE_RECEIVING_SST).of(node);
    finding
        .words(format_args!("{} receives a state transfer{from}{lasting} ({reason})", node.label))
        .reason("receives a state transfer", "joining")
        .remedy(remedy);
}

/// Whether to wait for a node that joins: not for one whose tries fail.
fn patience(cluster: &Cluster, node: &Node, meanwhile: &str) -> String {
    if state_transfer::fails(cluster, node) {
        format!("do not wait; read {}", state_transfer::logs(cluster, node))
    } else {
        format!("wait; {meanwhile}")
    }
}

/// ` (last seen as a member 4 min ago)`, or that the group still counts it.
fn left(cluster: &Cluster, node: &Node) -> String {
    if cluster.counts_as_member(node) {
        return ", still counted by the group".to_owned();
    }
    let seen = node.seen.and_then(|seen| seen.member_at).filter(|_| cluster.largest_component().is_some());
    seen.map_or_else(String::new, |at| format!(" (last seen as a member {} ago)", wording::age(cluster.at - at)))
}
