//! What an agent says of the cluster and of itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::elements::Keep;
use super::health::{CheckEntry, ServiceEntry, kept, weight_of};
use crate::snapshot::{Autopilot, Itself, Local, Server};

/// `/v1/operator/autopilot/health`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AutopilotEntry {
    healthy: bool,
    failure_tolerance: u32,
    #[serde(default)]
    servers: Option<Vec<ServerEntry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServerEntry {
    name: String,
    address: String,
    serf_status: String,
    healthy: bool,
    voter: bool,
}

impl From<AutopilotEntry> for Autopilot {
    fn from(entry: AutopilotEntry) -> Self {
        let server = |server: ServerEntry| Server {
            name: server.name,
            address: server.address,
            alive: server.serf_status == "alive",
            healthy: Some(server.healthy),
            voter: Some(server.voter),
        };
        Self {
            healthy: entry.healthy,
            failure_tolerance: entry.failure_tolerance,
            servers: entry.servers.unwrap_or_default().into_iter().map(server).collect(),
        }
    }
}

/// Keeps the servers of `/v1/agent/members`, which lists every agent of the datacenter.
pub(super) struct Servers;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Member {
    name: String,
    addr: String,
    status: u8,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

/// Serf's `StatusAlive`.
const ALIVE: u8 = 1;

impl Keep for Servers {
    type Entry<'a> = Member;
    type Item = Server;

    fn keep(&self, member: Member) -> Option<(Server, usize)> {
        if member.tags.get("role").map(String::as_str) != Some("consul") {
            return None;
        }
        let port = member.tags.get("port").and_then(|port| port.parse().ok());
        let address = common::HostPort { host: member.addr, port }.to_string();
        let server = Server { name: member.name, address, alive: member.status == ALIVE, healthy: None, voter: None };
        let weight = size_of::<Server>() + server.name.len() + server.address.len();
        Some((server, weight))
    }
}

/// `/v1/agent/self`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ItselfEntry {
    config: ConfigEntry,
    debug_config: Option<DebugEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigEntry {
    datacenter: String,
    node_name: String,
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct DebugEntry {
    #[serde(rename = "DNSOnlyPassing")]
    only_passing: Option<bool>,
}

impl From<ItselfEntry> for Itself {
    fn from(entry: ItselfEntry) -> Self {
        Self {
            datacenter: entry.config.datacenter,
            node: entry.config.node_name,
            version: entry.config.version,
            only_passing: entry.debug_config.and_then(|config| config.only_passing),
        }
    }
}

/// Keeps all of `/v1/agent/health/service/name/NAME`.
pub(super) struct Locals;

impl Keep for Locals {
    type Entry<'a> = LocalEntry<'a>;
    type Item = Local;

    fn keep(&self, entry: LocalEntry<'_>) -> Option<(Local, usize)> {
        let local = Local::from(entry);
        let words = [local.node.as_ref().map_or(0, String::capacity), local.id.capacity(), local.service.capacity()];
        let weight = size_of::<Local>() + words.iter().sum::<usize>() + weight_of(&local.checks);
        Some((local, weight))
    }
}

/// An instance on the agent's own node.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LocalEntry<'a> {
    #[serde(borrow)]
    service: ServiceEntry<'a>,
    #[serde(borrow)]
    checks: Option<Vec<CheckEntry<'a>>>,
}

impl From<LocalEntry<'_>> for Local {
    fn from(entry: LocalEntry<'_>) -> Self {
        let checks = entry.checks.unwrap_or_default();
        let node = checks.iter().map(|check| check.node.as_ref()).find(|node| !node.is_empty());
        Self {
            node: node.map(str::to_owned),
            id: entry.service.id.into_owned(),
            service: entry.service.service.into_owned(),
            checks: kept(checks.into_iter()),
        }
    }
}

/// `/v1/catalog/services`: names with their tags.
#[derive(Deserialize)]
pub(super) struct ServicesEntry(BTreeMap<String, IgnoredAny>);

impl From<ServicesEntry> for BTreeSet<String> {
    fn from(entry: ServicesEntry) -> Self {
        entry.0.into_keys().collect()
    }
}

/// Counts the nodes of `/v1/catalog/nodes`.
pub(super) struct Nodes;

impl Keep for Nodes {
    type Entry<'a> = IgnoredAny;
    type Item = ();

    fn keep(&self, _: IgnoredAny) -> Option<((), usize)> {
        Some(((), 0))
    }
}
