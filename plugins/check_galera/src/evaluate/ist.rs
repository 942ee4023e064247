//! How long a node may be away and still catch up by IST, without a copy of the whole database.

use common::{Report, wording};

use super::is_down_on_purpose;
use crate::catalogue::{GCACHE_SIZE, IST_CLOSING, IST_GONE, IST_WINDOW};
use crate::cluster::{Class, Cluster, Node};
use crate::facts::{Counters, Facts};
use crate::policy::Policy;

/// At less than this many bytes a second the window is longer than anybody's patience, and its figure is noise.
const HARDLY_ANY: f64 = 1000.0;

/// A node that is away needs somebody's attention while there is still time, in seconds.
const CLOSING: f64 = 1800.0;

/// Galera keeps the oldest 128th of the cached range away from IST (galera `group_find_ist_donor`).
const GAP: f64 = 1.0 / 128.0;
const GAP_SHIFT: u32 = 7;

pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    let sizes = cluster.speaking().filter_map(|(node, facts)| Some((node, facts.options.gcache_size()?)));
    if let Some((node, size)) = sizes.min_by_key(|(_, size)| *size) {
        let metric = report.metric(&GCACHE_SIZE, size).of(node);
        metric.words(format_args!("{} has the smallest gcache.size: {size} B", node.label));
    }
    window(report, cluster);
    let absent = cluster.nodes.iter().filter(|node| is_absent(node, cluster) && !is_down_on_purpose(node, policy));
    for node in absent {
        countdown(report, cluster, node);
    }
}

/// The time in which a donor's gcache is written over once; both directions fill it.
fn capacity(node: &Node, facts: &Facts) -> Option<f64> {
    let rate = node.motion.as_ref()?.rate(|motion| motion.bytes)?;
    let bytes = to_float(facts.options.gcache_size()?) * (1.0 - GAP);
    (rate >= HARDLY_ANY).then(|| bytes / rate)
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn to_float(number: u64) -> f64 {
    number as f64
}

/// The shortest over all nodes that might go of the longest over all donors that would be left.
fn window(report: &mut Report, cluster: &Cluster) {
    let windows: Vec<_> = cluster.members().filter_map(|(node, facts)| capacity(node, facts)).collect();
    let mut sorted = windows;
    sorted.sort_by(f64::total_cmp);
    // When the node with the longest goes, the second longest is what is left; a single node answers for all.
    let Some(window) = sorted.iter().rev().nth(1).or(sorted.last()) else { return };
    let sentence = format!("IST window {}", wording::estimate(*window));
    let remedy = "raise gcache.size (a restart of each node), or keep maintenance shorter than this";
    report.metric(&IST_WINDOW, wording::whole(*window)).words(&sentence).remedy(remedy).well(&sentence);
}

/// Gone from the group, and remembered with the seqno that it had.
fn is_absent(node: &Node, cluster: &Cluster) -> bool {
    matches!(node.class, Class::Unreachable | Class::NonPrimary) && cluster.main().is_some() && !cluster.counts(node)
}

/// What becomes of a node that wants to come back.
fn countdown(report: &mut Report, cluster: &Cluster, node: &Node) {
    let said = node.facts.and_then(|facts| facts.counters.committed);
    let Some(seqno) = said.or_else(|| node.past.and_then(|past| past.counters.committed)) else { return };
    let label = &node.label;
    let donors: Vec<_> = cluster.members().filter(|(_, facts)| facts.counters.cached_from.is_some()).collect();
    let able = donors.iter().filter(|(_, facts)| can_feed(facts, seqno));
    let left: Option<Vec<_>> = able.clone().map(|(donor, facts)| remaining(donor, facts, seqno)).collect();
    match (able.count(), left) {
        _ if donors.is_empty() => {}
        (0, _) => {
            let said = report.finding(&IST_GONE).of(node);
            said.words(format_args!("{label} needs a full SST to come back: no node still has what it missed"))
                .remedy("start it when a donor can be spared; raise gcache.size for the next time");
        }
        (_, Some(left)) => {
            let longest = left.into_iter().fold(0.0, f64::max);
            let sentence = format!("IST for {label} possible for {}", wording::estimate(longest));
            if longest < CLOSING {
                let finding = report.finding(&IST_CLOSING).of(node);
                finding.words(sentence).remedy("start it now, or it takes a full SST");
            } else {
                report.well(sentence);
            }
        }
        (_, None) => report.well(format_args!("IST for {label} possible")),
    }
}

/// Whether a donor still has all that comes after `seqno`, and lets it go.
fn can_feed(facts: &Facts, seqno: u64) -> bool {
    let Counters { cached_from: Some(from), committed: Some(last), .. } = facts.counters else { return false };
    let gap = last.saturating_sub(from) >> GAP_SHIFT;
    from.saturating_add(gap) <= seqno.saturating_add(1)
}

/// How long a donor keeps the seqno after `seqno`: until what is older, and what is free, has been written over. None
/// while hardly anything is written.
fn remaining(donor: &Node, facts: &Facts, seqno: u64) -> Option<f64> {
    let motion = donor.motion.as_ref()?;
    let (commits, bytes) = (motion.rate(|motion| motion.committed)?, motion.rate(|motion| motion.bytes)?);
    if commits <= 0.0 || bytes < HARDLY_ANY {
        return None;
    }
    let (from, last) = (facts.counters.cached_from?, facts.counters.committed?);
    // The oldest part is not given away.
    let given = from.saturating_add(last.saturating_sub(from) >> GAP_SHIFT);
    let older = to_float(seqno.saturating_add(1).saturating_sub(given));
    let cached = to_float(last.saturating_sub(from) + 1) * bytes / commits;
    let free = (to_float(facts.options.gcache_size()?) * (1.0 - GAP) - cached).max(0.0);
    Some(older / commits + free / bytes)
}
