//! Answers of real agents, kept as text, as the collector would have read them.
//!
//! Each begins with `### AGENT WHAT` and goes on with the status line, the header and the body; `! reason` stands for a
//! connection that gave no answer.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;

use super::answer::Head;
use super::cluster::{AutopilotEntry, ItselfEntry, Locals, Nodes, Servers, ServicesEntry};
use super::elements::{Elements, Keep};
use super::health::{self, Instances};
use super::requests::{enforced, map, none_is_empty, some_servers};
use crate::query::Query;
use crate::snapshot::{Access, Answer, Asked, Failure, Health, Snapshot, UnreachableKind};

/// When all of it was said.
pub(crate) const AT: f64 = 1_000_000.0;

/// The snapshot of a record, with the agents in the order of their first answers.
pub(crate) fn snapshot(record: &str, query: &Query) -> Snapshot {
    let sections = record.split("### ").skip(1).map(|section| section.split_once('\n').unwrap());
    let sections: Vec<_> = sections.map(|(head, said)| (head.split_once(' ').unwrap(), said)).collect();
    let mut names: Vec<&str> = Vec::new();
    for ((name, _), _) in &sections {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let said = |name: &str, what: &str| {
        sections.iter().find(|((agent, asked), _)| *agent == name && asked.trim() == what).map(|(_, said)| *said)
    };
    let agents: Vec<_> = names.iter().map(|name| asked(name, |what| said(name, what), query)).collect();
    let access = names.iter().zip(&agents).find_map(|(name, asked)| access(asked, |what| said(name, what)));
    Snapshot { access, ..Snapshot::new(AT, agents, None) }
}

fn asked<'s>(name: &str, said: impl Fn(&str) -> Option<&'s str>, query: &Query) -> Asked {
    let health = |what| {
        list(said(what), &[200], Instances(query), |head, instances| Ok(Health { instances, ..health::headers(head)? }))
    };
    Asked {
        consistent: health("consistent"),
        stale: health("stale"),
        leader: map(document(said("leader"), &[200]), |leader: String| Some(leader).filter(|text| !text.is_empty())),
        peers: document(said("peers"), &[200]),
        autopilot: some_servers(map(document::<AutopilotEntry>(said("autopilot"), &[200, 429]), Into::into)),
        servers: list(said("members"), &[200], Servers, |_, servers| Ok(servers)),
        itself: map(document::<ItselfEntry>(said("self"), &[200]), Into::into),
        local: none_is_empty(list(said("local"), &[200, 429, 503], Locals, |_, local| Ok(local))),
        ..Asked::failed(name.to_owned(), &Failure::Needless)
    }
}

fn access<'s>(asked: &Asked, said: impl Fn(&str) -> Option<&'s str>) -> Option<Access> {
    said("token")?;
    Some(Access {
        acls: enforced(document(said("token"), &[200])),
        service: asked.local.result.as_ref().map(drop).map_err(Clone::clone),
        nodes: list(said("nodes"), &[200], Nodes, |_, nodes| Ok(!nodes.is_empty())),
        services: map(document::<ServicesEntry>(said("services"), &[200]), Into::into),
    })
}

fn document<T: DeserializeOwned>(said: Option<&str>, statuses: &[u16]) -> Answer<T> {
    read(said, statuses, |_, body| serde_json::from_str(body).map_err(|error| super::answer::bad_json(&error)))
}

fn list<K: Keep, T>(
    said: Option<&str>,
    statuses: &[u16],
    keep: K,
    finish: impl FnOnce(&Head, Vec<K::Item>) -> Result<T, Failure>,
) -> Answer<T> {
    read(said, statuses, |head, body| {
        let mut elements = Elements::new(keep);
        elements.push(body.as_bytes())?;
        finish(head, elements.finish()?)
    })
}

fn read<T>(said: Option<&str>, statuses: &[u16], read: impl FnOnce(&Head, &str) -> Result<T, Failure>) -> Answer<T> {
    let time = Duration::from_millis(4);
    let Some(said) = said else { return Answer::none(Failure::Needless) };
    if let Some(reason) = said.trim().strip_prefix("! ") {
        let kind = if reason.starts_with("no ") { UnreachableKind::Silent } else { UnreachableKind::PortClosed };
        return Answer { result: Err(Failure::unreachable(kind, reason)), time };
    }
    let (head, body) = parse(said);
    let opened =
        if statuses.contains(&head.status.as_u16()) { head.json() } else { Err(head.refusal(body.as_bytes())) };
    Answer { result: opened.and_then(|()| read(&head, body)), time }
}

fn parse(section: &str) -> (Head, &str) {
    let (head, body) = section.split_once("\n\n").unwrap();
    let (status, fields) = head.split_once('\n').unwrap();
    let status = status.split(' ').nth(1).unwrap().parse::<u16>().unwrap();
    let fields = fields.lines().map(|line| line.split_once(": ").unwrap());
    let headers: HeaderMap = fields
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value.trim()).unwrap()))
        .collect();
    (Head { status: StatusCode::from_u16(status).unwrap(), headers }, body.trim())
}
