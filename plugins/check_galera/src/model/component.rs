//! Primary components: which nodes can be members of one view.
//!
//! The UUID alone does not tell: a component that was bootstrapped by hand keeps it (codership/galera#115). But members
//! of one view have one size, one number and one list of addresses, distinct indexes, and are no more than its size.

use super::node::Node;
use crate::snapshot::address_list::{Listed, is_auto};
use crate::snapshot::facts::View;

/// Nodes that may be members of one view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Component {
    /// Their positions among all nodes.
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

    /// Whether the component's list of addresses has a node in it.
    pub(super) fn lists(&self, node: &Node) -> bool {
        self.addresses().any(|listed| node.has_address(&listed))
    }

    /// Whether the component's list has the address at which a node was found.
    pub(super) fn lists_address(&self, node: &Node) -> bool {
        self.addresses().any(|listed| node.was_resolved_to(&listed))
    }

    fn addresses(&self) -> impl Iterator<Item = Listed> {
        self.incoming.iter().filter(|address| !is_auto(address)).filter_map(|address| Listed::read(address))
    }

    /// Whether a node with this view may be one of them. A number that one of the two does not know is not a contradiction.
    fn may_hold(&self, view: &View) -> bool {
        let room = self.size.is_none_or(|size| (self.nodes.len() as u64) < size);
        room && agree(self.uuid.as_ref(), view.uuid.as_ref())
            && agree(self.size.as_ref(), view.size.as_ref())
            && agree(self.number.as_ref(), view.number.as_ref())
            && agree(list(&self.incoming).as_ref(), list(&view.incoming).as_ref())
            && view.index.is_none_or(|index| !self.indexes.contains(&index))
    }

    /// Whether a node with this view is a member that has yet to apply the change of membership. Galera applies it in the
    /// order of the writesets, so a node that is blocked keeps the old view. The new view lists it, and the old view lists
    /// all of the new one.
    fn is_ahead_of(&self, view: &View) -> bool {
        let named = view.own_incoming.as_ref().is_some_and(|own| self.incoming.contains(own));
        let contained = self.incoming.iter().all(|address| view.incoming.contains(address));
        let later = matches!((self.number, view.number), (Some(new), Some(old)) if new > old);
        later && named && contained && agree(self.uuid.as_ref(), view.uuid.as_ref())
    }

    /// The most members first, then the most nodes asked, then the highest seqno. Equal components have an order that
    /// does not depend on the order of asking.
    fn size_order(&self, other: &Self) -> std::cmp::Ordering {
        let size = |component: &Self| (component.members(), component.nodes.len(), component.committed);
        size(other).cmp(&size(self)).then_with(|| self.uuid.cmp(&other.uuid))
    }

    fn names<'a>(&self, nodes: &'a [Node]) -> Vec<&'a str> {
        let mut names: Vec<_> =
            self.nodes.iter().filter_map(|position| Some(nodes.get(*position)?.key.as_str())).collect();
        names.sort_unstable();
        names
    }

    fn add(&mut self, position: usize, view: &View, committed: Option<u64>) {
        self.nodes.push(position);
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
    let facts = nodes.iter().enumerate().filter_map(|(position, node)| Some((position, node.facts?)));
    let mut primary: Vec<_> = facts.filter(|(_, facts)| facts.is_galera() && facts.is_primary()).collect();
    // The newest view first, so that a node that is behind finds it.
    primary.sort_by_key(|(_, facts)| std::cmp::Reverse(facts.view.number));
    for (position, facts) in primary {
        let (view, committed) = (&facts.view, facts.counters.committed);
        if let Some(component) = components.iter_mut().find(|component| component.may_hold(view)) {
            component.add(position, view, committed);
        } else if let Some(component) = components.iter_mut().find(|component| component.is_ahead_of(view)) {
            component.nodes.push(position);
        } else {
            let mut component = Component::default();
            component.add(position, view, committed);
            components.push(component);
        }
    }
    for component in &mut components {
        component.nodes.sort_unstable();
    }
    components.sort_by(|one, other| one.size_order(other).then_with(|| one.names(nodes).cmp(&other.names(nodes))));
    components
}
