//! Checks and registrations that make the health of an instance worth less than it seems.

use std::collections::BTreeMap;

use common::{FindingSpec, Report, text, wording};

use crate::catalogue::{CASE_TWINS, CHECK_MISSING, DUPLICATE_ADDRESS, NO_CHECK, ONLY_TCP};
use crate::model::Data;
use crate::policy::Policy;
use crate::snapshot::{Check, GOSSIP, Instance, Scope, is_of_maintenance};

pub(super) fn judge(report: &mut Report, data: &Data, policy: &Policy) {
    about(
        report,
        &NO_CHECK,
        &those(data, |instance| own(instance).next().is_none()),
        "no check of its own",
        "it passes as long as its agent lives: register a check with it",
    );
    about(
        report,
        &ONLY_TCP,
        &those(data, is_only_tcp),
        "nothing but a TCP check",
        "a port that accepts proves little: check by a query or script",
    );
    required(report, data, policy);
    twins(report, data, policy);
    duplicates(report, data);
}

fn those<'a>(data: &Data<'a>, is_wrong: impl Fn(&Instance) -> bool) -> Vec<&'a Instance> {
    data.instances.iter().copied().filter(|instance| is_wrong(instance)).collect()
}

/// The same about several instances, if about any.
fn about(report: &mut Report, spec: &FindingSpec, instances: &[&Instance], what: &str, remedy: &str) {
    if instances.is_empty() {
        return;
    }
    let names: Vec<_> = instances.iter().map(|instance| instance.name()).collect();
    report
        .finding(spec)
        .of_all(instances.iter().copied())
        .words(format_args!("{what}: {}", wording::list(&names)))
        .remedy(remedy);
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
    about(
        report,
        &CHECK_MISSING,
        &those(data, |instance| !has(instance)),
        "no check that --require-check asks for",
        "register it there: nobody would know if what it checks failed",
    );
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
    let twins: Vec<_> = data.twins.iter().map(|name| text::name(name)).collect();
    report
        .finding(&CASE_TWINS)
        .words(format_args!("beside {} there is {}", text::quote(&policy.query.service), wording::list(&twins)))
        .remedy("DNS hands out both under either name: register them under one");
}

fn duplicates(report: &mut Report, data: &Data) {
    let mut at: BTreeMap<String, Vec<&Instance>> = BTreeMap::new();
    // Without a port nobody connects to it.
    for instance in data.instances.iter().filter(|one| !one.address.host.is_empty() && one.address.port.is_some()) {
        at.entry(instance.address.to_string()).or_default().push(instance);
    }
    for instances in at.into_values().filter(|instances| instances.len() > 1) {
        let paths: Vec<_> = instances.iter().map(|instance| instance.key.path()).collect();
        let first = instances.first();
        let is_one_node = instances.iter().all(|one| Some(&one.key.node) == first.map(|first| &first.key.node));
        let remedy = if is_one_node {
            "it was registered twice: consul services deregister -id, for the one that is too many"
        } else {
            "one is a ghost, or its address was given to another node: consul catalog nodes; \
             consul force-leave for a node that is gone"
        };
        let address = first.map(|first| first.address()).unwrap_or_default();
        report
            .finding(&DUPLICATE_ADDRESS)
            .of_all(instances.iter().copied())
            .words(format_args!("{} instances at {address}: {}", instances.len(), wording::list(&paths)))
            .remedy(remedy);
    }
}
