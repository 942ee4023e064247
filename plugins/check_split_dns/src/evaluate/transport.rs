//! Whether long answers come through.

use std::time::Duration;

use common::dns::{FailureKind, Question, Reading, RecordType};
use common::{Report, wording};

use super::look;
use super::scene::Scene;
use super::servers::{self, Part};
use super::verdict::{Judged, Verdict};
use crate::catalogue::{TCP_BROKEN, TRUNCATED};

pub(super) fn judge(report: &mut Report, scene: &Scene) {
    let patience = scene.snapshot.patience;
    for verdict in scene.verdicts.iter().filter(|verdict| verdict.death.is_none()) {
        judge_own_side(report, verdict, patience);
        judge_tcp(report, verdict, patience);
        judge_truncation(report, verdict, patience);
    }
}

fn judge_own_side(report: &mut Report, verdict: &Verdict, patience: Duration) {
    let mut faults =
        verdict.names.iter().flat_map(|name| over_udp(name, patience)).filter_map(|(_, _, tcp)| look::not_asked(&tcp));
    if let Some(fault) = faults.next() {
        servers::not_asked(report, verdict.asked, fault, Part::OverTcp);
    }
}

/// A question that is answered over UDP must be over TCP, and alike.
fn judge_tcp(report: &mut Report, verdict: &Verdict, patience: Duration) {
    let server = &verdict.asked.server;
    let broken: Vec<_> = verdict.names.iter().flat_map(|name| broken(name, patience)).collect();
    let Some(Broken { words, kind, .. }) = broken.first() else { return };
    let answered = verdict.names.iter().flat_map(|name| over_udp(name, patience)).count();
    let names: Vec<_> = broken.iter().map(|broken| &broken.name).collect();
    let names = if names.len() == answered { "all names".to_owned() } else { wording::list(&names) };
    let reason = format!("over TCP {words} for {names}");
    let said = report.finding(&TCP_BROKEN).of(verdict.asked);
    let said = said.words(format_args!("{}: {reason}, over UDP an answer", server.name));
    let dig = server.dig(&format!("{} +tcp", first_name(verdict)));
    said.reason(&reason, "without TCP").remedy(format_args!("{} {dig}", remedy(*kind)));
}

/// The questions that are answered over UDP, and asked over TCP too, by their places.
fn over_udp<'a>(name: &Judged<'a>, patience: Duration) -> impl Iterator<Item = (usize, Reading<'a>, Reading<'a>)> {
    let cell = name.cell;
    (0..cell.replies.len()).filter_map(move |index| {
        let udp = Reading::of(&cell.replies.get(index)?.udp, patience);
        let tcp = look::over_tcp(cell, index, patience)?;
        look::has_answered(&udp).then_some((index, udp, tcp))
    })
}

/// A question that is not answered over TCP as over UDP.
struct Broken {
    name: String,
    words: String,
    /// None when it is answered otherwise.
    kind: Option<FailureKind>,
}

fn broken(name: &Judged, patience: Duration) -> Vec<Broken> {
    let mut broken = Vec::new();
    for (index, udp, tcp) in over_udp(name, patience) {
        let (words, kind) = match (&udp, &tcp) {
            (_, Reading::Failed(failure)) => (failure.words.clone(), Some(failure.kind)),
            (Reading::Found(_), Reading::Denied(..)) => ("a denial".to_owned(), None),
            (Reading::Denied(..), Reading::Found(_)) => ("records".to_owned(), None),
            _ => continue,
        };
        let rtype = name.subject.questions.get(index).map_or(RecordType::A, Question::rtype);
        broken.push(Broken { name: format!("{} {rtype}", name.subject.name), words, kind });
    }
    broken
}

fn remedy(kind: Option<FailureKind>) -> &'static str {
    match kind {
        Some(FailureKind::Silent | FailureKind::Unreachable) => "does a firewall drop TCP to its port?",
        Some(FailureKind::PortClosed) => "does it listen on TCP, and does no firewall reject that?",
        _ => "does another server answer TCP, behind a balancer or a firewall?",
    }
}

fn judge_truncation(report: &mut Report, verdict: &Verdict, patience: Duration) {
    let is_cut = |name: &&Judged| over_udp(name, patience).any(|(_, udp, _)| is_truncated(&udp));
    let names: Vec<_> = verdict.names.iter().filter(is_cut).map(|name| name.subject.name.as_str()).collect();
    if names.is_empty() {
        return;
    }
    let reason = format!("{} truncated over UDP", wording::list(&names));
    let words = format!("{}: {reason}, so each lookup needs TCP", verdict.asked.server.name);
    let said = report.finding(&TRUNCATED).of(verdict.asked).words(words).reason(&reason, "truncated");
    said.remedy("fewer records (Consul: a_record_limit), or make sure that 53/tcp is open everywhere");
}

fn is_truncated(said: &Reading) -> bool {
    look::answer(said).is_some_and(|answer| answer.flags.tc)
}

fn first_name<'a>(verdict: &Verdict<'a>) -> &'a str {
    verdict.names.first().map_or(".", |name| &name.subject.name)
}
