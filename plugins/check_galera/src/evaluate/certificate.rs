//! Certificates of the servers, before their last day.

use common::{Level, Range, Report, Rules, Thresholds, date, wording};

use crate::catalogue::CERTIFICATE_DAYS;
use crate::model::{Cluster, Node};
use crate::snapshot::Outcome;
use crate::snapshot::facts::Certificate;

const DAY: f64 = 86_400.0;

/// Days before the end; of a short lifetime a quarter and a tenth.
const WARNING_DAYS: f64 = 30.0;
const CRITICAL_DAYS: f64 = 7.0;

/// The limits for the certificate that ends first.
pub(super) fn derive(rules: &mut Rules, cluster: &Cluster) {
    let Some((_, certificate)) = first_to_end(cluster) else { return };
    #[expect(clippy::cast_precision_loss, reason = "seconds of a lifetime")]
    let lifetime = certificate.not_before.map(|start| certificate.not_after.saturating_sub(start) as f64 / DAY);
    let at_least = |days: f64, part: f64| {
        let days = lifetime.map_or(days, |lifetime| days.min(lifetime / part));
        Some(Range::at_least(wording::number(days)))
    };
    rules.derive(
        &CERTIFICATE_DAYS,
        Thresholds { warning: at_least(WARNING_DAYS, 4.0), critical: at_least(CRITICAL_DAYS, 10.0) },
    );
}

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    if let Some((node, certificate)) = first_to_end(cluster) {
        let left = days_left(&certificate, cluster);
        let day = date::day(certificate.not_after);
        let words = match left {
            0.0 => format!("{}: its certificate expired on {day}", node.label),
            left => format!("{}: its certificate expires on {day}, in {}", node.label, wording::age(left * DAY)),
        };
        let remedy = "renew it there, then FLUSH SSL: no restart is needed";
        let metric = report.metric(&CERTIFICATE_DAYS, wording::number(left)).of(node).words(words).remedy(remedy);
        if left <= 0.0 {
            metric.self_evident();
        }
    } else if cluster.galera_nodes().next().is_some() {
        report.details(Level::Verbose, || ["certificate_days was not measured: no session was encrypted"]);
    }
}

fn first_to_end<'c, 'a>(cluster: &'c Cluster<'a>) -> Option<(&'c Node<'a>, Certificate)> {
    let certificates = cluster.nodes.iter().filter_map(|node| Some((node, certificate(node)?)));
    certificates.min_by_key(|(_, certificate)| certificate.not_after)
}

/// As the server gives it to an encrypted session, or as the failed verification found it.
fn certificate(node: &Node) -> Option<Certificate> {
    match &node.asked.outcome {
        Outcome::Answered(answer) => answer.facts.certificate,
        Outcome::NotTrusted(distrust) => {
            distrust.expired_at.map(|not_after| Certificate { not_before: None, not_after })
        }
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are below 2^53")]
fn days_left(certificate: &Certificate, cluster: &Cluster) -> f64 {
    ((certificate.not_after as f64 - cluster.at) / DAY).max(0.0)
}
