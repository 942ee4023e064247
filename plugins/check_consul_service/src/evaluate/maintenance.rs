//! Maintenance that somebody may have forgotten.

use common::{Number, Report, wording};

use super::cause::explain;
use crate::catalogue::MAINTENANCE_AGE;
use crate::model::{Data, Service};
use crate::snapshot::{Instance, is_of_maintenance};

/// Judges the oldest maintenance, as far as earlier runs saw it.
pub(super) fn judge(report: &mut Report, data: &Data, service: &Service) {
    let (history, now) = (service.history, service.snapshot.at);
    let since = |instance: &Instance| history.maintenance(instance, now);
    let ages = data.instances.iter().filter_map(|instance| Some((now - since(instance)?, *instance)));
    let Some((age, instance)) = ages.max_by(|(one, _), (other, _)| one.total_cmp(other)) else {
        report.metric(&MAINTENANCE_AGE, 0_u32).words("no instance is in maintenance");
        return;
    };
    let Ok(seconds) = Number::try_from(age.round()) else { return };
    let check = instance.checks.iter().find(|check| is_of_maintenance(&check.id));
    report
        .metric(&MAINTENANCE_AGE, seconds)
        .of(instance)
        .words(format_args!("{} has been in maintenance for {}: forgotten?", instance.name(), wording::age(age)))
        .remedy(check.map(|check| explain(instance, check).remedy).unwrap_or_default());
}
