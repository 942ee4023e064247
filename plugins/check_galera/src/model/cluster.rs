//! The cluster.

use std::borrow::Cow;
use std::collections::BTreeSet;

use common::{Recheck, Subject, text};

use super::component::{Component, components};
use super::identity::{self, Alias, IdentityConflict, Processes};
use super::node::Node;
use crate::class::Class;
use crate::history::{History, WriteRates, is_fresh};
use crate::snapshot::Snapshot;
use crate::snapshot::address_list::is_auto;
use crate::snapshot::facts::Facts;

/// The cluster at one moment, beside what earlier runs saw.
#[derive(Debug)]
pub(crate) struct Cluster<'a> {
    /// Each process once, however many addresses it was asked at.
    pub(crate) nodes: Vec<Node<'a>>,
    /// Further addresses at which one of the nodes was asked.
    pub(crate) aliases: Vec<Alias<'a>>,
    /// Primary components, the one with the most members first.
    pub(crate) components: Vec<Component>,
    /// The answers that contradict each other about which process gave them.
    pub(crate) identity_conflicts: Vec<IdentityConflict<'a>>,
    /// See [`Snapshot::has_open_password`].
    pub(crate) has_open_password: bool,
    pub(crate) history: &'a History,
    /// Seconds since 1970.
    pub(crate) at: f64,
}

impl<'a> Cluster<'a> {
    /// The nodes and components; the class of a node is still that of its own answer.
    pub(super) fn new(snapshot: &'a Snapshot, history: &'a History) -> Self {
        let nodes = snapshot.nodes.iter().map(|asked| Node::new(asked, history, snapshot.at)).collect();
        let Processes { mut nodes, aliases, conflicts: identity_conflicts } = identity::processes(nodes);
        tell_apart(&mut nodes, history, snapshot.at);
        let components = components(&nodes);
        let has_open_password = snapshot.has_open_password;
        Self { nodes, aliases, components, identity_conflicts, has_open_password, history, at: snapshot.at }
    }

    /// The largest Primary component.
    pub(crate) fn largest_component(&self) -> Option<&Component> {
        self.components.first()
    }

