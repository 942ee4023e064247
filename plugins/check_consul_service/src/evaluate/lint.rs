//! What makes the health of an instance worth less than it seems.

use std::collections::BTreeMap;

use common::{Report, text};

use super::view::Data;
use crate::catalogue::{CASE_TWINS, CHECK_MISSING, DUPLICATE_ADDRESS, NO_CHECK, ONLY_TCP};
use crate::health::{GOSSIP, is_of_maintenance};
use crate::policy::Policy;
use crate::snapshot::{Check, Instance, Scope};

/// So many are named.
const NAMED: usize = 5;

pub(super) fn judge(report: &mut Report, data: &Data, policy: &Policy) {
    let which = |wrong: &dyn Fn(&Instance) -> bool| named(data.instances.iter().copied().filter(|one| wrong(one)));
    if let Some(names) = which(&|instance| own(instance).next().is_none()) {
        let text = format!("no check of its own: {names}");
        report.finding(&NO_CHECK, text, "it passes as long as its agent lives: register a check with it");
    }
    if let Some(names) = which(&is_only_tcp) {
        let text = format!("nothing but a TCP check: {names}");
        report.finding(&ONLY_TCP, text, "a port that accepts proves little: check by a query or script");
    }
    required(report, data, policy);
    twins(report, data, policy);
    duplicates(report, data);
}

/// The checks that the service was registered with.
fn own(instance: &Instance) -> impl Iterator<Item = &Check> {
    instance.checks.iter().filter(|check| check.scope == Scope::Service && !is_of_maintenance(&check.id))
}

fn is_only_tcp(instance: &Instance) -> bool {
    let mut own = own(instance).peekable();
    own.peek().is_some() && own.all(|check| check.kind == "tcp")
}

fn required(report: &mut Report, data: &Data, policy: &Policy) {
    let Some(regex) = &policy.require_check else { return };
    let counts = |check: &&Check| check.id != GOSSIP && !is_of_maintenance(&check.id);
    let has = |instance: &Instance| {
        let mut names = instance.checks.iter().filter(counts).flat_map(|check| given_names(check, instance));
        names.any(|name| regex.is_match(name))
    };
    if let Some(names) = named(data.instances.iter().copied().filter(|instance| !has(instance))) {
        let text = format!("no check that --require-check asks for: {names}");
        report.finding(&CHECK_MISSING, text, "register it there: nobody would know if what it checks failed");
    }
}

/// The id and the name of a check, unless Consul made them up of those of the service, which say nothing of the check
/// (`addServiceInternal` of `agent/agent.go`).
fn given_names<'c>(check: &'c Check, instance: &Instance) -> impl Iterator<Item = &'c str> {
    let id = Some(check.id.as_str()).filter(|id| !is_made_up(id, &instance.key.id));
    let made_up = format!("Service '{}' check", instance.service);
    let name = Some(check.name.as_str()).filter(|name| *name != made_up);
    id.into_iter().chain(name)
}

/// `service:ID`, or of one of several `service:ID:NUMBER`.
fn is_made_up(id: &str, service: &str) -> bool {
    let Some(rest) = id.strip_prefix("service:").and_then(|id| id.strip_prefix(service)) else { return false };
    rest.is_empty() || rest.strip_prefix(':').is_some_and(|number| number.parse::<u32>().is_ok())
}

fn twins(report: &mut Report, data: &Data, policy: &Policy) {
    if data.all.is_empty() || data.twins.is_empty() {
        return;
    }
    let twins: Vec<_> = data.twins.iter().map(|name| text::quote(name)).collect();
    let text = format!("beside {} there is {}", text::quote(&policy.query.service), twins.join(", "));
    report.finding(&CASE_TWINS, text, "DNS hands out both under either name: register them under one");
}

fn duplicates(report: &mut Report, data: &Data) {
    let mut at: BTreeMap<String, Vec<&Instance>> = BTreeMap::new();
    // Without a port nobody connects to it.
    for instance in data.instances.iter().filter(|one| !one.address.host.is_empty() && one.address.port.is_some()) {
        at.entry(instance.address.to_string()).or_default().push(instance);
    }
    for (address, instances) in at.into_iter().filter(|(_, instances)| instances.len() > 1) {
        let nodes = instances.iter().map(|instance| format!("{}/{}", instance.key.node, instance.key.id));
        let nodes: Vec<_> = nodes.take(NAMED).map(|name| text::quote(&name)).collect();
        let text = format!("{} instances at {}: {}", instances.len(), text::quote(&address), nodes.join(", "));
        let one_node =
            instances.iter().all(|one| Some(&one.key.node) == instances.first().map(|first| &first.key.node));
        let remedy = if one_node {
            "it was registered twice: consul services deregister -id, for the one that is too many"
        } else {
            "one is a ghost, or its address was given to another node: consul catalog nodes; \
             consul force-leave for a node that is gone"
        };
        report.finding(&DUPLICATE_ADDRESS, text, remedy);
    }
}

/// `db1 (…), db2 (…) and 4 more`.
fn named<'a>(instances: impl Iterator<Item = &'a Instance>) -> Option<String> {
    let mut names: Vec<_> = instances.map(Instance::name).collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| names.join(", ") + &more)
}
