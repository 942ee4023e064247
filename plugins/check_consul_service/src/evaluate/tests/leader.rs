//! Whether there is one leader, and how old is what servers say by themselves.

use std::time::Duration;

use common::ServiceState::{Critical, Ok, Unknown, Warning};

use super::scene::{Scene, healthy, limited, recorded, rejected, silent, unknown_token, untrusted, wrong};
use crate::snapshot::{Answer, Failure, Status};

fn naming(leader: Option<&str>) -> Scene {
    let leader = leader.map(str::to_owned);
    healthy().agent(1, |asked| asked.leader.result = Result::Ok(leader))
}

fn elsewhere(scene: Scene) -> Scene {
    scene.agent(1, |asked| asked.itself.result.as_mut().unwrap().datacenter = "dc2".to_owned())
}

#[test]
fn a_read_that_a_leader_never_confirmed_is_no_proof() {
    let scene = recorded!("healthy").agents(|asked| asked.consistent.result = Err(silent()));
    scene.assert(
        &[],
        Critical,
        &[
            "no leader, galeradb as last known 0.0 s ago: 127.0.0.11, 127.0.0.12 and 127.0.0.13 could not prove one (no complete answer within 4.8 s)",
            "'leader_known'=0;",
        ],
    );
    // One agent that reaches it is enough.
    let one = recorded!("healthy").agent(0, |asked| asked.consistent.result = Err(silent()));
    one.assert(&[], Warning, &["agent 127.0.0.11, consistent read: no complete answer", "'leader_known'=1;"]);
}

#[test]
fn an_answer_that_itself_knows_no_leader_proves_none() {
    let scene = healthy().health(|health| health.known_leader = false);
    scene.assert(
        &[],
        Critical,
        &["no leader, gossip holds 3 of 3 servers alive, galeradb as last known 0.0 s ago: 127.0.0.11 and 127.0.0.21 knew none"],
    );
}

/// A server that has just lost its leader heard of it a moment ago; one that still has a leader is believed rather.
#[test]
fn data_with_a_leader_is_better_than_younger_data_without() {
    let scene = healthy().agents(|asked| asked.consistent.result = Err(silent())).agent(0, |asked| {
        let stale = asked.stale.result.as_mut().unwrap();
        (stale.known_leader, stale.last_contact) = (false, Some(Duration::from_millis(1)));
        stale.instances.pop();
    });
    scene.assert(&[], Critical, &["no leader", "'instances_passing'=3;"]);
}

/// For a moment servers pass on that the leader that was refuses; Consul itself waits for 7 s where there is none.
#[test]
fn a_leader_that_has_just_gone_is_worth_a_second_look() {
    let failing = |failure: Failure, millis| {
        let (result, time) = (Err(failure), Duration::from_millis(millis));
        healthy().agents(move |asked| asked.consistent = Answer { result: result.clone(), time })
    };
    let leaderless = || Failure::Leaderless("\"rpc error making call: EOF\"".to_owned());
    assert!(failing(leaderless(), 0).is_doubtful(&[]));
    assert!(failing(leaderless(), 1999).is_doubtful(&[]));
    assert!(!failing(leaderless(), 2000).is_doubtful(&[]), "Consul has waited");
    assert!(failing(wrong(), 5).is_doubtful(&[]));
    for failure in [silent(), unknown_token(), limited(), untrusted(), rejected()] {
        assert!(!failing(failure.clone(), 5).is_doubtful(&[]), "{failure:?}");
    }
    // What no server says at all is no moment's work.
    let mute = failing(leaderless(), 5).agents(|asked| asked.stale.result = Err(leaderless()));
    assert!(!mute.is_doubtful(&[]));
    // One agent that proves a leader is enough, and one that lost it too.
    let one = |agent| healthy().agent(agent, |asked| asked.consistent = Answer::none(leaderless()));
    assert!(!one(0).is_doubtful(&[]) && !one(1).is_doubtful(&[]));
    let other = failing(silent(), 5).agent(1, |asked| asked.consistent = Answer::none(leaderless()));
    assert!(other.is_doubtful(&[]));
    assert!(recorded!("leader-just-killed").is_doubtful(&[]));
}

#[test]
fn two_leaders_are_a_split_only_when_seen_twice() {
    let scene = naming(Some("127.0.0.12:8300"));
    assert!(scene.is_doubtful(&[]));
    scene.assert_first(
        &[],
        "CONSUL is CRITICAL: two leaders: 127.0.0.11 (says 127.0.0.11), 127.0.0.12 (says 127.0.0.21); \
         galeradb: 3/3 passing; leader 127.0.0.11, may lose 1 server",
    );
    scene.first_look().assert(&[], Ok, &[]);
    naming(Some("127.0.0.11:8301")).assert(&[], Critical, &["127.0.0.11 (says 127.0.0.11), 127.0.0.11:8301 (says"]);
    naming(Some("[::1]:8300")).assert(&[], Critical, &["two leaders: 127.0.0.11 (says 127.0.0.11), ::1 (says"]);
    // Who names none has not heard yet: an election.
    for quiet in [naming(Some("127.0.0.11:8300")), naming(None)] {
        assert!(!quiet.is_doubtful(&[]));
        quiet.assert(&[], Ok, &[]);
    }
}

