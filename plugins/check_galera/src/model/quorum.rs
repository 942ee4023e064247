//! Quorum: how many members may crash before the rest stops.

use super::cluster::Cluster;
use crate::snapshot::facts::MAX_WEIGHT;

/// The votes (`pc.weight`) of the largest component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Votes {
    pub(crate) total: u64,
    /// The votes of each member, also of those that did not say theirs; the heaviest first.
    each: Vec<u64>,
}

impl Votes {
    /// `None` while no member says how many members there are.
    pub(crate) fn of(cluster: &Cluster) -> Option<Self> {
        let main = cluster.largest_component()?;
        let size = usize::try_from(main.size?).ok().filter(|size| *size <= 1024)?;
        let possible = 1..=MAX_WEIGHT * size as u64;
        let total = main.weight.filter(|weight| possible.contains(weight)).unwrap_or(main.size?);
        let each: Vec<_> = cluster.members().filter_map(|(_, facts)| facts.options.weight()).collect();
        Some(Self::new(total, each, size))
    }

    /// The rest of the votes belongs to arbitrators and members that were not asked; it is spread as evenly as it can be.
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

    /// Whether the rest goes on when members of this weight crash at once: it needs more than half of all votes
    /// (galera `pc_proto.cpp`, `have_quorum`).
    pub(crate) fn survives_crash_of(&self, weight: u64) -> bool {
        2 * self.total.saturating_sub(weight) > self.total
    }

    /// Whether the rest goes on when a member of this weight leaves in order and takes its votes along.
    pub(crate) fn survives_stop_of(&self, weight: u64) -> bool {
        2 * self.total.saturating_sub(weight) + weight > self.total
    }

    /// How many members may crash at once, the heaviest first.
    pub(crate) fn tolerable_failures(&self) -> usize {
        let mut lost = 0;
        let survives = |weight: &&u64| {
            lost += **weight;
            self.survives_crash_of(lost)
        };
        self.each.iter().take_while(survives).count().min(self.each.len().saturating_sub(1))
    }
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
    fn a_member_that_leaves_in_order_takes_its_vote_along() {
        let may = |votes: Votes, weight| (votes.survives_crash_of(weight), votes.survives_stop_of(weight));
        assert_eq!(may(Votes::new(2, vec![1, 1], 2), 1), (false, true));
        assert_eq!(may(Votes::new(3, vec![1, 1, 1], 3), 1), (true, true));
        assert_eq!(may(Votes::new(1, vec![1], 1), 1), (false, false));
    }
}
