//! What the head of an answer says: the leader, the age, the status.

use serde_json::json;
use test_support::oracle::State;
use test_support::plugin::assert_says;
use test_support::server::{self, HttpReply};

use crate::consul::{
    Ask, Consul, Script, addresses, autopilot, error, failing, health_of, healthy, instance, member, reply,
};
use crate::{ask, assert_shows, value};

/// What a server without a leader says to who asks for a proof (`rpc_hold_timeout` later).
const NO_LEADER: &str = "No cluster leader";

/// What is refused at once is looked at again.
const QUICKLY: &[&str] = &["--recheck", "0.05"];

fn leaderless() -> Script {
    let stale = health_of("false", "6400", &[instance("a"), failing("b", "critical", "gone")]);
    Script::healthy()
        .on(Ask::Consistent, error(500, NO_LEADER).header("X-Consul-Knownleader", "false"))
        .on(Ask::Stale, stale)
        .on(Ask::Leader, reply(&json!("")))
        .on(Ask::Autopilot, error(500, NO_LEADER))
}

#[test]
fn without_a_leader_the_last_known_health_is_shown() {
    let consul = leaderless().start();
    let output = ask(consul.addr(), QUICKLY);
    let said = format!("web as last known 6.4 s ago: {} said \"No cluster leader\"", consul.addr());
    assert_says(&output, State::Critical, "CONSUL is CRITICAL: no leader, ");
    assert_says(&output, State::Critical, &said);
    assert_shows(&output, "b critical: service check service:web: \"gone\"");
    assert_shows(&output, "b (192.0.2.98:80) critical");
    assert_eq!((value(&output, "leader_known"), value(&output, "instances_passing")), (Some(0.0), Some(1.0)));
    assert_eq!(consul.asked(Ask::Autopilot), 0, "only a leader knows");
}

/// Consul's own words, of several versions.
#[test]
fn every_word_for_a_missing_leader_is_understood() {
    for words in [
        NO_LEADER,
        "rpc error making call: No cluster leader",
        "rpc error getting client: failed to get conn: dial tcp 192.0.2.11:0->192.0.2.12:8300: connect: connection refused",
        "rpc error making call: leadership lost while committing log",
        "rpc error making call: node is not the leader",
        "No known Consul servers",
        "Raft leader not found in server lookup mapping",
        "Not ready to serve consistent reads",
    ] {
        let consul = leaderless().on(Ask::Consistent, error(500, words)).start();
        let output = ask(consul.addr(), QUICKLY);
        assert_says(&output, State::Critical, &format!("{} said \"{}", consul.addr(), &words[..17]));
        assert_eq!(value(&output, "leader_known"), Some(0.0), "{output:?}");
    }
}

#[test]
fn a_leader_that_nobody_names_is_none_however_the_reads_go() {
    let consul = leaderless().health(health_of("false", "0", &[instance("a")])).start();
    let output = ask(consul.addr(), &[]);
    assert_says(
        &output,
        State::Critical,
        &format!(
            "no leader, gossip holds 3 of 3 servers alive, web as last known 0.0 s ago: {} knew none",
            consul.addr()
        ),
    );
    let down =
        leaderless().on(Ask::Members, reply(&json!([member("s1", 11, 1), member("s2", 12, 4), member("s3", 13, 4)])));
    let output = ask(down.start().addr(), QUICKLY);
    assert_says(&output, State::Critical, "no leader, gossip holds 1 of 3 servers alive");
    assert_eq!((value(&output, "raft_peers"), value(&output, "raft_peers_alive")), (Some(3.0), Some(1.0)));
    assert_eq!(value(&output, "failure_tolerance"), None, "there is nothing left to lose");
}

/// A server that never saw the catalog has an empty one.
#[test]
fn an_empty_answer_without_a_leader_is_none() {
    let consul = leaderless().on(Ask::Stale, health_of("false", "0", &[])).start();
    let output = ask(consul.addr(), QUICKLY);
    assert_says(&output, State::Critical, "no leader, gossip holds 3 of 3 servers alive, nothing is known of web");
    assert!(!output.text().contains("registered"), "{output:?}");
    assert_eq!(value(&output, "instances_registered"), None);
}

/// consul#10733 and `consul_exporter` #208: an agent goes on to name a leader that is gone.
#[test]
fn a_leader_that_is_named_is_no_proof() {
    let consul = leaderless().on(Ask::Leader, reply(&json!("192.0.2.12:8300"))).start();
    let output = ask(consul.addr(), QUICKLY);
    assert_says(&output, State::Critical, "no leader, ");
    assert_eq!(value(&output, "leader_known"), Some(0.0));
}

