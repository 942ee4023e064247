//! Nodes that are announced as down, and that are not there.

use common::{Report, text, wording};

use crate::catalogue::EXPECT_DOWN_UNMATCHED;
use crate::model::{Cluster, Node};
use crate::policy::Policy;

/// A node whose name is not known yet may be the one that is announced.
pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    if !cluster.nodes.iter().all(Node::has_name) {
        return;
    }
    let labels: Vec<_> = cluster.nodes.iter().map(|node| node.label.as_str()).collect();
    let is_no_node = |name: &&String| !cluster.nodes.iter().any(|node| node.is_called(name));
    let unmatched = policy.expect_down.iter().filter(is_no_node).map(|name| text::name(name));
    let unmatched: Vec<_> = unmatched.collect();
    if unmatched.is_empty() {
        return;
    }
    let nodes = match labels.as_slice() {
        [label] => format!("the node is {label}"),
        labels => format!("the nodes are {}", wording::list(labels)),
    };
    let words = format!("--expect-down {}: no such node; {nodes}", wording::list(&unmatched));
    report.finding(&EXPECT_DOWN_UNMATCHED).words(words).remedy("correct the name, or ask that node too (-H)");
}
