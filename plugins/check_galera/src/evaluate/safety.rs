//! What the cluster survives, and what lies in wait for the next restart.

use std::net::IpAddr;

use common::{HostPort, Report, text, wording};

use crate::catalogue::{
    ADDRESS_EMPTY, ADDRESS_INCOMPLETE, BOOTSTRAP_LEFT, IGNORES_QUORUM, IGNORES_SPLIT_BRAIN, SST_BLOCKS,
    TOLERABLE_FAILURES, WEIGHT, WEIGHT_EVEN, WEIGHT_MAJORITY, WEIGHT_ZERO,
};
use crate::cluster::{Class, Cluster, Component, Node};
use crate::facts::{Facts, MAX_WEIGHT};
use crate::policy::{Expectation, Mode, Policy};

pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    let expected = u64::from(expectation.members.unwrap_or(0));
    if let (Some(main), Some(votes)) = (cluster.main(), Votes::of(cluster)) {
        let is_whole = main.members() >= expected;
        quorum(report, cluster, &votes, is_whole);
        if expectation.mode == Mode::Cluster {
            weights(report, cluster, main, &votes);
            let arbitrators = main.arbitrators.max(policy.arbitrators);
            if is_whole && arbitrators == 0 && main.members() > 1 && votes.total.is_multiple_of(2) {
                even(report, &votes);
            }
        }
    }
    let members = cluster.main().map_or(0, Component::members).max(expected);
    for (node, facts) in cluster.speaking() {
        options(report, node, facts);
        address(report, cluster, node, facts, members);
    }
    if expectation.mode == Mode::Cluster && members <= SMALL {
        state_transfer(report, cluster);
    }
}

/// How the votes of the largest component are spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Votes {
    total: u64,
    /// Of each member, those that did not say theirs included; the heaviest first.
    each: Vec<u64>,
}

impl Votes {
    /// None while no member says how many there are.
    pub(super) fn of(cluster: &Cluster) -> Option<Self> {
        let main = cluster.main()?;
        let size = usize::try_from(main.size?).ok().filter(|size| *size <= 1024)?;
        let possible = 1..=MAX_WEIGHT * size as u64;
        let total = main.weight.filter(|weight| possible.contains(weight)).unwrap_or(main.size?);
        let each: Vec<_> = cluster.members().filter_map(|(_, facts)| facts.options.weight()).collect();
        Some(Self::new(total, each, size))
    }

    /// What is left over belongs to who did not say: arbitrators, members that were not asked. As evenly as it can.
    fn new(total: u64, mut each: Vec<u64>, size: usize) -> Self {
        let mut rest = total.saturating_sub(each.iter().sum());
        for left in (1..=size.saturating_sub(each.len()) as u64).rev() {
            let share = rest.div_ceil(left);
            each.push(share);
            rest -= share;
        }
        each.sort_unstable_by_key(|weight| std::cmp::Reverse(*weight));
        Self { total, each }
    }

    /// Whether the rest goes on when members of this weight crash at once: it needs more than half of what was
    /// (galera `pc_proto.cpp`, `have_quorum`).
    fn survive_crash(&self, weight: u64) -> bool {
        2 * self.total.saturating_sub(weight) > self.total
    }

    /// Whether the rest goes on when a member leaves in order: half of what was is then no more what counts.
    fn survive_stop(&self, weight: u64) -> bool {
        2 * self.total.saturating_sub(weight) + weight > self.total
    }

    /// How many members may crash at once, the heaviest first.
    fn tolerable_failures(&self) -> usize {
        let mut lost = 0;
        let survives = |weight: &&u64| {
            lost += **weight;
            self.survive_crash(lost)
        };
        self.each.iter().take_while(survives).count().min(self.each.len().saturating_sub(1))
    }

