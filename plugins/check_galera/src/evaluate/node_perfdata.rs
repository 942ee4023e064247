//! Perfdata of each node, which no threshold judges.

use common::{MetricUnit, Number, Report, wording};

use crate::model::{Cluster, Node};
use crate::snapshot::facts::Facts;

/// `flow_control_db1`, and its like.
pub(super) fn write(report: &mut Report, cluster: &Cluster) {
    for node in &cluster.nodes {
        if let Some(facts) = node.facts {
            of_node(report, node, facts);
        }
    }
}

fn of_node(report: &mut Report, node: &Node, facts: &Facts) {
    let mut put = |metric: &str, unit: MetricUnit, value: Option<Number>| {
        if let Some(value) = value {
            report.series(metric, &node.key, unit, value);
        }
    };
    put("state", MetricUnit::None, state(facts));
    put("recv_queue", MetricUnit::None, facts.load.recv_queue.map(Number::from));
    put("last_committed", MetricUnit::Counter, facts.counters.committed.map(Number::from));
    let paused = node.paused.map(|paused| paused.share);
    put("flow_control", MetricUnit::Percent, paused.map(|share| wording::number(share * 100.0)));
    let replicated = node.activity.as_ref().and_then(|activity| activity.per_second(|activity| activity.replicated));
    put("write_rate", MetricUnit::None, replicated.map(wording::number));
}

/// `wsrep_local_state` as the server prints it.
fn state(facts: &Facts) -> Option<Number> {
    facts.state.map(|state| Number::from(state as u32))
}
