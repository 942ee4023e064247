//! How many servers may be lost.

use common::ServiceState::{self, Ok, Warning};

use super::scene::{Scene, denied, healthy, recorded};
use crate::snapshot::{Answer, Server};

/// Without `operator:read`: what raft and gossip say.
fn by_gossip() -> Scene {
    let denied = || Answer::none(denied());
    healthy().agents(|asked| asked.autopilot = denied())
}

/// So many servers, of which so many are dead.
fn servers(count: usize, dead: usize) -> Scene {
    let server = |number: usize| Server {
        name: format!("db{number}"),
        address: format!("127.0.0.1{number}:8300"),
        alive: number > dead,
        healthy: None,
        voter: None,
    };
    let servers: Vec<_> = (1..=count).map(server).collect();
    by_gossip().agents(|asked| {
        asked.peers.result = Result::Ok(servers.iter().map(|server| server.address.clone()).collect());
        asked.servers.result = Result::Ok(servers.clone());
    })
}

/// A majority of all must be left: of five, three.
#[test]
fn the_margin_is_what_is_alive_beyond_the_majority() {
    for (count, dead, tolerance, state) in [
        (1, 0, "0", Ok),
        (2, 0, "0", Ok),
        (3, 0, "1", Ok),
        (3, 1, "0", Warning),
        (4, 0, "1", Ok),
        (4, 1, "0", Warning),
        (5, 0, "2", Ok),
        (5, 1, "1", Ok),
        (5, 2, "0", Warning),
        (7, 0, "3", Ok),
        // Gossip may be behind a leader that is still there.
        (5, 3, "0", Warning),
    ] {
        let scene = servers(count, dead);
        let (actual, text) = scene.verdict(&[]);
        assert_eq!(actual, state, "{count}, {dead}: {text}");
        assert_eq!(scene.metric(&[], "failure_tolerance").as_deref(), Some(tolerance), "{count}, {dead}");
        assert_eq!(scene.metric(&[], "raft_peers"), Some(count.to_string()));
        assert_eq!(scene.metric(&[], "raft_peers_alive"), Some((count - dead).to_string()));
    }
    servers(5, 2).assert_first(
        &[],
        "CONSUL is WARNING: 3 of 5 Consul servers healthy (not db1 and db2): may lose no server; \
         galeradb: 3/3 passing; leader 127.0.0.11, may lose no server",
    );
    servers(5, 2).assert(&["-w", "failure_tolerance=0:"], Ok, &["may lose no server"]);
    servers(1, 0).assert(&["-w", "failure_tolerance=1:"], Warning, &[]);
}

/// The real list of a real agent, with its peers, without the autopilot.
#[test]
fn what_gossip_says_of_a_real_cluster_is_what_its_autopilot_says() {
    let (autopilot, gossip) = (healthy().metrics(&[]), by_gossip().metrics(&[]));
    assert_eq!(autopilot, gossip);
    assert_eq!(gossip["raft_peers_alive"], "3");
}

/// `node:read` hides them: what is not seen may be alive.
#[test]
fn a_server_that_is_not_listed_may_be_hidden() {
    let hidden = by_gossip().agents(|asked| {
        asked.servers.result.as_mut().unwrap().pop();
    });
    let text = hidden.assert(&[], Ok, &["'raft_peers'=3;;;0;", "leader 127.0.0.11\n"]);
    assert!(!text.contains("raft_peers_alive") && !text.contains("failure_tolerance"), "{text}");
    // Another agent that sees all of them is believed.
    let one = by_gossip().agent(0, |asked| {
        asked.servers.result.as_mut().unwrap().pop();
    });
    assert_eq!(one.metric(&[], "raft_peers_alive").as_deref(), Some("3"));
}

#[test]
fn a_server_without_a_vote_is_none() {
    let member = |scene: Scene| {
        scene.agents(|asked| {
            let Result::Ok(servers) = &mut asked.servers.result else { return };
            servers.push(Server {
                name: "new".to_owned(),
                address: "127.0.0.19:8300".to_owned(),
                ..servers[0].clone()
            });
        })
    };
    assert_eq!(member(by_gossip()).metric(&[], "raft_peers_alive").as_deref(), Some("3"));
    let reader = healthy().agents(|asked| asked.autopilot.result.as_mut().unwrap().servers[2].voter = Some(false));
    assert_eq!(reader.metric(&[], "raft_peers").as_deref(), Some("2"));
}

/// A server that waits for `bootstrap_expect` others.
#[test]
fn a_cluster_that_never_was_has_no_servers_to_count() {
    let none = by_gossip().agents(|asked| asked.peers.result = Result::Ok(Vec::new()));
    let text = none.assert(&[], Ok, &[]);
    assert!(!text.contains("raft_") && !text.contains("may lose"), "{text}");
}

#[test]
fn the_autopilot_names_whom_it_holds_unhealthy() {
    let sick = |alive: bool, name: &str| {
        let name = name.to_owned();
        healthy().agents(move |asked| {
            let autopilot = asked.autopilot.result.as_mut().unwrap();
            autopilot.healthy = false;
            autopilot.servers[1].healthy = Some(false);
            autopilot.servers[1].alive = alive;
            autopilot.servers[1].name.clone_from(&name);
        })
    };
    sick(true, "db2").assert(
        &[],
        Warning,
        &["CONSUL is WARNING: Consul's autopilot holds unhealthy: db2 (alive, but behind or unstable); galeradb: 3/3 passing"],
    );
    sick(false, "db2").assert(&[], Warning, &["db2 (lost by gossip)", "'raft_peers_alive'=2;;;0;3"]);
    sick(true, "a|b\n<c").assert(&[], Warning, &["unhealthy: \"a b; < c…"]);
    let whole = healthy().agents(|asked| asked.autopilot.result.as_mut().unwrap().healthy = false);
    whole.assert(&[], Warning, &["Consul's autopilot holds unhealthy: the servers ->"]);
    whole.assert(&["--severity", "autopilot-unhealthy=ok"], Ok, &[]);
}

/// Without a leader there is nothing left to lose, and how many are missing is the first question.
#[test]
fn without_a_leader_the_dead_are_counted_and_no_margin_is_named() {
    let scene = recorded!("quorum-restart");
    let (state, text) = scene.verdict(&[]);
    assert_eq!(state, ServiceState::Critical);
    assert!(text.contains("no leader, gossip holds 2 of 3 servers alive, ") && !text.contains("may lose"), "{text}");
}
