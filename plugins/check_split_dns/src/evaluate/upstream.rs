//! Whether the source of the internal names answers.

use common::Report;
use common::dns::FailureKind;

use super::own_side::{Part, not_asked};
use crate::catalogue::UPSTREAM_FAILS;
use crate::model::{Resolution, reading};
use crate::name::{is_consul, plain};

/// If the source fails, answers of the servers are stale, or have another source.
pub(super) fn judge(report: &mut Report, resolution: &Resolution) {
    let Some(upstream) = &resolution.upstream else { return };
    let (asked, server) = (upstream.asked, &upstream.asked.server);
    let named = upstream.lookups.iter();
    let readings: Vec<_> =
        named.flat_map(|lookup| lookup.latest().map(move |reading| (lookup.subject, reading))).collect();
    let is_source = readings.iter().any(|(_, reading)| reading::is_answered(reading));
    let failures = readings.iter().filter_map(|(subject, reading)| Some((subject, reading::failure(reading)?)));
    let mut failures = failures.filter(|(_, failure)| !(is_source && failure.kind == FailureKind::Refused));
    if let Some((subject, failure)) = failures.next() {
        let zone = subject.zone.as_ref();
        let source = if zone.is_some_and(is_consul) { "Consul" } else { "its server" };
        let dig = server.dig(&format!("{} SOA", zone.map(plain).unwrap_or_default()));
        let remedy = format!("is {source} up there, with its DNS at that port? {dig}");
        let reason = format!("{} {}", subject.name, failure.words);
        let words = format!("{}: {reason}", server.name);
        let said = report.finding(&UPSTREAM_FAILS).of(asked).words(words);
        said.reason(&reason, failure.kind.word()).remedy(remedy);
    } else if let Some(fault) = readings.iter().find_map(|(_, reading)| reading::own_side(reading)) {
        not_asked(report, asked, fault, Part::All);
    }
}
