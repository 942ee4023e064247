//! Whether the inside zones are known where they must not be.

use common::Report;
use common::dns::{Failure, FailureKind, Name, Reading};

use super::fault::FaultKind;
use super::look;
use super::scene::Scene;
use super::servers::{self, Part};
use super::verdict::Verdict;
use crate::catalogue::{EXTERNAL_SERVER_FAILS, EXTERNAL_SERVER_KNOWS};
use crate::snapshot::Asked;
use crate::subject::plain;

/// Returns the servers that know a zone.
pub(super) fn judge<'a>(report: &mut Report, scene: &Scene<'a>) -> Vec<&'a Asked> {
    let mut known = Vec::new();
    for asked in &scene.snapshot.outside {
        let verdict = Verdict::of(asked, &scene.policy.subjects, scene.snapshot.patience);
        if judge_server(report, scene, &verdict) {
            known.push(asked);
        }
    }
    known
}

/// A random name under an inside zone: who knows the zone denies it in the zone's name, or answers.
fn judge_server(report: &mut Report, scene: &Scene, verdict: &Verdict) -> bool {
    let asked = verdict.asked;
    let name = format!("{} (outside)", asked.server.name);
    let random = verdict.names.iter().filter_map(|name| Some((name, name.subject.zone.as_ref()?)));
    let said = random.flat_map(|(name, zone)| name.said(scene.snapshot.patience).map(move |said| (zone, said)));
    let said: Vec<_> = said.collect();
    if let Some((zone, _)) = said.iter().find(|(zone, said)| knows(zone, said)) {
        let reason = format!("knows zone {}", plain(zone));
        let words = format!("{name} {reason}, which must stay internal");
        let said = report.finding(&EXTERNAL_SERVER_KNOWS).of(asked).words(words).reason(&reason, "leaking");
        said.remedy("do not forward the zone there, or close its resolver to the internet (allow-query, views)");
        return true;
    }
    let is_failure = |failure: &Failure| failure.kind != FailureKind::Refused;
    let failure = said.iter().find_map(|(zone, said)| Some((zone, look::failure(said).filter(|one| is_failure(one))?)));
    if let Some((zone, failure)) = failure {
        let zone = plain(zone);
        let words = format!("{name}: {}: does it know zone {zone}?", failure.words);
        let dig = asked.server.dig(&zone);
        let said = report.finding(&EXTERNAL_SERVER_FAILS).of(asked).words(words);
        said.reason(&failure.words, failure.kind.word())
            .remedy(format_args!("name another resolver with --external-server; {dig}"));
    } else if let Some(fault) = said.iter().find_map(|(_, said)| look::not_asked(said)) {
        servers::not_asked(report, asked, fault, Part::All);
    } else {
        report.fine().of(asked).words(format_args!("{name} does not know the internal zones"));
    }
    false
}

fn knows(zone: &Name, said: &Reading) -> bool {
    match said {
        Reading::Found(_) => true,
        Reading::Denied(_, answer) => answer.soa.as_ref().is_some_and(|soa| zone.zone_of(&soa.owner)),
        _ => false,
    }
}

/// Whether a judged server shows that a zone leaks.
pub(super) fn leaks(verdict: &Verdict) -> bool {
    verdict.has_fault(|kind| matches!(kind, FaultKind::Leaked { .. }))
}
