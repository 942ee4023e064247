//! `/v1/health/service/NAME`.

use std::borrow::Cow;
use std::mem::size_of;
use std::time::Duration;

use common::HostPort;
use serde::Deserialize;

use super::answer::Head;
use super::elements::Keep;
use crate::health::GOSSIP;
use crate::policy::Query;
use crate::snapshot::{Check, Failure, Health, Instance, Key, Scope, Status};

/// Keeps the instances of the answer.
pub(crate) struct Instances<'q>(pub(crate) &'q Query);

impl Keep for Instances<'_> {
    type Entry<'a> = Entry<'a>;
    type Item = Instance;

    fn keep(&self, entry: Entry<'_>) -> Option<(Instance, usize)> {
        let instance = instance(entry, self.0);
        let weight = weight(&instance);
        Some((instance, weight))
    }
}

/// The consistency headers of an answer, which only Consul sends.
///
/// # Errors
/// They are missing.
pub(crate) fn headers(head: &Head) -> Result<Health, Failure> {
    let number = |name| head.header(name).and_then(|value| value.parse().ok());
    let Some(known_leader) = head.header("x-consul-knownleader") else {
        return Err(Failure::Wrong("no header X-Consul-Knownleader: not Consul".to_owned()));
    };
    Ok(Health {
        instances: Vec::new(),
        known_leader: known_leader == "true",
        last_contact: number("x-consul-lastcontact").map(Duration::from_millis),
        index: number("x-consul-index"),
        filtered: head.header("x-consul-results-filtered-by-acls") == Some("true"),
        default_deny: head.header("x-consul-default-acl-policy") == Some("deny"),
    })
}

/// An element of the answer, as far as it is of use.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    node: NodeEntry<'a>,
    #[serde(borrow)]
    service: ServiceEntry<'a>,
    #[serde(borrow)]
    checks: Option<Vec<CheckEntry<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NodeEntry<'a> {
    #[serde(borrow)]
    node: Cow<'a, str>,
    #[serde(borrow, default)]
    address: Cow<'a, str>,
    #[serde(borrow, default)]
    partition: Cow<'a, str>,
    #[serde(borrow, default)]
    peer_name: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServiceEntry<'a> {
    #[serde(borrow, rename = "ID")]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) service: Cow<'a, str>,
    #[serde(borrow, default)]
    address: Cow<'a, str>,
    #[serde(default)]
    port: i64,
    #[serde(borrow, default)]
    tags: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    namespace: Cow<'a, str>,
    #[serde(borrow, default)]
    partition: Cow<'a, str>,
    #[serde(borrow, default)]
    peer_name: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CheckEntry<'a> {
    #[serde(borrow, default)]
    pub(super) node: Cow<'a, str>,
    #[serde(borrow, rename = "CheckID")]
    check_id: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default, rename = "Type")]
    kind: Cow<'a, str>,
    status: Status,
    #[serde(borrow, default)]
    notes: Cow<'a, str>,
    #[serde(borrow, default)]
    output: Cow<'a, str>,
    #[serde(borrow, default, rename = "ServiceID")]
    service_id: Cow<'a, str>,
}

fn instance(entry: Entry<'_>, query: &Query) -> Instance {
    let Entry { node, service, checks } = entry;
    let selected = query.selects(&node.node, &service.tags.unwrap_or_default());
    let host = if service.address.is_empty() { node.address } else { service.address };
    let port = u16::try_from(service.port).ok().filter(|port| *port > 0);
    let first = |one: Cow<str>, other: Cow<str>| if one.is_empty() { other } else { one }.into_owned();
    // Every node has it, and while it passes it says nothing.
    let counts = |check: &CheckEntry| check.check_id != GOSSIP || check.status != Status::Passing;
    Instance {
        key: Key {
            peer: first(service.peer_name, node.peer_name),
            partition: first(service.partition, node.partition),
            namespace: service.namespace.into_owned(),
            node: node.node.into_owned(),
            id: service.id.into_owned(),
        },
        service: service.service.into_owned(),
        address: HostPort { host: host.into_owned(), port },
        selected,
        checks: kept(checks.unwrap_or_default().into_iter().filter(counts)),
    }
}

/// What is kept of checks, in no more memory than that takes: collected in place they would stay in that of the entries.
pub(super) fn kept<'a>(entries: impl Iterator<Item = CheckEntry<'a>>) -> Vec<Check> {
    let mut checks: Vec<_> = entries.map(Check::from).collect();
    checks.shrink_to_fit();
    checks
}

impl From<CheckEntry<'_>> for Check {
    fn from(entry: CheckEntry<'_>) -> Self {
        Self {
            id: entry.check_id.into_owned(),
            name: entry.name.into_owned(),
            kind: entry.kind.into_owned(),
            scope: if entry.service_id.is_empty() { Scope::Node } else { Scope::Service },
            status: entry.status,
            notes: entry.notes.into_owned(),
            // Most of a large answer, and nobody reads it.
            output: if entry.status == Status::Passing { String::new() } else { entry.output.into_owned() },
        }
    }
}

/// The bytes that it takes, about.
fn weight(instance: &Instance) -> usize {
    let Instance { key: Key { peer, partition, namespace, node, id }, service, address, checks, .. } = instance;
    let words = [peer, partition, namespace, node, id, service, &address.host].map(String::capacity);
    size_of::<Instance>() + words.iter().sum::<usize>() + weight_of(checks)
}

/// The bytes that checks take, about.
pub(super) fn weight_of(checks: &[Check]) -> usize {
    let of_checks = checks.iter().map(|check| {
        let words = [&check.id, &check.name, &check.kind, &check.notes, &check.output].map(String::capacity);
        size_of::<Check>() + words.iter().sum::<usize>()
    });
    of_checks.sum()
}
