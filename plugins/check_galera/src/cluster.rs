//! The answers, seen as those of one cluster: which node is what, and who is together with whom.

mod class;
mod component;
mod motion;

use std::borrow::Cow;
use std::collections::BTreeSet;

use common::{HostPort, Subject, text};

pub(crate) use class::Class;
pub(crate) use component::Component;
use component::components;
pub(crate) use motion::Motion;

use crate::facts::{Facts, LocalState, is_auto};
use crate::memory::{Memory, Past};
use crate::policy::DEFAULT_PORT;
use crate::snapshot::{Answer, Asked, Snapshot};

/// The answers of one moment, with what earlier runs remember.
#[derive(Debug)]
pub(crate) struct Cluster<'a> {
    /// Each process once, however many addresses it was asked at.
    pub(crate) nodes: Vec<Node<'a>>,
    /// Primary components, the one with the most members first.
    pub(crate) components: Vec<Component>,
    pub(crate) memory: &'a Memory,
    /// Seconds since 1970.
    pub(crate) at: f64,
}

/// One node.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    /// Its name, else its address: how people call it.
    pub(crate) label: String,
    /// By what it is remembered.
    pub(crate) key: String,
    pub(crate) asked: &'a Asked,
    pub(crate) facts: Option<&'a Facts>,
    pub(crate) class: Class,
    pub(crate) past: Option<&'a Past>,
    /// What it did since it was last asked.
    pub(crate) motion: Option<Motion>,
}

impl<'a> Cluster<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, memory: &'a Memory) -> Self {
        let mut processes = BTreeSet::new();
        let nodes = snapshot.nodes.iter().filter(|asked| {
            let process = asked.answer.facts().and_then(Facts::identity);
            process.is_none_or(|process| processes.insert(process))
        });
        let mut nodes: Vec<_> = nodes.map(|asked| Node::new(asked, memory, snapshot.at)).collect();
        tell_apart(&mut nodes, memory, snapshot.at);
        let components = components(&nodes);
        let mut cluster = Self { nodes, components, memory, at: snapshot.at };
        let classes: Vec<_> = cluster.nodes.iter().map(|node| class::classify(node, &cluster)).collect();
        for (node, class) in cluster.nodes.iter_mut().zip(classes) {
            node.class = class;
        }
        // Whether a donor feeds somebody is only known when all others have been looked at.
        let feeding = class::anybody_joins(&cluster);
        for node in cluster.nodes.iter_mut().filter(|node| node.class == Class::Donor && !feeding) {
            node.class = Class::Desynced;
        }
        cluster
    }

    /// The largest Primary component.
    pub(crate) fn main(&self) -> Option<&Component> {
        self.components.first()
    }

    /// The nodes that said what they are and are of the largest Primary component.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&Node<'a>, &'a Facts)> {
        let in_main = |index: usize| self.main().is_some_and(|main| main.nodes.contains(&index));
        let nodes = self.nodes.iter().enumerate().filter(move |(index, _)| in_main(*index));
        nodes.filter_map(|(_, node)| Some((node, node.facts?)))
    }

    /// The nodes that said what they are and run Galera.
    pub(crate) fn speaking(&self) -> impl Iterator<Item = (&Node<'a>, &'a Facts)> {
        let speaking = self.nodes.iter().filter_map(|node| Some((node, node.facts?)));
        speaking.filter(|(_, facts)| facts.is_galera())
    }

    /// How many nodes are of a class.
    pub(crate) fn count(&self, is: impl Fn(Class) -> bool) -> usize {
        self.nodes.iter().filter(|node| is(node.class)).count()
    }

    /// Whether the largest Primary component counts a node as its member.
    pub(crate) fn counts(&self, node: &Node) -> bool {
        let Some(main) = self.main() else { return false };
        if node.facts.is_some_and(Facts::is_primary) {
            return self.members().any(|(member, _)| member.key == node.key);
        }
        if main.lists(node) {
            return true;
        }
        // Where the list is of other addresses than those that were asked, only numbers tell.
        let comparable = self.members().any(|(member, _)| main.lists_address(member));
        let unseen = self.unseen();
        let silent = self.nodes.iter().filter(|node| node.facts.is_none()).count() as u64;
        !comparable && node.facts.is_none() && unseen > 0 && unseen >= silent
    }

    /// How many members of the largest component did not say what they are, arbitrators left out.
    pub(crate) fn unseen(&self) -> u64 {
        self.main().map_or(0, |main| main.members().saturating_sub(main.nodes.len() as u64))
    }

    /// Members that were asked, that the group counts, and that do not say what they are.
    pub(crate) fn silent_members(&self) -> u64 {
        self.nodes.iter().filter(|node| node.facts.is_none() && self.counts(node)).count() as u64
    }

    /// Members that can carry on when others go: they serve, or may, for all that we were told.
    pub(crate) fn able(&self) -> u64 {
        let serving = self.members().filter(|(node, _)| node.serves()).count() as u64;
        let dead = |node: &&Node| !answers(&node.asked.answer) && self.counts(node);
        serving + self.unseen().saturating_sub(self.nodes.iter().filter(dead).count() as u64)
    }

    /// Whether nodes of different versions are together.
    pub(crate) fn is_mixed(&self) -> bool {
        let versions: BTreeSet<_> =
            self.speaking().map(|(_, facts)| (&facts.versions.server, &facts.versions.provider)).collect();
        versions.len() > 1
    }

    /// Transactions that the cluster committed a second; none where no node was asked twice.
    pub(crate) fn commit_rate(&self) -> Option<f64> {
        let rates = self.members().filter_map(|(node, _)| node.motion.as_ref()?.rate(|motion| motion.committed));
        rates.max_by(f64::total_cmp)
    }

    /// The highest seqno that was committed.
    pub(crate) fn committed(&self) -> Option<u64> {
        self.members().filter_map(|(_, facts)| facts.counters.committed).max()
    }
}

