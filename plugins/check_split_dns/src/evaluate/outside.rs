//! Whether the inside zones are known where they must not be.

use common::Report;
use common::dns::{Failure, FailureKind, Name, Said};

use super::fault::FaultKind;
use super::look;
use super::scene::Scene;
use super::servers;
use super::verdict::Verdict;
use crate::catalogue::{OUTSIDE_FAILS, OUTSIDE_KNOWS};
use crate::subject::plain;

/// Returns how many servers know a zone.
pub(super) fn judge(report: &mut Report, scene: &Scene) -> usize {
    let mut known = 0;
    for asked in &scene.snapshot.outside {
        let verdict = Verdict::of(asked, &scene.policy.subjects, scene.snapshot.patience);
        known += usize::from(judge_server(report, scene, &verdict));
    }
    known
}

/// A random name under an inside zone: who knows the zone denies it in the zone's name, or answers.
fn judge_server(report: &mut Report, scene: &Scene, verdict: &Verdict) -> bool {
    let server = &verdict.asked.server;
    let random = verdict.names.iter().filter_map(|name| Some((name, name.subject.zone.as_ref()?)));
    let said = random.flat_map(|(name, zone)| name.said(scene.snapshot.patience).map(move |said| (zone, said)));
    let said: Vec<_> = said.collect();
    if let Some((zone, _)) = said.iter().find(|(zone, said)| knows(zone, said)) {
        report.finding(
            &OUTSIDE_KNOWS,
            format!("{} (outside) knows zone {}, which is to stay inside", server.name, plain(zone)),
            "do not forward the zone there, or shut its resolver to the outside (allow-query, views)",
        );
        return true;
    }
    let is_failure = |failure: &Failure| failure.kind != FailureKind::Refused;
    let failure = said.iter().find_map(|(zone, said)| Some((zone, look::failure(said).filter(|one| is_failure(one))?)));
    if let Some((zone, failure)) = failure {
        report.finding(
            &OUTSIDE_FAILS,
            format!("{} (outside): {}: does it know zone {}?", server.name, failure.words, plain(zone)),
            format!("name another resolver with --outside; {}", server.dig(&plain(zone))),
        );
    } else if let Some(reason) = said.iter().find_map(|(_, said)| look::not_asked(said)) {
        servers::not_asked(report, &format!("{} (outside) was not asked", server.name), reason);
    } else {
        report.fine(format!("{} (outside) does not know the inside zones", server.name));
    }
    false
}

fn knows(zone: &Name, said: &Said) -> bool {
    match said {
        Said::Found(_) => true,
        Said::Denied(_, answer) => answer.soa.as_ref().is_some_and(|soa| zone.zone_of(&soa.owner)),
        _ => false,
    }
}

/// Whether a judged server shows that a zone leaks.
pub(super) fn leaks(verdict: &Verdict) -> bool {
    verdict.has_fault(|kind| matches!(kind, FaultKind::Leaked { .. }))
}
