//! Numbers of every server and name, for who wants a graph of each.

use common::{MetricUnit, Number, Report};

use super::measure::{addresses, loss, ttl};
use super::scene::Scene;
use super::times::KINDS;
use super::verdict::Verdict;
use crate::catalogue::{INTERNAL_ADDRESSES, INTERNAL_TTL};
use crate::probe::Side;

/// The metric comes first in the labels, so that they differ where readers cut them.
pub(super) fn measure(report: &mut Report, scene: &Scene) {
    for verdict in &scene.verdicts {
        of_server(report, verdict);
    }
    let subjects = &scene.policy.subjects;
    // A name that is asked for by types has several places.
    let is_new = |(index, name): (usize, &str)| !subjects.iter().take(index).any(|before| before.name == name);
    let inside = subjects.iter().enumerate().filter(|(_, subject)| subject.is_known(Side::Internal));
    for (index, subject) in inside.filter(|(index, subject)| is_new((*index, &subject.name))) {
        if let Some(count) = addresses(scene, index) {
            report.series(INTERNAL_ADDRESSES.id, &subject.name, MetricUnit::None, count);
        }
        if let Some(ttl) = ttl(scene, index) {
            report.series(INTERNAL_TTL.id, &subject.name, MetricUnit::Seconds, ttl);
        }
    }
}

fn of_server(report: &mut Report, verdict: &Verdict) {
    let server = verdict.asked.server.label();
    if !verdict.was_not_asked() {
        report.series("ok", server, MetricUnit::None, u32::from(verdict.is_good()));
    }
    for kind in KINDS.iter().filter(|kind| kind.has_series) {
        if let Some(slowest) = kind.slowest([verdict]) {
            report.series(kind.spec.id, server, MetricUnit::Seconds, Number::seconds(slowest.time));
        }
    }
    if let Some(loss) = loss(verdict.asked.replies()) {
        report.series("loss", server, MetricUnit::Percent, loss);
    }
}
