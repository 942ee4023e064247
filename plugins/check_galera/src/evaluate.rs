//! What the nodes' answers mean for the cluster.

mod config;
mod group;
mod ist;
mod judge;
mod measure;
mod motion;
mod node;
mod note;
pub(crate) mod readiness;
mod safety;
mod say;
mod version;

use common::{Range, Report, Rules, Thresholds};

use crate::catalogue::RECV_QUEUE;
use crate::cluster::{Class, Cluster};
use crate::memory::Memory;
use crate::policy::{Mode, Policy};
use crate::snapshot::Snapshot;
use judge::Judge;

/// Judges the cluster by what all its nodes said.
pub(crate) fn evaluate(cluster: &Cluster, policy: &Policy) -> Report {
    let down = cluster.nodes.iter().filter(|node| is_down_on_purpose(node, policy)).count();
    let mut expectation = policy.expectation(cluster.nodes.len(), down);
    if let Some(limit) = queue_limit(cluster) {
        derive_queue_limit(&mut expectation.rules, limit);
    }
    let mut judge = Judge::new(&expectation);
    if group::answers(cluster) {
        group::judge(&mut judge, cluster, policy);
        measure::members(&mut judge, cluster, policy);
        node::judge(&mut judge, cluster, policy);
        safety::judge(&mut judge, cluster, policy);
        ist::judge(&mut judge, cluster, policy);
        motion::judge(&mut judge, cluster);
        version::judge(&mut judge, cluster);
        if judge.mode == Mode::Cluster {
            config::judge(&mut judge, cluster);
        }
    } else {
        group::judge_down(&mut judge, cluster);
    }
    measure::measure(&mut judge, cluster);
    note::note(&mut judge, cluster, policy);
    judge.into_report()
}

/// Whether a node is missing as it was announced. One that is up without the others, or with other data, is not missing.
fn is_down_on_purpose(node: &crate::cluster::Node, policy: &Policy) -> bool {
    let does_harm = matches!(node.class, Class::Inconsistent | Class::NotGalera | Class::NotReplicating);
    node.is_one_of(&policy.expect_down) && !node.serves() && !does_harm
}

/// The queue at which a member begins to throttle all.
fn queue_limit(cluster: &Cluster) -> Option<u64> {
    let members = cluster.main().and_then(|main| main.size).unwrap_or(1);
    cluster.members().filter_map(|(_, facts)| facts.options.flow_control_limit(members)).min()
}

/// Ten times the limit is waited for by nobody any more.
fn derive_queue_limit(rules: &mut Rules, limit: u64) {
    let critical = Range::at_most(limit.saturating_mul(10));
    rules.derive(&RECV_QUEUE, Thresholds { warning: Some(Range::at_most(limit)), critical: Some(critical) });
}

/// Whether the answers may be those of a group that was just changing, so that a second look is worth its time.
pub(crate) fn is_doubtful(snapshot: &Snapshot) -> bool {
    let memory = Memory::default();
    let cluster = Cluster::new(snapshot, &memory);
    let unsettled = cluster.speaking().any(|(_, facts)| !facts.evs.is_settled());
    cluster.components.len() > 1 || unsettled || cluster.count(|class| class == Class::Hung) > 0
}

#[cfg(test)]
mod tests;
