//! Doubtful answers, which are worth asking for again before they count.

use std::time::Duration;

use common::{Recheck, Snapshots};

use super::resolution::Resolution;
use super::service::Service;
use crate::dns::Lookup;
use crate::history::History;
use crate::policy::Target;
use crate::snapshot::{Asked, Failure, Snapshot};

/// The most snapshots of a run: an election takes some seconds.
const MOST: usize = 8;

/// The most look-ups of a run.
const MOST_LOOKUPS: usize = 3;

/// Consul itself waits for a leader. One that is missed for longer than this is no moment's work.
const QUICK: Duration = Duration::from_secs(2);

/// All agents are asked once more when they differ, and as long as a leader has just gone.
pub(crate) fn recheck(snapshots: &Snapshots<Snapshot>, target: &Target) -> Option<Recheck<()>> {
    let history = History::default();
    let service = Service::new(snapshots.last(), &history, &target.query);
    let is_first = snapshots.before_recheck().is_none();
    let is_doubtful = (is_first && service.has_differences()) || service.has_just_lost_its_leader();
    is_doubtful.then_some(Recheck { doubtful: (), most: MOST })
}

/// The name servers are asked again when one is wrong, unless it was wrong in the same way before.
pub(crate) fn recheck_dns(lookups: &Snapshots<Lookup>, target: &Target) -> Option<Recheck<()>> {
    let name_servers = target.name_servers.as_ref()?;
    let is_doubtful = lookups.last().answers.is_some() && Resolution::is_doubtful(lookups, name_servers, &target.query);
    is_doubtful.then_some(Recheck { doubtful: (), most: MOST_LOOKUPS })
}

impl Service<'_> {
    fn has_differences(&self) -> bool {
        self.leaders().is_some() || !self.drifts().is_empty() || !self.disagreements().is_empty()
    }

    /// Whether no agent proves a leader, and some server still counts on one that it asked without success.
    fn has_just_lost_its_leader(&self) -> bool {
        let is_proven = self.data.as_ref().is_some_and(|data| data.read.proven);
        !is_proven && self.snapshot.agents.iter().any(has_just_lost_its_leader)
    }
}

/// For a moment servers go on asking the previous leader, and pass on that it refuses (measured: 1.8.7).
fn has_just_lost_its_leader(asked: &Asked) -> bool {
    let failed = matches!(asked.consistent.result, Err(Failure::Leaderless(_) | Failure::NotUnderstood(_)));
    failed && asked.consistent.time < QUICK && asked.stale.result.is_ok()
}
