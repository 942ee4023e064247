//! Asks all agents at once.

mod answer;
mod health;
mod http;

use std::time::Duration;

use common::{CheckError, Deadline, text};
use reqwest::{Client, Url};
use tokio::task::{JoinHandle, JoinSet};

#[cfg(test)]
pub(crate) use answer::Answer as HttpAnswer;
#[cfg(test)]
pub(crate) use {answer::leader, health::health};

use crate::policy::{Agent, Target};
use crate::snapshot::{Answer, Asked, Failure, Snapshot};

/// Asks every agent for the service's health, proven and stale, and for the leader.
///
/// # Errors
/// When the CA file or the token cannot be used: our side's fault.
pub(crate) async fn collect(target: &Target, deadline: Deadline) -> Result<Snapshot, CheckError> {
    let client = http::client(target, deadline)?;
    let names: Vec<_> = target.agents.iter().map(|agent| agent.name.as_str()).collect();
    common::stage(format!("asking {}", text::quote(&names.join(", "))));
    let mut asking = JoinSet::new();
    for (place, agent) in target.agents.iter().enumerate() {
        let (client, urls) = (client.clone(), Urls::of(agent, target));
        let name = agent.name.clone();
        asking.spawn(async move { (place, ask(client, name, urls, deadline).await) });
    }
    let mut answers = asking.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    Ok(Snapshot { agents: answers.into_iter().map(|(_, asked)| asked).collect() })
}

/// What an agent is asked.
struct Urls {
    consistent: Url,
    stale: Url,
    leader: Url,
}

impl Urls {
    fn of(agent: &Agent, target: &Target) -> Self {
        let at = |path: &[&str]| {
            let mut url = agent.base.clone();
            // Only a URL such as mailto: has no path.
            if let Ok(mut segments) = url.path_segments_mut() {
                segments.pop_if_empty().extend(path);
            }
            if let Some(datacenter) = &target.datacenter {
                url.query_pairs_mut().append_pair("dc", datacenter);
            }
            url
        };
        let health = |mode| {
            let mut url = at(&["v1", "health", "service", &target.service]);
            url.query_pairs_mut().append_key_only(mode);
            url
        };
        Self { consistent: health("consistent"), stale: health("stale"), leader: at(&["v1", "status", "leader"]) }
    }
}

async fn ask(client: Client, name: String, urls: Urls, deadline: Deadline) -> Asked {
    let stale = tokio::spawn(http::ask(client.clone(), urls.stale, deadline, health::health));
    let leader = tokio::spawn(http::ask(client.clone(), urls.leader, deadline, answer::leader));
    // Without a leader Consul holds this one for 7 s (rpc_hold_timeout) before it says so.
    let consistent = http::ask(client, urls.consistent, deadline, health::health).await;
    Asked { name, consistent, stale: joined(stale).await, leader: joined(leader).await }
}

async fn joined<T>(task: JoinHandle<Answer<T>>) -> Answer<T> {
    task.await.unwrap_or_else(|error| {
        let fault = CheckError::local(format!("internal error: {error}"), "please report");
        Answer { result: Err(Failure::NotAsked(fault)), time: Duration::ZERO }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Environment};
    use clap::Parser;

    #[test]
    fn the_name_is_one_segment_of_the_path_whatever_it_holds() {
        let args = ["x", "-s", "a/b?c#d e%", "--datacenter", "dc 1", "--http-addr", "http://h:1/api/"];
        let target = Target::new(&Cli::parse_from(args), &Environment::default()).unwrap();
        let urls = Urls::of(&target.agents[0], &target);
        let name = "http://h:1/api/v1/health/service/a%2Fb%3Fc%23d%20e%25";
        assert_eq!(urls.consistent.as_str(), format!("{name}?dc=dc+1&consistent"));
        assert_eq!(urls.stale.as_str(), format!("{name}?dc=dc+1&stale"));
        assert_eq!(urls.leader.as_str(), "http://h:1/api/v1/status/leader?dc=dc+1");
    }
}
