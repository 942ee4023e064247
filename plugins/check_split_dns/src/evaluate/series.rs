//! Numbers of every server and name, for who wants a graph of each.

use common::{Label, MetricUnit, Number, Report};

use super::measure::{addresses, loss, ttl};
use super::scene::Scene;
use super::times::KINDS;
use super::verdict::Verdict;
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
        let label = |metric: &str| Label::new(&format!("{metric}_{}", subject.name));
        if let (Some(label), Some(count)) = (label("addrs"), addresses(scene, index)) {
            report.series(label, MetricUnit::None, count);
        }
        if let (Some(label), Some(ttl)) = (label("ttl"), ttl(scene, index)) {
            report.series(label, MetricUnit::Seconds, ttl);
        }
    }
}

fn of_server(report: &mut Report, verdict: &Verdict) {
    let label = |metric: &str| Label::new(&format!("{metric}_{}", verdict.asked.server.label()));
    if let Some(label) = label("ok").filter(|_| !verdict.was_not_asked()) {
        report.series(label, MetricUnit::None, u32::from(verdict.is_good()));
    }
    for kind in &KINDS {
        if let (Some(label), Some(slowest)) = (kind.series.and_then(label), kind.slowest([verdict])) {
            report.series(label, MetricUnit::Seconds, Number::seconds(slowest.time));
        }
    }
    if let (Some(label), Some(loss)) = (label("loss"), loss(verdict.asked.replies())) {
        report.series(label, MetricUnit::Percent, loss);
    }
}
