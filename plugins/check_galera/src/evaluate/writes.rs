//! Writes: how much the cluster commits, and on which nodes clients write.

use common::{Report, wording};

use super::node_wording::names;
use crate::catalogue::{LAST_COMMITTED, WRITE_BYTES, WRITE_RATE, WRITERS};
use crate::model::Cluster;

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    if let Some(seqno) = cluster.committed() {
        report.metric(&LAST_COMMITTED, seqno).words(format_args!("last committed seqno {seqno}"));
    }
    rate(report, cluster);
    writers(report, cluster);
}

fn rate(report: &mut Report, cluster: &Cluster) {
    if let Some(rate) = cluster.commit_rate() {
        let rate = wording::number(rate);
        report.metric(&WRITE_RATE, rate).words(format_args!("the cluster commits {rate} transactions a second"));
    }
    let bytes = cluster.members().filter_map(|(node, _)| node.activity.as_ref()?.per_second(|activity| activity.bytes));
    if let Some(rate) = bytes.max_by(f64::total_cmp) {
        let rate = wording::whole(rate);
        report.metric(&WRITE_BYTES, rate).words(format_args!("the cluster writes {rate} B of writesets a second"));
    }
}

/// The nodes on which clients write one transaction a second or more.
fn writers(report: &mut Report, cluster: &Cluster) {
    let rates: Option<Vec<_>> = cluster
        .members()
        .map(|(node, _)| Some((node, node.activity.as_ref()?.per_second(|activity| activity.replicated)?)))
        .collect();
    let Some(rates) = rates.filter(|rates| !rates.is_empty()) else { return };
    let writers: Vec<_> = rates.into_iter().filter(|(_, rate)| *rate >= 1.0).map(|(node, _)| node).collect();
    let words = match writers.len() {
        0 => "clients write to no node".to_owned(),
        count => {
            let names = names(writers.iter().copied());
            format!("clients write to {}: {names}", wording::count(count, "node", "nodes"))
        }
    };
    report.metric(&WRITERS, writers.len()).words(words);
}
