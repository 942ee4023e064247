//! The state of each node.

use common::{Report, text};

use super::{appliers, denial, donor, failure, group_communication, state_transfer};
use crate::catalogue::{
    NODE_INCONSISTENT, NODE_NOT_PRIMARY, NODE_NOT_READY, NODE_NOT_SYNCED, NODE_READ_ONLY, NODE_REJECTS_QUERIES,
    NOT_GALERA, PROVIDER_MISSING, TRANSFER_FAILED, UNREADABLE, WSREP_OFF,
};
use crate::class::Class;
use crate::model::{Cluster, Node};
use crate::policy::Policy;
use crate::snapshot::facts::Facts;

/// Judges each node; `before_recheck` is the cluster before the second look, where one was taken.
pub(super) fn judge(report: &mut Report, before_recheck: Option<&Cluster>, cluster: &Cluster, policy: &Policy) {
    for node in &cluster.nodes {
        if node.is_down_as_announced(&policy.expect_down) {
            let finding = report.fine().of(node);
            finding
                .words(format_args!("{} is {}, as announced", node.label, node.class.word()))
                .reason("down as announced", "announced");
            continue;
        }
        match node.facts {
            Some(facts) => with_facts(report, before_recheck, cluster, node, facts),
            None => failure::judge(report, cluster, node),
        }
    }
    denial::judge(report, cluster);
}

fn with_facts(report: &mut Report, before_recheck: Option<&Cluster>, cluster: &Cluster, node: &Node, facts: &Facts) {
    class(report, cluster, node, facts);
    if !matches!(node.class, Class::NotGalera | Class::ProviderMissing | Class::Unreadable | Class::NotReplicating) {
        condition(report, node, facts);
        appliers::judge(report, node, facts);
        group_communication::judge(report, before_recheck, node, facts);
    }
}

fn class(report: &mut Report, cluster: &Cluster, node: &Node, facts: &Facts) {
    let (label, says) = (&node.label, text::quote(&facts.comment));
    match node.class {
        Class::NotGalera => not_galera(report, node, facts),
        Class::ProviderMissing => {
            let remedy = "stop clients there, and save what they wrote before it rejoins: a full SST wipes it; then set \
                          wsrep_provider and wsrep_on=ON in its option file, and restart it";
            let finding = report.finding(&PROVIDER_MISSING).of(node);
            finding
                .words(format_args!("{label} runs without Galera: writes there reach no other node"))
                .reason("runs without Galera", "standalone")
                .remedy(remedy);
        }
        Class::NotReplicating | Class::Unreadable | Class::Inconsistent => unfit(report, node, facts),
        _ if facts.transfer_failed() => {
            let logs = state_transfer::logs(cluster, node);
            let finding = report.finding(&TRANSFER_FAILED).of(node);
            finding
                .words(format_args!("{label}: {says}"))
                .reason("failed to get a state transfer", "failed")
                .remedy(format_args!("read {logs}; restart it when the cause is gone"));
        }
        Class::NonPrimary => {
            let finding = report.finding(&NODE_NOT_PRIMARY).of(node);
            finding
                .words(format_args!("{label} is in no Primary component ({says})"))
                .reason("is in no Primary component", "non-Primary")
                .remedy("look at the network between the nodes (ports 4567, 4568, 4444) and at its error log");
        }
        Class::Joining | Class::Joined => {
            let finding = report.finding(&NODE_NOT_SYNCED).of(node);
            finding
                .words(format_args!("{label} is not synced ({says})"))
                .reason("is not synced", "joining")
                .remedy("wait; if it lasts look at its error log");
        }
        Class::Rejecting => rejecting(report, node, facts),
        Class::Donor | Class::Desynced => donor::judge(report, cluster, node, facts),
        _ => {}
    }
}

fn not_galera(report: &mut Report, node: &Node, facts: &Facts) {
    let label = &node.label;
    let finding = report.finding(&NOT_GALERA).of(node);
    if let Some(other) = facts.other_provider() {
        let other = text::quote(other);
        finding
            .words(format_args!("{label} runs the wsrep provider {other}, which is not Galera"))
            .reason("runs another wsrep provider", "foreign")
            .remedy("take the host off the list: this check does not know it");
    } else {
        finding
            .words(format_args!("{label} runs without Galera"))
            .reason("runs without Galera", "standalone")
            .remedy("set wsrep_provider, or take the host off the list");
    }
}

/// Nodes that are no part of the cluster, whatever the others are.
fn unfit(report: &mut Report, node: &Node, facts: &Facts) {
    let label = &node.label;
    match node.class {
        Class::NotReplicating => {
            let remedy =
                "stop writing there; if nothing was written meanwhile SET GLOBAL wsrep_on=ON, else give it a full SST";
            let finding = report.finding(&WSREP_OFF).of(node);
            finding
                .words(format_args!("{label} does not replicate: wsrep_on is OFF"))
                .reason("does not replicate", "unreplicated")
                .remedy(remedy);
        }
        Class::Inconsistent => {
            let remedy = "find out what was written past the replication; then remove its grastate.dat and restart it \
                          for a full SST";
            let finding = report.finding(&NODE_INCONSISTENT).of(node);
            finding
                .words(format_args!("{label} is Inconsistent: its data differ from the group's"))
                .reason("is Inconsistent", "inconsistent")
                .remedy(remedy);
        }
        _ => {
            let missing = facts.missing().join(", ");
            let finding = report.finding(&UNREADABLE).of(node);
            finding
                .words(format_args!("{label} does not say {missing}"))
                .reason(format_args!("does not say {missing}"), "unreadable")
                .remedy("look at SHOW GLOBAL STATUS LIKE 'wsrep%' there");
        }
    }
}

fn rejecting(report: &mut Report, node: &Node, facts: &Facts) {
    let label = &node.label;
    if let Some(rejected) = &facts.rejects_queries {
        let finding = report.finding(&NODE_REJECTS_QUERIES).of(node);
        finding
            .words(format_args!("{label} rejects queries: wsrep_reject_queries is {}", text::quote(rejected)))
            .reason("rejects queries", "rejecting")
            .remedy("SET GLOBAL wsrep_reject_queries=NONE when the maintenance is over");
    }
    if let Some(mode) = &facts.maintenance {
        let finding = report.finding(&NODE_REJECTS_QUERIES).of(node);
        finding
            .words(format_args!("{label} is in maintenance: pxc_maint_mode is {}", text::quote(mode)))
            .reason("is in maintenance", "maintenance")
            .remedy("SET GLOBAL pxc_maint_mode=DISABLED when the maintenance is over");
    }
}

/// Conditions that keep a node from its work in any state.
fn condition(report: &mut Report, node: &Node, facts: &Facts) {
    let (label, says) = (&node.label, text::quote(&facts.comment));
    let in_service = matches!(node.class, Class::Synced | Class::Donor | Class::Desynced | Class::Rejecting);
    if in_service && facts.ready == Some(false) {
        let finding = report.finding(&NODE_NOT_READY).of(node);
        finding
            .words(format_args!("{label} is not ready ({says})"))
            .reason("is not ready", "unready")
            .remedy("look at its error log; a state transfer may be running");
    }
    if let Some(variable) = facts.refuses_writes() {
        let finding = report.finding(&NODE_READ_ONLY).of(node);
        finding
            .words(format_args!("{label} takes no writes: {variable} is ON"))
            .remedy(format_args!("SET GLOBAL {variable}=OFF, or --severity node-read-only=ok if it shall stay so"));
    }
}
