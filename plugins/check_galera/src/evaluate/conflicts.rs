//! Conflicts: transactions that failed, were aborted or replayed because two nodes wrote the same rows.

use common::{MetricSpec, Report, wording};

use super::node_wording::largest;
use crate::catalogue::{BF_ABORTS, CERT_FAILURES, REPLAYS};
use crate::model::{Activity, Cluster};

/// A share of fewer transactions than this is no measurement.
const FEWEST_TRANSACTIONS: u64 = 50;

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    let failed =
        |activity: &Activity| share(activity.cert_failures?, activity.commits?.checked_add(activity.cert_failures?)?);
    let aborted = |activity: &Activity| share(activity.bf_aborts?, activity.commits?.checked_add(activity.bf_aborts?)?);
    conflict(report, cluster, &CERT_FAILURES, failed, "failed certification");
    conflict(report, cluster, &BF_ABORTS, aborted, "were aborted for replicated ones");
    if let Some(rate) = sum(cluster, |activity| activity.replays) {
        let rate = wording::number(rate);
        report.metric(&REPLAYS, rate).words(format_args!("{rate} transactions replayed a second"));
    }
}

fn conflict(
    report: &mut Report,
    cluster: &Cluster,
    spec: &'static MetricSpec,
    of: impl Fn(&Activity) -> Option<f64>,
    what: &str,
) {
    let worst = largest(cluster.members(), |node, _| node.activity.as_ref().and_then(&of));
    if let Some((node, percent)) = worst {
        let metric = report.metric(spec, wording::number(percent)).of(node);
        metric
            .words(format_args!("{}: {percent:.1} % of its transactions {what}", node.label))
            .remedy("two nodes write the same rows: send all writes to one node, or make transactions shorter");
    }
}

/// In percent; `None` of too few, unless nothing happened at all.
fn share(part: u64, whole: u64) -> Option<f64> {
    (part == 0 || whole >= FEWEST_TRANSACTIONS).then(|| wording::percent(part, whole))
}

/// The sum of all members' rates; `None` where one is missing.
fn sum(cluster: &Cluster, of: impl Fn(&Activity) -> Option<u64>) -> Option<f64> {
    let rates: Option<Vec<_>> = cluster.members().map(|(node, _)| node.activity.as_ref()?.per_second(&of)).collect();
    rates.filter(|rates| !rates.is_empty()).map(|rates| rates.into_iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_a_few_transactions_is_no_measurement() {
        for (part, whole, percent) in [(11, 100, Some(11.0)), (25, 50, Some(50.0)), (48, 49, None), (0, 0, Some(0.0))] {
            assert_eq!(share(part, whole), percent, "{part} of {whole}");
        }
    }
}