    /// What may happen to a member, in a few words.
    ///
    /// A quorum is not all: without it another must have the data, and somebody may be in the middle of getting them.
    pub(super) fn may(&self, node: &Node, weight: u64, cluster: &Cluster) -> &'static str {
        if cluster.able() <= u64::from(node.serves()) {
            return "not safe to crash or stop: no other serves";
        }
        if node.class == Class::Donor {
            return "not safe to crash or stop: donor";
        }
        match (self.survive_crash(weight), self.survive_stop(weight)) {
            (true, _) => "safe to crash, safe to stop",
            (false, true) => "not safe to crash, safe to stop",
            (false, false) => "not safe to crash or stop",
        }
    }
}

fn quorum(report: &mut Report, cluster: &Cluster, votes: &Votes, is_whole: bool) {
    // Who is left must have the data, too.
    let others = usize::try_from(cluster.able().saturating_sub(1)).unwrap_or(usize::MAX);
    let tolerable = votes.tolerable_failures().min(others);
    let remedy = if is_whole {
        "spread the votes evenly (pc.weight), or add a member or an arbitrator"
    } else {
        "bring the missing members back before anything else is restarted; stop nodes in order, never by force"
    };
    let sentence = survives(tolerable, is_whole);
    let said = report.metric(&TOLERABLE_FAILURES, tolerable).words(&sentence).remedy(remedy).well(&sentence);
    if tolerable == 0 {
        said.self_evident();
    }
    report
        .metric(&WEIGHT, votes.total)
        .words(format_args!("the votes of the members (pc.weight) add up to {}", votes.total));
}

/// `survives 1 crash`; of a cluster that already misses members: `cannot survive another crash`.
fn survives(crashes: usize, is_whole: bool) -> String {
    match (crashes, is_whole) {
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
            let said = report.finding(&WEIGHT_ZERO).of(node);
            said.words(format_args!("{label} has no vote: pc.weight is 0"))
                .remedy("SET GLOBAL wsrep_provider_options='pc.weight=1' while all members are there");
        }
        if main.members() > 2 && 2 * weight >= total {
            let said = report.finding(&WEIGHT_MAJORITY).of(node);
            said.words(format_args!("{label} holds {weight} of {total} votes: if it crashes, the others stop"))
                .remedy("give all nodes the same pc.weight");
        }
    }
}

fn even(report: &mut Report, votes: &Votes) {
    let said = report.finding(&WEIGHT_EVEN);
    said.words(format_args!("the sum of votes is even ({}): a cut into halves stops both", votes.total))
        .remedy("add a member or an arbitrator (garbd), or raise one node's pc.weight");
}

fn options(report: &mut Report, node: &Node, facts: &Facts) {
    let label = &node.label;
    for (option, spec, effect) in [
        ("pc.ignore_sb", &IGNORES_SPLIT_BRAIN, "both halves of a cut go on writing"),
        ("pc.ignore_quorum", &IGNORES_QUORUM, "it goes on writing when it is cut off"),
        ("pc.bootstrap", &BOOTSTRAP_LEFT, "it makes itself Primary when it restarts"),
    ] {
        if facts.options.is_on(option) {
            let said = report.finding(spec).of(node);
            said.words(format_args!("{label}: {option} is on: {effect}"))
                .remedy(format_args!("take {option} out of wsrep_provider_options, there and in the option file"));
        }
    }
}

fn address(report: &mut Report, cluster: &Cluster, node: &Node, facts: &Facts, members: u64) {
    let Some(address) = &facts.view.cluster_address else { return };
    let label = &node.label;
    if address.starts_with("gcomm://") && listed(address).is_empty() && members > 1 {
        let said = report.finding(&ADDRESS_EMPTY).of(node);
        said.words(format_args!(
            "{label}: wsrep_cluster_address is gcomm:// alone: a restart would form a second cluster"
        ))
        .remedy("list all members in its option file: gcomm://db1,db2,db3");
        return;
    }
    let missed = missed(cluster, address);
    if !missed.is_empty() {
        let said = report.finding(&ADDRESS_INCOMPLETE).of(node);
        said.words(format_args!("{label}: wsrep_cluster_address misses {missed}"))
            .remedy("list all members in its option file: else it might not find the cluster again");
    }
}

