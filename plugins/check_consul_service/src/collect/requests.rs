//! The requests to one agent.

use std::time::Duration;

use common::Deadline;
use reqwest::StatusCode;
use serde::de::IgnoredAny;

use super::cluster::{AutopilotEntry, ItselfEntry, Locals, Nodes, Servers, ServicesEntry};
use super::health::{self, Instances};
use super::http::Http;
use super::urls::Urls;
use crate::query::Query;
use crate::snapshot::{Access, Answer, Asked, Autopilot, Failure, Health, Local, Server};

/// A healthy agent answers in milliseconds; one that takes longer than this, or two thirds of the time that there is,
/// hangs, and must not take the others' time.
const TALK: Duration = Duration::from_secs(4);

/// The time that is left for a recheck and for DNS, or a quarter of all; without a leader Consul takes 7 s to say so.
const SPARE: Duration = Duration::from_secs(2);

/// Two conversations at once: one that only a leader answers, which Consul holds for 7 s (`rpc_hold_timeout`) before it
/// says that there is none, and one that any server or the agent itself answers.
pub(super) async fn ask(
    name: String,
    source: Result<(Http, Urls), Failure>,
    query: Query,
    deadline: Deadline,
) -> Asked {
    let (http, urls) = match source {
        Ok(source) => source,
        Err(failure) => return Asked::failed(name, &failure),
    };
    let remaining = deadline.remaining();
    let end = deadline.within(remaining.saturating_sub(SPARE.min(remaining / 4)));
    let patient = http.until(end, end);
    let led = tokio::spawn({
        let (patient, urls, query) = (patient.clone(), urls.clone(), query.clone());
        async move { common::contain(led(&patient, &urls, &query)).await }
    });
    let brief = http.until(deadline.within(TALK.min(remaining * 2 / 3)), end);
    let rest = unled(name, &brief, &patient, &urls, &query).await;
    if matches!(rest.leader.result, Err(Failure::Unreachable(_) | Failure::OwnSide(_))) && !led.is_finished() {
        led.abort();
        return rest;
    }
    let nothing = || (Answer::none(gave_up()), Answer::none(Failure::Needless));
    let (consistent, autopilot) = led.await.ok().and_then(Result::ok).unwrap_or_else(nothing);
    let asked = Asked { consistent, autopilot, ..rest };
    if asked.autopilot.result.is_err() && asked.stale.result.is_ok() {
        // Last of all: gossip takes some seconds to notice who is gone.
        return Asked { servers: servers(&http, &urls).await, ..asked };
    }
    asked
}

async fn led(http: &Http, urls: &Urls, query: &Query) -> (Answer<Health>, Answer<Autopilot>) {
    let consistent = health(http, urls.consistent.clone(), query).await;
    let autopilot = match &consistent.result {
        Ok(_) => autopilot(http, urls).await,
        Err(_) => Answer::none(Failure::Needless),
    };
    (consistent, autopilot)
}

/// Requests that need no leader, sent one after another. The first is one that only a hung agent leaves unanswered. A server
/// that has just started without the others takes 7 s even for a stale read (measured: 1.8.7).
async fn unled(name: String, brief: &Http, patient: &Http, urls: &Urls, query: &Query) -> Asked {
    let ok = &[StatusCode::OK];
    let leader = brief.document::<String>(urls.leader.clone(), ok).await;
    let leader = map(leader, |address| Some(address).filter(|address| !address.is_empty()));
    if let Err(failure @ (Failure::Unreachable(_) | Failure::OwnSide(_))) = &leader.result {
        // Each of the others would take as long.
        let failure = failure.clone();
        return Asked { leader, ..Asked::failed(name, &failure) };
    }
    let stale = health(patient, urls.stale.clone(), query).await;
    if let Err(Failure::Unreachable(_)) = &stale.result {
        return Asked { stale, leader, ..Asked::failed(name, &Failure::Needless) };
    }
    Asked {
        name,
        leader,
        stale,
        consistent: Answer::none(Failure::Needless),
        autopilot: Answer::none(Failure::Needless),
        peers: patient.document(urls.peers.clone(), ok).await,
        servers: Answer::none(Failure::Needless),
        itself: map(patient.document::<ItselfEntry>(urls.itself.clone(), ok).await, Into::into),
        local: local(patient, urls, query).await,
    }
}

