//! A node of the cluster.

use std::borrow::Cow;

use common::{HostPort, Subject, text};

use super::class::Class;
use super::rates::{self, Rates};
use crate::history::{History, SeenNode};
use crate::snapshot::Asked;
use crate::snapshot::address_list::{DEFAULT_PORT, Listed};
use crate::snapshot::facts::Facts;

/// One node.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    /// Its name, else its address: the name by which people know it.
    pub(crate) label: String,
    /// The name or address by which the history knows it.
    pub(crate) key: String,
    pub(crate) asked: &'a Asked,
    pub(crate) facts: Option<&'a Facts>,
    pub(crate) class: Class,
    pub(crate) past: Option<&'a SeenNode>,
    /// Its rates within the run, else since it was last asked.
    pub(crate) rates: Option<Rates>,
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
    pub(super) fn new(asked: &'a Asked, history: &'a History, at: f64) -> Self {
        let facts = asked.outcome.facts();
        let name = facts.and_then(|facts| facts.name.as_deref());
        let (remembered, past) = history.of(name, &asked.address).unzip();
        let known = name.or(remembered).filter(|known| *known != asked.address);
        let key = known.unwrap_or(&asked.address).to_owned();
        let label = known.map_or_else(|| shown(&bare(&asked.address)), text::name);
        let rates = rates::of(asked, past, at);
        Self { label, key, asked, facts, class: Class::of_outcome(&asked.outcome), past, rates }
    }

    /// The address at which it was asked, as the output shows it.
    pub(crate) fn address(&self) -> String {
        shown(&self.asked.address)
    }

    /// The time for which it has been of its class, in seconds: 0 after a change, `None` without a history.
    pub(crate) fn age(&self, now: f64) -> Option<f64> {
        let past = self.past?;
        Some(if past.class.is_like(self.class) { (now - past.since).max(0.0) } else { 0.0 })
    }

    /// Whether it takes reads and writes; a donor or desynced node does like any other, unless it is told not to.
    pub(crate) fn serves(&self) -> bool {
        let Some(facts) = self.facts else { return false };
        let rejects = self.class == Class::Donor && facts.donor_rejects == Some(true);
        matches!(self.class, Class::Synced | Class::Donor | Class::Desynced) && facts.ready == Some(true) && !rejects
    }

    /// Whether an element of a list of addresses is this node's.
    pub(crate) fn is_at(&self, address: &str) -> bool {
        Listed::read(address).is_some_and(|listed| self.is(&listed))
    }

    /// Whether an element of a list is one of its addresses.
    pub(super) fn is(&self, listed: &Listed) -> bool {
        self.addresses().iter().any(|(host, port)| listed.is(host, *port))
    }

    /// Whether an element of a list is the address at which it was found.
    pub(super) fn was_found_at(&self, listed: &Listed) -> bool {
        self.asked.at.is_some_and(|at| listed.is(&at.ip().to_string(), at.port()))
    }

    /// Whether it is missing as it was announced (`--expect-down`). A node that is up without the others, or with other
    /// data, is not missing.
    pub(crate) fn is_down_as_announced(&self, announced: &[String]) -> bool {
        let does_harm = matches!(self.class, Class::Inconsistent | Class::NotGalera | Class::NotReplicating);
        self.is_one_of(announced) && !self.serves() && !does_harm
    }

    /// Whether it is one of those that are named by their names or addresses.
    fn is_one_of(&self, names: &[String]) -> bool {
        let address = bare(&self.asked.address);
        names.iter().any(|name| *name == self.key || *name == self.asked.address || *name == address)
    }

    /// The addresses by which a list may name it: what was asked, where that is, what it says of itself.
    fn addresses(&self) -> Vec<(String, u16)> {
        let given = self.asked.address.parse().ok();
        let view = self.facts.map(|facts| &facts.view);
        let own = view.and_then(|view| view.own_incoming.as_deref());
        let remembered = self.past.and_then(|past| past.incoming.as_deref());
        let named = [own, remembered].into_iter().flatten().filter_map(|address| address.parse().ok());
        let named = named.chain(given).map(|HostPort { host, port }| (host, port.unwrap_or(DEFAULT_PORT)));
        let at = self.asked.at.map(|address| (address.ip().to_string(), address.port()));
        named.chain(at).collect()
    }
}

impl<'a> Node<'a> {
    /// Calls the node by the address at which it was asked: another has the same name, such as `localhost`.
    pub(super) fn call_by_address(&mut self, history: &'a History, at: f64) {
        let address = &self.asked.address;
        self.past = history.nodes.get(address);
        self.rates = rates::of(self.asked, self.past, at);
        self.label = shown(&bare(address));
        self.key.clone_from(address);
    }
}

/// An address without MariaDB's port, which goes without saying.
fn bare(address: &str) -> String {
    match address.parse() {
        Ok(HostPort { host, port: Some(DEFAULT_PORT) }) => host,
        _ => address.to_owned(),
    }
}

/// An address as the output shows it: another node may have given it, but a socket only the operator.
fn shown(address: &str) -> String {
    if address.starts_with('/') { address.to_owned() } else { text::name(address) }
}