/// Servers pass on for a moment that the leader which was refuses; 7 s without one are no moment (`rpc_hold_timeout`).
#[test]
fn a_proof_that_fails_at_once_is_asked_for_while_a_leader_may_be_elected() {
    for failure in [error(500, NO_LEADER), error(500, "rpc error making call: EOF")] {
        let consul = Script::healthy().turns(Ask::Consistent, [failure.clone(), healthy()]).start();
        assert_says(&ask(consul.addr(), QUICKLY), State::Ok, "web: 3/3 passing; leader 192.0.2.12");
        assert_eq!(consul.asked(Ask::Consistent), 2, "{failure:?}");
    }
    let consul = leaderless().start();
    assert_says(&ask(consul.addr(), QUICKLY), State::Critical, "no leader, ");
    assert_eq!(consul.asked(Ask::Consistent), 8, "eight looks, a second apart as a rule");
    let refused = [error(500, NO_LEADER), error(500, NO_LEADER), error(500, NO_LEADER), healthy()];
    let consul = Script::healthy().turns(Ask::Consistent, refused).start();
    assert_says(&ask(consul.addr(), QUICKLY), State::Ok, "web: 3/3 passing; leader 192.0.2.12");
    // Who gives no data either will not in a second.
    let consul = Consul::saying(error(500, NO_LEADER));
    assert_says(&ask(consul.addr(), QUICKLY), State::Critical, "nothing is known of web");
    assert_eq!(consul.asked(Ask::Consistent), 1);
    // Another agent's proof is enough.
    let (cut, other) = (leaderless().on(Ask::Leader, reply(&json!("192.0.2.12:8300"))).start(), Consul::healthy());
    ask(addresses([&cut, &other]), QUICKLY);
    assert_eq!((cut.asked(Ask::Consistent), other.asked(Ask::Consistent)), (1, 1));
}

/// While a leader is elected an agent may not name it yet; the proof counts.
#[test]
fn a_leader_that_is_proven_need_not_be_named() {
    let consul = Script::healthy().on(Ask::Leader, reply(&json!(""))).start();
    let output = ask(consul.addr(), &[]);
    assert_says(&output, State::Ok, "web: 3/3 passing");
    assert_eq!(value(&output, "leader_known"), Some(1.0));
}

/// Consul counts `dns.stale_queries` from 5 s on; 30 s are three intervals of a check.
#[test]
fn the_age_of_an_answer_is_judged() {
    for (age, state, seconds) in [
        ("0", State::Ok, Some(0.0)),
        ("5000", State::Ok, Some(5.0)),
        ("6000", State::Warning, Some(6.0)),
        ("30001", State::Critical, Some(30.001)),
        ("31000", State::Critical, Some(31.0)),
        ("86400000", State::Critical, Some(86_400.0)),
        // Who never heard of one says the longest that Go counts.
        ("9223372036854", State::Ok, None),
        ("", State::Ok, None),
        ("-1", State::Ok, None),
        ("1e3", State::Ok, None),
        ("nan", State::Ok, None),
        ("99999999999999999999", State::Ok, None),
    ] {
        let consul = Script::healthy().on(Ask::Stale, health_of("true", age, &["a", "b", "c"].map(instance))).start();
        let output = ask(consul.addr(), &[]);
        assert_eq!(output.state(), state, "{age:?} {output:?}");
        let measured = value(&output, "last_contact");
        let near = |seconds: f64| measured.is_some_and(|measured| (measured - seconds).abs() <= seconds * 1e-9);
        assert!(seconds.map_or(measured.is_none(), near), "{age:?} {measured:?}");
    }
    let old = Script::healthy().on(Ask::Stale, health_of("true", "6000", &["a", "b", "c"].map(instance))).start();
    assert_says(&ask(old.addr(), &[]), State::Warning, ": its server last heard from a leader 6.0 s ago");
    assert_says(&ask(old.addr(), &["-w", "last_contact=10", "-c", "last_contact=60"]), State::Ok, "3/3 passing");
}

#[test]
fn an_age_that_is_not_told_is_not_measured() {
    let stale = HttpReply { headers: vec![], ..healthy() };
    let stale = stale.header("Content-Type", "application/json").header("X-Consul-Knownleader", "true");
    let output = ask(Script::healthy().on(Ask::Stale, stale).start().addr(), &[]);
    assert_says(&output, State::Ok, "3/3 passing");
    assert_eq!(value(&output, "last_contact"), None);
}

#[test]
fn a_leader_is_known_by_the_word_true_alone() {
    for word in ["false", "", "TRUE", "1", "yes"] {
        let consul = Script::healthy().health(health_of(word, "0", &[instance("a")])).start();
        assert_says(&ask(consul.addr(), &[]), State::Critical, "no leader, ");
    }
}

