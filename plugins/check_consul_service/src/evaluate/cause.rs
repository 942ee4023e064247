//! Why an instance is not healthy, and how to fix that.

use common::text;

use crate::snapshot::{Check, Condition, GOSSIP, Instance, Scope};

/// Behind an instance's name in a count, the words of a check are cut to so many bytes.
const LONGEST: usize = 64;

/// Why an instance is not healthy, without its name.
pub(super) struct Explanation {
    /// With all that the check said.
    pub(super) words: String,
    /// For a count that misses no other instance.
    pub(super) alone: String,
    /// For a count that misses several.
    pub(super) brief: String,
    pub(super) word: &'static str,
    pub(super) remedy: String,
}

/// How this check explains that the instance is not healthy.
pub(super) fn explain(instance: &Instance, check: &Check) -> Explanation {
    let node = text::name(&instance.key.node);
    match Condition::of_check(check) {
        Condition::Maintenance => maintenance(instance, check, &node),
        _ if check.id == GOSSIP => gossip(instance, &node),
        condition => failure(check, condition, &node),
    }
}

fn maintenance(instance: &Instance, check: &Check, node: &str) -> Explanation {
    let (whose, option) = match check.scope {
        Scope::Node => ("node ", String::new()),
        Scope::Service => ("", format!(" -service={}", text::argument(&instance.key.id, "ID"))),
    };
    let words = |notes: &str| format!("in {whose}maintenance{}", quoted(notes));
    Explanation {
        words: words(&check.notes),
        alone: words(&short(&check.notes)),
        brief: "in maintenance".to_owned(),
        word: "maintenance",
        remedy: format!("on {node}, when it is over: consul maint -disable{option}"),
    }
}

fn gossip(instance: &Instance, node: &str) -> Explanation {
    let words = format!("critical: its agent is unreachable by gossip, {}", last_service_status(instance));
    Explanation {
        alone: words.clone(),
        words,
        brief: "unreachable by gossip".to_owned(),
        word: "gossip",
        remedy: format!("the service may be alive: look at {node} and its agent (consul members)"),
    }
}

fn failure(check: &Check, condition: Condition, node: &str) -> Explanation {
    let (of, remedy) = match check.scope {
        Scope::Node => ("node", format!("look after {node}: Consul counts the check against every service there")),
        Scope::Service => ("service", format!("look at the service on {node}")),
    };
    let brief = format!("{condition}: {of} check {}", text::name(&check.name));
    let words = |output: &str| match quoted(output) {
        output if output.is_empty() => brief.clone(),
        output => format!("{brief}:{output}"),
    };
    Explanation {
        words: words(&check.output),
        alone: words(&short(&check.output)),
        word: if condition == Condition::Warning { "warning" } else { "critical" },
        remedy,
        brief,
    }
}

/// The last result of the service's own checks, before the agent was lost.
fn last_service_status(instance: &Instance) -> String {
    let mut own = instance.checks.iter().filter(|check| check.scope == Scope::Service).peekable();
    match own.peek() {
        Some(_) => format!("last service check {}", Condition::of(own)),
        None => "the service has no check".to_owned(),
    }
}

/// The words with both ends, since an error may stand at either.
fn short(words: &str) -> String {
    text::cut_middle(&text::quote(words), LONGEST)
}

/// ` "words"`, or nothing.
fn quoted(words: &str) -> String {
    if words.trim().is_empty() { String::new() } else { format!(" \"{}\"", text::quote(words)) }
}