/// Calls nodes by their addresses that have one name, such as `localhost`.
fn tell_apart<'a>(nodes: &mut [Node<'a>], memory: &'a Memory, at: f64) {
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<_> =
        nodes.iter().map(|node| node.key.clone()).filter(|key| !seen.insert(key.clone())).collect();
    for node in nodes.iter_mut().filter(|node| twice.contains(&node.key)) {
        let address = &node.asked.address;
        node.past = memory.nodes.get(address);
        node.motion = motion::of(node.asked, node.past, at);
        node.label = shown(&bare(address));
        node.key.clone_from(address);
    }
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
    fn new(asked: &'a Asked, memory: &'a Memory, at: f64) -> Self {
        let facts = asked.answer.facts();
        let name = facts.and_then(|facts| facts.name.as_deref());
        let (remembered, past) = memory.of(name, &asked.address).unzip();
        let known = name.or(remembered).filter(|known| *known != asked.address);
        let key = known.unwrap_or(&asked.address).to_owned();
        let label = known.map_or_else(|| shown(&bare(&asked.address)), text::name);
        let motion = motion::of(asked, past, at);
        Self { label, key, asked, facts, class: class::alone(&asked.answer), past, motion }
    }

    /// The address at which it was asked, as the output shows it.
    pub(crate) fn address(&self) -> String {
        shown(&self.asked.address)
    }

    /// For how many seconds it has been of its class; 0 when it was of another, none where nobody remembers.
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

    /// Since when writesets wait and none was applied while others went on; none while that is not so.
    pub(crate) fn stalled_since(&self, cluster: &Cluster) -> Option<f64> {
        let motion = self.motion.as_ref().filter(|motion| motion.committed == Some(0))?;
        let waits = self.facts?.load.recv_queue? > 0;
        let others_go_on = cluster.commit_rate().is_some_and(|rate| rate > 0.0);
        let began = if motion.queue_before > Some(0) { cluster.at - motion.seconds } else { cluster.at };
        let known = self.past.and_then(|past| past.stalled_since);
        (waits && others_go_on).then(|| known.map_or(began, |known| known.min(began)))
    }

    /// Whether an element of a list of addresses is this node's.
    pub(crate) fn is_at(&self, address: &str) -> bool {
        listed(address).is_some_and(|listed| self.addresses().iter().any(|own| is_same(&listed, own)))
    }

    /// Whether it is one of those that are named by their names or addresses.
    pub(crate) fn is_one_of(&self, names: &[String]) -> bool {
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

/// An element of a list of addresses, its port if it is known. MariaDB prints the port 0 where it found the address out
/// by itself; that may be any.
pub(crate) fn listed(address: &str) -> Option<(String, Option<u16>)> {
    let portless = address.strip_suffix(":0").filter(|host| host.starts_with('[') || !host.contains(':'));
    let HostPort { host, port } = portless.unwrap_or(address).parse().ok()?;
    Some((host, portless.is_none().then(|| port.unwrap_or(DEFAULT_PORT))))
}

fn is_same((host, port): &(String, Option<u16>), own: &(String, u16)) -> bool {
    *host == own.0 && port.is_none_or(|port| port == own.1)
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

impl Component {
    /// Whether the component's list of addresses has a node in it.
    fn lists(&self, node: &Node) -> bool {
        let addresses = node.addresses();
        self.addresses().any(|listed| addresses.iter().any(|own| is_same(&listed, own)))
    }

    /// The same by where the node was found alone.
    fn lists_address(&self, node: &Node) -> bool {
        let at = node.asked.at.map(|address| (address.ip().to_string(), address.port()));
        self.addresses().any(|listed| at.as_ref().is_some_and(|at| is_same(&listed, at)))
    }

    fn addresses(&self) -> impl Iterator<Item = (String, Option<u16>)> {
        self.incoming.iter().filter(|address| !is_auto(address)).filter_map(|address| listed(address))
    }
}

/// What a donor's state is called, be it one or only desynced.
pub(crate) fn is_donor(facts: &Facts) -> bool {
    facts.state == Some(LocalState::Donor)
}

/// Whether a node said anything at all, if only that we may not log in.
pub(crate) fn answers(answer: &Answer) -> bool {
    !matches!(answer, Answer::Unreachable(_))
}
