//! The servers that have a vote, and how many of them may be lost.

use std::collections::BTreeMap;

use crate::snapshot::{Autopilot, Server, Snapshot};

/// The most voters that are believed: raft would not work with more.
const MOST: usize = 100;

/// The servers that have a vote.
pub(crate) struct Voters<'s> {
    pub(crate) count: usize,
    /// The voters that gossip has lost; `None` where gossip does not list all voters.
    pub(crate) dead: Option<Vec<&'s Server>>,
    /// The voters that are of no use for a quorum.
    pub(crate) unfit: Vec<&'s Server>,
    /// How many more may be lost.
    pub(crate) tolerance: Option<usize>,
}

impl<'s> Voters<'s> {
    /// The voters, as the autopilot knows them, or else raft and gossip.
    pub(crate) fn of(snapshot: &'s Snapshot) -> Option<Self> {
        if let Some(autopilot) = snapshot.autopilot() {
            return Some(of_autopilot(autopilot));
        }
        // A server that was never part of a cluster lists none, and no cluster has so many.
        let counts = |peers: &&Vec<String>| (1..=MOST).contains(&peers.len());
        let peers = snapshot.agents.iter().find_map(|asked| asked.peers.value().filter(counts))?;
        // An agent that has just started has not heard of all.
        let mut lists = snapshot.agents.iter().filter_map(|asked| asked.servers.value());
        let found = lists.find_map(|servers| listed(peers, servers));
        Some(of_raft(peers, found.as_deref()))
    }

    pub(crate) fn alive(&self) -> Option<usize> {
        self.dead.as_ref().map(|dead| self.count - dead.len())
    }
}

/// The margin in words: `may lose 1 server`. `None` where it is not known.
pub(crate) fn margin(snapshot: &Snapshot) -> Option<String> {
    Voters::of(snapshot)?.tolerance.map(spare)
}

/// `may lose 1 server`.
pub(crate) fn spare(tolerance: usize) -> String {
    match tolerance {
        0 => "may lose no server".to_owned(),
        1 => "may lose 1 server".to_owned(),
        more => format!("may lose {more} servers"),
    }
}

/// The servers of a list that are these peers. `None` where one is not listed: it is gone, or ACLs hide it from us.
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
