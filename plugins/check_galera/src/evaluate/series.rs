//! Numbers of each node, which no threshold judges.

use common::{Label, MetricUnit, Number, Report, wording};

use crate::cluster::{Cluster, Node};
use crate::facts::Facts;

/// `db1_flow_control`, and its like.
pub(super) fn tell(report: &mut Report, cluster: &Cluster) {
    for node in &cluster.nodes {
        if let Some(facts) = node.facts {
            of_node(report, node, facts);
        }
    }
}

fn of_node(report: &mut Report, node: &Node, facts: &Facts) {
    let prefix: String = node.key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut put = |name: &str, unit: MetricUnit, value: Option<Number>| {
        if let (Some(label), Some(value)) = (Label::new(&format!("{prefix}_{name}")), value) {
            report.series(label, unit, value);
        }
    };
    put("state", MetricUnit::None, state(facts));
    put("recv_queue", MetricUnit::None, facts.load.recv_queue.map(Number::from));
    put("last_committed", MetricUnit::Counter, facts.counters.committed.map(Number::from));
    let paused = node.motion.as_ref().and_then(|motion| motion.paused);
    put("flow_control", MetricUnit::Percent, paused.map(|share| wording::number(share * 100.0)));
    let replicated = node.motion.as_ref().and_then(|motion| motion.rate(|motion| motion.replicated));
    put("write_rate", MetricUnit::None, replicated.map(wording::number));
}

/// `wsrep_local_state` as the server prints it.
fn state(facts: &Facts) -> Option<Number> {
    facts.state.map(|state| Number::from(state as u32))
}
