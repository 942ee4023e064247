//! State transfers: whether they fail again and again, and whether they would block the donor.

use common::{Report, text, wording};

use super::node_wording::names;
use crate::catalogue::{SST_BLOCKS, SST_DONOR_UNKNOWN, STATE_TRANSFERS};
use crate::model::{Cluster, Component, Node, donors, state_transfers};

/// As many starts within an hour are no accident.
const OFTEN_IN_HOUR: usize = 3;

/// In a cluster of this many members, two are half or more.
const SMALL_CLUSTER: u64 = 4;

/// While a donor is blocked and the joiner is not there yet, two nodes are out: too many for a small cluster.
/// `expected` is how many members there should be.
pub(super) fn judge(report: &mut Report, cluster: &Cluster, expected: Option<u32>) {
    let members = cluster.largest_component().map_or(0, Component::members);
    if members < 2 || members.max(u64::from(expected.unwrap_or(0))) > SMALL_CLUSTER {
        return;
    }
    let blocking: Vec<_> = cluster.members().filter(|(_, facts)| facts.sst_blocks_donor()).collect();
    let Some((_, facts)) = blocking.first() else { return };
    let method = text::quote(facts.sst_method().unwrap_or_default());
    let on = wording::count(blocking.len(), "node", "nodes");
    let finding = report.finding(&SST_BLOCKS);
    finding
        .words(format_args!("wsrep_sst_method is {method} on {on}: a full state transfer blocks the donor too"))
        .remedy("use mariabackup, or --severity sst-blocks=ok if you can live with it");
}

/// A donor that names no member makes the next join fail. A comma at the end allows any other; a member whose name is not
/// known may be the one.
pub(super) fn donor_names(report: &mut Report, cluster: &Cluster) {
    let members: Vec<_> = cluster.members().filter_map(|(_, facts)| facts.name.as_deref()).collect();
    if cluster.members_without_facts() > 0 || members.len() < 2 {
        return;
    }
    for (node, facts) in cluster.members() {
        let donors = facts.setting("wsrep_sst_donor").unwrap_or_default();
        let mut listed = donors.split(',').map(str::trim);
        let is_usable =
            |donor: &str| donor.is_empty() || members.contains(&donor) && facts.name.as_deref() != Some(donor);
        if !listed.any(is_usable) {
            let finding = report.finding(&SST_DONOR_UNKNOWN).of(node);
            finding
                .words(format_args!(
                    "{}: wsrep_sst_donor is {}, which is no other member",
                    node.label,
                    text::quote(donors)
                ))
                .remedy("name a member, with a comma at the end so that any other will do; else its next join fails");
        }
    }
}

/// A transfer that begins again and again has failed each time: the joiner is restarted, and asks for another.
pub(super) fn repeated(report: &mut Report, cluster: &Cluster) {
    let starts = cluster.nodes.iter().filter(|node| node.seen.is_some());
    let starts = starts.map(|node| (state_transfers(cluster, node).within_hour(cluster.at), node));
    let Some((count, node)) = starts.max_by_key(|(count, _)| *count) else { return };
    let times = wording::count(count, "time", "times");
    let metric = report.metric(&STATE_TRANSFERS, count).of(node);
    metric
        .words(format_args!("{} has begun a state transfer {times} within an hour: it fails", node.label))
        .remedy(format_args!("do not wait; read {}", logs(cluster, node)));
}

/// Whether transfers to a node fail: it is not to be waited for.
pub(super) fn fails(cluster: &Cluster, node: &Node) -> bool {
    state_transfers(cluster, node).within_hour(cluster.at) >= OFTEN_IN_HOUR
}

/// `the error logs of db3 and of its donor db1 (wsrep_sst_method is rsync)`.
pub(super) fn logs(cluster: &Cluster, node: &Node) -> String {
    let now = names(donors(cluster));
    let donor = match node.seen.and_then(|seen| seen.donor.as_deref()) {
        _ if !now.is_empty() => format!(" {now}"),
        Some(before) => format!(" {}", text::name(before)),
        None => String::new(),
    };
    let method = cluster.members().find_map(|(_, facts)| facts.sst_method());
    let method = method.map_or_else(String::new, |method| format!(" (wsrep_sst_method is {})", text::quote(method)));
    format!("the error logs of {} and of its donor{donor}{method}", node.label)
}
