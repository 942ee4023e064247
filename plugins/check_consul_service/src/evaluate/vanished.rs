//! Instances that have disappeared from the catalog.

use std::borrow::Cow;

use common::{Cause, Report, Subject, text, wording};

use super::access::Visibility;
use crate::catalogue::INSTANCES_VANISHED;
use crate::history::LastSeen;
use crate::model::{Data, Service};
use crate::policy::Policy;

/// The instances that are gone.
pub(super) struct Vanished<'h> {
    pub(super) gone: Vec<Gone<'h>>,
    /// How many of them are missed: a deployment replaces each by one with a new id.
    pub(super) missed: usize,
}

/// An instance that is no longer registered.
pub(super) struct Gone<'h> {
    last: &'h LastSeen,
    /// For how many seconds at most.
    since: f64,
}

impl Subject for Gone<'_> {
    fn key(&self) -> Cow<'_, str> {
        format!("gone {}", self.last.name).into()
    }

    fn label(&self) -> Cow<'_, str> {
        text::quote(&self.last.name).into()
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

/// The instances that are gone; `None` where nobody knows.
pub(super) fn vanished<'h>(
    data: &Data,
    visibility: Visibility,
    service: &Service<'h>,
    policy: &Policy,
) -> Option<Vanished<'h>> {
    let (history, now) = (service.history, service.snapshot.at);
    // An instance that a filter leaves out may still be there.
    if history.is_lost || visibility != Visibility::Whole || policy.query.filter.is_some() {
        return None;
    }
    let hold = policy.vanished_hold.as_secs_f64();
    let gone = history.vanished(&data.all, now, hold).into_iter();
    let gone: Vec<_> = gone.map(|last| Gone { last, since: now - last.seen }).collect();
    let replaced = history.appeared(&data.all, now, hold);
    // While at least EXPECT instances are left, none counts as vanished.
    let missing = policy.expect.map(|_| policy.expected(data.instances.len()).saturating_sub(data.instances.len()));
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
