//! How many servers may be lost.

use std::collections::BTreeMap;

use common::{Range, Report, Rules, Thresholds, text};

use super::view::View;
use crate::catalogue::{AUTOPILOT_UNHEALTHY, FAILURE_TOLERANCE, RAFT_PEERS, RAFT_PEERS_ALIVE};
use crate::snapshot::{Autopilot, Server, Snapshot};

/// With fewer nobody expects that one may be lost.
const FEWEST: usize = 3;

/// More servers than this do not vote: raft would not work.
const MOST: usize = 100;

/// The servers that have a vote.
struct Voters {
    count: usize,
    /// None where gossip was not asked.
    alive: Option<usize>,
    /// The names of those that are of no use for a quorum.
    unfit: Vec<String>,
    /// How many more may be lost.
    tolerance: Option<usize>,
}

/// With three voters or more one may be lost by design.
pub(super) fn derive(rules: &mut Rules, snapshot: &Snapshot) {
    if voters(snapshot).is_some_and(|voters| voters.count >= FEWEST) {
        rules.derive(&FAILURE_TOLERANCE, Thresholds { warning: Some(Range::at_least(1_u32)), critical: None });
    }
}

pub(super) fn judge(report: &mut Report, view: &View, snapshot: &Snapshot) {
    if let Some(autopilot) = autopilot(snapshot) {
        unhealthy(report, autopilot);
    }
    let Some(voters) = voters(snapshot) else { return };
    report.metric(&RAFT_PEERS, voters.count, &format!("{} servers vote", voters.count));
    let Some(alive) = voters.alive else {
        report
            .note(1, "how many servers may be lost is not known: gossip does not list them all, or not to this token");
        return;
    };
    let count = voters.count;
    report.metric_up_to(&RAFT_PEERS_ALIVE, alive, count, &format!("{alive} of {count} servers alive"));
    // Without a leader there is nothing left to lose.
    let Some(tolerance) = voters.tolerance.filter(|_| !view.lacks_leader()) else { return };
    let unfit = if voters.unfit.is_empty() { String::new() } else { format!(" (not {})", voters.unfit.join(", ")) };
    let fit = count - voters.unfit.len();
    let sentence = format!("{fit} of {count} Consul servers healthy{unfit}: {}", spare(tolerance));
    let remedy = if alive < count {
        "start the server that is down, or consul operator raft remove-peer if it is gone for good"
    } else {
        "wait until it has caught up before another is restarted; consul operator raft list-peers, consul monitor there"
    };
    report.metric_with_remedy(&FAILURE_TOLERANCE, tolerance, &sentence, remedy);
}

/// `may lose 1 server`.
pub(super) fn spare(tolerance: usize) -> String {
    match tolerance {
        0 => "may lose no server".to_owned(),
        1 => "may lose 1 server".to_owned(),
        more => format!("may lose {more} servers"),
    }
}

/// What the summary says of it.
pub(super) fn margin(snapshot: &Snapshot) -> Option<String> {
    voters(snapshot)?.tolerance.map(spare)
}

/// `1 of 3 servers alive`, as gossip sees it.
pub(super) fn alive(snapshot: &Snapshot) -> Option<String> {
    let voters = voters(snapshot)?;
    Some(format!("{} of {} servers alive", voters.alive?, voters.count))
}

fn autopilot(snapshot: &Snapshot) -> Option<&Autopilot> {
    snapshot.agents.iter().find_map(|asked| asked.autopilot.said())
}

fn voters(snapshot: &Snapshot) -> Option<Voters> {
    if let Some(autopilot) = autopilot(snapshot) {
        return Some(of_autopilot(autopilot));
    }
    // A server that was never part of a cluster lists none, and no cluster has so many.
    let counts = |peers: &&Vec<String>| (1..=MOST).contains(&peers.len());
    let peers = snapshot.agents.iter().find_map(|asked| asked.peers.said().filter(counts))?;
    // An agent that has just started has not heard of all.
    let mut lists = snapshot.agents.iter().filter_map(|asked| asked.servers.said());
    let found = lists.find_map(|servers| listed(peers, servers));
    Some(of_raft(peers, found.as_deref()))
}

/// The servers of a list that are these peers; none where one is not listed: it may be hidden from us by ACLs, as well
/// as gone.
fn listed<'s>(peers: &[String], servers: &'s [Server]) -> Option<Vec<&'s Server>> {
    let by_address: BTreeMap<&str, &Server> = servers.iter().map(|server| (server.address.as_str(), server)).collect();
    peers.iter().map(|peer| by_address.get(peer.as_str()).copied()).collect()
}

fn of_autopilot(autopilot: &Autopilot) -> Voters {
    let voters: Vec<_> = autopilot.servers.iter().filter(|server| server.voter == Some(true)).collect();
    let unfit = voters.iter().filter(|server| !server.alive || server.healthy == Some(false));
    Voters {
        count: voters.len(),
        alive: Some(voters.iter().filter(|server| server.alive).count()),
        unfit: unfit.map(|server| text::quote(&server.name)).collect(),
        tolerance: usize::try_from(autopilot.failure_tolerance).ok(),
    }
}

fn of_raft(peers: &[String], voters: Option<&[&Server]>) -> Voters {
    let alive = voters.map(|voters| voters.iter().filter(|server| server.alive).count());
    let unfit = voters.unwrap_or_default().iter().filter(|server| !server.alive);
    Voters {
        count: peers.len(),
        alive,
        unfit: unfit.map(|server| text::quote(&server.name)).collect(),
        tolerance: alive.map(|alive| alive.saturating_sub(peers.len() / 2 + 1)),
    }
}

fn unhealthy(report: &mut Report, autopilot: &Autopilot) {
    if autopilot.healthy {
        return;
    }
    let sick = autopilot.servers.iter().filter(|server| server.healthy == Some(false));
    let state = |server: &Server| if server.alive { "alive, but behind or unstable" } else { "lost by gossip" };
    let sick: Vec<_> = sick.map(|server| format!("{} ({})", text::quote(&server.name), state(server))).collect();
    let whom = if sick.is_empty() { "the servers".to_owned() } else { sick.join(", ") };
    report.finding(
        &AUTOPILOT_UNHEALTHY,
        format!("Consul's autopilot holds unhealthy: {whom}"),
        "consul operator raft list-peers, and consul monitor on that server",
    );
}
