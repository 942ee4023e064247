//! The recheck: a snapshot may have caught a passing state, such as an election, a membership change or a stale cache.
//!
//! A plugin's model names the doubtful items, and the plugin asks for them again. A problem that only the first snapshot
//! has does not count.

use std::time::Duration;

use crate::Deadline;

/// The doubtful items of a snapshot, and the limit of rechecks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recheck<D> {
    /// The items to ask for again, in the plugin's own terms.
    pub doubtful: D,
    /// The most snapshots of a run, including the first.
    pub most: usize,
}

/// The time of each recheck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The pause before a recheck.
    pub pause: Duration,
    /// The least time for its answers: with less before the deadline no recheck begins, since hasty answers are worse than
    /// those that are there.
    pub least: Duration,
}

/// The first and the last snapshot of a run, and the number of snapshots.
#[derive(Clone, Debug)]
pub struct Snapshots<S> {
    first: S,
    /// The one before the last, unless that is the first.
    previous: Option<S>,
    /// `None` if the first snapshot left no doubt.
    last: Option<S>,
    count: usize,
}

impl<S> Snapshots<S> {
    /// A run without a recheck.
    pub fn one(first: S) -> Self {
        Self { first, previous: None, last: None, count: 1 }
    }

    /// Rechecks until nothing is doubtful, until the most snapshots are made, or until the time ends.
    ///
    /// `recheck` names the doubtful items of the snapshots so far. `again` asks for them, and makes the next snapshot
    /// from the latest one.
    pub async fn settle<D>(
        first: S,
        pace: Pace,
        deadline: Deadline,
        recheck: impl Fn(&Self) -> Option<Recheck<D>>,
        mut again: impl AsyncFnMut(&S, D) -> S,
    ) -> Self {
        let mut snapshots = Self::one(first);
        while let Some(recheck) = recheck(&snapshots).filter(|recheck| snapshots.count < recheck.most) {
            if deadline.remaining() < pace.pause + pace.least {
                break;
            }
            crate::stage("asking again");
            tokio::time::sleep(pace.pause).await;
            let next = again(snapshots.last(), recheck.doubtful).await;
            let Self { first, last, count, .. } = snapshots;
            snapshots = Self { first, previous: last, last: Some(next), count: count + 1 };
        }
        snapshots
    }

    /// The same with the latest snapshot completed by what is asked only once.
    #[must_use]
    pub fn with_last(self, complete: impl FnOnce(S) -> S) -> Self {
        match self.last {
            Some(last) => Self { last: Some(complete(last)), ..self },
            None => Self { first: complete(self.first), ..self },
        }
    }

    /// The latest snapshot. It is the first one if there was no recheck.
    pub fn last(&self) -> &S {
        self.last.as_ref().unwrap_or(&self.first)
    }

    /// The snapshot before the last one, if there were several.
    pub fn previous(&self) -> Option<&S> {
        self.last.as_ref().map(|_| self.previous.as_ref().unwrap_or(&self.first))
    }

    /// The first snapshot if a recheck followed it.
    pub fn before_recheck(&self) -> Option<&S> {
        self.last.as_ref().map(|_| &self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks for numbers from 1 up until `settled` accepts one.
    async fn settle(most: usize, deadline: Duration, settled: fn(u32) -> bool) -> Snapshots<u32> {
        let recheck = |snapshots: &Snapshots<u32>| {
            let last = *snapshots.last();
            (!settled(last)).then_some(Recheck { doubtful: last + 1, most })
        };
        let deadline = Deadline::after(deadline);
        let pace = Pace { pause: Duration::from_millis(1), least: Duration::from_millis(100) };
        Snapshots::settle(1, pace, deadline, recheck, async |_, next| next).await
    }

    fn run(most: usize, deadline: Duration, settled: fn(u32) -> bool) -> (u32, u32, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let snapshots = runtime.block_on(settle(most, deadline, settled));
        (snapshots.first, *snapshots.last(), snapshots.count)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_settled_snapshot_is_not_rechecked() {
        assert_eq!(run(8, LONG, |_| true), (1, 1, 1));
    }

    #[test]
    fn a_doubtful_snapshot_is_rechecked_until_it_is_settled() {
        assert_eq!(run(8, LONG, |last| last == 3), (1, 3, 3));
    }

    #[test]
    fn the_snapshot_before_the_last_is_kept() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for (last, previous) in [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(3))] {
            let snapshots = runtime.block_on(settle(last, LONG, |_| false));
            assert_eq!((snapshots.last(), snapshots.previous().copied()), (&u32::try_from(last).unwrap(), previous));
        }
    }

    #[test]
    fn the_last_snapshot_can_be_completed() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for (most, numbers) in [(1, [11, 11]), (2, [1, 12])] {
            let snapshots = runtime.block_on(settle(most, LONG, |_| false)).with_last(|last| last + 10);
            assert_eq!([snapshots.first, *snapshots.last()], numbers);
        }
    }

    #[test]
    fn rechecks_are_limited() {
        assert_eq!(run(2, LONG, |_| false), (1, 2, 2));
    }

    #[test]
    fn there_is_no_recheck_without_time() {
        assert_eq!(run(8, Duration::ZERO, |_| false), (1, 1, 1));
        assert_eq!(run(8, Duration::from_millis(90), |_| false), (1, 1, 1), "its answers take time too");
    }
}
