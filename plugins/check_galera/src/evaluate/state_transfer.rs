//! State transfers: whether they would block the donor.

use common::{Report, text, wording};

use crate::catalogue::SST_BLOCKS;
use crate::model::{Cluster, Component};

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