/// The members that a list of addresses does not name; none where that cannot be told.
fn missed(cluster: &Cluster, address: &str) -> String {
    let names = listed(address);
    let Some(hosts) = names.iter().map(|name| ip(name)).collect::<Option<Vec<_>>>() else {
        // Names may stand for any address, and a single one for all; only too few of them are too few.
        let members = cluster.main().map_or(0, Component::members);
        let few = names.len() > 1 && (names.len() as u64) < members;
        return if few { format!("some of {members} members, it lists {}", names.len()) } else { String::new() };
    };
    // The nodes may talk to each other in another network than the one in which they are asked.
    let found = |other: &Node| other.asked.at.map(|at| at.ip());
    let comparable = cluster.members().any(|(other, _)| found(other).is_some_and(|address| hosts.contains(&address)));
    let missed = cluster.members().filter(|(other, facts)| {
        let own = facts.view.own_address.as_deref().and_then(ip);
        let addresses = [own, found(other).filter(|_| comparable)];
        let mut addresses = addresses.into_iter().flatten().peekable();
        addresses.peek().is_some() && !addresses.any(|address| hosts.contains(&address))
    });
    super::names(missed.map(|(other, _)| other).filter(|_| !hosts.is_empty()))
}

/// The hosts of `gcomm://a,b:4567?options`.
fn listed(address: &str) -> Vec<&str> {
    crate::collect::group(address)
}

fn ip(host: &str) -> Option<IpAddr> {
    host.parse::<HostPort>().ok()?.host.parse().ok()
}

/// Of so many members, two are half or more.
const SMALL: u64 = 4;

/// While a donor is blocked and the joiner is not there yet, two nodes are out: too many for a small cluster.
fn state_transfer(report: &mut Report, cluster: &Cluster) {
    if cluster.main().is_none_or(|main| main.members() < 2) {
        return;
    }
    let blocking: Vec<_> = cluster.members().filter(|(_, facts)| facts.sst_blocks_donor()).collect();
    let Some((_, facts)) = blocking.first() else { return };
    let method = text::quote(facts.sst_method().unwrap_or_default());
    let on = wording::count(blocking.len(), "node", "nodes");
    let said = report.finding(&SST_BLOCKS);
    said.words(format_args!("wsrep_sst_method is {method} on {on}: a full state transfer blocks the donor too"))
        .remedy("use mariabackup, or --severity sst-blocks=ok if you can live with it");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// total, weights known, size, failures that the rest survives
    const CASES: [(u64, &[u64], usize, usize); 10] = [
        (3, &[1, 1, 1], 3, 1),
        (2, &[1, 1], 2, 0),
        (3, &[1, 1], 3, 1),
        (4, &[1, 1, 1, 1], 4, 1),
        (5, &[1, 1, 1, 1, 1], 5, 2),
        (4, &[0, 1, 3], 3, 0),
        (1, &[1], 1, 0),
        (3, &[1], 3, 1),
        (4, &[2, 1, 1], 3, 0),
        (2, &[1, 1, 0], 3, 0),
    ];

    #[test]
    fn the_heaviest_crash_first() {
        for (total, each, size, tolerable) in CASES {
            let votes = Votes::new(total, each.to_vec(), size);
            assert_eq!(votes.tolerable_failures(), tolerable, "{total} {each:?}");
        }
    }

    #[test]
    fn who_leaves_in_order_takes_his_vote_along() {
        let may = |votes: Votes, weight| (votes.survive_crash(weight), votes.survive_stop(weight));
        assert_eq!(may(Votes::new(2, vec![1, 1], 2), 1), (false, true));
        assert_eq!(may(Votes::new(3, vec![1, 1, 1], 3), 1), (true, true));
        assert_eq!(may(Votes::new(1, vec![1], 1), 1), (false, false));
    }
}
