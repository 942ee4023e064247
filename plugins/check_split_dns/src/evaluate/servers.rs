//! Judges every server by what its clients suffer.

use std::time::Duration;

use common::dns::{FailureKind, RecordType};
use common::{CheckError, FindingSpec, Level, Report, text, wording};

use super::cause::{self, Names};
use super::evidence::{Evidence, Unchecked};
use super::fault::{Fault, FaultKind, Origin};
use super::look;
use super::scene::Scene;
use super::upstream::Upstream;
use super::verdict::{Group, Verdict};
use crate::catalogue::{
    EXTERNAL_PRIVATE, FAMILY_DENIED, FIRST_SERVER_SILENT, HIJACK, INTERNAL_PUBLIC, INTERNAL_WILDCARD, LEAK,
    NEGATIVE_CACHE, NO_ANSWER_FOR_NAME, NOT_ABSENT, NOT_ASKED, ODD_DENIAL, RECURSION_REFUSED, SERVER_DEAD,
    UNCACHED_FAILS, WRONG_ANSWER,
};
use crate::policy::Whom;
use crate::probe::Side;
use crate::record::records;
use crate::snapshot::Asked;
use crate::subject::{is_consul, plain};

pub(super) fn judge(report: &mut Report, scene: &Scene) {
    for (place, verdict) in scene.verdicts.iter().enumerate() {
        match &verdict.death {
            Some(fault) => judge_dead(report, scene, place, verdict, fault),
            None => judge_alive(report, scene, place, verdict),
        }
    }
}

fn judge_dead(report: &mut Report, scene: &Scene, place: usize, verdict: &Verdict, fault: &Fault) {
    let (asked, words) = (verdict.asked, &fault.words);
    if let FaultKind::OwnSide(own) = &fault.kind {
        return not_asked(report, asked, own, Part::All);
    }
    let name = &asked.server.name;
    let remedy = remedy_of_death(scene, verdict, fault);
    let wait = scene.longest_wait_for(place).filter(|_| fault.kind.stalls());
    let (spec, wait) = waited_for(&SERVER_DEAD, wait, "lookup", scene);
    let is_first = place == 0 && spec.id == FIRST_SERVER_SILENT.id;
    let position = if is_first { " (first name server)" } else { "" };
    let said = report.finding(spec).of(asked).words(format_args!("{name}{position}: {words}{wait}"));
    said.reason(format_args!("{words}{wait}"), fault.kind.word()).remedy(remedy);
}

/// Which questions our own side kept us from asking.
pub(super) enum Part {
    All,
    OverTcp,
    /// Those for these names.
    Names(String),
}

/// Our own side kept us from asking.
///
/// The remedy is for this host: no command that asks the server gets further than we did.
pub(super) fn not_asked(report: &mut Report, asked: &Asked, fault: &CheckError, part: Part) {
    let (how, left_out) = match part {
        Part::All => ("", String::new()),
        Part::OverTcp => (" over TCP", String::new()),
        Part::Names(names) => ("", format!(" (left out: {names})")),
    };
    let (problem, remedy) = fault.parts();
    let reason = format!("not asked{how}: {}", text::quote(problem));
    let name = &asked.server.name;
    let whose = if asked.whom == Whom::Outside { " (outside)" } else { "" };
    let said = report.finding(&NOT_ASKED).of(asked).words(format_args!("{name}{whose} was {reason}{left_out}"));
    said.reason(reason, "not asked").remedy(remedy);
}

/// What a wait means: where the order of servers is fixed, every lookup suffers it.
fn waited_for(
    spec: &'static FindingSpec,
    wait: Option<Duration>,
    lookup: &str,
    scene: &Scene,
) -> (&'static FindingSpec, String) {
    let here = if scene.policy.clients.file.is_some() { " here" } else { "" };
    match wait.map(|wait| wait.as_secs()) {
        None => (spec, String::new()),
        Some(wait) if scene.policy.clients.rotate => {
            (spec, format!(", so one {lookup} in {}{here} waits {wait} s", scene.total()))
        }
        Some(wait) => (&FIRST_SERVER_SILENT, format!(", so each {lookup}{here} waits {wait} s")),
    }
}

/// What to do about a server that answers nothing.
fn remedy_of_death(scene: &Scene, verdict: &Verdict, fault: &Fault) -> String {
    let name = scene.policy.subjects.first().map_or(".", |subject| &subject.name);
    let question = match &fault.kind {
        FaultKind::Failed(FailureKind::PortClosed) => "is named running there (systemctl status named)?",
        FaultKind::Failed(FailureKind::NotUnderstood) => {
            "what listens there is no name server, or something answers in its place"
        }
        _ => "is the host up, and does its firewall let port 53 through?",
    };
    with_command(question, &verdict.asked.server.dig(name))
}

