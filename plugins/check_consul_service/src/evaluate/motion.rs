//! What became of the instances since earlier runs.

use common::{Number, Report};

use super::access::Visibility;
use super::say;
use super::view::Data;
use crate::catalogue::{INSTANCES_VANISHED, MAINTENANCE_AGE, STATUS_CHANGES};
use crate::memory::Memory;
use crate::policy::Policy;
use crate::snapshot::Instance;

pub(super) fn judge(
    report: &mut Report,
    data: &Data,
    visibility: Visibility,
    now: f64,
    memory: &Memory,
    policy: &Policy,
) {
    if visibility == Visibility::Whole {
        vanished(report, data, now, memory, policy);
    }
    changes(report, data, memory, now);
    maintenance(report, data, now, memory);
}

fn vanished(report: &mut Report, data: &Data, now: f64, memory: &Memory, policy: &Policy) {
    let gone = memory.vanished(&data.all, now, policy.vanished_hold.as_secs_f64());
    let names: Vec<_> = gone.iter().map(|past| common::text::quote(&past.name)).collect();
    let since = gone.iter().map(|past| now - past.seen).reduce(f64::max).unwrap_or(0.0);
    let sentence = format!("{} no longer registered, last seen {} ago", names.join(", "), say::age(since));
    let remedy = "its agent left, or it was deregistered: register it again, or leave it be for --vanished-hold";
    report.metric_with_remedy(&INSTANCES_VANISHED, gone.len(), &sentence, remedy);
}

/// The instance that changed most often in the last hour, this run included.
fn changes(report: &mut Report, data: &Data, memory: &Memory, now: f64) {
    let count = |instance: &Instance| memory.changes(instance, now);
    let Some((changes, instance)) =
        data.instances.iter().map(|instance| (count(instance), *instance)).max_by_key(|(changes, _)| *changes)
    else {
        return;
    };
    let sentence = format!("{} flaps: {changes} changes within an hour", instance.name());
    let remedy = "look at its check (timeouts, failures_before_critical) and at the load of its node";
    report.metric_with_remedy(&STATUS_CHANGES, changes, &sentence, remedy);
}

fn maintenance(report: &mut Report, data: &Data, now: f64, memory: &Memory) {
    let since = |instance: &Instance| memory.maintenance(instance, now);
    let ages = data.instances.iter().filter_map(|instance| Some((now - since(instance)?, *instance)));
    let Some((age, instance)) = ages.max_by(|(one, _), (other, _)| one.total_cmp(other)) else { return };
    let Ok(seconds) = Number::try_from(age.round()) else { return };
    let sentence = format!("{} has been in maintenance for {}: forgotten?", instance.name(), say::age(age));
    report.metric_with_remedy(&MAINTENANCE_AGE, seconds, &sentence, "consul maint -disable there, if it is over");
}
