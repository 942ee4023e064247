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
mod say;
mod service;
mod trace;
mod view;

use access::Visibility;
use common::{Number, Report};

use crate::catalogue::{AGENTS_UP, API_TIME, LEADER_KNOWN};
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
    let mut visibility = Visibility::Part;
    if let Some(data) = &view.data {
        visibility = access::judge(&mut report, data, snapshot, memory, policy);
        service::judge(&mut report, data, visibility, policy);
        motion::judge(&mut report, data, visibility, snapshot.at, memory, policy);
        lint::judge(&mut report, data, policy);
        drift::judge(&mut report, data, visibility, snapshot, &policy.query);
        for instance in &data.instances {
            instance::item(&mut report, instance, truth, &policy.rules);
        }
    }
    agent::judge_all(&mut report, view, snapshot, policy);
    let case = truth.map(|truth| case(truth, snapshot, memory, policy));
    if let Some(case) = &case {
        dns::judge(&mut report, case);
    }
    quorum::judge(&mut report, view, snapshot);
    measure(&mut report, view, snapshot);
    for asked in &snapshot.agents {
        trace::note(&mut report, asked);
    }
    if let Some(truth) = truth {
        dns::note(&mut report, &truth.told, &truth.questions);
    }
    let dns = case.as_ref().map(dns::Case::summary);
    report.summary(say::summary(view, visibility, dns, snapshot, policy));
    report
}

fn case<'a>(truth: &'a Truth, snapshot: &Snapshot, memory: &'a Memory, policy: &'a Policy) -> dns::Case<'a> {
    dns::Case {
        name: &truth.questions.name,
        comparisons: &truth.comparisons,
        expected: &truth.expected,
        unsettled: truth.unsettled,
        grace: &memory.grace,
        now: snapshot.at,
        rules: &policy.rules,
    }
}

fn measure(report: &mut Report, view: &View, snapshot: &Snapshot) {
    let (asked, up) = (snapshot.agents.len(), snapshot.agents.iter().filter(|asked| agent::is_up(asked)).count());
    if !snapshot.agents.iter().any(agent::was_not_asked) {
        report.metric_up_to(&AGENTS_UP, up, asked, &format!("{up} of {asked} agents up"));
    }
    if let Some(known) = view.leader_known() {
        let sentence = if known { "a leader is known" } else { "no leader is known" };
        report.metric_up_to(&LEADER_KNOWN, u8::from(known), 1_u8, sentence);
    }
    if let Some(slowest) = snapshot.agents.iter().filter_map(agent::slowest).max().map(Number::seconds) {
        report.metric(&API_TIME, slowest, &format!("slowest answer took {slowest} s"));
    }
}

#[cfg(test)]
mod tests;
