//! How many servers may be lost.

use std::borrow::Cow;
use std::collections::BTreeMap;

use common::{Cause, Level, Range, Report, Rules, Subject, Thresholds, text, wording};

use super::view::View;
use crate::catalogue::{AUTOPILOT_UNHEALTHY, FAILURE_TOLERANCE, RAFT_PEERS, RAFT_PEERS_ALIVE};
use crate::snapshot::{Autopilot, Server, Snapshot};

/// With fewer nobody expects that one may be lost.
const FEWEST: usize = 3;

/// More servers than this do not vote: raft would not work.
const MOST: usize = 100;

/// The servers that have a vote.
struct Voters<'s> {
    count: usize,
    /// Those that gossip has lost; none where it was not asked.
    dead: Option<Vec<&'s Server>>,
    /// Those that are of no use for a quorum.
    unfit: Vec<&'s Server>,
    /// How many more may be lost.
    tolerance: Option<usize>,
}

impl Voters<'_> {
    fn alive(&self) -> Option<usize> {
        self.dead.as_ref().map(|dead| self.count - dead.len())
    }
}

impl Subject for Server {
    fn key(&self) -> Cow<'_, str> {
        format!("server {} {}", self.name, self.address).into()
    }

    fn label(&self) -> Cow<'_, str> {
        text::name(&self.name).into()
    }
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
    let servers = wording::count(voters.count, "Consul server has", "Consul servers have");
    report.metric(&RAFT_PEERS, voters.count).words(format_args!("{servers} a vote"));
    let (Some(dead), Some(alive)) = (&voters.dead, voters.alive()) else {
        report.details(Level::Verbose, || {
            ["how many servers may be lost is not known: gossip does not list them all, or not to this token"]
        });
        return;
    };
    let count = voters.count;
    report
        .metric(&RAFT_PEERS_ALIVE, alive)
        .up_to(count)
        .words(format_args!("{alive} of {count} Consul servers alive"))
        .because(dead.iter().map(|server| Cause::with_reason(*server, "lost by gossip", "lost")));
    // Without a leader there is nothing left to lose.
    if let Some(tolerance) = voters.tolerance.filter(|_| !view.lacks_leader()) {
        tolerate(report, &voters, tolerance, dead.is_empty());
    }
}

fn tolerate(report: &mut Report, voters: &Voters, tolerance: usize, are_alive: bool) {
    let names: Vec<_> = voters.unfit.iter().map(|server| server.label()).collect();
    let unfit = if names.is_empty() { String::new() } else { format!(" (not {})", wording::list(&names)) };
    let (fit, count) = (voters.count - voters.unfit.len(), voters.count);
    let said = report
        .metric(&FAILURE_TOLERANCE, tolerance)
        .words(format_args!("{fit} of {count} Consul servers healthy{unfit}: {}", spare(tolerance)))
        .remedy(if are_alive {
            "wait until it has caught up before another is restarted; consul operator raft list-peers, consul monitor \
             there"
        } else {
            "start the server that is down, or consul operator raft remove-peer if it is gone for good"
        });
    if tolerance == 0 {
        said.self_evident();
    }
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
    Some(format!("{} of {} servers alive", voters.alive()?, voters.count))
}

fn autopilot(snapshot: &Snapshot) -> Option<&Autopilot> {
    snapshot.agents.iter().find_map(|asked| asked.autopilot.said())
}

fn voters(snapshot: &Snapshot) -> Option<Voters<'_>> {
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

fn of_autopilot(autopilot: &Autopilot) -> Voters<'_> {
    let voters: Vec<_> = autopilot.servers.iter().filter(|server| server.voter == Some(true)).collect();
    let those = |is: fn(&Server) -> bool| voters.iter().copied().filter(|server| is(server)).collect::<Vec<_>>();
    Voters {
        count: voters.len(),
        dead: Some(those(|server| !server.alive)),
        unfit: those(|server| !server.alive || server.healthy == Some(false)),
        tolerance: usize::try_from(autopilot.failure_tolerance).ok(),
    }
}

fn of_raft<'s>(peers: &[String], voters: Option<&[&'s Server]>) -> Voters<'s> {
    let dead: Option<Vec<_>> = voters.map(|voters| voters.iter().copied().filter(|server| !server.alive).collect());
    let tolerance = dead.as_ref().map(|dead| (peers.len() - dead.len()).saturating_sub(peers.len() / 2 + 1));
    Voters { count: peers.len(), unfit: dead.clone().unwrap_or_default(), dead, tolerance }
}

fn unhealthy(report: &mut Report, autopilot: &Autopilot) {
    if autopilot.healthy {
        return;
    }
    let sick = autopilot.servers.iter().filter(|server| server.healthy == Some(false));
    let state = |server: &Server| if server.alive { "alive, but behind or unstable" } else { "lost by gossip" };
    let sick: Vec<_> = sick.map(|server| format!("{} ({})", server.label(), state(server))).collect();
    let whom = if sick.is_empty() { "the servers".to_owned() } else { wording::list(&sick) };
    report
        .finding(&AUTOPILOT_UNHEALTHY)
        .words(format_args!("Consul's autopilot holds unhealthy: {whom}"))
        .remedy("consul operator raft list-peers, and consul monitor on that server");
}
