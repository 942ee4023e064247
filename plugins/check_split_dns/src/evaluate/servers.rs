//! Judges every server by what its clients suffer.

use std::time::Duration;

use common::dns::{FailureKind, RecordType};
use common::{FindingSpec, Level, Report, wording};

use super::cause::{self, Names};
use super::fault_group::FaultGroup;
use super::own_side::{Part, not_asked};
use super::symptoms::{Symptoms, Unchecked};
use crate::catalogue::{
    EXTERNAL_PRIVATE, FAMILY_DENIED, FIRST_SERVER_SILENT, HIJACK, INTERNAL_PUBLIC, INTERNAL_WILDCARD, LEAK,
    NEGATIVE_CACHE, NO_ANSWER_FOR_NAME, NOT_ABSENT, NOT_ASKED, ODD_DENIAL, RECURSION_REFUSED, SERVER_DEAD,
    UNCACHED_FAILS, WRONG_ANSWER,
};
use crate::model::{Fault, FaultKind, NameServer, Origin, Resolution, UpstreamAnswer, reading};
use crate::name::{is_consul, plain};
use crate::probe::Side;
use crate::record::records;

pub(super) fn judge(report: &mut Report, resolution: &Resolution) {
    for (position, server) in resolution.servers.iter().enumerate() {
        match &server.death {
            Some(fault) => judge_dead(report, resolution, position, server, fault),
            None => judge_alive(report, resolution, position, server),
        }
    }
}

fn judge_dead(report: &mut Report, resolution: &Resolution, position: usize, server: &NameServer, fault: &Fault) {
    let (asked, words) = (server.asked, &fault.words);
    if let FaultKind::OwnSide(own) = &fault.kind {
        return not_asked(report, asked, own, Part::All);
    }
    let name = &asked.server.name;
    let remedy = remedy_of_death(resolution, server, fault);
    let wait = resolution.longest_wait_for(position).filter(|_| fault.kind.stalls());
    let (spec, wait) = waited_for(&SERVER_DEAD, wait, "lookup", resolution);
    let is_first = position == 0 && spec.id == FIRST_SERVER_SILENT.id;
    let ordinal = if is_first { " (first name server)" } else { "" };
    let said = report.finding(spec).of(asked).words(format_args!("{name}{ordinal}: {words}{wait}"));
    said.reason(format_args!("{words}{wait}"), fault.kind.word()).remedy(remedy);
}

/// The finding and the words for a wait. Every lookup suffers it if the order of servers is fixed.
fn waited_for(
    spec: &'static FindingSpec,
    wait: Option<Duration>,
    lookup: &str,
    resolution: &Resolution,
) -> (&'static FindingSpec, String) {
    let here = if resolution.clients.file.is_some() { " here" } else { "" };
    match wait.map(|wait| wait.as_secs()) {
        None => (spec, String::new()),
        Some(wait) if resolution.clients.rotate => {
            (spec, format!(", so one {lookup} in {}{here} waits {wait} s", resolution.total()))
        }
        Some(wait) => (&FIRST_SERVER_SILENT, format!(", so each {lookup}{here} waits {wait} s")),
    }
}

/// How to bring a server back that answers nothing.
fn remedy_of_death(resolution: &Resolution, server: &NameServer, fault: &Fault) -> String {
    let name = resolution.subjects.first().map_or(".", |subject| &subject.name);
    let question = match &fault.kind {
        FaultKind::Failed(FailureKind::PortClosed) => "is named running there (systemctl status named)?",
        FaultKind::Failed(FailureKind::NotUnderstood) => {
            "another program listens there, or something answers in its place"
        }
        _ => "is the host up, and does its firewall let port 53 through?",
    };
    with_command(question, &server.asked.server.dig(name))
}

fn judge_alive(report: &mut Report, resolution: &Resolution, position: usize, server: &NameServer) {
    let groups = FaultGroup::all(server);
    for group in &groups {
        match &group.fault.kind {
            FaultKind::OwnSide(own) => not_asked(report, server.asked, own, Part::Names(group.listed())),
            _ => judge_group(report, resolution, position, server, group),
        }
    }
    let refuses = groups.iter().any(|group| group.fault.kind == FaultKind::Failed(FailureKind::Refused));
    let asked = server.asked;
    let name = &asked.server.name;
    if server.offers_no_recursion() && !refuses {
        let words = "no recursion offered (RA=0)";
        let said = report.finding(&RECURSION_REFUSED).of(asked).words(format_args!("{name}: {words}"));
        said.reason(words, "without recursion")
            .remedy("recursion yes; and allow-recursion in its named.conf, or ask another server");
    }
    if groups.is_empty() {
        // The answers are needed only if they are printed.
        let answers = if report.shows(Level::Verbose) { answers(server) } else { "as expected".to_owned() };
        report.fine().of(asked).words(format_args!("{name}: {answers}"));
    }
}

