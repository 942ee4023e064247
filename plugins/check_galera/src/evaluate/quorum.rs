//! Quorum: how many crashes the cluster survives, and how the votes are spread.

use common::{Report, wording};

use crate::catalogue::{TOLERABLE_FAILURES, WEIGHT, WEIGHT_EVEN, WEIGHT_MAJORITY, WEIGHT_ZERO};
use crate::model::{Cluster, Component, Votes};
use crate::policy::{Expectation, Mode, Policy};

pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    let (Some(main), Some(votes)) = (cluster.largest_component(), Votes::of(cluster)) else { return };
    let has_expected_size = main.members() >= u64::from(expectation.members.unwrap_or(0));
    tolerable_failures(report, cluster, &votes, has_expected_size);
    if expectation.mode == Mode::Cluster {
        weights(report, cluster, main, &votes);
        let arbitrators = main.arbitrators.max(policy.arbitrators);
        if has_expected_size && arbitrators == 0 && main.members() > 1 && votes.total.is_multiple_of(2) {
            even(report, &votes);
        }
    }
}

fn tolerable_failures(report: &mut Report, cluster: &Cluster, votes: &Votes, has_expected_size: bool) {
    // A member that is left must have the data, too.
    let others = usize::try_from(cluster.possibly_serving().saturating_sub(1)).unwrap_or(usize::MAX);
    let tolerable = votes.tolerable_failures().min(others);
    let remedy = if has_expected_size {
        "spread the votes evenly (pc.weight), or add a member or an arbitrator"
    } else {
        "bring the missing members back before anything else is restarted; stop nodes in order, never by force"
    };
    let sentence = survives(tolerable, has_expected_size);
    let metric = report.metric(&TOLERABLE_FAILURES, tolerable).words(&sentence).remedy(remedy).well(&sentence);
    if tolerable == 0 {
        metric.self_evident();
    }
    report
        .metric(&WEIGHT, votes.total)
        .words(format_args!("the votes of the members (pc.weight) add up to {}", votes.total));
}

/// `survives 1 crash`; of a cluster that already misses members: `cannot survive another crash`.
fn survives(crashes: usize, has_expected_size: bool) -> String {
    match (crashes, has_expected_size) {
        (0, true) => "cannot survive a crash".to_owned(),
        (0, false) => "cannot survive another crash".to_owned(),
        (_, true) => format!("survives {}", wording::count(crashes, "crash", "crashes")),
        (_, false) => format!("survives {}", wording::count(crashes, "more crash", "more crashes")),
    }
}

fn weights(report: &mut Report, cluster: &Cluster, main: &Component, votes: &Votes) {
    let total = votes.total;
    for (node, facts) in cluster.members() {
        let Some(weight) = facts.options.weight() else { continue };
        let label = &node.label;
        if weight == 0 {
            let finding = report.finding(&WEIGHT_ZERO).of(node);
            finding
                .words(format_args!("{label} has no vote: pc.weight is 0"))
                .remedy("SET GLOBAL wsrep_provider_options='pc.weight=1' while all members are there");
        }
        if main.members() > 2 && 2 * weight >= total {
            let finding = report.finding(&WEIGHT_MAJORITY).of(node);
            finding
                .words(format_args!("{label} holds {weight} of {total} votes: if it crashes, the others stop"))
                .remedy("give all nodes the same pc.weight");
        }
    }
}

fn even(report: &mut Report, votes: &Votes) {
    let finding = report.finding(&WEIGHT_EVEN);
    finding
        .words(format_args!("the sum of votes is even ({}): a split into halves stops both", votes.total))
        .remedy("add a member or an arbitrator (garbd), or raise one node's pc.weight");
}
