//! Answers that claim to be of one process and cannot be.

use std::collections::BTreeSet;

use common::{Report, text};

use crate::catalogue::IDENTITY_CONFLICT;
use crate::model::{Cluster, Difference, IdentityConflict};

/// Judges what both looks show, where a second one was taken: an address may move from one node to the other in between.
pub(super) fn judge(report: &mut Report, before_recheck: Option<&Cluster>, cluster: &Cluster) {
    let was = |conflict: &&IdentityConflict| {
        let same = |before: &IdentityConflict| before.identity == conflict.identity;
        before_recheck.is_none_or(|before| before.identity_conflicts.iter().any(same))
    };
    let mut told = BTreeSet::new();
    for conflict in cluster.identity_conflicts.iter().filter(was) {
        if told.insert(&conflict.identity) {
            one(report, cluster, conflict);
        }
    }
}

fn one(report: &mut Report, cluster: &Cluster, conflict: &IdentityConflict) {
    let [one, other] = conflict.asked.map(|asked| text::name(&asked.address));
    let differ = match conflict.difference {
        Difference::Name => {
            let name = |index: usize| {
                let facts = conflict.asked.get(index).and_then(|asked| asked.outcome.facts());
                text::name(facts.and_then(|facts| facts.name.as_deref()).unwrap_or_default())
            };
            format!("different names, {} and {}", name(0), name(1))
        }
        Difference::Start => "different uptimes".to_owned(),
    };
    let is_it = |address: &str| conflict.asked.iter().any(|asked| asked.address == address);
    let nodes = cluster.nodes.iter().filter(|node| is_it(&node.asked.address));
    report
        .finding(&IDENTITY_CONFLICT)
        .of_all(nodes)
        .words(format_args!("{one} and {other} give one wsrep_gcomm_uuid, but {differ}"))
        .remedy(
            "only one of them is that node: see where each address leads (VIP, proxy, DNS), and log in there with a \
             client: SELECT @@hostname",
        );
}