fn judge_group(report: &mut Report, resolution: &Resolution, position: usize, server: &NameServer, group: &FaultGroup) {
    let symptoms = Symptoms::of(group, server, resolution);
    let zone = group.subject.zone.as_ref().map(plain).unwrap_or_default();
    let upstream = resolution.upstream.as_ref().map_or("", |source| source.asked.server.name.as_str());
    let is_consul = group.subject.zone.as_ref().is_some_and(is_consul);
    let names = Names { name: &group.question_name(), zone: &zone, is_consul, upstream };
    let cause = cause::of(&group.fault.kind, group.side(), &symptoms, &names);
    let is_passed_on = group.fault.kind.stalls() && !group.fault.is_taken_for_no_data;
    let wait = if is_passed_on { resolution.wait_for(position, group.index) } else { None };
    let (spec, wait) = waited_for(spec_of(group, &symptoms), wait, "lookup of it", resolution);
    let dig = server.asked.server.dig(&arguments(group, &symptoms));
    let reason = format!("{}{wait}", group.sentence());
    let words = format!("{}: {reason}{}", server.asked.server.name, cause.hint);
    let said = report.finding(spec).of(server.asked).words(words);
    said.reason(&reason, group.fault.kind.word()).remedy(with_command(&cause.remedy, &dig));
}

/// A remedy, and the command that shows the fault.
fn with_command(remedy: &str, dig: &str) -> String {
    match remedy {
        "" => dig.to_owned(),
        asks if asks.ends_with('?') => format!("{asks} {dig}"),
        tells => format!("{tells}; {dig}"),
    }
}

/// The arguments of dig(1) that show the same.
fn arguments(group: &FaultGroup, symptoms: &Symptoms) -> String {
    let name = group.question_name();
    let rtype = if group.rtype == RecordType::A { String::new() } else { format!(" {}", group.rtype) };
    let unchecked = if symptoms.unchecked == Some(Unchecked::Answers) { " +cd" } else { "" };
    format!("{name}{rtype}{unchecked}")
}

fn spec_of(group: &FaultGroup, symptoms: &Symptoms) -> &'static FindingSpec {
    match (&group.fault.kind, group.side()) {
        (FaultKind::Leaked { .. }, _) => &LEAK,
        (FaultKind::Denied(_, Origin::Zone(_)), Side::Internal)
            if symptoms.upstream == Some(UpstreamAnswer::Has) && symptoms.is_cached =>
        {
            &NEGATIVE_CACHE
        }
        (FaultKind::Denied(..) | FaultKind::Unexpected | FaultKind::Final(_), _) => &WRONG_ANSWER,
        _ if group.fault.is_taken_for_no_data => &WRONG_ANSWER,
        (FaultKind::WrongSide, Side::Internal) => &INTERNAL_PUBLIC,
        (FaultKind::WrongSide, Side::External) => &EXTERNAL_PRIVATE,
        (FaultKind::FamilyDenied, _) => &FAMILY_DENIED,
        (FaultKind::Invented, Side::Internal) => &INTERNAL_WILDCARD,
        (FaultKind::Invented, Side::External) => &HIJACK,
        (FaultKind::OddDenial(..), _) => &ODD_DENIAL,
        (FaultKind::NotAbsent(_), _) => &NOT_ABSENT,
        (FaultKind::OwnSide(_), _) => &NOT_ASKED,
        (FaultKind::Failed(FailureKind::Refused), _) => &RECURSION_REFUSED,
        (FaultKind::Failed(_), _) if group.subject.is_random() => &UNCACHED_FAILS,
        (FaultKind::Failed(_), _) => &NO_ANSWER_FOR_NAME,
    }
}

/// `db.consul 10.0.0.11 and 10.0.0.12; www.example.com 192.0.2.1`.
fn answers(server: &NameServer) -> String {
    let known = server.lookups.iter().filter(|lookup| !lookup.subject.is_random());
    let sentences = known.map(|lookup| {
        let answers: Vec<_> = lookup.latest().filter_map(reading::answer).collect();
        let values: Vec<_> = answers.iter().flat_map(|answer| records(answer)).collect();
        let words = if values.is_empty() { "is absent".to_owned() } else { wording::list(&values) };
        let reasons: Vec<_> = answers.iter().map(|answer| common::dns::reasons(answer)).collect();
        format!("{} {words}{}", lookup.subject.name, reasons.concat())
    });
    sentences.collect::<Vec<_>>().join("; ")
}
