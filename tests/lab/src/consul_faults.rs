//! The faults of Consul: each function makes one and waits until it is visible.

use anyhow::{Result, ensure};

use crate::consul::{Consul, LIMIT, launch};
use crate::consul_agent::{ServiceCheck, server};
use crate::http;
use crate::node::{MONITORS, Node};
use crate::wait::wait_until;

pub(crate) fn kill(consul: Consul, node: Node) -> Result<()> {
    consul.server(node).kill()?;
    consul.wait_absent(node)
}

pub(crate) fn freeze(consul: Consul, node: Node) -> Result<()> {
    consul.server(node).freeze()?;
    consul.wait_absent(node)
}

pub(crate) fn leader_kill(consul: Consul) -> Result<()> {
    let leader = consul.leader(Node::Db1)?;
    consul.server(leader).kill()?;
    consul.wait_new_leader(leader)?;
    consul.wait_absent(leader)
}

pub(crate) fn leader_freeze(consul: Consul) -> Result<()> {
    let leader = consul.leader(Node::Db1)?;
    consul.server(leader).freeze()?;
    consul.wait_new_leader(leader)?;
    consul.wait_absent(leader)
}

pub(crate) fn no_quorum(consul: Consul) -> Result<()> {
    consul.server(Node::Db2).kill()?;
    consul.server(Node::Db3).kill()?;
    consul.wait_leaderless(Node::Db1)
}

/// The server has not heard of the others since it started, so it answers nothing from its disk.
pub(crate) fn restart_alone(consul: Consul) -> Result<()> {
    for node in Node::ALL {
        consul.server(node).kill()?;
    }
    launch(&consul.server(Node::Db1))?;
    consul.wait_leaderless(Node::Db1)
}

pub(crate) fn all_down(consul: Consul) -> Result<()> {
    for node in Node::ALL {
        consul.server(node).kill()?;
    }
    for (name, address) in MONITORS {
        // At first it still tries the servers that it knew.
        wait_until(&format!("{name}'s Consul to know no server"), LIMIT, || {
            let answer = consul.passing(address).map_err(|error| format!("{error:#}"));
            ensure!(answer.as_ref().is_err_and(|error| error.contains("No known Consul servers")), "{answer:?}");
            Ok(())
        })?;
    }
    Ok(())
}

pub(crate) fn warning(consul: Consul, node: Node) -> Result<()> {
    consul.tell(node, "config.json", &server(node, ServiceCheck::Warning))?;
    for via in Node::ALL {
        wait_until(&format!("{via}'s Consul to report {node} as warning"), LIMIT, || {
            let checks = http::get(consul.sandbox, via.address(), &format!("/v1/health/node/{node}"))?;
            let mut states = checks.as_array().into_iter().flatten().filter_map(|check| check.get("Status")?.as_str());
            ensure!(states.any(|state| state == "warning"), "its checks: {checks}");
            Ok(())
        })?;
    }
    Ok(())
}

pub(crate) fn service_maintenance(consul: Consul, node: Node) -> Result<()> {
    consul.maintain_service(node, true)?;
    consul.wait_absent(node)
}
