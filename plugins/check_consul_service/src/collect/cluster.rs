//! An agent's answers about the cluster and itself.

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
#[expect(clippy::zero_sized_map_values, reason = "it is a map there, of which only the names are of use")]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Environment};
    use crate::collect::recorded;
    use crate::policy::Target;
    use crate::snapshot::{Asked, Failure, Scope, Status};
    use clap::Parser;

    /// What is read of such an answer.
    fn read(what: &str, status: &str, body: &str) -> Asked {
        let query = Target::new(&Cli::parse_from(["x", "-s", "web"]), &Environment::default()).unwrap().query;
        let head = format!("HTTP/1.1 {status}\nContent-Type: application/json");
        let record = format!("### a:8500 {what}\n{head}\n\n{body}\n");
        recorded::snapshot(&record, &query).agents.swap_remove(0)
    }

    fn server(name: &str, address: &str, alive: bool) -> Server {
        Server { name: name.to_owned(), address: address.to_owned(), alive, healthy: None, voter: None }
    }

    /// Of all agents the servers; a client has no port of raft, and who left or failed is not alive.
    #[test]
    fn members_that_serve_are_known_by_their_role() {
        let members = r#"[
            {"Name": "mon1", "Addr": "127.0.0.21", "Status": 1, "Tags": {"role": "node"}},
            {"Name": "db1", "Addr": "127.0.0.11", "Status": 1, "Tags": {"role": "consul", "port": "8300"}},
            {"Name": "db2", "Addr": "2001:db8::2", "Status": 4, "Tags": {"role": "consul", "port": "8300"}},
            {"Name": "db3", "Addr": "127.0.0.13", "Status": 3, "Tags": {"role": "consul", "port": "8300"}},
            {"Name": "odd", "Addr": "127.0.0.14", "Status": 0, "Tags": {"role": "consul", "port": "x"}},
            {"Name": "none", "Addr": "127.0.0.15", "Status": 1}]"#;
        let servers = read("members", "200 OK", members).servers.result.unwrap();
        let expected = [
            server("db1", "127.0.0.11:8300", true),
            server("db2", "[2001:db8::2]:8300", false),
            server("db3", "127.0.0.13:8300", false),
            server("odd", "127.0.0.14", false),
        ];
        assert_eq!(servers, expected);
    }

    /// 429 is the autopilot's word for unhealthy.
    #[test]
    fn an_autopilot_is_heard_with_both_of_its_statuses() {
        let body = r#"{"Healthy": false, "FailureTolerance": 0, "OptimisticFailureTolerance": 1, "Servers": [
            {"ID": "1", "Name": "db1", "Address": "127.0.0.11:8300", "SerfStatus": "alive", "Version": "1.17.0",
             "Leader": true, "LastContact": "0s", "LastTerm": 2, "LastIndex": 9, "Healthy": true, "Voter": true},
            {"ID": "2", "Name": "db2", "Address": "127.0.0.12:8300", "SerfStatus": "failed", "Healthy": false, "Voter": false}]}"#;
        for status in ["200 OK", "429 Too Many Requests"] {
            let autopilot = read("autopilot", status, body).autopilot.result.unwrap();
            assert_eq!((autopilot.healthy, autopilot.failure_tolerance), (false, 0));
            let judged: Vec<_> = autopilot.servers.iter().map(|one| (one.alive, one.healthy, one.voter)).collect();
            assert_eq!(judged, [(true, Some(true), Some(true)), (false, Some(false), Some(false))]);
        }
        let limited = read("autopilot", "429 Too Many Requests", "rate limit exceeded").autopilot.result;
        assert!(matches!(limited, Err(Failure::NotUnderstood(_))));
        let empty = read("autopilot", "200 OK", r#"{"Healthy": true, "FailureTolerance": 0, "Servers": null}"#);
        // A leader that has not looked yet (`autopilot.ServerHealth` before its first round).
        assert_eq!(empty.autopilot.result, Err(Failure::Needless));
    }

    /// `DebugConfig` is whatever that version holds; only one key of it is looked for.
    #[test]
    fn an_agent_says_what_it_is() {
        for (debug, only_passing) in [
            (r#", "DebugConfig": {"DNSOnlyPassing": true, "DNSPort": 8600}"#, Some(true)),
            (r#", "DebugConfig": {"DNSOnlyPassing": false}"#, Some(false)),
            (r#", "DebugConfig": {}, "Stats": {"a": 1}"#, None),
            (r#", "DebugConfig": null"#, None),
            ("", None),
        ] {
            let config = r#"{"Datacenter": "dc1", "NodeName": "db1", "Version": "1.17.0", "Server": true}"#;
            let itself = read("self", "200 OK", &format!(r#"{{"Config": {config}{debug}}}"#)).itself.result.unwrap();
            let expected = Itself {
                datacenter: "dc1".to_owned(),
                node: "db1".to_owned(),
                version: "1.17.0".to_owned(),
                only_passing,
            };
            assert_eq!(itself, expected);
        }
    }

    /// The status of the answer is that of the worst instance, and 404 says that there is none.
    #[test]
    fn an_agent_says_how_its_own_instances_are() {
        let body = r#"[{"AggregatedStatus": "warning", "Service": {"ID": "web1", "Service": "web", "Tags": null, "Port": 80},
            "Checks": [{"Node": "", "CheckID": "x", "Status": "passing"},
                       {"Node": "db1", "CheckID": "service:web", "Status": "warning", "ServiceID": "web1"}]}]"#;
        for status in ["200 OK", "429 Too Many Requests", "503 Service Unavailable"] {
            let local = read("local", status, body).local.result.unwrap().swap_remove(0);
            assert_eq!(
                (local.node.as_deref(), local.id.as_str(), local.service.as_str()),
                (Some("db1"), "web1", "web")
            );
            assert_eq!((local.checks[1].scope, local.checks[1].status), (Scope::Service, Status::Warning));
        }
        let bare = read("local", "200 OK", r#"[{"Service": {"ID": "web", "Service": "web"}, "Checks": null}]"#);
        assert_eq!(bare.local.result.unwrap()[0].node, None);
        assert_eq!(read("local", "404 Not Found", "[]").local.result, Ok(Vec::new()));
        assert!(matches!(
            read("local", "403 Forbidden", "Permission denied").local.result,
            Err(Failure::AccessDenied(_))
        ));
    }

    #[test]
    fn leaders_and_peers_are_addresses_and_nobody_is_none() {
        assert_eq!(
            read("leader", "200 OK", "\"127.0.0.11:8300\"").leader.result,
            Ok(Some("127.0.0.11:8300".to_owned()))
        );
        assert_eq!(read("leader", "200 OK", "\"\"").leader.result, Ok(None));
        assert_eq!(
            read("peers", "200 OK", "[\"127.0.0.11:8300\"]").peers.result,
            Ok(vec!["127.0.0.11:8300".to_owned()])
        );
        assert!(matches!(read("leader", "200 OK", "{}").leader.result, Err(Failure::NotUnderstood(_))));
    }

    /// What tells an empty answer from a hidden one; 1.8.7 says 401 where there are no ACLs.
    #[test]
    fn whether_there_are_acls_is_told_by_asking_for_the_own_token() {
        let access = |token: &str| {
            let query = Target::new(&Cli::parse_from(["x", "-s", "web"]), &Environment::default()).unwrap().query;
            let record = format!(
                "### a:8500 token\n{token}\n\n### a:8500 nodes\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n\
                 [{{\"Node\": \"a\"}}]\n\n### a:8500 services\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n\
                 {{\"web\": [], \"consul\": null}}\n"
            );
            recorded::snapshot(&record, &query).access.unwrap()
        };
        let json = "Content-Type: application/json";
        for (token, acls) in [
            (format!("HTTP/1.1 200 OK\n{json}\n\n{{\"AccessorID\": \"1\"}}"), Ok(true)),
            (format!("HTTP/1.1 403 Forbidden\n{json}\n\nACL not found"), Ok(true)),
            (format!("HTTP/1.1 401 Unauthorized\n{json}\n\nACL support disabled"), Ok(false)),
        ] {
            let access = access(&token);
            assert_eq!(access.acls.result, acls, "{token}");
            assert_eq!(access.nodes.result, Ok(true));
            assert_eq!(access.services.result.unwrap(), BTreeSet::from(["consul".to_owned(), "web".to_owned()]));
        }
        assert!(access(&format!("HTTP/1.1 404 Not Found\n{json}\n\n")).acls.result.is_err());
    }
}
