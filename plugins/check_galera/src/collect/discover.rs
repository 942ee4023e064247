//! The members that the cluster itself names.

use std::collections::BTreeSet;

use common::HostPort;

use crate::policy::NodeAddress;
use crate::snapshot::address_list::{Listed, cluster_hosts, is_auto};
use crate::snapshot::facts::{Facts, View};
use crate::snapshot::{AskedNode, Outcome};

/// The most members that are discovered: a node must not make us ask a thousand hosts.
const LIMIT: usize = 32;

/// The addresses for clients that were not asked (`wsrep_incoming_addresses`).
pub(super) fn client_addresses(asked: &[&AskedNode], port: u16) -> Vec<NodeAddress> {
    let listed = views(asked).flat_map(|view| &view.incoming).filter(|address| !is_auto(address));
    let listed = listed.filter_map(|address| Listed::read(address));
    not_asked(asked, port, listed.map(|listed| (listed.host, listed.port.unwrap_or(port))))
}

/// The hosts of `wsrep_cluster_address` that were not asked, at `port`. They may be of a network that is for replication
/// alone, so that they are tried only while a member is missing, or no view tells how many there are.
pub(super) fn replication_hosts(asked: &[&AskedNode], port: u16) -> Vec<NodeAddress> {
    if primary_views(asked).next().is_some() && missing(asked) == 0 {
        return Vec::new();
    }
    let hosts = views(asked).filter_map(|view| view.cluster_address.as_deref()).flat_map(cluster_hosts);
    not_asked(asked, port, hosts.filter_map(Listed::read).map(|listed| (listed.host, port)))
}

/// Whether a node that was found was not asked before: a name may stand for an address that was, and a node may have
/// several.
pub(super) fn is_new(found: &AskedNode, asked: &[&AskedNode]) -> bool {
    let identity = |asked: &AskedNode| asked.outcome.facts().and_then(Facts::identity);
    let own = identity(found);
    let is_same = |asked: &&AskedNode| own.is_some() && identity(asked) == own;
    let is_at = |asked: &&AskedNode| found.resolved.is_some() && asked.resolved == found.resolved;
    !asked.iter().any(|asked| is_same(asked) || is_at(asked))
}

/// Whether a server of MariaDB's protocol is there that may be a member.
pub(super) fn may_be_member(found: &AskedNode) -> bool {
    match &found.outcome {
        Outcome::Answered(answer) => answer.facts.is_galera(),
        Outcome::AccessDenied(_) | Outcome::NotTrusted(_) => true,
        Outcome::Failed(_) | Outcome::OwnSide(_) => false,
    }
}

/// Whether each is a node: those that were given or that answer, and no more of the others than the view counts.
pub(super) fn are_nodes(asked: &[&AskedNode]) -> Vec<bool> {
    let mut room = room(asked);
    let is_node = |asked: &&AskedNode| {
        if !asked.is_discovered || asked.outcome.facts().is_some() {
            return true;
        }
        let fits = room > 0;
        room = room.saturating_sub(1);
        fits
    };
    asked.iter().map(is_node).collect()
}

/// How many members may be among the discovered addresses that do not say what they are.
fn room(asked: &[&AskedNode]) -> usize {
    // If the list has other addresses than those that were asked, each given node may be one of the list.
    let listed: Vec<_> =
        views(asked).flat_map(|view| &view.incoming).filter_map(|address| Listed::read(address)).collect();
    let is_listed = |asked: &&AskedNode| {
        let at = asked.resolved.map(|at| (at.ip().to_string(), at.port()));
        at.is_some_and(|(host, port)| listed.iter().any(|listed| listed.matches(&host, port)))
    };
    let is_comparable = asked.iter().any(|asked| asked.outcome.facts().is_some() && is_listed(asked));
    let given = asked.iter().filter(|asked| !asked.is_discovered && asked.outcome.facts().is_none());
    missing(asked).saturating_sub(given.filter(|given| !is_comparable || is_listed(given)).count())
}

/// How many members the largest view counts beyond those that answered.
fn missing(asked: &[&AskedNode]) -> usize {
    let members = |view: &View| view.size.unwrap_or(view.incoming.len() as u64).saturating_sub(view.arbitrators);
    let members = primary_views(asked).map(members).max().or_else(|| views(asked).map(members).max());
    let facts = asked.iter().filter_map(|asked| Some((asked, asked.outcome.facts()?)));
    let answered: BTreeSet<_> = facts
        .filter(|(_, facts)| facts.is_galera())
        .map(|(asked, facts)| (facts.process.as_deref(), facts.process.is_none().then_some(&asked.address)))
        .collect();
    usize::try_from(members.unwrap_or(0)).unwrap_or(LIMIT).saturating_sub(answered.len()).min(LIMIT)
}

fn views<'a>(asked: &[&'a AskedNode]) -> impl Iterator<Item = &'a View> {
    asked.iter().filter_map(|asked| asked.outcome.facts()).map(|facts| &facts.view)
}

fn primary_views<'a>(asked: &[&'a AskedNode]) -> impl Iterator<Item = &'a View> {
    let facts = asked.iter().filter_map(|asked| asked.outcome.facts());
    facts.filter(|facts| facts.is_galera() && facts.is_primary()).map(|facts: &Facts| &facts.view)
}

fn not_asked(asked: &[&AskedNode], port: u16, named: impl Iterator<Item = (String, u16)>) -> Vec<NodeAddress> {
    let mut known: BTreeSet<(String, u16)> = asked.iter().flat_map(|asked| names(asked, port)).collect();
    let new = named.filter(|node| known.insert(node.clone()));
    new.take(LIMIT).map(|(host, port)| NodeAddress::Tcp { host, port }).collect()
}

/// The addresses by which other nodes may list a node that was asked.
fn names(asked: &AskedNode, port: u16) -> Vec<(String, u16)> {
    let view = asked.outcome.facts().map(|facts| &facts.view);
    let given = asked.address.parse().ok();
    let own = view.and_then(own_element).and_then(|address| address.parse().ok());
    let names = [given, own].into_iter().flatten().map(|HostPort { host, port: own }| (host, own.unwrap_or(port)));
    let replication = view.and_then(|view| view.own_address.clone()).and_then(|address| address.parse().ok());
    let replication = replication.map(|HostPort { host, .. }| (host, port));
    let at = asked.resolved.map(|address| (address.ip().to_string(), address.port()));
    names.chain(replication).chain(at).collect()
}

/// The node's own element of the list. Galera lists the members in the order of their indexes; without the empty elements
/// of arbitrators the positions are those of the indexes.
fn own_element(view: &View) -> Option<&str> {
    let is_in_order = !view.is_torn && view.arbitrators == 0;
    let at_index = || view.incoming.get(usize::try_from(view.index?).ok()?).filter(|_| is_in_order);
    view.own_incoming.as_deref().or_else(|| at_index().map(String::as_str))
}
