//! What the cluster survives, and what lies in wait for the next restart.

use std::net::IpAddr;

use common::HostPort;

use super::judge::Judge;
use super::say;
use crate::catalogue::{
    ADDRESS_EMPTY, ADDRESS_INCOMPLETE, BOOTSTRAP_LEFT, IGNORES_QUORUM, IGNORES_SPLIT_BRAIN, SST_BLOCKS,
    TOLERABLE_FAILURES, WEIGHT, WEIGHT_EVEN, WEIGHT_MAJORITY, WEIGHT_ZERO,
};
use crate::cluster::{Class, Cluster, Component, Node};
use crate::facts::{Facts, MAX_WEIGHT};
use crate::policy::{Mode, Policy};

pub(super) fn judge(judge: &mut Judge, cluster: &Cluster, policy: &Policy) {
    if let (Some(main), Some(votes)) = (cluster.main(), Votes::of(cluster)) {
        quorum(judge, cluster, main, &votes);
        if judge.mode == Mode::Cluster {
            weights(judge, cluster, main, &votes, policy);
        }
    }
    for (node, facts) in cluster.speaking() {
        options(judge, node, facts);
        address(judge, cluster, node, facts);
    }
    if judge.mode == Mode::Cluster {
        state_transfer(judge, cluster);
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

fn quorum(judge: &mut Judge, cluster: &Cluster, main: &Component, votes: &Votes) {
    // Who is left must have the data, too.
    let others = usize::try_from(cluster.able().saturating_sub(1)).unwrap_or(usize::MAX);
    let tolerable = votes.tolerable_failures().min(others);
    let incomplete = main.members() < u64::from(judge.expected.unwrap_or(0));
    let crashes = if tolerable == 1 { "crash" } else { "crashes" };
    let sentence = format!("survives {tolerable} {}{crashes}", if incomplete { "more " } else { "" });
    let remedy = if incomplete {
        "bring the missing members back before anything else is restarted; stop nodes in order, never by force"
    } else {
        "spread the votes evenly (pc.weight), or add a member or an arbitrator"
    };
    let state = judge.report.metric_with_remedy(&TOLERABLE_FAILURES, tolerable, &sentence, remedy);
    judge.summarize(state, sentence);
    judge.report.metric(&WEIGHT, votes.total, &format!("weight {}", votes.total));
}

fn weights(judge: &mut Judge, cluster: &Cluster, main: &Component, votes: &Votes, policy: &Policy) {
    let total = votes.total;
    for (node, facts) in cluster.members() {
        let Some(weight) = facts.options.weight() else { continue };
        let label = &node.label;
        if weight == 0 {
            let remedy = "SET GLOBAL wsrep_provider_options='pc.weight=1' while all members are there";
            judge.on(node, &WEIGHT_ZERO, format!("{label} has no vote: pc.weight is 0"), remedy);
        }
        if main.members() > 2 && 2 * weight >= total {
            let text = format!("{label} holds {weight} of {total} votes: if it crashes, the others stop");
            judge.on(node, &WEIGHT_MAJORITY, text, "give all nodes the same pc.weight");
        }
    }
    let whole = judge.expected.is_none_or(|expected| main.members() >= u64::from(expected));
    if whole && main.arbitrators == 0 && policy.arbitrators == 0 && main.members() > 1 && total.is_multiple_of(2) {
        let text = format!("the sum of votes is even ({total}): a cut into halves stops both");
        judge.report.finding(
            &WEIGHT_EVEN,
            text,
            "add a member or an arbitrator (garbd), or raise one node's pc.weight",
        );
    }
}

fn options(judge: &mut Judge, node: &Node, facts: &Facts) {
    let label = &node.label;
    for (option, spec, effect) in [
        ("pc.ignore_sb", &IGNORES_SPLIT_BRAIN, "both halves of a cut go on writing"),
        ("pc.ignore_quorum", &IGNORES_QUORUM, "it goes on writing when it is cut off"),
        ("pc.bootstrap", &BOOTSTRAP_LEFT, "it makes itself Primary when it restarts"),
    ] {
        if facts.options.is_on(option) {
            let remedy = format!("take {option} out of wsrep_provider_options, there and in the option file");
            judge.on(node, spec, format!("{label}: {option} is on: {effect}"), remedy);
        }
    }
}

fn address(judge: &mut Judge, cluster: &Cluster, node: &Node, facts: &Facts) {
    let Some(address) = &facts.view.cluster_address else { return };
    let members = cluster.main().map_or(0, Component::members).max(u64::from(judge.expected.unwrap_or(0)));
    let label = &node.label;
    if address.starts_with("gcomm://") && listed(address).is_empty() && members > 1 {
        let text = format!("{label}: wsrep_cluster_address is gcomm:// alone: a restart would form a second cluster");
        return judge.on(node, &ADDRESS_EMPTY, text, "list all members in its option file: gcomm://db1,db2,db3");
    }
    let missed = missed(cluster, address);
    if !missed.is_empty() {
        let text = format!("{label}: wsrep_cluster_address misses {missed}");
        let remedy = "list all members in its option file, or it may not find the cluster again";
        judge.on(node, &ADDRESS_INCOMPLETE, text, remedy);
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
    let missed: Vec<_> = missed.map(|(other, _)| other.label.as_str()).filter(|_| !hosts.is_empty()).collect();
    missed.join(", ")
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
fn state_transfer(judge: &mut Judge, cluster: &Cluster) {
    let Some(members) = cluster.main().map(Component::members).filter(|members| *members > 1) else { return };
    let whole = members.max(u64::from(judge.expected.unwrap_or(0)));
    let blocking: Vec<_> = cluster.members().filter(|(_, facts)| facts.sst_blocks_donor()).collect();
    let (Some((_, facts)), true) = (blocking.first(), whole <= SMALL) else { return };
    let method = common::text::quote(facts.sst_method().unwrap_or_default());
    let on = say::count(blocking.len(), "node", "nodes");
    judge.report.finding(
        &SST_BLOCKS,
        format!("wsrep_sst_method is {method} on {on}: a full state transfer blocks the donor too"),
        "use mariabackup, or --severity sst-blocks=ok if you can live with it",
    );
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
