//! Further addresses of one node: a virtual address, a second interface.

use common::{Report, text};

use crate::model::{Alias, Cluster};
use crate::policy::Policy;

/// Two addresses of one node are no fault, but `EXPECT` counts both, as long as nobody gives it.
pub(super) fn write(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    let hint = if policy.is_size_given() { "" } else { ": EXPECT counts both, give --expect" };
    for Alias { asked, position } in &cluster.aliases {
        let Some(node) = cluster.nodes.get(*position) else { continue };
        let (other, label, address) = (text::name(&asked.address), &node.label, node.address());
        report.remark(format_args!("{other} is the same node as {label} at {address}{hint}"));
    }
}
