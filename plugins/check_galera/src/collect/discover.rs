//! The members that the cluster itself names.

use std::collections::BTreeSet;

use common::HostPort;

use crate::policy::NodeAddress;
use crate::snapshot::address_list::{Listed, cluster_hosts, is_auto};
use crate::snapshot::facts::Facts;
use crate::snapshot::{AskedNode, Outcome};

/// The most members that are discovered: a node must not make us ask a thousand hosts.
const LIMIT: usize = 32;

/// The nodes of `wsrep_incoming_addresses` and `wsrep_cluster_address` that were not asked.
///
/// The second list also has nodes that are down; its ports are those of the replication, so that `port` stands in.
pub(super) fn others(asked: &[&AskedNode], port: u16) -> Vec<NodeAddress> {
    let mut known: BTreeSet<(String, u16)> = asked.iter().flat_map(|asked| names(asked, port)).collect();
    let mut others = Vec::new();
    for facts in asked.iter().filter_map(|asked| asked.outcome.facts()) {
        let incoming =
            facts.view.incoming.iter().filter(|address| !is_auto(address)).map(|address| (address.as_str(), true));
        let group = facts.view.cluster_address.as_deref().map_or_else(Vec::new, cluster_hosts);
        for (address, has_port) in incoming.chain(group.into_iter().map(|address| (address, false))) {
            let Some(listed) = Listed::read(address) else { continue };
            let node = (listed.host, listed.port.filter(|_| has_port).unwrap_or(port));
            if others.len() < LIMIT && known.insert(node.clone()) {
                others.push(NodeAddress::Tcp { host: node.0, port: node.1 });
            }
        }
    }
    others
}

/// Whether a node that was found was not asked before. A name may stand for an address that was given, and an address
/// that is unreachable may be the one at which a node replicates.
pub(super) fn is_new(found: &AskedNode, asked: &[&AskedNode]) -> bool {
    let Some(at) = found.resolved else { return true };
    let replicates_there = |asked: &&AskedNode| {
        let own = asked.outcome.facts().and_then(|facts| facts.view.own_address.as_deref());
        own.and_then(|own| own.parse().ok()).is_some_and(|HostPort { host, .. }| host == at.ip().to_string())
    };
    let is_silent = matches!(found.outcome, Outcome::Failed(_));
    let identity = |asked: &AskedNode| asked.outcome.facts().and_then(Facts::identity);
    let own = identity(found);
    let is_same = |asked: &&AskedNode| own.is_some() && identity(asked) == own;
    let is_known = asked.iter().any(|asked| asked.resolved == Some(at) || is_same(asked));
    !(is_known || is_silent && asked.iter().any(replicates_there))
}

/// The addresses by which other nodes may list a node that was asked.
fn names(asked: &AskedNode, port: u16) -> Vec<(String, u16)> {
    let view = asked.outcome.facts().map(|facts| &facts.view);
    let given = asked.address.parse().ok();
    let own = view.and_then(|view| view.own_incoming.as_deref()).and_then(|address| address.parse().ok());
    let names = [given, own].into_iter().flatten().map(|HostPort { host, port: own }| (host, own.unwrap_or(port)));
    let replication = view.and_then(|view| view.own_address.clone()).and_then(|address| address.parse().ok());
    let replication = replication.map(|HostPort { host, .. }| (host, port));
    let at = asked.resolved.map(|address| (address.ip().to_string(), address.port()));
    names.chain(replication).chain(at).collect()
}
