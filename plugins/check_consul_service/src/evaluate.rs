//! What the agents' answers mean for the service.

mod agent;
mod instance;
mod trace;
mod view;

use common::{HostPort, Number, Report, text};

use crate::catalogue::{
    AGENTS_UP, API_TIME, INSTANCES_CRITICAL, INSTANCES_MAINTENANCE, INSTANCES_PASSING, INSTANCES_REGISTERED,
    INSTANCES_WARNING, LEADER_KNOWN, NO_LEADER, NOT_REGISTERED,
};
use crate::policy::Policy;
use crate::snapshot::Snapshot;
use instance::Condition;
use view::{Data, View};

/// Judges the service by the best answer, and the agents by their own.
pub(crate) fn evaluate(snapshot: &Snapshot, policy: &Policy) -> Report {
    let mut report = Report::new(&policy.rules);
    let (view, agents) = (View::of(snapshot, policy), &snapshot.agents);
    judge_leader(&mut report, &view, policy);
    if let Some(data) = &view.data {
        judge_service(&mut report, data, policy);
    }
    if view.data.is_none() && !view.lacks_leader() && !agent::only_our_fault(agents) {
        agent::judge_all(&mut report, agents);
    } else {
        for asked in agents {
            agent::judge(&mut report, asked, &view, policy);
        }
    }
    measure(&mut report, snapshot, &view);
    for asked in agents {
        trace::note(&mut report, asked);
    }
    report.summary(summary(&view, policy));
    report
}

fn judge_leader(report: &mut Report, view: &View, policy: &Policy) {
    if !view.lacks_leader() {
        return;
    }
    let known = match &view.data {
        Some(data) => format!("{} as last known{}", policy.service, age(data)),
        None => format!("nothing is known of {}", policy.service),
    };
    report.finding(
        &NO_LEADER,
        format!("no leader, {known}: {}", view.leaderless.join(", ")),
        "start the servers that are down: a majority elects a leader (consul operator raft list-peers -stale)",
    );
}

/// ` 6.4 s ago`, where the server said so.
fn age(data: &Data) -> String {
    data.health.last_contact.map_or_else(String::new, |age| format!(" {:.1} s ago", age.as_secs_f32()))
}

fn judge_service(report: &mut Report, data: &Data, policy: &Policy) {
    if data.instances.is_empty() {
        let reason = match data.twin() {
            Some(twin) => format!("{} is, which differs in case", text::quote(twin)),
            None if policy.has_token => "it is unknown or has no instance left".to_owned(),
            None => "it is unknown or has no instance left, or ACLs hide it since no token is used".to_owned(),
        };
        report.finding(
            &NOT_REGISTERED,
            format!("{} is not registered: {reason}", policy.service),
            "compare with consul catalog services; register it again on its nodes (consul reload)",
        );
    }
    let passing = data.count(Condition::Passing);
    report.metric(&INSTANCES_PASSING, passing, &quota(data, policy));
    for (metric, condition) in [
        (&INSTANCES_WARNING, Condition::Warning),
        (&INSTANCES_CRITICAL, Condition::Critical),
        (&INSTANCES_MAINTENANCE, Condition::Maintenance),
    ] {
        let count = data.count(condition);
        report.metric(metric, count, &format!("{} {condition}", instances(count)));
    }
    let registered = data.instances.len();
    report.metric(&INSTANCES_REGISTERED, registered, &format!("{} registered", instances(registered)));
    for instance in &data.instances {
        instance::judge(report, instance);
    }
}

fn instances(count: usize) -> String {
    if count == 1 { "1 instance".to_owned() } else { format!("{count} instances") }
}

/// `galeradb: 2/3 passing`, of those expected or else registered.
fn quota(data: &Data, policy: &Policy) -> String {
    let whole = policy.expect.map_or_else(|| data.instances.len().to_string(), |expect| expect.to_string());
    let stale = if data.proven { "" } else { " (stale)" };
    format!("{}: {}/{whole} passing{stale}", policy.service, data.count(Condition::Passing))
}

/// What the findings have not said yet.
fn summary(view: &View, policy: &Policy) -> String {
    let mut parts = Vec::new();
    if let Some(data) = &view.data {
        let passing = Number::from(data.count(Condition::Passing));
        if policy.rules.thresholds(&INSTANCES_PASSING).judge(passing).1.is_none() {
            parts.push(quota(data, policy));
        }
    }
    if let Some(leader) = view.leader.filter(|_| !view.lacks_leader()) {
        parts.push(format!("leader {}", host(leader)));
    }
    parts.join("; ")
}

/// A raft address, without the port where that is the usual one.
fn host(raft: &str) -> String {
    let host = match raft.parse() {
        Ok(HostPort { host, port: Some(8300) }) => host,
        _ => raft.to_owned(),
    };
    text::quote(&host)
}

fn measure(report: &mut Report, snapshot: &Snapshot, view: &View) {
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
