//! Asks all agents at once.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use common::{CheckError, Deadline, Pace, Recheck, Snapshots, text};
use tokio::task::JoinSet;

use super::clients::Clients;
use super::http::Http;
use super::requests;
use super::urls::Urls;
use crate::agent::Agent;
use crate::policy::Target;
use crate::query::Query;
use crate::snapshot::{self, Access, Answer, Asked, Failure, Health, Read, Snapshot};

/// An agent that can be asked.
struct Source {
    http: Http,
    urls: Urls,
}

/// The agents, and how each is asked.
pub(crate) struct Agents<'t> {
    pub(super) target: &'t Target,
    sources: Vec<Result<Source, Failure>>,
    pub(super) deadline: Deadline,
}

impl<'t> Agents<'t> {
    /// Finds the way to every agent.
    ///
    /// # Errors
    /// When a file of ours or the token cannot be used: our side's fault.
    pub(crate) async fn find(target: &'t Target, deadline: Deadline) -> Result<Self, CheckError> {
        let clients = Arc::new(Clients::new(target, deadline)?);
        let names: Vec<_> = target.agents.iter().map(|agent| agent.name.as_str()).collect();
        common::stage(format!("asking {}", text::quote(&names.join(", "))));
        let mut finding = JoinSet::new();
        for (position, agent) in target.agents.iter().cloned().enumerate() {
            let (clients, query) = (Arc::clone(&clients), target.query.clone());
            finding.spawn(async move { (position, source(&clients, &agent, &query).await) });
        }
        Ok(Self { target, sources: in_order(finding).await, deadline })
    }

    /// Asks every agent, and again while `recheck` says so.
    pub(crate) async fn ask(
        &self,
        recheck: impl Fn(&Snapshots<Snapshot>) -> Option<Recheck<()>>,
    ) -> Snapshots<Snapshot> {
        let again = async |last: &Snapshot, ()| self.snapshot(Some(last)).await;
        let pace = Pace { pause: self.target.recheck, least: self.target.recheck };
        let snapshots = Snapshots::settle(self.snapshot(None).await, pace, self.deadline, recheck, again).await;
        let access = self.access(&snapshots.last().agents).await;
        snapshots.with_last(|last| Snapshot { access, ..last })
    }

    /// Asks every agent for the service's health, proven and stale, and for what it knows of the cluster; all but those
    /// that did not answer earlier.
    async fn snapshot(&self, earlier: Option<&Snapshot>) -> Snapshot {
        let mut asking = JoinSet::new();
        for (position, (agent, source)) in self.target.agents.iter().zip(&self.sources).enumerate() {
            let before = earlier.and_then(|earlier| earlier.agents.get(position));
            let silent = before.filter(|asked| matches!(asked.leader.result, Err(Failure::Unreachable(_))));
            if let Some(asked) = silent.cloned() {
                asking.spawn(async move { (position, asked) });
                continue;
            }
            let deadline = self.deadline;
            let (name, query) = (agent.name.clone(), self.target.query.clone());
            let source = source.as_ref().map(|source| (source.http.clone(), source.urls.clone())).map_err(Clone::clone);
            asking.spawn(async move {
                let asked = common::contain(requests::ask(name.clone(), source, query, deadline)).await;
                (position, asked.unwrap_or_else(|_| Asked::failed(name, &requests::gave_up())))
            });
        }
        let agents = in_order(asking).await;
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        Snapshot::new(at, agents, earlier)
    }

    /// Asks why there may be nothing to see, if there is no instance in the best answer.
    async fn access(&self, agents: &[Asked]) -> Option<Access> {
        let read = snapshot::best(agents).filter(|read| read.of(agents).is_some_and(Health::is_empty))?;
        let (asked, source) = (agents.get(read.position)?, self.sources.get(read.position)?);
        let Source { http, urls } = source.as_ref().ok()?;
        Some(requests::access(http, urls, asked).await)
    }

    /// Asks an agent again for the service's health alone.
    pub(super) async fn health(&self, read: Read) -> Answer<Health> {
        match self.sources.get(read.position) {
            Some(Ok(Source { http, urls })) => {
                let url = if read.proven { &urls.consistent } else { &urls.stale };
                requests::health(http, url.clone(), &self.target.query).await
            }
            Some(Err(failure)) => Answer::none(failure.clone()),
            None => Answer::none(Failure::Needless),
        }
    }
}

/// The results, in the order of their positions.
async fn in_order<T: 'static>(tasks: JoinSet<(usize, T)>) -> Vec<T> {
    let mut found = tasks.join_all().await;
    found.sort_by_key(|(position, _)| *position);
    found.into_iter().map(|(_, value)| value).collect()
}

async fn source(clients: &Clients, agent: &Agent, query: &Query) -> Result<Source, Failure> {
    let (http, base) = clients.of(agent).await?;
    Ok(Source { http, urls: Urls::new(&base, query) })
}
