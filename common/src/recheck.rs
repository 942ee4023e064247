//! The second look: a snapshot may have caught a moment's work, such as an election, a view that changes or a cache.
//!
//! A plugin's model names what is doubtful, the plugin asks that again, and a fault that may be a moment's work counts
//! only when the first and the last snapshot have it.

use std::time::Duration;

use crate::Deadline;

/// What is doubtful in a snapshot, and how patient to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recheck<D> {
    /// What to ask again, in the plugin's own terms.
    pub doubtful: D,
    /// The most snapshots of a run, the first included.
    pub most: usize,
}

/// The first and the last snapshot of a run, and how many it took.
#[derive(Clone, Debug)]
pub struct Snapshots<S> {
    first: S,
    /// The one before the last, unless that is the first.
    previous: Option<S>,
    /// `None` when the first was settled.
    last: Option<S>,
    count: usize,
}

impl<S> Snapshots<S> {
    /// A run that asks once.
    pub fn one(first: S) -> Self {
        Self { first, previous: None, last: None, count: 1 }
    }

    /// Asks again, each time after `pause`, until nothing is doubtful, or the patience or the time ends.
    ///
    /// `recheck` says what is doubtful in the snapshots so far. `again` asks for that and makes the next snapshot of the
    /// latest one. No question is begun in the last `pause` before the deadline.
    pub async fn settle<D>(
        first: S,
        pause: Duration,
        deadline: Deadline,
        recheck: impl Fn(&Self) -> Option<Recheck<D>>,
        mut again: impl AsyncFnMut(&S, D) -> S,
    ) -> Self {
        let mut snapshots = Self::one(first);
        while let Some(recheck) = recheck(&snapshots).filter(|recheck| snapshots.count < recheck.most) {
            if deadline.remaining() <= pause * 2 {
                break;
            }
            crate::stage("asking again");
            tokio::time::sleep(pause).await;
            let next = again(snapshots.last(), recheck.doubtful).await;
            let Self { first, last, count, .. } = snapshots;
            snapshots = Self { first, previous: last, last: Some(next), count: count + 1 };
        }
        snapshots
    }

    /// The first snapshot.
    pub fn first(&self) -> &S {
        &self.first
    }

    /// The latest snapshot, which is the first when that was settled.
    pub fn last(&self) -> &S {
        self.last.as_ref().unwrap_or(&self.first)
    }

    /// The snapshot before the last one, if there were several.
    pub fn previous(&self) -> Option<&S> {
        self.last.as_ref().map(|_| self.previous.as_ref().unwrap_or(&self.first))
    }

    /// The first snapshot, if a later one followed it: what is doubtful was asked again.
    pub fn before_recheck(&self) -> Option<&S> {
        self.last.as_ref().map(|_| &self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks for numbers, 1 first, until `settled` says that no more is needed.
    async fn settle(most: usize, deadline: Duration, settled: fn(u32) -> bool) -> Snapshots<u32> {
        let recheck = |snapshots: &Snapshots<u32>| {
            let last = *snapshots.last();
            (!settled(last)).then_some(Recheck { doubtful: last + 1, most })
        };
        let deadline = Deadline::after(deadline);
        Snapshots::settle(1, Duration::from_millis(1), deadline, recheck, async |_, next| next).await
    }

    fn run(most: usize, deadline: Duration, settled: fn(u32) -> bool) -> (u32, u32, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let snapshots = runtime.block_on(settle(most, deadline, settled));
        (*snapshots.first(), *snapshots.last(), snapshots.count)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_settled_is_asked_once() {
        assert_eq!(run(8, LONG, |_| true), (1, 1, 1));
    }

    #[test]
    fn what_is_doubtful_is_asked_until_it_is_settled() {
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
    fn patience_ends() {
        assert_eq!(run(2, LONG, |_| false), (1, 2, 2));
    }

    #[test]
    fn nothing_is_asked_when_no_time_is_left() {
        assert_eq!(run(8, Duration::ZERO, |_| false), (1, 1, 1));
    }
}
