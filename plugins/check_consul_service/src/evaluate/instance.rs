//! The health of one instance, as Consul aggregates it, and what is behind it.

use std::fmt;

use common::{Report, text};

use crate::catalogue::{INSTANCE_CRITICAL, INSTANCE_MAINTENANCE, INSTANCE_WARNING};
use crate::snapshot::{Check, Instance, Scope, Status};

/// The health of an instance, worst last (Consul's `HealthChecks.AggregatedStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Condition {
    Passing,
    Warning,
    Critical,
    Maintenance,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passing => "passing",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Maintenance => "in maintenance",
        })
    }
}

/// What gossip says about the agent of the node.
const GOSSIP: &str = "serfHealth";

/// The worst of its checks; an instance without checks passes.
pub(super) fn condition(instance: &Instance) -> Condition {
    instance.checks.iter().map(meaning).max().unwrap_or(Condition::Passing)
}

/// Maintenance is a critical check with a reserved id.
fn meaning(check: &Check) -> Condition {
    let reserved = check.id == "_node_maintenance" || check.id.starts_with("_service_maintenance:");
    match check.status {
        Status::Critical if reserved => Condition::Maintenance,
        Status::Critical => Condition::Critical,
        Status::Warning => Condition::Warning,
        Status::Passing => Condition::Passing,
    }
}

pub(super) fn judge(report: &mut Report, instance: &Instance) {
    let (name, condition) = (name(instance), condition(instance));
    let spec = match condition {
        Condition::Passing => return report.fine(format!("{name} passing")),
        Condition::Warning => &INSTANCE_WARNING,
        Condition::Critical => &INSTANCE_CRITICAL,
        Condition::Maintenance => &INSTANCE_MAINTENANCE,
    };
    let mut causes = instance.checks.iter().filter(|check| meaning(check) == condition);
    // An agent that is gone explains the rest.
    let gossip = causes.clone().find(|check| check.id == GOSSIP);
    let Some(check) = gossip.or_else(|| causes.next()) else { return };
    let (cause, remedy) = cause(instance, check);
    report.finding(spec, format!("{name} {condition}{cause}"), remedy);
}

/// `db3 (127.0.0.13:3306)`; with the id where it is not simply the name of the service.
fn name(instance: &Instance) -> String {
    let Instance { node, service, id, address, .. } = instance;
    let place = if id == service { text::quote(node) } else { text::quote(&format!("{node}/{id}")) };
    format!("{place} ({})", text::quote(address))
}

/// The rest of the sentence about what is wrong, and what to do about it.
fn cause(instance: &Instance, check: &Check) -> (String, String) {
    let (node, id) = (text::quote(&instance.node), text::quote(&instance.id));
    let of = match check.scope {
        Scope::Node => "node",
        Scope::Service => "service",
    };
    if meaning(check) == Condition::Maintenance {
        let option = if check.scope == Scope::Node { String::new() } else { format!(" -service={id}") };
        let remedy = format!("on {node}, when it is over: consul maint -disable{option}");
        return (format!(" of the {of}{}", said(&check.notes)), remedy);
    }
    if check.id == GOSSIP {
        let cause = format!(": its agent is unreachable by gossip, {}", last_service_status(instance));
        return (cause, format!("the service may be alive: look at {node} and its agent (consul members)"));
    }
    let remedy = match check.scope {
        Scope::Node => format!("look after {node}: Consul counts the check against every service there"),
        Scope::Service => format!("look at the service on {node}"),
    };
    (format!(": {of} check {}{}", text::quote(&check.name), said(&check.output)), remedy)
}

/// What the service's own checks said before the agent was lost.
fn last_service_status(instance: &Instance) -> String {
    let own = instance.checks.iter().filter(|check| check.scope == Scope::Service).map(meaning).max();
    own.map_or_else(|| "the service has no check".to_owned(), |worst| format!("last service check {worst}"))
}

/// `: "words"`, or nothing.
fn said(words: &str) -> String {
    if words.trim().is_empty() { String::new() } else { format!(": \"{}\"", text::quote(words)) }
}
