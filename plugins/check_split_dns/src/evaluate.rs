//! What the servers' answers mean for their clients.
//!
//! A client (glibc 2.36, measured) believes the first server that answers, also NXDOMAIN and NODATA. It passes on at
//! once from a server that says SERVFAIL or REFUSED or whose port is closed, and after 5 s from one that is silent.

mod fault;
mod remedy;
mod trace;
mod verdict;

use std::time::Duration;

use common::dns::{Outcome, Reply};
use common::{Number, Report};

use crate::catalogue::{
    FAILED, FIRST_SERVER_DEAD, LOST, NO_ANSWER_FOR_NAME, NOT_ASKED, SERVER_DEAD, SERVERS, SERVERS_OK, TIME,
    TOO_FEW_SERVERS, WRONG_ANSWER,
};
use crate::policy::Policy;
use crate::probe::Side;
use crate::snapshot::{Asked, Snapshot};
use fault::{Fault, FaultKind, extended_errors, some};
use verdict::Verdict;

/// Judges every server, and whether enough of them are left.
pub(crate) fn evaluate(snapshot: &Snapshot, policy: &Policy) -> Report {
    let mut report = Report::new(&policy.rules);
    let servers = Servers::of(snapshot, policy);
    for verdict in &servers.verdicts {
        match &verdict.death {
            Some(fault) => judge_dead(&mut report, verdict, fault, &servers, policy),
            None => judge_alive(&mut report, verdict, policy),
        }
    }
    judge_redundancy(&mut report, &servers, policy);
    measure(&mut report, &servers);
    for asked in &snapshot.servers {
        trace::note(&mut report, asked, policy);
    }
    report.summary(summary(&servers, policy));
    report
}

/// The verdicts, seen together.
struct Servers<'a> {
    verdicts: Vec<Verdict<'a>>,
    replies: Vec<&'a Reply>,
}

impl<'a> Servers<'a> {
    fn of(snapshot: &'a Snapshot, policy: &'a Policy) -> Self {
        let judge = |asked| Verdict::of(asked, &policy.probes, snapshot.patience);
        Self {
            verdicts: snapshot.servers.iter().map(judge).collect(),
            replies: snapshot.servers.iter().flat_map(Asked::replies).collect(),
        }
    }

    fn total(&self) -> usize {
        self.verdicts.len()
    }

    fn good(&self) -> usize {
        self.verdicts.iter().filter(|verdict| verdict.serves_all).count()
    }

    fn slowest(&self) -> Option<Duration> {
        self.replies.iter().filter_map(|reply| reply.rtt).max()
    }

    /// Whether every lookup waits for this server before another one answers.
    fn all_wait_for(&self, verdict: &Verdict) -> bool {
        let is_first = self.verdicts.first().is_some_and(|first| std::ptr::eq(first, verdict));
        let stalls = verdict.death.as_ref().is_some_and(|fault| fault.kind.stalls());
        is_first && stalls && self.verdicts.iter().any(|other| other.death.is_none())
    }
}

fn judge_dead(report: &mut Report, verdict: &Verdict, fault: &Fault, servers: &Servers, policy: &Policy) {
    let (server, words) = (&verdict.asked.server, &fault.words);
    let remedy = remedy::of_death(server, &fault.kind, policy.probes.first());
    if fault.kind == FaultKind::NotAsked {
        return report.finding(&NOT_ASKED, format!("{} {words}", server.name), remedy);
    }
    if servers.all_wait_for(verdict) {
        let sentence = format!("{} (first name server): {words}, every lookup here waits for it", server.name);
        return report.finding(&FIRST_SERVER_DEAD, sentence, remedy);
    }
    report.finding(&SERVER_DEAD, format!("{}: {words}", server.name), remedy);
}

fn judge_alive(report: &mut Report, verdict: &Verdict, policy: &Policy) {
    let server = &verdict.asked.server;
    for named in &verdict.faults {
        let kind = &named.fault.kind;
        let spec = match kind {
            FaultKind::NotAsked => &NOT_ASKED,
            kind if kind.is_wrong() => &WRONG_ANSWER,
            _ => &NO_ANSWER_FOR_NAME,
        };
        let remedy = remedy::of_name(server, kind, named.probe);
        report.finding(spec, format!("{}: {}", server.name, named.sentence()), remedy);
    }
    if verdict.faults.is_empty() {
        report.fine(format!("{}: {}", server.name, answers(verdict.asked, policy)));
    }
}

