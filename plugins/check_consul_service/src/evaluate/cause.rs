//! Why an instance is not healthy, and what to do about it.

use common::text;

use crate::health::{Condition, GOSSIP};
use crate::snapshot::{Check, Instance, Scope};

/// The sentence about what is wrong, without its subject, and what to do about it.
pub(super) fn cause(instance: &Instance, check: &Check) -> (String, String) {
    let (node, id) = (text::quote(&instance.key.node), text::quote(&instance.key.id));
    let of = match check.scope {
        Scope::Node => "node",
        Scope::Service => "service",
    };
    if Condition::of_check(check) == Condition::Maintenance {
        let option = if check.scope == Scope::Node { String::new() } else { format!(" -service={id}") };
        let remedy = format!("on {node}, when it is over: consul maint -disable{option}");
        let whose = if check.scope == Scope::Node { "node " } else { "" };
        return (format!("in {whose}maintenance{}", quoted(&check.notes)), remedy);
    }
    if check.id == GOSSIP {
        let cause = format!("critical: its agent is unreachable by gossip, {}", last_service_status(instance));
        return (cause, format!("the service may be alive: look at {node} and its agent (consul members)"));
    }
    let remedy = match check.scope {
        Scope::Node => format!("look after {node}: Consul counts the check against every service there"),
        Scope::Service => format!("look at the service on {node}"),
    };
    let condition = Condition::of_check(check);
    (format!("{condition}: {of} check {}{}", text::quote(&check.name), said(&check.output)), remedy)
}

/// What the service's own checks said before the agent was lost.
fn last_service_status(instance: &Instance) -> String {
    let mut own = instance.checks.iter().filter(|check| check.scope == Scope::Service).peekable();
    match own.peek() {
        Some(_) => format!("last service check {}", Condition::of(own)),
        None => "the service has no check".to_owned(),
    }
}

/// ` "words"`, or nothing.
fn quoted(words: &str) -> String {
    if words.trim().is_empty() { String::new() } else { format!(" \"{}\"", text::quote(words)) }
}

/// `: "words"`, or nothing.
fn said(words: &str) -> String {
    match quoted(words) {
        none if none.is_empty() => none,
        quoted => format!(":{quoted}"),
    }
}
