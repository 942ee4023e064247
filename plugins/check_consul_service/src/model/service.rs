//! The service, as all answers and earlier runs tell it.

use std::time::Duration;

use common::{Snapshots, text};

use super::data::Data;
use super::resolution::Resolution;
use crate::dns::{self, Lookup};
use crate::history::History;
use crate::policy::Target;
use crate::query::Query;
use crate::snapshot::{Asked, Failure, Snapshot};

/// The words of an agent are cut to so many bytes.
const LONGEST: usize = 64;

/// The service, as the answers of all agents, name servers and earlier runs tell it.
pub(crate) struct Service<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) history: &'a History,
    pub(crate) query: &'a Query,
    /// The best answer about the service, if there is one.
    pub(crate) data: Option<Data<'a>>,
    /// The name in DNS, if it was asked for.
    pub(crate) resolution: Option<Resolution>,
    /// The agents that lack a leader, when none proves that there is one.
    pub(crate) leaderless: Vec<Leaderless<'a>>,
    /// The raft address of the leader.
    pub(crate) leader: Option<&'a str>,
}

/// An agent that lacks a leader.
pub(crate) struct Leaderless<'a> {
    pub(crate) agent: &'a Asked,
    /// How it showed that, in words that follow its name, or that of several.
    pub(crate) why: String,
}

impl<'a> Service<'a> {
    /// The service by the last answers of a run.
    pub(crate) fn last(
        snapshots: &'a Snapshots<Snapshot>,
        lookups: Option<&'a Snapshots<Lookup>>,
        history: &'a History,
        target: &'a Target,
    ) -> Self {
        let (query, name_servers) = (&target.query, target.name_servers.as_ref());
        let snapshot = lookups.map_or(snapshots.last(), |lookups| &lookups.last().snapshot);
        let dns = lookups.zip(name_servers);
        let resolution = dns.and_then(|(lookups, name_servers)| Resolution::new(lookups, name_servers, query));
        Self { resolution, ..Self::new(snapshot, history, query) }
    }

    /// The service by the answers of the agents alone.
    pub(crate) fn new(snapshot: &'a Snapshot, history: &'a History, query: &'a Query) -> Self {
        let agents = &snapshot.agents;
        let data = Data::of(snapshot, query);
        let proven = data.as_ref().is_some_and(|data| data.read.proven);
        let is_known = proven || agents.iter().any(may_know_a_leader);
        // The agent that proves the leader names the right one; another may still name the one before.
        let best = data.as_ref().and_then(|data| agents.get(data.read.position)).into_iter();
        Self {
            leaderless: if is_known { Vec::new() } else { agents.iter().filter_map(leaderless).collect() },
            leader: best.chain(agents).find_map(|asked| asked.leader.value()?.as_deref()),
            snapshot,
            history,
            query,
            data,
            resolution: None,
        }
    }

    /// Whether the agents say that there is no leader, and none proves the contrary.
    pub(crate) fn lacks_leader(&self) -> bool {
        !self.leaderless.is_empty()
    }

    /// Whether there is a leader, as far as the answers tell.
    pub(crate) fn leader_known(&self) -> Option<bool> {
        if self.lacks_leader() { Some(false) } else { self.data.as_ref().map(|data| data.health.known_leader) }
    }

    /// The history for the next run; `None` when there is no answer about the service, so that nothing is forgotten.
    ///
    /// `hold` is how long an instance that has disappeared is remembered.
    pub(crate) fn next_history(&self, hold: Duration) -> Option<History> {
        let data = self.data.as_ref()?;
        let now = self.snapshot.at;
        let judged = self.resolution.as_ref().filter(|resolution| resolution.unsettled.is_none());
        let grace = judged.map(|judged| dns::grace_after(&self.history.grace, &judged.comparisons, now));
        Some(self.history.after(&data.instances, grace, now, hold.as_secs_f64()))
    }
}

/// An agent that may not answer our consistent read may well have a leader.
fn may_know_a_leader(asked: &Asked) -> bool {
    let is_kept_from_it = asked.consistent.result.as_ref().is_err_and(Failure::is_ours);
    is_kept_from_it && asked.stale.value().is_some_and(|health| health.known_leader)
}

/// Why an agent whose consistent read failed is one without a leader.
fn leaderless(agent: &Asked) -> Option<Leaderless<'_>> {
    let why = match (&agent.consistent.result, &agent.stale.result) {
        (Err(Failure::Leaderless(words)), _) | (_, Err(Failure::Leaderless(words))) => {
            format!("said {}", text::cut_middle(words, LONGEST))
        }
        (Ok(health), _) | (_, Ok(health)) if !health.known_leader => "knew none".to_owned(),
        (Err(Failure::Unreachable(reason)), Ok(_)) => format!("could not prove one ({})", reason.words),
        _ if matches!(agent.leader.result, Ok(None)) => "knew none".to_owned(),
        _ => return None,
    };
    Some(Leaderless { agent, why })
}
