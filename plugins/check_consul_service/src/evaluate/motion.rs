//! What became of the instances since earlier runs.

use common::{Number, Report};

use super::access::Visibility;
use super::cause::cause;
use super::say;
use super::service::whole;
use super::view::Data;
use crate::catalogue::{INSTANCES_VANISHED, MAINTENANCE_AGE, STATUS_CHANGES};
use crate::health::is_of_maintenance;
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
    if memory.is_lost {
        return;
    }
    // What a filter leaves out may still be there.
    if visibility == Visibility::Whole && policy.query.filter.is_none() {
        vanished(report, data, now, memory, policy);
    }
    changes(report, data, memory, now);
    maintenance(report, data, now, memory);
}

/// Those that are gone and were not replaced, as each deployment does that gives its instances new ids.
fn vanished(report: &mut Report, data: &Data, now: f64, memory: &Memory, policy: &Policy) {
    let hold = policy.vanished_hold.as_secs_f64();
    let gone = memory.vanished(&data.all, now, hold);
    let replaced = memory.appeared(&data.all, now, hold);
    // Of more than are expected nobody misses any.
    let missing = policy.expect.map(|_| whole(data, policy).saturating_sub(data.instances.len()));
    let count = gone.len().saturating_sub(replaced).min(missing.unwrap_or(usize::MAX));
    let names: Vec<_> = gone.iter().map(|past| common::text::quote(&past.name)).collect();
    let since = gone.iter().map(|past| now - past.seen).reduce(f64::max).unwrap_or(0.0);
    let sentence = format!("{} no longer registered, last seen {} ago", names.join(", "), say::age(since));
    let remedy = "its agent left, or it was deregistered: register it again, or leave it be for --vanished-hold";
    report.metric_with_remedy(&INSTANCES_VANISHED, count, &sentence, remedy);
}

/// The instance that changed most often in the last hour, this run included.
fn changes(report: &mut Report, data: &Data, memory: &Memory, now: f64) {
    let count = |instance: &&Instance| memory.changes(instance, now);
    let Some(instance) = data.instances.iter().copied().max_by_key(count) else {
        report.metric(&STATUS_CHANGES, 0_u32, "");
        return;
    };
    let changes = count(&instance);
    let sentence = format!("{} flaps: {changes} changes within an hour", instance.name());
    let remedy = "look at its check (timeouts, failures_before_critical) and at the load of its node";
    report.metric_with_remedy(&STATUS_CHANGES, changes, &sentence, remedy);
}

fn maintenance(report: &mut Report, data: &Data, now: f64, memory: &Memory) {
    let since = |instance: &Instance| memory.maintenance(instance, now);
    let ages = data.instances.iter().filter_map(|instance| Some((now - since(instance)?, *instance)));
    let Some((age, instance)) = ages.max_by(|(one, _), (other, _)| one.total_cmp(other)) else {
        report.metric(&MAINTENANCE_AGE, 0_u32, "");
        return;
    };
    let Ok(seconds) = Number::try_from(age.round()) else { return };
    let sentence = format!("{} has been in maintenance for {}: forgotten?", instance.name(), say::age(age));
    let remedy =
        instance.checks.iter().find(|check| is_of_maintenance(&check.id)).map(|check| cause(instance, check).1);
    report.metric_with_remedy(&MAINTENANCE_AGE, seconds, &sentence, &remedy.unwrap_or_default());
}
