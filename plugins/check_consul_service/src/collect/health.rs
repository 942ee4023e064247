//! `/v1/health/service/NAME`.

use std::borrow::Cow;
use std::time::Duration;

use common::HostPort;
use serde::Deserialize;

use super::answer::{Answer, bad_json};
use crate::snapshot::{Check, Failure, Health, Instance, Scope, Status};

/// An answer as instances and consistency headers.
pub(crate) fn health(answer: &Answer) -> Result<Health, Failure> {
    let entries: Vec<Entry> = serde_json::from_slice(answer.json()?).map_err(|error| bad_json(&error))?;
    let number = |name| answer.header(name).and_then(|value| value.parse().ok());
    let Some(known_leader) = answer.header("x-consul-knownleader") else {
        return Err(Failure::Wrong("no header X-Consul-Knownleader: not Consul".to_owned()));
    };
    Ok(Health {
        instances: entries.into_iter().map(Instance::from).collect(),
        known_leader: known_leader == "true",
        last_contact: number("x-consul-lastcontact").map(Duration::from_millis),
        index: number("x-consul-index"),
    })
}

/// An element of the answer, as far as it is of use.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
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
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceEntry<'a> {
    #[serde(borrow, rename = "ID")]
    id: Cow<'a, str>,
    #[serde(borrow)]
    service: Cow<'a, str>,
    #[serde(borrow, default)]
    address: Cow<'a, str>,
    #[serde(default)]
    port: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CheckEntry<'a> {
    #[serde(borrow, rename = "CheckID")]
    check_id: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    status: Status,
    #[serde(borrow, default)]
    notes: Cow<'a, str>,
    #[serde(borrow, default)]
    output: Cow<'a, str>,
    #[serde(borrow, default, rename = "ServiceID")]
    service_id: Cow<'a, str>,
}

impl From<Entry<'_>> for Instance {
    fn from(entry: Entry<'_>) -> Self {
        let Entry { node, service, checks } = entry;
        let host = if service.address.is_empty() { node.address } else { service.address };
        let port = u16::try_from(service.port).ok().filter(|port| *port > 0);
        Self {
            node: node.node.into_owned(),
            service: service.service.into_owned(),
            id: service.id.into_owned(),
            address: HostPort { host: host.into_owned(), port }.to_string(),
            checks: checks.unwrap_or_default().into_iter().map(Check::from).collect(),
        }
    }
}

impl From<CheckEntry<'_>> for Check {
    fn from(entry: CheckEntry<'_>) -> Self {
        Self {
            id: entry.check_id.into_owned(),
            name: entry.name.into_owned(),
            scope: if entry.service_id.is_empty() { Scope::Node } else { Scope::Service },
            status: entry.status,
            notes: entry.notes.into_owned(),
            // Most of a large answer, and nobody reads it.
            output: if entry.status == Status::Passing { String::new() } else { entry.output.into_owned() },
        }
    }
}
