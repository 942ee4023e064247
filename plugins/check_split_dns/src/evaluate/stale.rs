//! Answers that a server should have forgotten.

use common::dns::{Answer, reasons};
use common::{Report, wording};

use super::look;
use super::scene::Scene;
use crate::catalogue::STALE_ANSWER;

/// Stale Answer and Stale NXDOMAIN Answer (RFC 8914, sections 4.4 and 4.20).
const STALE: [u16; 2] = [3, 19];

const REMEDY: &str =
    "its answers are old: bring back what it forwards to (Consul on that node?), or drop stale-answer-enable";

/// Returns the places of the servers that say of an answer that it is stale.
pub(super) fn judge(report: &mut Report, scene: &Scene) -> Vec<usize> {
    let mut stale = Vec::new();
    for (place, verdict) in scene.verdicts.iter().enumerate() {
        let said =
            verdict.names.iter().flat_map(|name| name.said(scene.snapshot.patience).map(move |said| (name, said)));
        let answers = said.filter_map(|(name, said)| Some((name, look::answer(&said)?)));
        let found: Vec<_> = answers.filter(|(_, answer)| is_stale(answer)).collect();
        let Some((_, answer)) = found.first() else { continue };
        let mut names: Vec<_> = found.iter().map(|(name, _)| name.subject.name.as_str()).collect();
        names.dedup();
        let ttl = answer.min_ttl.map_or_else(String::new, |ttl| format!(", ttl {ttl}"));
        stale.push(place);
        let asked = verdict.asked;
        let reason = format!("{} stale{}{ttl}", wording::list(&names), reasons(answer));
        let words = format!("{}: {reason}: is what it forwards to down?", asked.server.name);
        report.finding(&STALE_ANSWER).of(asked).words(words).reason(&reason, "stale").remedy(REMEDY);
    }
    stale
}

fn is_stale(answer: &Answer) -> bool {
    answer.extended_errors.iter().any(|error| STALE.contains(&error.code))
}
