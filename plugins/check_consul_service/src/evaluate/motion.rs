//! What became of the instances since earlier runs.

use std::borrow::Cow;

use common::{Cause, Number, Report, Subject, text, wording};

use super::access::Visibility;
use super::cause::explain;
use super::service::whole;
use super::view::Data;
use crate::catalogue::{INSTANCES_VANISHED, MAINTENANCE_AGE, STATUS_CHANGES};
use crate::health::is_of_maintenance;
use crate::memory::{Memory, Past};
use crate::policy::Policy;
use crate::snapshot::Instance;

/// The instances that are gone.
pub(super) struct Vanished<'m> {
    pub(super) gone: Vec<Gone<'m>>,
    /// How many of them are missed: a deployment replaces each by one with a new id.
    pub(super) missed: usize,
}

/// An instance that is no longer registered.
pub(super) struct Gone<'m> {
    past: &'m Past,
    /// For how many seconds at most.
    since: f64,
}

impl Subject for Gone<'_> {
    fn key(&self) -> Cow<'_, str> {
        format!("gone {}", self.past.name).into()
    }

    fn label(&self) -> Cow<'_, str> {
        text::quote(&self.past.name).into()
    }
}

impl Gone<'_> {
    fn last_seen(&self) -> String {
        format!("last seen {} ago", wording::age(self.since))
    }

    pub(super) fn cause(&self) -> Cause {
        Cause::with_reason(self, self.last_seen(), "gone")
    }
}

/// Those that are gone; `None` where nobody knows.
pub(super) fn vanished<'m>(
    data: &Data,
    visibility: Visibility,
    now: f64,
    memory: &'m Memory,
    policy: &Policy,
) -> Option<Vanished<'m>> {
    // What a filter leaves out may still be there.
    if memory.is_lost || visibility != Visibility::Whole || policy.query.filter.is_some() {
        return None;
    }
    let hold = policy.vanished_hold.as_secs_f64();
    let gone = memory.vanished(&data.all, now, hold).into_iter();
    let gone: Vec<_> = gone.map(|past| Gone { past, since: now - past.seen }).collect();
    let replaced = memory.appeared(&data.all, now, hold);
    // While as many are left as are expected, none is missed.
    let missing = policy.expect.map(|_| whole(data, policy).saturating_sub(data.instances.len()));
    let missed = gone.len().saturating_sub(replaced).min(missing.unwrap_or(usize::MAX));
    Some(Vanished { gone, missed })
}

impl Vanished<'_> {
    pub(super) fn judge(&self, report: &mut Report) {
        report
            .metric(&INSTANCES_VANISHED, self.missed)
            .of_all(&self.gone)
            .words(self.sentence())
            .remedy("its agent left, or it was deregistered: register it again, or leave it be for --vanished-hold")
            .because(self.gone.iter().map(Gone::cause));
    }

    /// A line for each; none where all were replaced.
    pub(super) fn lines(&self, report: &mut Report) {
        for gone in self.gone.iter().filter(|_| self.missed > 0) {
            report.line(gone, format_args!("{} no longer registered, {}", gone.label(), gone.last_seen()));
        }
    }

    /// `1 instance vanished`; `3 instances vanished, 2 not replaced`.
    fn sentence(&self) -> String {
        let vanished = match self.gone.len() {
            0 => return "no instance vanished".to_owned(),
            count => format!("{} vanished", wording::count(count, "instance", "instances")),
        };
        if self.missed == self.gone.len() { vanished } else { format!("{vanished}, {} not replaced", self.missed) }
    }
}

/// How the instances that are there fared.
pub(super) fn judge(report: &mut Report, data: &Data, now: f64, memory: &Memory) {
    if memory.is_lost {
        return;
    }
    changes(report, data, memory, now);
    maintenance(report, data, now, memory);
}

/// The instance that changed most often in the last hour, this run included.
fn changes(report: &mut Report, data: &Data, memory: &Memory, now: f64) {
    let changes = data.instances.iter().map(|instance| (memory.changes(instance, now), *instance));
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

fn maintenance(report: &mut Report, data: &Data, now: f64, memory: &Memory) {
    let since = |instance: &Instance| memory.maintenance(instance, now);
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
