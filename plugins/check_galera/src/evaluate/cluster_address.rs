//! `wsrep_cluster_address`: whether a node finds the cluster again after a restart.

use std::net::IpAddr;

use common::{HostPort, Report};

use super::node_wording::names;
use crate::catalogue::{ADDRESS_EMPTY, ADDRESS_INCOMPLETE};
use crate::model::{Cluster, Component, Node};
use crate::snapshot::address_list::cluster_hosts;
use crate::snapshot::facts::Facts;

/// Judges the list of each node; `expected` is how many members there should be.
pub(super) fn judge(report: &mut Report, cluster: &Cluster, expected: Option<u32>) {
    let members = cluster.largest_component().map_or(0, Component::members).max(u64::from(expected.unwrap_or(0)));
    for (node, facts) in cluster.galera_nodes() {
        address(report, cluster, node, facts, members);
    }
}

fn address(report: &mut Report, cluster: &Cluster, node: &Node, facts: &Facts, members: u64) {
    let Some(address) = &facts.view.cluster_address else { return };
    let label = &node.label;
    if address.starts_with("gcomm://") && cluster_hosts(address).is_empty() && members > 1 {
        let finding = report.finding(&ADDRESS_EMPTY).of(node);
        finding
            .words(format_args!(
                "{label}: wsrep_cluster_address is gcomm:// alone: a restart would form a second cluster"
            ))
            .remedy("list all members in its option file: gcomm://db1,db2,db3");
        return;
    }
    let missed = missed(cluster, address);
    if !missed.is_empty() {
        let finding = report.finding(&ADDRESS_INCOMPLETE).of(node);
        finding
            .words(format_args!("{label}: wsrep_cluster_address misses {missed}"))
            .remedy("list all members in its option file: else it might not find the cluster again");
    }
}

/// The members that a list of addresses does not name; empty where that cannot be told.
fn missed(cluster: &Cluster, address: &str) -> String {
    let listed = cluster_hosts(address);
    let Some(hosts) = listed.iter().map(|host| ip(host)).collect::<Option<Vec<_>>>() else {
        // A name may stand for any address, and a single one for all; only a list that is too short misses members.
        let members = cluster.largest_component().map_or(0, Component::members);
        let few = listed.len() > 1 && (listed.len() as u64) < members;
        return if few { format!("some of {members} members, it lists {}", listed.len()) } else { String::new() };
    };
    // The nodes may talk to each other in another network than the one in which they are asked.
    let found = |other: &Node| other.asked.resolved.map(|at| at.ip());
    let comparable = cluster.members().any(|(other, _)| found(other).is_some_and(|address| hosts.contains(&address)));
    let missed = cluster.members().filter(|(other, facts)| {
        let own = facts.view.own_address.as_deref().and_then(ip);
        let addresses = [own, found(other).filter(|_| comparable)];
        let mut addresses = addresses.into_iter().flatten().peekable();
        addresses.peek().is_some() && !addresses.any(|address| hosts.contains(&address))
    });
    names(missed.map(|(other, _)| other).filter(|_| !hosts.is_empty()))
}

fn ip(host: &str) -> Option<IpAddr> {
    host.parse::<HostPort>().ok()?.host.parse().ok()
}
