//! Judges the model: one file for each subject that is judged.

mod access;
mod agent;
mod cause;
mod checks;
mod details;
mod drift;
mod instance;
mod leader;
mod maintenance;
mod quorum;
mod service;
mod status_changes;
mod vanished;

use common::Report;

use crate::dns;
use crate::model::{Data, Resolution, Service, margin};
use crate::policy::Policy;
use crate::snapshot::raft_name;

/// Judges the service by the best answer, and the agents by their own.
///
/// `before_recheck` is the service before the agents were asked again. Where agents differ, that counts only if they did before.
pub(crate) fn evaluate(before_recheck: Option<&Service>, service: &Service, policy: &Policy) -> Report {
    let mut rules = policy.rules.clone();
    quorum::derive(&mut rules, service.snapshot);
    let mut report = Report::new(&rules);
    leader::judge(&mut report, before_recheck, service, policy);
    if let Some(data) = &service.data {
        of_service(&mut report, before_recheck, service, data, policy);
    }
    agent::judge_all(&mut report, before_recheck, service, policy);
    if let Some(resolution) = &service.resolution {
        dns::judge(&mut report, &case(resolution, service, policy));
    }
    quorum::judge(&mut report, service);
    agent::measure(&mut report, &service.snapshot.agents);
    leader::measure(&mut report, service);
    if let Some(leader) = service.leader.filter(|_| !service.lacks_leader()) {
        let margin = margin(service.snapshot).map_or_else(String::new, |margin| format!(", {margin}"));
        report.well(format_args!("leader {}{margin}", raft_name(leader)));
    }
    for asked in &service.snapshot.agents {
        details::requests(&mut report, asked);
    }
    if let Some(resolution) = &service.resolution {
        dns::requests(&mut report, &resolution.answers, &resolution.questions);
    }
    report
}

fn of_service(report: &mut Report, before_recheck: Option<&Service>, service: &Service, data: &Data, policy: &Policy) {
    let visibility = access::judge(report, data, service, policy);
    let vanished = vanished::vanished(data, visibility, service, policy);
    service::judge(report, data, visibility, vanished.as_ref(), policy);
    if let Some(vanished) = &vanished {
        vanished.judge(report);
    }
    if !service.history.is_lost {
        status_changes::judge(report, data, service);
        maintenance::judge(report, data, service);
    }
    checks::judge(report, data, policy);
    drift::judge(report, visibility, before_recheck, service);
    for instance in &data.instances {
        instance::line(report, instance, service.resolution.as_ref());
    }
    if let Some(vanished) = &vanished {
        vanished.lines(report);
    }
}

fn case<'a>(resolution: &'a Resolution, service: &Service<'a>, policy: &Policy) -> dns::Case<'a> {
    dns::Case {
        name: &resolution.questions.name,
        comparisons: &resolution.comparisons,
        expected: &resolution.expected,
        unsettled: resolution.unsettled,
        grace: &service.history.grace,
        has_series: policy.perfdata_per_server,
        now: service.snapshot.at,
    }
}

#[cfg(test)]
mod tests;
