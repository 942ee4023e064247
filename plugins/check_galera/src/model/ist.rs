//! IST, the incremental state transfer: how long a node may be away and still catch up without a copy of the whole
//! database. A donor can send what its cache (`gcache.size`) still holds.

use super::cluster::Cluster;
use super::node::Node;
use crate::history::WriteRates;
use crate::snapshot::facts::{Counters, Facts};

/// At a rate of less than this many bytes a second the window is so long that its length is noise.
const MIN_BYTES_PER_SECOND: f64 = 1000.0;

/// Galera keeps the oldest 128th of the cached range away from IST (galera `group_find_ist_donor`).
const GAP: f64 = 1.0 / 128.0;
const GAP_SHIFT: u32 = 7;

/// How a node that is away can come back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum CatchUp {
    /// No donor still has what it missed: only a full SST helps.
    FullSst,
    /// By IST. The seconds for which that stays possible; `None` while they are not known.
    Ist(Option<f64>),
}

/// The shortest time, over all nodes that might leave, of the longest window of the donors that would be left; in
/// seconds.
pub(crate) fn shortest_window(cluster: &Cluster) -> Option<f64> {
    let rates = cluster.write_rates()?;
    let mut windows: Vec<_> = cluster.members().filter_map(|(_, facts)| overwrite_time(rates, facts)).collect();
    windows.sort_by(f64::total_cmp);
    // When the node with the longest leaves, the second longest is left; a single node answers for all.
    windows.iter().rev().nth(1).or(windows.last()).copied()
}

/// How a node that is gone from the group can come back; `None` where its seqno or every donor's cache is
/// unknown, and where a state transfer to it has begun.
pub(crate) fn catch_up(cluster: &Cluster, node: &Node) -> Option<CatchUp> {
    // It was to get all data anew.
    if node.seen.is_some_and(|seen| seen.lacks_data) {
        return None;
    }
    let own = node.facts.and_then(|facts| facts.counters.committed);
    let seqno = own.or_else(|| node.seen.and_then(|seen| seen.counters.committed))?;
    let donors: Vec<_> = cluster.members().filter(|(_, facts)| facts.counters.cached_from.is_some()).collect();
    if donors.is_empty() {
        return None;
    }
    let able: Vec<_> = donors.into_iter().filter(|(_, facts)| can_feed(facts, seqno)).collect();
    if able.is_empty() {
        return Some(CatchUp::FullSst);
    }
    let rates = cluster.write_rates();
    let left: Option<Vec<_>> = able.into_iter().map(|(_, facts)| remaining(rates?, facts, seqno)).collect();
    Some(CatchUp::Ist(left.map(|left| left.into_iter().fold(0.0, f64::max))))
}

/// The time in which a donor's cache is written over once; own and received writesets fill it.
fn overwrite_time(rates: WriteRates, facts: &Facts) -> Option<f64> {
    let bytes = to_float(facts.options.gcache_size()?) * (1.0 - GAP);
    (rates.bytes >= MIN_BYTES_PER_SECOND).then(|| bytes / rates.bytes)
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn to_float(number: u64) -> f64 {
    number as f64
}

/// Whether a donor still has everything after `seqno`, and gives it away.
fn can_feed(facts: &Facts, seqno: u64) -> bool {
    let Counters { cached_from: Some(from), committed: Some(last), .. } = facts.counters else { return false };
    let gap = last.saturating_sub(from) >> GAP_SHIFT;
    from.saturating_add(gap) <= seqno.saturating_add(1)
}

/// The time for which a donor keeps the seqno after `seqno`: until everything older, and the free part, has been written
/// over. `None` while hardly anything is written.
fn remaining(WriteRates { bytes, commits, .. }: WriteRates, facts: &Facts, seqno: u64) -> Option<f64> {
    if commits <= 0.0 || bytes < MIN_BYTES_PER_SECOND {
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
