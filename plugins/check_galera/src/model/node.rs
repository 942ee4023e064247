//! A node of the cluster.

use std::borrow::Cow;

use common::{HostPort, Subject, text};

use super::activity::{self, Activity};
use super::flow_control::{self, Paused};
use super::own_class;
use crate::class::Class;
use crate::history::{History, SeenNode};
use crate::snapshot::address_list::{DEFAULT_PORT, Listed};
use crate::snapshot::facts::Facts;
use crate::snapshot::{AskedNode, Failure};

/// One node.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    /// Its name, else its address: the name by which people know it.
    pub(crate) label: String,
    /// The name or address by which the history knows it.
    pub(crate) key: String,
    pub(crate) asked: &'a AskedNode,
    pub(crate) facts: Option<&'a Facts>,
    pub(crate) class: Class,
    pub(crate) seen: Option<&'a SeenNode>,
    /// Its activity within the run, else since it was last asked.
    pub(crate) activity: Option<Activity>,
    /// The share of the time in which flow control stopped it.
    pub(crate) paused: Option<Paused>,
}

/// Nodes are told apart by the addresses at which they were asked: each process is asked at one of them.
impl Subject for Node<'_> {
    fn key(&self) -> Cow<'_, str> {
        self.asked.address.as_str().into()
    }

    fn label(&self) -> Cow<'_, str> {
        self.label.as_str().into()
    }
}

impl<'a> Node<'a> {
    pub(super) fn new(asked: &'a AskedNode, history: &'a History, at: f64) -> Self {
        let facts = asked.outcome.facts();
        let own = facts.and_then(|facts| facts.name.as_deref());
        // Without a provider the name may be that of the host: the address tells who it was.
        let name = own.filter(|_| facts.is_some_and(|facts| facts.has_provider));
        let (remembered, seen) = history.of(name, &asked.address).unzip();
        let known = name.or(remembered).or(own).filter(|known| *known != asked.address);
        let key = known.unwrap_or(&asked.address).to_owned();
        let label = known.map_or_else(|| for_output(&without_default_port(&asked.address)), text::name);
        let (activity, paused) = activity_and_pauses(asked, seen, at);
        Self { label, key, asked, facts, class: own_class::of_outcome(&asked.outcome), seen, activity, paused }
    }

    /// The address at which it was asked, as the output shows it.
    pub(crate) fn address(&self) -> String {
        for_output(&self.asked.address)
    }

    /// Why it gave no answer, where that is the node's own doing.
    pub(crate) fn failure(&self) -> Option<&'a Failure> {
        self.asked.outcome.failure().filter(|_| self.class != Class::OwnSide)
    }

    /// The time for which it has been of its class, in seconds: 0 after a change, `None` without a history.
    pub(crate) fn age(&self, now: f64) -> Option<f64> {
        let seen = self.seen?;
        Some(if seen.class.is_same_state(self.class) { (now - seen.since).max(0.0) } else { 0.0 })
    }

    /// For how long its server has run, in seconds.
    pub(crate) fn uptime(&self) -> Option<u64> {
        self.facts?.counters.uptime
    }

    /// Whether it takes reads and writes; a donor or desynced node does like any other, unless it is told not to.
    pub(crate) fn serves(&self) -> bool {
        let Some(facts) = self.facts else { return false };
        let rejects = self.class == Class::Donor && facts.donor_rejects == Some(true);
        matches!(self.class, Class::Synced | Class::Donor | Class::Desynced) && facts.ready == Some(true) && !rejects
    }

    /// Whether an element of a list of addresses is this node's.
    pub(crate) fn is_at(&self, address: &str) -> bool {
        Listed::read(address).is_some_and(|listed| self.has_address(&listed))
    }

    /// Whether an element of a list is one of its addresses.
    pub(super) fn has_address(&self, listed: &Listed) -> bool {
        self.addresses().iter().any(|(host, port)| listed.matches(host, *port))
    }

    /// Whether an element of a list is the address at which it was found.
    pub(super) fn was_resolved_to(&self, listed: &Listed) -> bool {
        self.asked.resolved.is_some_and(|at| listed.matches(&at.ip().to_string(), at.port()))
    }

    /// Whether it is missing as it was announced (`--expect-down`). A node that is up without the others, or with other
    /// data, is not missing.
    pub(crate) fn is_down_as_announced(&self, announced: &[String]) -> bool {
        let does_harm = matches!(
            self.class,
            Class::Inconsistent | Class::NotGalera | Class::NotReplicating | Class::ProviderMissing
        );
        self.is_one_of(announced) && !self.serves() && !does_harm
    }

    /// Whether it is one of those that are named by their names or addresses.
    fn is_one_of(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.is_called(name))
    }

    /// Whether this is its name or address, as an operator writes it.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let address = without_default_port(&self.asked.address);
        name == self.key || name == self.asked.address || name == address
    }

    /// Whether its name is known, from its answer or an earlier one.
    pub(crate) fn has_name(&self) -> bool {
        self.key != self.asked.address
    }

    /// The addresses by which a list may name it: what was asked, where that is, what it says of itself.
    fn addresses(&self) -> Vec<(String, u16)> {
        let given = self.asked.address.parse().ok();
        let view = self.facts.map(|facts| &facts.view);
        let own = view.and_then(|view| view.own_incoming.as_deref());
        let remembered = self.seen.and_then(|seen| seen.incoming.as_deref());
        let named = [own, remembered].into_iter().flatten().filter_map(|address| address.parse().ok());
        let named = named.chain(given).map(|HostPort { host, port }| (host, port.unwrap_or(DEFAULT_PORT)));
        let at = self.asked.resolved.map(|address| (address.ip().to_string(), address.port()));
        named.chain(at).collect()
    }
}

impl<'a> Node<'a> {
    /// Calls the node by the address at which it was asked: another has the same name, such as `localhost`.
    pub(super) fn call_by_address(&mut self, history: &'a History, at: f64) {
        let address = &self.asked.address;
        self.seen = history.nodes.get(address);
        (self.activity, self.paused) = activity_and_pauses(self.asked, self.seen, at);
        self.label = for_output(&without_default_port(address));
        self.key.clone_from(address);
    }
}

/// Pauses of earlier runs are compared only if the counters since the last run can be.
fn activity_and_pauses(asked: &AskedNode, seen: Option<&SeenNode>, at: f64) -> (Option<Activity>, Option<Paused>) {
    let activity = activity::of(asked, seen, at);
    let moments = seen.filter(|_| activity.is_some()).map_or(&[][..], |seen| &seen.paused);
    let paused = flow_control::paused(asked, moments, at);
    (activity, paused)
}

/// An address without MariaDB's port, which goes without saying.
fn without_default_port(address: &str) -> String {
    match address.parse() {
        Ok(HostPort { host, port: Some(DEFAULT_PORT) }) => host,
        _ => address.to_owned(),
    }
}

/// An address as the output shows it: another node may have given it, but a socket only the operator.
fn for_output(address: &str) -> String {
    if address.starts_with('/') { address.to_owned() } else { text::name(address) }
}