/// The servers among all agents. The autopilot knows better, where there is a leader and a right to ask it.
async fn servers(http: &Http, urls: &Urls) -> Answer<Vec<Server>> {
    http.list(urls.members.clone(), &[StatusCode::OK], Servers, |_, servers| Ok(servers)).await
}

/// The failure of an agent whose answer made a library panic.
pub(super) fn gave_up() -> Failure {
    Failure::NotUnderstood("no HTTP answer (the client gave up)".to_owned())
}

pub(super) async fn health(http: &Http, url: reqwest::Url, query: &Query) -> Answer<Health> {
    http.list(url, &[StatusCode::OK], Instances(query), |head, instances| {
        Ok(Health { instances, ..health::headers(head)? })
    })
    .await
}

/// 429 is not a limit here: the autopilot says so that it is not healthy.
async fn autopilot(http: &Http, urls: &Urls) -> Answer<Autopilot> {
    let statuses = &[StatusCode::OK, StatusCode::TOO_MANY_REQUESTS];
    some_servers(map(http.document::<AutopilotEntry>(urls.autopilot.clone(), statuses).await, Into::into))
}

/// A new leader says for some seconds that nothing is healthy, since it has not looked yet.
pub(super) fn some_servers(answer: Answer<Autopilot>) -> Answer<Autopilot> {
    let looked = |autopilot: Autopilot| {
        if autopilot.servers.is_empty() { Err(Failure::Needless) } else { Ok(autopilot) }
    };
    Answer { result: answer.result.and_then(looked), time: answer.time }
}

/// The status is that of the worst instance; 404 says that there is none on the agent's node.
async fn local(http: &Http, urls: &Urls, query: &Query) -> Answer<Vec<Local>> {
    // The agent's own services are those of its own datacenter and cluster.
    if query.datacenter.is_some() || query.peer.is_some() {
        return Answer::none(Failure::Needless);
    }
    let statuses = &[StatusCode::OK, StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    none_is_empty(http.list(urls.local.clone(), statuses, Locals, |_, local| Ok(local)).await)
}

pub(super) fn none_is_empty(answer: Answer<Vec<Local>>) -> Answer<Vec<Local>> {
    let result = match answer.result {
        Err(Failure::NotFound(_)) => Ok(Vec::new()),
        result => result,
    };
    Answer { result, time: answer.time }
}

/// Asks an agent without an instance why there may be nothing to see.
pub(super) async fn access(http: &Http, urls: &Urls, asked: &Asked) -> Access {
    let ok = &[StatusCode::OK];
    Access {
        acls: enforced(http.document::<IgnoredAny>(urls.token.clone(), ok).await),
        service: asked.local.result.as_ref().map(drop).map_err(Clone::clone),
        nodes: http.list(urls.nodes.clone(), ok, Nodes, |_, nodes| Ok(!nodes.is_empty())).await,
        services: map(http.document::<ServicesEntry>(urls.services.clone(), ok).await, Into::into),
    }
}

/// An agent without ACLs says 401 "ACL support disabled".
pub(super) fn enforced(answer: Answer<IgnoredAny>) -> Answer<bool> {
    let result = match answer.result {
        Ok(_) | Err(Failure::AccessDenied(_)) => Ok(true),
        Err(Failure::NoAcls) => Ok(false),
        Err(failure) => Err(failure),
    };
    Answer { result, time: answer.time }
}

pub(super) fn map<T, U>(answer: Answer<T>, change: impl FnOnce(T) -> U) -> Answer<U> {
    Answer { result: answer.result.map(change), time: answer.time }
}
