//! How long the nodes took to answer.

use std::time::Duration;

use common::{Number, Report, wording};

use crate::catalogue::{CONNECT_TIME, QUERY_TIME};
use crate::model::{Cluster, Node};
use crate::snapshot::{Answer, Outcome};

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    if let Some((node, time)) = slowest(cluster, |answer| answer.login_time) {
        let words = format!("{} took {} s to let the check log in", node.label, wording::seconds(time));
        report.metric(&CONNECT_TIME, Number::seconds(time)).of(node).words(words);
    }
    query_time(report, cluster);
}

pub(super) fn query_time(report: &mut Report, cluster: &Cluster) {
    if let Some((node, time)) = slowest(cluster, |answer| answer.total_time) {
        let words = format!("{} took {} s to answer", node.label, wording::seconds(time));
        report.metric(&QUERY_TIME, Number::seconds(time)).of(node).words(words);
    }
}

fn slowest<'c, 'a>(cluster: &'c Cluster<'a>, of: fn(&Answer) -> Duration) -> Option<(&'c Node<'a>, Duration)> {
    let times = cluster.nodes.iter().filter_map(|node| match &node.asked.outcome {
        Outcome::Answered(answer) => Some((node, of(answer))),
        _ => None,
    });
    times.max_by_key(|(_, time)| *time)
}
