//! What is known around a failure.

use std::time::Duration;

use common::dns::{Denial, Reading, RecordType, Reply};

use super::fault::{FaultKind, Origin};
use super::look;
use super::scene::Scene;
use super::upstream::Upstream;
use super::verdict::{Group, Judged, Verdict};
use crate::probe::Side;
use crate::snapshot::Diagnosis;
use crate::subject::{Role, Subject};

/// The clues to the cause of a failure of a server that answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent clues")]
pub(super) struct Evidence {
    /// What came of asking without DNSSEC validation.
    pub(super) unchecked: Option<Unchecked>,
    /// What a random name of the same side gets.
    pub(super) random: Option<Random>,
    /// Whether some name of the other side is answered.
    pub(super) is_other_side_fine: bool,
    /// Whether another type of the same name is answered.
    pub(super) is_other_type_found: bool,
    /// Whether the denial may be kept for a while.
    pub(super) is_cached: bool,
    /// Whether another server has the name.
    pub(super) do_others_have_it: bool,
    /// What the source of the inside names says of this one.
    pub(super) upstream: Option<Upstream>,
    /// Whether the server offers no recursion.
    pub(super) is_without_recursion: bool,
    /// Whether the same question is answered over TCP.
    pub(super) is_answered_over_tcp: bool,
}

/// What came of asking without DNSSEC validation (CD=1), and anew with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unchecked {
    /// It fails all the same.
    Fails,
    /// Validation is what fails.
    Answers,
    /// A name below it is validated: it failed for a moment, or it alone fails.
    Passing,
}

/// What a random name gets, which no cache answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Random {
    /// Its own zone denies it, as it should; outside, any denial.
    Denied,
    DeniedWithoutSoa,
    Leaked,
    Invented,
    Fails,
}

impl Evidence {
    pub(super) fn of(group: &Group, verdict: &Verdict, scene: &Scene) -> Self {
        let side = group.side();
        let same_name = verdict.names.iter().find(|name| std::ptr::eq(name.subject, group.subject));
        let patience = scene.snapshot.patience;
        let is_found = |said: &Reading| matches!(said, Reading::Found(_));
        let is_answered = |name: &&Judged| name.said(patience).any(|said| look::has_answered(&said));
        Self {
            unchecked: verdict.asked.diagnosis.as_ref().and_then(|found| unchecked(found, group.subject, scene)),
            random: random(verdict, side, group.subject),
            is_other_side_fine: verdict
                .names
                .iter()
                .filter(|name| name.subject.side() != side)
                .any(|name| is_answered(&name)),
            is_other_type_found: same_name.is_some_and(|name| name.said(patience).any(|said| is_found(&said))),
            is_cached: group.fault.is_cached,
            do_others_have_it: scene.verdicts.iter().any(|other| {
                let name = other.names.iter().find(|name| std::ptr::eq(name.subject, group.subject));
                name.is_some_and(|name| name.is_served)
            }),
            upstream: scene.upstream(group.subject),
            is_without_recursion: verdict.offers_no_recursion(patience),
            is_answered_over_tcp: same_name.is_some_and(|name| is_answered_over_tcp(name, group.rtype, patience)),
        }
    }
}

/// Of the name that was diagnosed; of an inside one, of all others of its zone too, which is forwarded as a whole.
fn unchecked(diagnosis: &Diagnosis, subject: &Subject, scene: &Scene) -> Option<Unchecked> {
    let diagnosed = scene.policy.subjects.iter().find(|other| other.questions.contains(&diagnosis.question))?;
    let is_of_zone = subject.zone.is_some() && diagnosed.zone == subject.zone;
    if !is_of_zone && !std::ptr::eq(diagnosed, subject) {
        return None;
    }
    let answers = |reply: &Reply| look::has_answered(&Reading::of(reply, scene.snapshot.patience));
    Some(match (answers(&diagnosis.unchecked), answers(&diagnosis.fresh)) {
        (false, _) => Unchecked::Fails,
        (true, false) => Unchecked::Answers,
        (true, true) => Unchecked::Passing,
    })
}

/// Of the question for this type.
fn is_answered_over_tcp(name: &Judged, rtype: RecordType, patience: Duration) -> bool {
    let place = name.subject.questions.iter().position(|question| question.rtype() == rtype);
    let said = place.and_then(|place| look::over_tcp(name.cell, place, patience));
    said.is_some_and(|said| look::has_answered(&said))
}

fn random(verdict: &Verdict, side: Side, subject: &Subject) -> Option<Random> {
    let is_random =
        |other: &Subject| matches!(other.role, Role::Random(of) if of == side) && other.zone == subject.zone;
    let name = verdict.names.iter().find(|name| is_random(name.subject))?;
    let Some((_, fault)) = name.faults.first() else { return Some(Random::Denied) };
    match &fault.kind {
        FaultKind::Leaked { .. } => Some(Random::Leaked),
        FaultKind::Invented => Some(Random::Invented),
        FaultKind::OddDenial(Denial::NxDomain, Origin::Unknown) => Some(Random::DeniedWithoutSoa),
        FaultKind::Failed(_) => Some(Random::Fails),
        _ => None,
    }
}
