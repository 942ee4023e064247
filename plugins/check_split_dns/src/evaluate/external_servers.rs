//! Whether the internal zones are known where they must not be.

use common::Report;
use common::dns::{Failure, FailureKind, Name, Reading};

use super::own_side::{Part, not_asked};
use crate::catalogue::{EXTERNAL_SERVER_FAILS, EXTERNAL_SERVER_KNOWS};
use crate::model::{Lookup, NameServer, Resolution, reading};
use crate::name::plain;
use crate::snapshot::Asked;

/// Returns the servers that know a zone.
pub(super) fn judge<'a>(report: &mut Report, resolution: &Resolution<'a>) -> Vec<&'a Asked> {
    let mut knowing = Vec::new();
    for server in &resolution.external {
        if judge_server(report, server) {
            knowing.push(server.asked);
        }
    }
    knowing
}

/// Asks for a random name below an internal zone: a server that knows the zone denies the name on its behalf, or has it.
fn judge_server(report: &mut Report, server: &NameServer) -> bool {
    let asked = server.asked;
    let name = format!("{} (external)", asked.server.name);
    let readings: Vec<_> = server.lookups.iter().flat_map(of_zone).collect();
    if let Some((zone, _)) = readings.iter().find(|(zone, reading)| knows(zone, reading)) {
        let reason = format!("knows zone {}", plain(zone));
        let words = format!("{name} {reason}, which must stay internal");
        let said = report.finding(&EXTERNAL_SERVER_KNOWS).of(asked).words(words).reason(&reason, "leaking");
        said.remedy("do not forward the zone there, or close its resolver to the internet (allow-query, views)");
        return true;
    }
    if let Some((zone, failure)) = readings.iter().find_map(|(zone, reading)| Some((zone, failure(reading)?))) {
        let zone = plain(zone);
        let words = format!("{name}: {}: does it know zone {zone}?", failure.words);
        let dig = asked.server.dig(&zone);
        let said = report.finding(&EXTERNAL_SERVER_FAILS).of(asked).words(words);
        said.reason(&failure.words, failure.kind.word())
            .remedy(format_args!("name another resolver with --external-server; {dig}"));
    } else if let Some(fault) = readings.iter().find_map(|(_, reading)| reading::own_side(reading)) {
        not_asked(report, asked, fault, Part::All);
    } else {
        report.fine().of(asked).words(format_args!("{name} does not know the internal zones"));
    }
    false
}

/// The zone of a name, with each reading for the name.
fn of_zone<'a>(lookup: &'a Lookup) -> impl Iterator<Item = (&'a Name, &'a Reading<'a>)> {
    lookup.subject.zone.iter().flat_map(|zone| lookup.latest().map(move |reading| (zone, reading)))
}

fn knows(zone: &Name, reading: &Reading) -> bool {
    match reading {
        Reading::Found(_) => true,
        Reading::Denied(_, answer) => answer.soa.as_ref().is_some_and(|soa| zone.zone_of(&soa.owner)),
        _ => false,
    }
}

/// A failure, except a refusal: a server that refuses does not reveal the zone.
fn failure<'a>(reading: &'a Reading) -> Option<&'a Failure> {
    reading::failure(reading).filter(|failure| failure.kind != FailureKind::Refused)
}