/// Whether another server may fail. Servers that are wrong are told on their own.
fn judge_redundancy(report: &mut Report, servers: &Servers, policy: &Policy) {
    let (good, total, needed) = (servers.good(), servers.total(), policy.min_servers);
    let losses: Vec<_> = servers.verdicts.iter().filter_map(loss).collect();
    // Of a server that was not asked nothing is known, so it is not lost.
    let not_asked = servers.verdicts.iter().filter(|verdict| verdict.was_not_asked()).count();
    if good + not_asked >= needed || (losses.is_empty() && total >= needed) {
        return;
    }
    let lost = if losses.is_empty() { String::new() } else { format!(": {}", losses.join(", ")) };
    report.finding(
        &TOO_FEW_SERVERS,
        format!("{good} of {total} name servers right, at least {needed} needed{lost}"),
        "bring the servers back; resolv.conf holds up to three",
    );
}

/// What keeps a server from serving every name, unless it is wrong.
fn loss(verdict: &Verdict) -> Option<String> {
    if verdict.serves_all || verdict.was_not_asked() {
        return None;
    }
    let is_loss = |kind: &FaultKind| !kind.is_wrong() && *kind != FaultKind::NotAsked;
    let failure = || verdict.faults.iter().find(|named| is_loss(&named.fault.kind));
    let words = match &verdict.death {
        Some(fault) => fault.words.clone(),
        None => failure()?.sentence(),
    };
    Some(format!("{} {words}", verdict.asked.server.name))
}

/// `db.consul 10.0.0.11, 10.0.0.12; www.example.com 192.0.2.1`.
fn answers(asked: &Asked, policy: &Policy) -> String {
    let mut said = Vec::new();
    for (lookup, probe) in asked.lookups.iter().zip(&policy.probes) {
        let (mut addresses, mut errors) = (Vec::new(), Vec::new());
        for reply in [&lookup.a, &lookup.aaaa] {
            if let Outcome::Answer(answer) = &reply.outcome {
                addresses.extend(answer.addresses.iter().map(|address| address.ip));
                errors.extend(answer.extended_errors.iter().cloned());
            }
        }
        // Servers shuffle them for each answer.
        addresses.sort_unstable();
        said.push(format!("{} {}{}", probe.name, some(&addresses), extended_errors(&errors)));
    }
    said.join("; ")
}

fn measure(report: &mut Report, servers: &Servers) {
    let (good, total, questions) = (servers.good(), servers.total(), servers.replies.len());
    // What our own side kept us from asking was not measured.
    let all_asked = servers.replies.iter().all(|reply| !matches!(reply.outcome, Outcome::LocalError(_)));
    if all_asked {
        report.metric_up_to(&SERVERS_OK, good, total, &format!("{good} of {total} name servers right"));
        let failed: usize = servers.verdicts.iter().map(|verdict| verdict.failed).sum();
        let sentence = format!("{failed} of {questions} questions without right answer");
        report.metric_up_to(&FAILED, failed, questions, &sentence);
    }
    report.metric(&SERVERS, total, &format!("{total} name servers asked"));
    if let Some(slowest) = servers.slowest() {
        report.metric(&TIME, Number::seconds(slowest), &format!("slowest answer took {}", milliseconds(slowest)));
    }
    let lost: u32 = servers.replies.iter().map(|reply| reply.lost).sum();
    report.metric(&LOST, lost, &format!("{lost} datagrams lost"));
}

fn summary(servers: &Servers, policy: &Policy) -> String {
    let (good, total) = (servers.good(), servers.total());
    let names = if good == total { format!(": {}", names(policy)) } else { String::new() };
    let slowest = servers.slowest().map(|time| format!(", slowest answer {}", milliseconds(time)));
    format!("{good}/{total} name servers{names} right{}", slowest.unwrap_or_default())
}

/// `1 internal and 2 external names`.
fn names(policy: &Policy) -> String {
    let count = |side| policy.probes.iter().filter(|probe| probe.side == side).count();
    let mut counts = vec![(count(Side::Internal), "internal"), (count(Side::External), "external")];
    counts.retain(|(count, _)| *count > 0);
    let noun = if matches!(counts.last(), Some((1, _))) { "name" } else { "names" };
    let counts: Vec<_> = counts.iter().map(|(count, side)| format!("{count} {side}")).collect();
    format!("{} {noun}", counts.join(" and "))
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests;
