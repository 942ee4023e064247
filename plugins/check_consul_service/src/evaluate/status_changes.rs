//! Instances that flap.

use common::{Report, wording};

use crate::catalogue::STATUS_CHANGES;
use crate::model::{Data, Service};

/// Judges the instance that changed most often in the last hour, this run included.
pub(super) fn judge(report: &mut Report, data: &Data, service: &Service) {
    let (history, now) = (service.history, service.snapshot.at);
    let changes = data.instances.iter().map(|instance| (history.changes(instance, now), *instance));
    match changes.max_by_key(|(count, _)| *count).filter(|(count, _)| *count > 0) {
        None => drop(report.metric(&STATUS_CHANGES, 0_u32).words("no instance changed its status within an hour")),
        Some((count, instance)) => {
            let changes = wording::count(count, "change", "changes");
            report
                .metric(&STATUS_CHANGES, count)
                .of(instance)
                .words(format_args!("{} flaps: {changes} within an hour", instance.name()))
                .remedy("look at its check (timeouts, failures_before_critical) and at the load of its node");
        }
    }
}
