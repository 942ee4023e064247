//! Numbers of every server and every internal name, for separate graphs.

use common::{MetricUnit, Number, Report};

use super::times::KINDS;
use super::traffic::loss;
use crate::catalogue::{INTERNAL_ADDRESSES, INTERNAL_TTL};
use crate::model::{NameServer, Resolution};
use crate::probe::Side;

/// The metric comes first in the labels, so that labels still differ after a reader has cut them.
pub(super) fn measure(report: &mut Report, resolution: &Resolution) {
    for server in &resolution.servers {
        of_server(report, server);
    }
    let subjects = resolution.subjects;
    // A name that is given with several types is several subjects.
    let is_new = |(index, name): (usize, &str)| !subjects.iter().take(index).any(|before| before.name == name);
    let internal = subjects.iter().enumerate().filter(|(_, subject)| subject.is_known(Side::Internal));
    for (index, subject) in internal.filter(|(index, subject)| is_new((*index, &subject.name))) {
        if let Some(count) = resolution.addresses(index) {
            report.series(INTERNAL_ADDRESSES.id, &subject.name, MetricUnit::None, count);
        }
        if let Some(ttl) = resolution.ttl(index) {
            report.series(INTERNAL_TTL.id, &subject.name, MetricUnit::Seconds, ttl);
        }
    }
}

fn of_server(report: &mut Report, server: &NameServer) {
    let label = server.asked.server.label();
    if !server.was_not_asked() {
        report.series("ok", label, MetricUnit::None, u32::from(server.is_good()));
    }
    for kind in KINDS.iter().filter(|kind| kind.has_series) {
        if let Some(slowest) = kind.slowest([server]) {
            report.series(kind.spec.id, label, MetricUnit::Seconds, Number::seconds(slowest.time));
        }
    }
    if let Some(loss) = loss(server.asked.replies()) {
        report.series("loss", label, MetricUnit::Percent, loss);
    }
}
