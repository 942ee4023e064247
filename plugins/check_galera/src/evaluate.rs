//! What the nodes' answers mean for the cluster.

mod ages;
mod appliers;
mod config;
mod counts;
mod details;
mod donor;
mod group;
mod ist;
mod load;
mod motion;
mod node;
mod node_lines;
pub(crate) mod readiness;
mod safety;
mod series;
mod times;
mod unreachable;
mod version;

use common::{Range, Report, Rules, Thresholds, wording};

use crate::catalogue::RECV_QUEUE;
use crate::cluster::{Class, Cluster, Node};
use crate::facts::Facts;
use crate::memory::Memory;
use crate::policy::{Mode, Policy};
use crate::snapshot::Snapshot;

/// Judges the cluster by what all its nodes said.
pub(crate) fn evaluate(cluster: &Cluster, policy: &Policy) -> Report {
    let down = cluster.nodes.iter().filter(|node| is_down_on_purpose(node, policy)).count();
    let mut expectation = policy.expectation(cluster.nodes.len(), down);
    if let Some(limit) = queue_limit(cluster) {
        derive_queue_limit(&mut expectation.rules, limit);
    }
    let mut report = Report::new(&expectation.rules);
    if group::answers(cluster) {
        group::judge(&mut report, cluster, policy, &expectation);
        counts::members(&mut report, cluster, policy, &expectation);
        node::judge(&mut report, cluster, policy);
        safety::judge(&mut report, cluster, policy, &expectation);
        ist::judge(&mut report, cluster, policy);
        motion::judge(&mut report, cluster);
        if expectation.mode == Mode::Cluster {
            version::judge(&mut report, cluster);
            config::judge(&mut report, cluster);
        }
    } else {
        group::judge_down(&mut report, cluster, policy, &expectation);
    }
    counts::judge(&mut report, cluster, policy, &expectation);
    load::judge(&mut report, cluster);
    ages::judge(&mut report, cluster);
    times::judge(&mut report, cluster);
    node_lines::tell(&mut report, cluster);
    details::tell(&mut report, cluster);
    if policy.perfdata_per_node {
        series::tell(&mut report, cluster);
    }
    report
}

/// Whether a node is missing as it was announced. One that is up without the others, or with other data, is not missing.
fn is_down_on_purpose(node: &Node, policy: &Policy) -> bool {
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

/// The node on which a number is largest.
fn largest<'c, 'a>(
    nodes: impl Iterator<Item = (&'c Node<'a>, &'a Facts)>,
    of: impl Fn(&Node<'a>, &'a Facts) -> Option<f64>,
) -> Option<(&'c Node<'a>, f64)>
where
    'a: 'c,
{
    let values = nodes.filter_map(|(node, facts)| Some((node, of(node, facts)?)));
    values.max_by(|(_, one), (_, other)| one.total_cmp(other))
}

/// The names of nodes as a sentence lists them.
fn names<'c, 'a: 'c>(nodes: impl IntoIterator<Item = &'c Node<'a>>) -> String {
    wording::list(&nodes.into_iter().map(|node| node.label.as_str()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;
