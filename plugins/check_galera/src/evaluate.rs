//! The judgement of the cluster: one file for each subject that is judged.

mod alias;
mod answer_time;
mod appliers;
mod certificate;
mod cluster_address;
mod component;
mod conflicts;
mod connections;
mod counts;
mod denial;
mod details;
mod donor;
mod expect_down;
mod failure;
mod flow_control;
mod group_communication;
mod identity;
mod ist;
mod membership;
mod node;
mod node_line;
mod node_perfdata;
mod node_wording;
mod queues;
mod quorum;
pub(crate) mod readiness;
mod settings;
mod state_age;
mod state_transfer;
mod version;
mod writes;

use common::{Report, ServiceState};

use crate::catalogue::{SST_BLOCKS, WEIGHT_EVEN};
use crate::model::Cluster;
use crate::policy::{Asked, Expectation, Mode, Policy};

/// Judges the cluster; `before_recheck` is the cluster before the second look, where one was taken.
pub(crate) fn evaluate(before_recheck: Option<&Cluster>, cluster: &Cluster, policy: &Policy) -> Report {
    let expectation = expectation(cluster, policy);
    let mut report = Report::new(&expectation.rules);
    if cluster.is_down() {
        component::judge_down(&mut report, cluster, policy, &expectation);
    } else {
        component::judge(&mut report, cluster, policy, &expectation);
        identity::judge(&mut report, before_recheck, cluster);
        membership::judge(&mut report, cluster, policy, &expectation);
        counts::members(&mut report, cluster, policy, &expectation);
        node::judge(&mut report, before_recheck, cluster, policy);
        risks(&mut report, cluster, policy, &expectation);
        ist::judge(&mut report, cluster, policy);
        activity(&mut report, cluster);
        if expectation.mode == Mode::Cluster {
            uniformity(&mut report, cluster);
        }
    }
    counts::judge(&mut report, cluster, policy, &expectation);
    expect_down::judge(&mut report, cluster, policy);
    group_communication::latency(&mut report, cluster);
    connections::in_use(&mut report, cluster);
    certificate::judge(&mut report, cluster);
    state_age::judge(&mut report, cluster);
    answer_time::judge(&mut report, cluster);
    node_line::write(&mut report, cluster);
    alias::write(&mut report, cluster, policy);
    details::write(&mut report, cluster);
    if policy.perfdata_per_node {
        node_perfdata::write(&mut report, cluster);
    }
    report
}

/// The expectation for as many nodes as were found, with thresholds that depend on them.
fn expectation(cluster: &Cluster, policy: &Policy) -> Expectation {
    let down = cluster.nodes.iter().filter(|node| node.is_down_as_announced(&policy.expect_down)).count();
    // Nobody said how many nodes there are where the cluster names them.
    let seen = if cluster.nodes.iter().any(|node| node.asked.is_discovered) { cluster.most_members() } else { 0 };
    let asked = Asked { addresses: cluster.nodes.len() + cluster.aliases.len(), nodes: cluster.nodes.len(), seen };
    let mut expectation = policy.expectation(asked, down, cluster.known_arbitrators().max(policy.arbitrators));
    appliers::derive(&mut expectation.rules, false);
    certificate::derive(&mut expectation.rules, cluster);
    queues::derive(&mut expectation.rules, cluster);
    flow_control::derive(&mut expectation.rules, cluster);
    if cluster.is_degraded(expectation.members, &policy.expect_down) {
        // What the next restart would suffer from matters now.
        for finding in [&SST_BLOCKS, &WEIGHT_EVEN] {
            expectation.rules.derive_severity(finding, ServiceState::Warning);
        }
    }
    expectation
}

/// The risks of the next crash and the next restart.
fn risks(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    quorum::judge(report, cluster, policy, expectation);
    settings::provider_options(report, cluster);
    cluster_address::judge(report, cluster, expectation.members);
    state_transfer::donor_names(report, cluster);
    if expectation.mode == Mode::Cluster {
        state_transfer::judge(report, cluster, expectation.members);
    }
}

/// Whether the nodes run the same software with the same settings.
fn uniformity(report: &mut Report, cluster: &Cluster) {
    version::judge(report, cluster);
    settings::judge(report, cluster);
}

/// The activity of the nodes since the last run, or over the sample.
fn activity(report: &mut Report, cluster: &Cluster) {
    flow_control::judge(report, cluster);
    conflicts::judge(report, cluster);
    queues::judge(report, cluster);
    appliers::stalled(report, cluster);
    state_transfer::repeated(report, cluster);
    writes::judge(report, cluster);
    membership::changes(report, cluster);
    connections::turned_away(report, cluster);
}

#[cfg(test)]
mod tests;
