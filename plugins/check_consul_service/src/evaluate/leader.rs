//! Whether there is one leader.

use common::{Cause, HostPort, Number, Report, Subject, text};

use super::agent::reaches_no_leader;
use super::view::{Data, View};
use crate::catalogue::{LAST_CONTACT, LEADER_KNOWN, NO_LEADER, OTHER_DATACENTER, TWO_LEADERS};
use crate::policy::Policy;
use crate::snapshot::{Asked, Snapshot};

pub(super) fn judge(report: &mut Report, view: &View, snapshot: &Snapshot, policy: &Policy) {
    if view.lacks_leader() {
        none(report, view, snapshot, policy);
    }
    // With --datacenter each passes the question on.
    if let Some(datacenters) = datacenters(snapshot).filter(|_| policy.query.datacenter.is_none()) {
        report
            .finding(&OTHER_DATACENTER)
            .of_all(datacenters.iter().map(|(_, asked)| *asked))
            .words(format_args!("the agents are of different datacenters: {}", attributed(&datacenters)))
            .remedy("ask agents of one datacenter, or give --datacenter");
    } else if snapshot.confirms(|doubts| doubts.leaders)
        && let Some(leaders) = different(snapshot, leader)
    {
        report
            .finding(&TWO_LEADERS)
            .of_all(leaders.iter().map(|(_, asked)| *asked))
            .words(format_args!("two leaders: {}", attributed(&leaders)))
            .remedy(
                "the servers are split, or the agents are of different clusters: consul operator raft list-peers on \
                 each; stop the server that is in the minority",
            );
    }
    contact(report, snapshot);
}

/// Whether a leader is known, as far as the answers tell.
pub(super) fn measure(report: &mut Report, view: &View) {
    if let Some(known) = view.leader_known() {
        let words = if known { "a leader is known" } else { "no leader is known" };
        report.metric(&LEADER_KNOWN, u8::from(known)).up_to(1_u8).words(words);
    }
}

fn none(report: &mut Report, view: &View, snapshot: &Snapshot, policy: &Policy) {
    let service = &policy.query.service;
    let known = match &view.data {
        Some(data) => format!("{service} as last known{}", age(data)),
        None => format!("nothing is known of {service}"),
    };
    let alive = super::quorum::alive(snapshot).map_or_else(String::new, |alive| format!(", gossip holds {alive}"));
    let named = |asked: &Asked| view.leaderless.iter().any(|one| one.agent.key() == asked.key());
    report
        .finding(&NO_LEADER)
        .of_all(snapshot.agents.iter().filter(|asked| named(asked) || reaches_no_leader(asked)))
        .words(format_args!("no leader{alive}, {known}"))
        .remedy(
            "start the servers that are down: a majority elects a leader (consul operator raft list-peers -stale); \
             DNS goes on with what it knew last",
        )
        .because(view.leaderless.iter().map(|one| Cause::with_reason(one.agent, &one.why, "leaderless")));
}

/// ` 6.4 s ago`, where the server said so.
fn age(data: &Data) -> String {
    data.health.last_contact.map_or_else(String::new, |age| format!(" {:.1} s ago", age.as_secs_f32()))
}

fn leader(asked: &Asked) -> Option<String> {
    asked.leader.said()?.as_deref().map(host)
}

/// Whether agents name different leaders.
pub(super) fn two(snapshot: &Snapshot) -> bool {
    different(snapshot, leader).is_some()
}

fn datacenters(snapshot: &Snapshot) -> Option<Vec<(String, &Asked)>> {
    different(snapshot, |asked| asked.itself.said().map(|itself| text::name(&itself.datacenter)))
}

/// Each value with the first agent that names it, when there is more than one.
fn different(snapshot: &Snapshot, value: impl Fn(&Asked) -> Option<String>) -> Option<Vec<(String, &Asked)>> {
    let mut found: Vec<(String, &Asked)> = Vec::new();
    for asked in &snapshot.agents {
        if let Some(value) = value(asked)
            && found.iter().all(|(known, _)| *known != value)
        {
            found.push((value, asked));
        }
    }
    (found.len() > 1).then_some(found)
}

/// `VALUE (says AGENT)` for each value.
fn attributed(values: &[(String, &Asked)]) -> String {
    let said: Vec<_> = values.iter().map(|(value, asked)| format!("{value} (says {})", asked.label())).collect();
    said.join(", ")
}

/// A raft address, without the port where that is the usual one.
pub(super) fn host(raft: &str) -> String {
    match raft.parse() {
        Ok(HostPort { host, port: Some(8300) }) => text::name(&host),
        _ => text::name(raft),
    }
}

/// The oldest of what the servers would answer by themselves, which is what DNS answers by.
fn contact(report: &mut Report, snapshot: &Snapshot) {
    let ages = snapshot.agents.iter().filter_map(|asked| Some((asked.stale.said()?.last_contact?, asked)));
    let Some((oldest, asked)) = ages.max_by_key(|(age, asked)| (*age, &asked.name)) else { return };
    let ago = oldest.as_secs_f32();
    report
        .metric(&LAST_CONTACT, Number::seconds(oldest))
        .of(asked)
        .words(format_args!("agent {}: its server last heard from a leader {ago:.1} s ago", asked.label()))
        .remedy("DNS answers from such data: look at the network between the servers, and at consul monitor there");
}
