//! An agent's answers about the cluster and itself.

use std::borrow::Cow;
use std::collections::BTreeSet;

use common::{HostPort, Subject, text};

use super::answer::Answer;
use super::check::Check;
use super::failure::Failure;

/// `/v1/operator/autopilot/health`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Autopilot {
    pub(crate) healthy: bool,
    /// How many servers may be lost.
    pub(crate) failure_tolerance: u32,
    pub(crate) servers: Vec<Server>,
}

/// A Consul server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) name: String,
    /// Its raft address, as far as that is known.
    pub(crate) address: String,
    /// Whether gossip holds it alive.
    pub(crate) alive: bool,
    /// Whether the autopilot holds it healthy, where it was asked.
    pub(crate) healthy: Option<bool>,
    pub(crate) voter: Option<bool>,
}

impl Subject for Server {
    fn key(&self) -> Cow<'_, str> {
        format!("server {} {}", self.name, self.address).into()
    }

    fn label(&self) -> Cow<'_, str> {
        text::name(&self.name).into()
    }
}

/// The name of a server by its raft address: without the port where that is the usual one.
pub(crate) fn raft_name(address: &str) -> String {
    match address.parse() {
        Ok(HostPort { host, port: Some(8300) }) => text::name(&host),
        _ => text::name(address),
    }
}

/// The part of `/v1/agent/self` that is of use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Itself {
    pub(crate) datacenter: String,
    pub(crate) node: String,
    pub(crate) version: String,
    /// `dns_config.only_passing`, where the agent tells.
    pub(crate) only_passing: Option<bool>,
}

/// An instance as its own agent sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// The agent's node, where a check names it.
    pub(crate) node: Option<String>,
    pub(crate) id: String,
    pub(crate) service: String,
    pub(crate) checks: Vec<Check>,
}

/// Tells whether nothing was found because there is nothing, or because it is hidden.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// Whether the agent enforces ACLs (`/v1/acl/token/self`).
    pub(crate) acls: Answer<bool>,
    /// Whether the token may read the service: `/v1/agent/health/service/name/NAME` says 403 where all others leave out
    /// (measured: 1.8.7).
    pub(crate) service: Result<(), Failure>,
    /// Whether the token sees any node at all (`/v1/catalog/nodes`).
    pub(crate) nodes: Answer<bool>,
    /// The names of all services that the token may read (`/v1/catalog/services`).
    pub(crate) services: Answer<BTreeSet<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_without_the_usual_port() {
        for (address, name) in [
            ("192.0.2.12:8300", "192.0.2.12"),
            ("192.0.2.12:8399", "192.0.2.12:8399"),
            ("[2001:db8::12]:8300", "2001:db8::12"),
            ("[2001:db8::12]:8399", "[2001:db8::12]:8399"),
            ("db1", "db1"),
        ] {
            assert_eq!(raft_name(address), name);
        }
    }
}