/// Consul's `HandlerInput`: of the rate limiter (1.15), of the RPC limiter (1.5), of a proxy.
#[test]
fn a_limit_is_no_fault_of_the_service() {
    for (status, words) in [
        (429, "rate limit exceeded, try again later or against a different server"),
        (503, "rate limit exceeded for operation that can only be performed by the leader, try again later"),
        (429, "Your IP is issuing too many concurrent connections, please rate limit your calls\n"),
        (500, "rpc error making call: rpc error: code = ResourceExhausted desc = resource exhausted"),
        (503, "resource exhausted"),
        (500, "RPC rate limit exceeded"),
    ] {
        let consul = Consul::saying(error(status, words));
        let output = ask(consul.addr(), &[]);
        let said = format!("CONSUL is UNKNOWN: agent {} limits the rate of reads: \"{}\"", consul.addr(), words.trim());
        assert_says(&output, State::Unknown, &said);
        assert_shows(&output, "request_limits");
        assert_eq!((value(&output, "agents_up"), value(&output, "instances_passing")), (Some(1.0), None));
    }
    let other = Consul::healthy();
    let limited = Consul::saying(error(429, "rate limit exceeded, try again later or against a different server"));
    assert_says(&ask(addresses([&limited, &other]), &[]), State::Unknown, "web: 3/3 passing");
}

/// The autopilot says 429 with JSON when it is not healthy.
#[test]
fn a_status_means_what_it_means_where_it_is_said() {
    let sick = autopilot(0, &[("s1", true), ("s2", true), ("s3", false)]);
    for status in [200, 429] {
        let consul = Script::healthy().on(Ask::Autopilot, HttpReply { status, ..reply(&sick) }).start();
        let output = ask(consul.addr(), &[]);
        assert_says(&output, State::Warning, "web: 3/3 passing");
        assert_shows(&output, "Consul's autopilot holds unhealthy: s3 (lost by gossip)");
        assert_shows(&output, "2 of 3 Consul servers healthy (not s3): may lose no server");
        assert_eq!(value(&output, "failure_tolerance"), Some(0.0));
        assert_eq!(consul.asked(Ask::Members), 0);
    }
    for (status, words) in [
        (429, "rate limit exceeded, try again later or against a different server"),
        (403, "Permission denied"),
        (404, ""),
    ] {
        let consul = Script::healthy().on(Ask::Autopilot, error(status, words)).start();
        let output = ask(consul.addr(), &[]);
        assert_says(&output, State::Ok, "leader 192.0.2.12, may lose 1 server");
        assert_eq!(value(&output, "failure_tolerance"), Some(1.0), "from gossip and raft: {output:?}");
    }
}

/// What we asked is ours to mend, whoever finds it wrong.
#[test]
fn a_question_that_consul_does_not_understand_is_our_fault() {
    let words = "Failed to create boolean expression evaluator: 1:4 (3): no match found";
    for (status, words) in
        [(400, words.to_owned()), (500, words.to_owned()), (500, format!("rpc error making call: {words}"))]
    {
        let consul = Consul::saying(error(status, &words));
        let output = ask(consul.addr(), &["--filter", "Node.Meta"]);
        let said = format!("agent {} rejects the question: \"", consul.addr());
        assert_says(&output, State::Unknown, &said);
        assert_says(&output, State::Unknown, "Failed to create boolean expression evaluator");
        assert_shows(&output, "look at --filter");
        assert_eq!((value(&output, "agents_up"), value(&output, "instances_passing")), (Some(1.0), None));
    }
    // Older versions know no partitions.
    let consul = Consul::saying(error(400, "Invalid query parameter: \"partition\""));
    let output = ask(consul.addr(), &["--partition", "p"]);
    assert_says(&output, State::Unknown, &format!("agent {} rejects the question: \"Invalid query", consul.addr()));
    assert_shows(&output, "--partition");
}

#[test]
fn one_agent_that_answers_wrongly_is_a_warning() {
    let wrong = Script::healthy().on(Ask::Consistent, HttpReply::new(500, "panic: runtime error")).start();
    let output = ask(wrong.addr(), &[]);
    assert_says(
        &output,
        State::Warning,
        &format!("agent {}, consistent read: 500 \"panic: runtime error\"", wrong.addr()),
    );
    assert_says(&output, State::Warning, "web: 3/3 passing (stale)");
    let page = server::http(200, &[("Content-Type", "text/html")], "<html>");
    let consul = Consul::healthy();
    let output = ask(format!("{},{}", page.addr(), consul.addr()), &[]);
    assert_says(&output, State::Warning, &format!("agent {}, consistent read: content type is text/html", page.addr()));
    assert_says(&output, State::Warning, "web: 3/3 passing");
}
