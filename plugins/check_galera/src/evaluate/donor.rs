//! Donors and desynced nodes: they lag behind on purpose.

use common::{Report, wording};

use super::node_wording::names;
use crate::catalogue::{DONOR_STUCK, NODE_DESYNCED, NODE_DONOR};
use crate::class::Class;
use crate::model::{Cluster, Node};
use crate::snapshot::facts::Facts;

/// A donor that feeds no node for this long is stuck, in seconds.
const STUCK_SECONDS: f64 = 600.0;

pub(super) fn judge(report: &mut Report, cluster: &Cluster, node: &Node, facts: &Facts) {
    let label = &node.label;
    let lasting = node.age(cluster.at).map_or_else(String::new, |age| format!(" for {}", wording::age(age)));
    if node.class == Class::Donor {
        return donor(report, cluster, node, &lasting);
    }
    if facts.desync == Some(true) {
        let finding = report.finding(&NODE_DESYNCED).of(node);
        finding
            .words(format_args!("{label} is desynced{lasting}: wsrep_desync is ON, as for a backup"))
            .remedy("SET GLOBAL wsrep_desync=OFF when the backup is over");
        return;
    }
    let reason =
        "no node joins and wsrep_desync is OFF: a global read lock, a schema upgrade by RSU, or a donor that hangs";
    let stuck = node.seen.and_then(|seen| seen.idle_donor_since).map(|since| cluster.at - since);
    if let Some(stuck) = stuck.filter(|stuck| *stuck >= STUCK_SECONDS) {
        let finding = report.finding(&DONOR_STUCK).of(node);
        finding
            .words(format_args!("{label} is stuck as donor for {}: {reason}", wording::age(stuck)))
            .remedy("look for FLUSH TABLES WITH READ LOCK in SHOW PROCESSLIST there; else restart the node");
        return;
    }
    let finding = report.finding(&NODE_DESYNCED).of(node);
    finding.words(format_args!("{label} is desynced{lasting}: {reason}")).remedy("it should end by itself");
}

fn donor(report: &mut Report, cluster: &Cluster, node: &Node, lasting: &str) {
    let label = &node.label;
    let joining = names(cluster.nodes.iter().filter(|node| node.class.is_joining()));
    let text = if joining.is_empty() {
        format!("{label} is donor or desynced{lasting}: a member that was not asked joins, or a lock is held")
    } else {
        format!("{label} is donor{lasting}, of {joining}")
    };
    let judged = report.finding(&NODE_DONOR).of(node).words(text);
    if node.serves() {
        judged.remedy("it serves, and catches up afterwards");
    } else {
        judged.reason("rejects queries as a donor", "donor").remedy("it rejects queries until then");
    }
}
