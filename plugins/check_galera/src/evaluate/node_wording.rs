//! Nodes in sentences.

use std::collections::BTreeMap;

use common::{text, wording};

use crate::model::{Cluster, Node};
use crate::snapshot::facts::Facts;

/// The node with the largest number.
pub(super) fn largest<'c, 'a>(
    nodes: impl Iterator<Item = (&'c Node<'a>, &'a Facts)>,
    of: impl Fn(&Node<'a>, &'a Facts) -> Option<f64>,
) -> Option<(&'c Node<'a>, f64)>
where
    'a: 'c,
{
    let values = nodes.filter_map(|(node, facts)| Some((node, of(node, facts)?)));
    values.max_by(|(_, one), (_, other)| one.total_cmp(other))
}

/// `db1, db2 and db3`.
pub(super) fn names<'c, 'a: 'c>(nodes: impl IntoIterator<Item = &'c Node<'a>>) -> String {
    wording::list(&nodes.into_iter().map(|node| node.label.as_str()).collect::<Vec<_>>())
}

/// `3 members`.
pub(super) fn number_of(count: u64, one: &str, many: &str) -> String {
    wording::count(usize::try_from(count).unwrap_or(usize::MAX), one, many)
}

/// The labels of the nodes by a value; a node without the value is left out.
pub(super) fn by(cluster: &Cluster, of: impl Fn(&Facts) -> Option<String>) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (node, facts) in cluster.galera_nodes() {
        if let Some(value) = of(facts) {
            groups.entry(value).or_default().push(node.label.clone());
        }
    }
    groups
}

/// `10.11.6 on db1 and db2; 10.11.8 on db3`.
pub(super) fn listed(groups: &BTreeMap<String, Vec<String>>) -> String {
    let group = |(value, nodes): (&String, &Vec<String>)| {
        let value = if value.is_empty() { "empty".to_owned() } else { text::quote(value) };
        format!("{value} on {}", wording::list(nodes))
    };
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}
