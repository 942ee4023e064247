//! Primary components: which nodes can be members of one view.
//!
//! The UUID alone does not tell: a component that was bootstrapped by hand keeps it (codership/galera#115). But members
//! of one view have one size, one number and one list of addresses, distinct indexes, and are no more than its size.

use super::Node;
use crate::facts::{View, is_auto};

/// Nodes that may be members of one view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Component {
    /// Their places among all nodes.
    pub(crate) nodes: Vec<usize>,
    pub(crate) uuid: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) weight: Option<u64>,
    pub(crate) number: Option<u64>,
    pub(crate) arbitrators: u64,
    pub(crate) incoming: Vec<String>,
    /// The highest seqno that one of them has committed.
    pub(crate) committed: Option<u64>,
    indexes: Vec<u64>,
}

impl Component {
    /// Members with data, joiners included: what the view counts, less the arbitrators.
    pub(crate) fn members(&self) -> u64 {
        self.size.unwrap_or(self.nodes.len() as u64).saturating_sub(self.arbitrators)
    }

    /// Whether a node with this view may be one of them. What one of both does not know is no contradiction.
    fn may_hold(&self, view: &View) -> bool {
        let room = self.size.is_none_or(|size| (self.nodes.len() as u64) < size);
        room && agree(self.uuid.as_ref(), view.uuid.as_ref())
            && agree(self.size.as_ref(), view.size.as_ref())
            && agree(self.number.as_ref(), view.number.as_ref())
            && agree(list(&self.incoming).as_ref(), list(&view.incoming).as_ref())
            && view.index.is_none_or(|index| !self.indexes.contains(&index))
    }

    /// The one with the most members first, so many nodes asked, then the foremost; of equals, one and the same in
    /// whatever order they were asked.
    fn size_order(&self, other: &Self) -> std::cmp::Ordering {
        let size = |component: &Self| (component.members(), component.nodes.len(), component.committed);
        size(other).cmp(&size(self)).then_with(|| self.uuid.cmp(&other.uuid))
    }

    fn names<'a>(&self, nodes: &'a [Node]) -> Vec<&'a str> {
        let mut names: Vec<_> = self.nodes.iter().filter_map(|place| Some(nodes.get(*place)?.key.as_str())).collect();
        names.sort_unstable();
        names
    }

    fn add(&mut self, place: usize, view: &View, committed: Option<u64>) {
        self.nodes.push(place);
        self.uuid = self.uuid.take().or_else(|| view.uuid.clone());
        self.size = self.size.or(view.size);
        self.weight = self.weight.or(view.weight);
        self.number = self.number.or(view.number);
        self.arbitrators = self.arbitrators.max(view.arbitrators);
        if self.incoming.is_empty() {
            self.incoming.clone_from(&view.incoming);
        }
        self.committed = self.committed.max(committed);
        self.indexes.extend(view.index);
    }
}

fn agree<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// The list in a fixed order; none where it does not tell members apart.
fn list(addresses: &[String]) -> Option<Vec<&str>> {
    let mut list: Vec<_> = addresses.iter().map(String::as_str).collect();
    list.sort_unstable();
    (!list.is_empty() && !list.iter().any(|address| is_auto(address))).then_some(list)
}

/// The Primary nodes by what they can be members of, the component with the most members first.
pub(crate) fn components(nodes: &[Node]) -> Vec<Component> {
    let mut components: Vec<Component> = Vec::new();
    for (place, node) in nodes.iter().enumerate() {
        let Some(facts) = node.facts.filter(|facts| facts.has_provider && facts.is_primary()) else { continue };
        let committed = facts.counters.committed;
        if let Some(component) = components.iter_mut().find(|component| component.may_hold(&facts.view)) {
            component.add(place, &facts.view, committed);
        } else {
            let mut component = Component::default();
            component.add(place, &facts.view, committed);
            components.push(component);
        }
    }
    components.sort_by(|one, other| one.size_order(other).then_with(|| one.names(nodes).cmp(&other.names(nodes))));
    components
}
