//! Whether there is one leader.

use common::{Number, Report};

use super::say;
use super::view::{Data, View};
use crate::catalogue::{LAST_CONTACT, NO_LEADER, OTHER_DATACENTER, TWO_LEADERS};
use crate::policy::Policy;
use crate::snapshot::{Asked, Snapshot};

pub(super) fn judge(report: &mut Report, view: &View, snapshot: &Snapshot, policy: &Policy) {
    if view.lacks_leader() {
        none(report, view, snapshot, policy);
    }
    // With --datacenter each passes the question on.
    if let Some(datacenters) = datacenters(snapshot).filter(|_| policy.query.datacenter.is_none()) {
        let text = format!("the agents are of different datacenters: {}", datacenters.join(", "));
        report.finding(&OTHER_DATACENTER, text, "ask agents of one datacenter, or give --datacenter");
    } else if snapshot.confirms(|doubts| doubts.leaders)
        && let Some(leaders) = different(snapshot, leader)
    {
        report.finding(
            &TWO_LEADERS,
            format!("two leaders: {}", leaders.join(", ")),
            "the servers are split, or the agents are of different clusters: consul operator raft list-peers on each; \
             stop the server that is in the minority",
        );
    }
    contact(report, view, snapshot);
}

fn none(report: &mut Report, view: &View, snapshot: &Snapshot, policy: &Policy) {
    let service = &policy.query.service;
    let known = match &view.data {
        Some(data) => format!("{service} as last known{}", age(data)),
        None => format!("nothing is known of {service}"),
    };
    let alive = super::quorum::alive(snapshot).map_or_else(String::new, |alive| format!(", gossip holds {alive}"));
    report.finding(
        &NO_LEADER,
        format!("no leader{alive}, {known}: {}", view.leaderless.join(", ")),
        "start the servers that are down: a majority elects a leader (consul operator raft list-peers -stale); \
         DNS goes on with what it knew last",
    );
}

/// ` 6.4 s ago`, where the server said so.
fn age(data: &Data) -> String {
    data.health.last_contact.map_or_else(String::new, |age| format!(" {:.1} s ago", age.as_secs_f32()))
}

fn leader(asked: &Asked) -> Option<String> {
    asked.leader.said()?.as_deref().map(say::host)
}

/// The leaders that agents name, with an agent each, when they differ.
pub(super) fn two(snapshot: &Snapshot) -> bool {
    different(snapshot, leader).is_some()
}

fn datacenters(snapshot: &Snapshot) -> Option<Vec<String>> {
    different(snapshot, |asked| asked.itself.said().map(|itself| common::text::quote(&itself.datacenter)))
}

/// `VALUE (says AGENT)` for each value, when there is more than one.
fn different(snapshot: &Snapshot, value: impl Fn(&Asked) -> Option<String>) -> Option<Vec<String>> {
    let mut found: Vec<(String, &str)> = Vec::new();
    for asked in &snapshot.agents {
        if let Some(value) = value(asked)
            && found.iter().all(|(known, _)| *known != value)
        {
            found.push((value, &asked.name));
        }
    }
    (found.len() > 1).then(|| found.into_iter().map(|(value, name)| format!("{value} (says {name})")).collect())
}

/// The oldest of what the servers would answer by themselves, which is what DNS answers by.
fn contact(report: &mut Report, view: &View, snapshot: &Snapshot) {
    let ages = snapshot.agents.iter().filter_map(|asked| Some((asked.stale.said()?.last_contact?, &asked.name)));
    let Some((oldest, name)) = ages.max() else { return };
    let seconds = Number::seconds(oldest);
    let heard = if view.lacks_leader() { "no server has" } else { "a server has not" };
    let sentence = format!("{name}: {heard} heard of a leader for {:.1} s", oldest.as_secs_f32());
    report.metric_with_remedy(
        &LAST_CONTACT,
        seconds,
        &sentence,
        "DNS answers from such data: look at the network between the servers, and at consul monitor there",
    );
}
