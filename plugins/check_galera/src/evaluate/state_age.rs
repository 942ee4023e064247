//! Ages of states that should not last.

use common::{MetricSpec, Report, wording};

use crate::catalogue::{DONOR_AGE, SST_AGE};
use crate::class::Class;
use crate::model::{Cluster, Node};

/// A state that no node is in is 0 s old. A state whose beginning no run saw is left out.
pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    if cluster.galera_nodes().next().is_none() {
        return;
    }
    age(report, cluster, &DONOR_AGE, Class::is_donor_or_desynced, "donor or desynced");
    age(report, cluster, &SST_AGE, |class| class == Class::ReceivingSst, "receiving a state transfer");
}

fn age(report: &mut Report, cluster: &Cluster, spec: &'static MetricSpec, is: fn(Class) -> bool, what: &str) {
    let nodes = cluster.nodes.iter().filter(|node| is(node.class));
    let ages: Option<Vec<(&Node, f64)>> = nodes.map(|node| Some((node, node.age(cluster.at)?))).collect();
    let Some(ages) = ages else { return };
    let remedy = "look at the backup or the state transfer: does it go on?";
    match ages.into_iter().max_by(|(_, one), (_, other)| one.total_cmp(other)) {
        Some((node, seconds)) => {
            let words = format!("{} has been {what} for {}", node.label, wording::age(seconds));
            report.metric(spec, wording::whole(seconds)).of(node).words(words).remedy(remedy);
        }
        None => {
            report.metric(spec, 0_u32).words(format_args!("no node is {what}"));
        }
    }
}
