//! Whether long answers come through.

use common::dns::{FailureKind, Question, Reading, RecordType};
use common::{Report, wording};

use super::own_side::{Part, not_asked};
use crate::catalogue::{TCP_BROKEN, TRUNCATED};
use crate::model::{Lookup, NameServer, Resolution, reading};

pub(super) fn judge(report: &mut Report, resolution: &Resolution) {
    for server in resolution.servers.iter().filter(|server| server.death.is_none()) {
        judge_own_side(report, server);
        judge_tcp(report, server);
        judge_truncation(report, server);
    }
}

fn judge_own_side(report: &mut Report, server: &NameServer) {
    let mut faults =
        server.lookups.iter().flat_map(both_transports).filter_map(|both| reading::own_side(both.over_tcp));
    if let Some(fault) = faults.next() {
        not_asked(report, server.asked, fault, Part::OverTcp);
    }
}

/// A question that is answered over UDP must be answered alike over TCP.
fn judge_tcp(report: &mut Report, server: &NameServer) {
    let broken: Vec<_> = server.lookups.iter().flat_map(broken).collect();
    let Some(Broken { words, kind, .. }) = broken.first() else { return };
    let answered = server.lookups.iter().flat_map(both_transports).count();
    let names: Vec<_> = broken.iter().map(|broken| &broken.name).collect();
    let names = if names.len() == answered { "all names".to_owned() } else { wording::list(&names) };
    let reason = format!("over TCP {words} for {names}");
    let name = &server.asked.server.name;
    let said = report.finding(&TCP_BROKEN).of(server.asked);
    let said = said.words(format_args!("{name}: {reason}, over UDP an answer"));
    let dig = server.asked.server.dig(&format!("{} +tcp", first_name(server)));
    said.reason(&reason, "without TCP").remedy(format_args!("{} {dig}", remedy(*kind)));
}

/// A question that is answered over UDP, and was asked over TCP too.
struct BothTransports<'a> {
    rtype: RecordType,
    over_udp: &'a Reading<'a>,
    over_tcp: &'a Reading<'a>,
}

fn both_transports<'a>(lookup: &'a Lookup) -> impl Iterator<Item = BothTransports<'a>> {
    let questions = lookup.subject.questions.iter().map(Question::rtype);
    lookup.readings.iter().zip(questions).filter_map(|(readings, rtype)| {
        let (over_udp, over_tcp) = (&readings.over_udp, readings.over_tcp.as_ref()?);
        reading::is_answered(over_udp).then_some(BothTransports { rtype, over_udp, over_tcp })
    })
}

/// A question that is not answered alike over TCP.
struct Broken {
    name: String,
    words: String,
    /// `None` if it has another answer.
    kind: Option<FailureKind>,
}

fn broken(lookup: &Lookup) -> Vec<Broken> {
    let mut broken = Vec::new();
    for BothTransports { rtype, over_udp, over_tcp } in both_transports(lookup) {
        let (words, kind) = match (over_udp, over_tcp) {
            (_, Reading::Failed(failure)) => (failure.words.clone(), Some(failure.kind)),
            (Reading::Found(_), Reading::Denied(..)) => ("a denial".to_owned(), None),
            (Reading::Denied(..), Reading::Found(_)) => ("records".to_owned(), None),
            _ => continue,
        };
        broken.push(Broken { name: format!("{} {rtype}", lookup.subject.name), words, kind });
    }
    broken
}

fn remedy(kind: Option<FailureKind>) -> &'static str {
    match kind {
        Some(FailureKind::Silent | FailureKind::Unreachable) => "does a firewall drop TCP to its port?",
        Some(FailureKind::PortClosed) => "does it listen on TCP, or does a firewall reject that?",
        _ => "does another server answer TCP, behind a balancer or a firewall?",
    }
}

fn judge_truncation(report: &mut Report, server: &NameServer) {
    let is_cut = |lookup: &&Lookup| both_transports(lookup).any(|both| is_truncated(both.over_udp));
    let names: Vec<_> = server.lookups.iter().filter(is_cut).map(|lookup| lookup.subject.name.as_str()).collect();
    if names.is_empty() {
        return;
    }
    let reason = format!("{} truncated over UDP", wording::list(&names));
    let words = format!("{}: {reason}, so each lookup needs TCP", server.asked.server.name);
    let said = report.finding(&TRUNCATED).of(server.asked).words(words).reason(&reason, "truncated");
    said.remedy("fewer records (Consul: a_record_limit), or make sure that 53/tcp is open everywhere");
}

fn is_truncated(reading: &Reading) -> bool {
    reading::answer(reading).is_some_and(|answer| answer.flags.tc)
}

fn first_name<'a>(server: &NameServer<'a>) -> &'a str {
    server.lookups.first().map_or(".", |lookup| &lookup.subject.name)
}