    /// The nodes that answered and are of the largest Primary component.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&Node<'a>, &'a Facts)> {
        let is_in_it = |position: usize| self.largest_component().is_some_and(|main| main.nodes.contains(&position));
        let nodes = self.nodes.iter().enumerate().filter(move |(position, _)| is_in_it(*position));
        nodes.filter_map(|(_, node)| Some((node, node.facts?)))
    }

    /// The nodes that answered and run Galera.
    pub(crate) fn galera_nodes(&self) -> impl Iterator<Item = (&Node<'a>, &'a Facts)> {
        let nodes = self.nodes.iter().filter_map(|node| Some((node, node.facts?)));
        nodes.filter(|(_, facts)| facts.is_galera())
    }

    /// How many nodes are of a class.
    pub(crate) fn count(&self, is: impl Fn(Class) -> bool) -> usize {
        self.nodes.iter().filter(|node| is(node.class)).count()
    }

    /// Whether the largest Primary component counts a node as its member.
    pub(crate) fn counts_as_member(&self, node: &Node) -> bool {
        let Some(main) = self.largest_component() else { return false };
        if node.facts.is_some_and(Facts::is_primary) {
            return self.members().any(|(member, _)| member.key == node.key);
        }
        if main.lists(node) {
            return true;
        }
        // If the list has other addresses than those that were asked, only the numbers tell.
        let comparable = self.members().any(|(member, _)| main.lists_address(member));
        let unseen = self.members_without_facts();
        let silent = self.nodes.iter().filter(|node| node.facts.is_none()).count() as u64;
        !comparable && node.facts.is_none() && unseen > 0 && unseen >= silent
    }

    /// How many members of the largest component did not say what they are, arbitrators left out.
    pub(crate) fn members_without_facts(&self) -> u64 {
        self.largest_component().map_or(0, |main| main.members().saturating_sub(main.nodes.len() as u64))
    }

    /// Members that were asked, that the group counts, and that do not say what they are.
    pub(crate) fn silent_members(&self) -> u64 {
        self.nodes.iter().filter(|node| node.facts.is_none() && self.counts_as_member(node)).count() as u64
    }

    /// Members that can carry on when others go: they serve, or may, for all that we were told.
    pub(crate) fn possibly_serving(&self) -> u64 {
        let serving = self.members().filter(|(node, _)| node.serves()).count() as u64;
        let dead = |node: &&Node| node.failure().is_some() && self.counts_as_member(node);
        serving + self.members_without_facts().saturating_sub(self.nodes.iter().filter(dead).count() as u64)
    }

    /// Whether nodes of different versions are together.
    pub(crate) fn is_mixed(&self) -> bool {
        let versions: BTreeSet<_> =
            self.galera_nodes().map(|(_, facts)| (&facts.versions.server, &facts.versions.provider)).collect();
        versions.len() > 1
    }

    /// Transactions that the cluster committed a second; none where no node was asked twice.
    pub(crate) fn commit_rate(&self) -> Option<f64> {
        let rates =
            self.members().filter_map(|(node, _)| node.activity.as_ref()?.per_second(|activity| activity.committed));
        rates.max_by(f64::total_cmp)
    }

    /// How much the cluster writes, smoothed over half an hour: a single large transaction is not how it always is.
    pub(crate) fn write_rates(&self) -> Option<WriteRates> {
        let known = self.history.write_rates;
        let activities = self.members().filter_map(|(node, _)| node.activity.as_ref());
        let rates = activities.filter_map(|activity| {
            let bytes = activity.per_second(|activity| activity.bytes)?;
            let commits = activity.per_second(|activity| activity.committed)?;
            Some(WriteRates { bytes, commits, seconds: activity.seconds })
        });
        let Some(now) = rates.max_by(|one, other| one.bytes.total_cmp(&other.bytes)) else { return known };
        let Some(known) = known else { return Some(now) };
        let seconds = (known.seconds + now.seconds).min(WriteRates::LONGEST);
        let share = (now.seconds / seconds).min(1.0);
        let smoothed = |known: f64, now: f64| known + (now - known) * share;
        let (bytes, commits) = (smoothed(known.bytes, now.bytes), smoothed(known.commits, now.commits));
        Some(WriteRates { bytes, commits, seconds })
    }

    /// The highest seqno that was committed.
    pub(crate) fn committed(&self) -> Option<u64> {
        self.members().filter_map(|(_, facts)| facts.counters.committed).max()
    }

    /// Whether every node failed.
    pub(crate) fn is_down(&self) -> bool {
        self.nodes.iter().all(|node| node.failure().is_some())
    }

    /// The queue at which a member begins to throttle all.
    pub(crate) fn queue_limit(&self) -> Option<u64> {
        let members = self.largest_component().and_then(|main| main.size).unwrap_or(1);
        self.members().filter_map(|(_, facts)| facts.options.flow_control_limit(members)).min()
    }

    /// Whether a node is away, or on its way into the group, other than those that are `announced`; `expected` is how many
    /// members there should be.
    pub(crate) fn is_degraded(&self, expected: Option<u32>, announced: &[String]) -> bool {
        let members = self.largest_component().map_or(0, Component::members);
        let down = self.nodes.iter().filter(|node| node.is_down_as_announced(announced)).count() as u64;
        let is_away = |node: &Node| {
            let is_gone = matches!(
                node.class,
                Class::Unreachable
                    | Class::Hung
                    | Class::NonPrimary
                    | Class::Inconsistent
                    | Class::NotReplicating
                    | Class::ProviderMissing
            );
            (is_gone || node.class.is_joining()) && !node.is_down_as_announced(announced)
        };
        members + down < u64::from(expected.unwrap_or(0)) || self.nodes.iter().any(is_away)
    }

    /// The most members that earlier runs saw; 0 without a history.
    pub(crate) fn most_members(&self) -> u64 {
        self.history.most_members.filter(|(_, at)| is_fresh(*at, self.at)).map_or(0, |(most, _)| most)
    }

    /// Whether no member is missing, as far as earlier runs saw members.
    pub(crate) fn has_all_seen_members(&self) -> bool {
        let members = self.largest_component().map_or(0, Component::members);
        members > 0 && self.history.most_members.is_none_or(|(most, at)| members >= most || !is_fresh(at, self.at))
    }

    /// Arbitrators that are there, or were in an earlier run.
    pub(crate) fn known_arbitrators(&self) -> u64 {
        let remembered = self.history.most_arbitrators.filter(|(_, at)| is_fresh(*at, self.at));
        let found = self.largest_component().map_or(0, |main| main.arbitrators);
        remembered.map_or(found, |(most, _)| most.max(found))
    }

    /// The members that earlier runs saw, that were not asked, and that the group no longer names; `expected` is how many
    /// members there should be.
    pub(crate) fn lost_members(&self, expected: Option<u32>) -> Vec<LostMember<'a>> {
        let Some(main) = self.largest_component() else { return Vec::new() };
        let is_unknown = main.incoming.is_empty() || main.incoming.iter().any(|address| is_auto(address));
        let is_enough = expected.is_some_and(|expected| main.members() >= u64::from(expected));
        if is_unknown || is_enough || self.has_all_seen_members() {
            return Vec::new();
        }
        let is_asked = |address: &str| self.nodes.iter().any(|node| node.is_at(address));
        let seen = self.history.members.iter();
        let lost = seen.filter(|(address, _)| !is_asked(address) && !main.incoming.contains(address));
        lost.map(|(address, seen)| LostMember { address, gone: self.at - seen }).collect()
    }

    /// The second look that the answers need: they may be those of a group that was just changing.
    pub(crate) fn recheck(&self) -> Option<Recheck<()>> {
        let is_changing = |facts: &Facts| !facts.evs.is_settled() || facts.view.is_torn;
        let is_unsettled = self.galera_nodes().any(|(_, facts)| is_changing(facts));
        let is_contradictory = self.components.len() > 1 || !self.identity_conflicts.is_empty();
        let is_doubtful = is_contradictory || is_unsettled || self.count(|class| class == Class::Hung) > 0;
        is_doubtful.then_some(Recheck { doubtful: (), most: 2 })
    }
}

/// A member that earlier runs saw, that was not asked, and that the group no longer names.
pub(crate) struct LostMember<'a> {
    address: &'a str,
    /// The time since it was last seen, in seconds.
    pub(crate) gone: f64,
}

impl Subject for LostMember<'_> {
    fn key(&self) -> Cow<'_, str> {
        format!("member {}", self.address).into()
    }

    fn label(&self) -> Cow<'_, str> {
        text::name(self.address).into()
    }
}

/// Calls nodes of one name, such as `localhost`, by their addresses.
fn tell_apart<'a>(nodes: &mut [Node<'a>], history: &'a History, at: f64) {
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<_> =
        nodes.iter().map(|node| node.key.clone()).filter(|key| !seen.insert(key.clone())).collect();
    for node in nodes.iter_mut().filter(|node| twice.contains(&node.key)) {
        node.call_by_address(history, at);
    }
}
