//! IST: how long a node may be away and still catch up without a copy of the whole database.

use common::{Report, wording};

use crate::catalogue::{GCACHE_SIZE, IST_CLOSING, IST_GONE, IST_WINDOW};
use crate::class::Class;
use crate::model::{CatchUp, Cluster, Node, catch_up, shortest_window};
use crate::policy::Policy;

/// A node that is away needs attention while there is still time, in seconds.
const CLOSING_SECONDS: f64 = 1800.0;

pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    let sizes = cluster.galera_nodes().filter_map(|(node, facts)| Some((node, facts.options.gcache_size()?)));
    if let Some((node, size)) = sizes.min_by_key(|(_, size)| *size) {
        let metric = report.metric(&GCACHE_SIZE, size).of(node);
        metric.words(format_args!("{} has the smallest gcache.size: {size} B", node.label));
    }
    if let Some(window) = shortest_window(cluster) {
        let sentence = format!("IST window {}", wording::estimate(window));
        let remedy = "raise gcache.size (a restart of each node), or keep maintenance shorter than this";
        report.metric(&IST_WINDOW, wording::whole(window)).words(&sentence).remedy(remedy).well(&sentence);
    }
    let is_absent = |node: &&Node| is_absent(node, cluster) && !node.is_down_as_announced(&policy.expect_down);
    for node in cluster.nodes.iter().filter(is_absent) {
        if let Some(way) = catch_up(cluster, node) {
            absent(report, node, way);
        }
    }
}

/// Whether a node is gone from the group, or comes back and no donor feeds it yet.
fn is_absent(node: &Node, cluster: &Cluster) -> bool {
    let is_gone = matches!(node.class, Class::Unreachable | Class::NonPrimary) && !cluster.counts_as_member(node);
    let is_coming = node.class == Class::Joining && !cluster.members().any(|(_, facts)| facts.is_donor_or_desynced());
    cluster.largest_component().is_some() && (is_gone || is_coming)
}

fn absent(report: &mut Report, node: &Node, way: CatchUp) {
    let label = &node.label;
    match way {
        CatchUp::FullSst => {
            let finding = report.finding(&IST_GONE).of(node);
            finding
                .words(format_args!("{label} needs a full SST to come back: no node still has what it missed"))
                .remedy("start it when a donor can be spared; raise gcache.size for the next time");
        }
        CatchUp::Ist(Some(seconds)) => {
            let sentence = format!("IST for {label} possible for {}", wording::estimate(seconds));
            if seconds < CLOSING_SECONDS {
                let finding = report.finding(&IST_CLOSING).of(node);
                finding.words(sentence).remedy("start it now, or it takes a full SST");
            } else {
                report.well(sentence);
            }
        }
        CatchUp::Ist(None) => report.well(format_args!("IST for {label} possible")),
    }
}