/// Compared by finding: between the two the leaders may have changed.
#[test]
fn leaders_that_differ_only_once_are_an_election() {
    let two = || naming(Some("127.0.0.12:8300"));
    two().after(healthy()).assert(&[], Ok, &[]);
    healthy().after(two()).assert(&[], Ok, &[]);
    two().after(naming(Some("127.0.0.13:8300"))).assert(&[], Critical, &["two leaders: 127.0.0.11 (says 127.0.0.11)"]);
}

/// One agent was read again later: what the others answered before that is no disagreement.
#[test]
fn an_answer_that_is_younger_than_the_others_is_not_compared_with_them() {
    let behind = healthy().agent(1, |asked| drop(asked.stale.result.as_mut().unwrap().instances.remove(1)));
    let mut mixed = behind.clone();
    mixed.snapshot.is_mixed = true;
    assert!(behind.ids(&[]).contains("agents-disagree") && !mixed.ids(&[]).contains("agents-disagree"));
}

#[test]
fn agents_of_other_datacenters_have_other_leaders() {
    let scene = elsewhere(naming(Some("127.0.1.1:8300")));
    let text = scene.assert(
        &[],
        Unknown,
        &["CONSUL is UNKNOWN: the agents are of different datacenters: dc1 (says 127.0.0.11), dc2 (says 127.0.0.21)"],
    );
    assert!(!text.contains("two leaders"), "{text}");
    // Asked about the same one they must agree.
    let asked = ["--datacenter", "dc1"];
    scene.assert(&asked, Critical, &["two leaders"]);
    elsewhere(healthy()).assert(&asked, Ok, &[]);
}

#[test]
fn the_oldest_data_counts_since_dns_may_answer_by_it() {
    let heard = |millis| {
        healthy()
            .agent(1, |asked| asked.stale.result.as_mut().unwrap().last_contact = Some(Duration::from_millis(millis)))
    };
    heard(5001).assert(
        &[],
        Warning,
        &["agent 127.0.0.21: its server last heard from a leader 5.0 s ago (above the limit 5) -> DNS answers from such data"],
    );
    heard(31_000).assert(&[], Critical, &["(above the limit 30)", "'last_contact'=31s;5;30;0;"]);
    heard(5001).assert(&["-w", "last_contact=10"], Ok, &[]);
}

/// An agent whose server lags holds another state of an instance, or has one less.
#[test]
fn agents_that_hold_different_things_are_named_with_both() {
    let stale = |change: fn(&mut Vec<crate::snapshot::Instance>)| {
        healthy().agent(1, |asked| change(&mut asked.stale.result.as_mut().unwrap().instances))
    };
    let other_state = stale(|instances| instances[0].checks[0].status = Status::Critical);
    other_state.assert(
        &[],
        Warning,
        &["servers differ about db1/galeradb: 127.0.0.11 holds passing, 127.0.0.21 holds critical -> one of them is behind"],
    );
    let missing = stale(|instances| drop(instances.remove(1)));
    missing.assert(
        &[],
        Warning,
        &["servers differ about db2/galeradb: 127.0.0.11 holds passing, 127.0.0.21 does not have"],
    );
    let more = stale(|instances| {
        instances[0].key.node = "db0".to_owned();
    });
    more.assert(&[], Warning, &["servers differ about db"]);
    for scene in [other_state, missing, more] {
        assert!(scene.is_doubtful(&[]), "a second look is worth it");
        assert!(!scene.clone().first_look().ids(&[]).contains("agents-disagree"));
        assert!(!elsewhere(scene.clone()).is_doubtful(&[]));
        assert!(elsewhere(scene).is_doubtful(&["--datacenter", "dc1"]));
    }
    // What another check says, or another order, is no difference.
    let words = stale(|instances| {
        instances[0].checks[0].output = "other words".to_owned();
        instances.reverse();
    });
    assert!(!words.is_doubtful(&[]));
    words.assert(&[], Ok, &[]);
}

/// A service of another name is none of our business, also where it differs in case only.
#[test]
fn servers_may_differ_about_other_services() {
    let twin = healthy().agent(1, |asked| {
        let instances = &mut asked.stale.result.as_mut().unwrap().instances;
        let mut twin = instances[0].clone();
        twin.service = "GaleraDB".to_owned();
        twin.key.id = "twin".to_owned();
        instances.push(twin);
    });
    assert!(!twin.is_doubtful(&[]));
}
