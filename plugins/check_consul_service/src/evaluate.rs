//! What the agents' answers mean for the service.

mod access;
mod agent;
mod cause;
mod doubt;
mod drift;
mod instance;
mod leader;
mod lint;
mod motion;
mod quorum;
mod service;
mod trace;
mod view;

use common::Report;

use crate::dns;
use crate::memory::Memory;
use crate::policy::Policy;
use crate::snapshot::Snapshot;
use crate::truth::Truth;
pub(crate) use doubt::{doubts, has_just_lost_the_leader, wants_access};
pub(crate) use view::{Data, View};

/// Judges the service by the best answer, and the agents by their own.
pub(crate) fn evaluate(
    view: &View,
    snapshot: &Snapshot,
    truth: Option<&Truth>,
    memory: &Memory,
    policy: &Policy,
) -> Report {
    let mut rules = policy.rules.clone();
    quorum::derive(&mut rules, snapshot);
    let mut report = Report::new(&rules);
    leader::judge(&mut report, view, snapshot, policy);
    if let Some(data) = &view.data {
        of_service(&mut report, data, snapshot, truth, memory, policy);
    }
    agent::judge_all(&mut report, view, snapshot, policy);
    if let Some(truth) = truth {
        dns::judge(&mut report, &case(truth, snapshot, memory));
    }
    quorum::judge(&mut report, view, snapshot);
    agent::measure(&mut report, &snapshot.agents);
    leader::measure(&mut report, view);
    if let Some(leader) = view.leader.filter(|_| !view.lacks_leader()) {
        let margin = quorum::margin(snapshot).map_or_else(String::new, |margin| format!(", {margin}"));
        report.well(format_args!("leader {}{margin}", leader::host(leader)));
    }
    for asked in &snapshot.agents {
        trace::note(&mut report, asked);
    }
    if let Some(truth) = truth {
        dns::note(&mut report, &truth.told, &truth.questions);
    }
    report
}

fn of_service(
    report: &mut Report,
    data: &Data,
    snapshot: &Snapshot,
    truth: Option<&Truth>,
    memory: &Memory,
    policy: &Policy,
) {
    let visibility = access::judge(report, data, snapshot, memory, policy);
    let vanished = motion::vanished(data, visibility, snapshot.at, memory, policy);
    service::judge(report, data, visibility, vanished.as_ref(), policy);
    if let Some(vanished) = &vanished {
        vanished.judge(report);
    }
    motion::judge(report, data, snapshot.at, memory);
    lint::judge(report, data, policy);
    drift::judge(report, data, visibility, snapshot, &policy.query);
    for instance in &data.instances {
        instance::line(report, instance, truth);
    }
    if let Some(vanished) = &vanished {
        vanished.lines(report);
    }
}

fn case<'a>(truth: &'a Truth, snapshot: &Snapshot, memory: &'a Memory) -> dns::Case<'a> {
    dns::Case {
        name: &truth.questions.name,
        comparisons: &truth.comparisons,
        expected: &truth.expected,
        unsettled: truth.unsettled,
        grace: &memory.grace,
        now: snapshot.at,
    }
}

#[cfg(test)]
mod tests;
