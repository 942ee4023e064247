//! Answers that have expired.

use common::dns::{Answer, reasons};
use common::{Report, wording};

use crate::catalogue::STALE_ANSWER;
use crate::model::{Resolution, reading};

/// Stale Answer and Stale NXDOMAIN Answer (RFC 8914, sections 4.4 and 4.20).
const STALE: [u16; 2] = [3, 19];

const REMEDY: &str = "its answers are old: bring back the server that it forwards to (Consul on that node?), or drop stale-answer-enable";

/// Returns the indices of the servers that declare an answer stale.
pub(super) fn judge(report: &mut Report, resolution: &Resolution) -> Vec<usize> {
    let mut stale = Vec::new();
    for (index, server) in resolution.servers.iter().enumerate() {
        let lookups = server.lookups.iter();
        let readings = lookups.flat_map(|lookup| lookup.latest().map(move |reading| (lookup.subject, reading)));
        let answers = readings.filter_map(|(subject, reading)| Some((subject, reading::answer(reading)?)));
        let found: Vec<_> = answers.filter(|(_, answer)| is_stale(answer)).collect();
        let Some((_, answer)) = found.first() else { continue };
        let mut names: Vec<_> = found.iter().map(|(subject, _)| subject.name.as_str()).collect();
        names.dedup();
        let ttl = answer.min_ttl.map_or_else(String::new, |ttl| format!(", ttl {ttl}"));
        stale.push(index);
        let asked = server.asked;
        let reason = format!("{} stale{}{ttl}", wording::list(&names), reasons(answer));
        let words = format!("{}: {reason}: is the server that it forwards to down?", asked.server.name);
        report.finding(&STALE_ANSWER).of(asked).words(words).reason(&reason, "stale").remedy(REMEDY);
    }
    stale
}

fn is_stale(answer: &Answer) -> bool {
    answer.extended_errors.iter().any(|error| STALE.contains(&error.code))
}