fn judge_alive(report: &mut Report, scene: &Scene, place: usize, verdict: &Verdict) {
    let groups = verdict.groups();
    for group in &groups {
        match &group.fault.kind {
            FaultKind::OwnSide(own) => not_asked(report, verdict.asked, own, Part::Names(group.listed())),
            _ => judge_group(report, scene, place, verdict, group),
        }
    }
    let refuses = groups.iter().any(|group| group.fault.kind == FaultKind::Failed(FailureKind::Refused));
    let asked = verdict.asked;
    let name = &asked.server.name;
    if verdict.offers_no_recursion(scene.snapshot.patience) && !refuses {
        let words = "no recursion offered (RA=0)";
        let said = report.finding(&RECURSION_REFUSED).of(asked).words(format_args!("{name}: {words}"));
        said.reason(words, "without recursion")
            .remedy("recursion yes; and allow-recursion in its named.conf, or ask another server");
    }
    if groups.is_empty() {
        // The answers are of use only where they are printed.
        let is_shown = report.shows(Level::Verbose);
        let answers = if is_shown { answers(verdict, scene.snapshot.patience) } else { "as expected".to_owned() };
        report.fine().of(asked).words(format_args!("{name}: {answers}"));
    }
}

fn judge_group(report: &mut Report, scene: &Scene, place: usize, verdict: &Verdict, group: &Group) {
    let server = &verdict.asked.server;
    let evidence = Evidence::of(group, verdict, scene);
    let zone = group.subject.zone.as_ref().map(plain).unwrap_or_default();
    let upstream = scene.snapshot.upstream.as_ref().map_or("", |asked| asked.server.name.as_str());
    let is_consul = group.subject.zone.as_ref().is_some_and(is_consul);
    let names = Names { name: &group.question_name(), zone: &zone, is_consul, upstream };
    let cause = cause::of(&group.fault.kind, group.side(), &evidence, &names);
    let is_passed_on = group.fault.kind.stalls() && !group.fault.is_taken_for_no_data;
    let wait = if is_passed_on { scene.wait_for(place, group.place(&scene.policy.subjects)) } else { None };
    let (spec, wait) = waited_for(spec_of(group, &evidence), wait, "lookup of it", scene);
    let dig = server.dig(&arguments(group, &evidence));
    let reason = format!("{}{wait}", group.sentence());
    let words = format!("{}: {reason}{}", server.name, cause.hint);
    let said = report.finding(spec).of(verdict.asked).words(words);
    said.reason(&reason, group.fault.kind.word()).remedy(with_command(&cause.remedy, &dig));
}

/// A remedy, and the command to see the fault by hand.
fn with_command(remedy: &str, dig: &str) -> String {
    match remedy {
        "" => dig.to_owned(),
        asks if asks.ends_with('?') => format!("{asks} {dig}"),
        tells => format!("{tells}; {dig}"),
    }
}

/// What dig(1) must be told to see the same.
fn arguments(group: &Group, evidence: &Evidence) -> String {
    let name = group.question_name();
    let rtype = if group.rtype == RecordType::A { String::new() } else { format!(" {}", group.rtype) };
    let unchecked = if evidence.unchecked == Some(Unchecked::Answers) { " +cd" } else { "" };
    format!("{name}{rtype}{unchecked}")
}

fn spec_of(group: &Group, evidence: &Evidence) -> &'static FindingSpec {
    match (&group.fault.kind, group.side()) {
        (FaultKind::Leaked { .. }, _) => &LEAK,
        (FaultKind::Denied(_, Origin::Zone(_)), Side::Internal)
            if evidence.upstream == Some(Upstream::Has) && evidence.is_cached =>
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
fn answers(verdict: &Verdict, patience: Duration) -> String {
    let known = verdict.names.iter().filter(|name| !name.subject.is_random());
    let said = known.map(|name| {
        let said: Vec<_> = name.said(patience).collect();
        let answers: Vec<_> = said.iter().filter_map(look::answer).collect();
        let values: Vec<_> = answers.iter().flat_map(|answer| records(answer)).collect();
        let words = if values.is_empty() { "is absent".to_owned() } else { wording::list(&values) };
        let reasons: Vec<_> = answers.iter().map(|answer| common::dns::reasons(answer)).collect();
        format!("{} {words}{}", name.subject.name, reasons.concat())
    });
    said.collect::<Vec<_>>().join("; ")
}
