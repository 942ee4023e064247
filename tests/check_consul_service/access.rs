//! Rights that are missing, and what they hide. The answers are those of Consul 1.8.7 with ACLs that deny by default.

use serde_json::json;
use test_support::oracle::State;
use test_support::plugin::{Output, Plugin, assert_says};
use test_support::server::HttpReply;

use crate::consul::{Ask, Consul, Script, error, health, instance, local, reply};
use crate::{ask, assert_shows, check, value};

const POLICY: &str =
    "service:read and node:read, service \"web\" { policy = \"read\" } node_prefix \"\" { policy = \"read\" }";

fn denied() -> HttpReply {
    error(403, "Permission denied")
}

/// An agent with ACLs, whose token may not see instances.
fn secured() -> Script {
    let known = reply(&json!({"AccessorID": "2bcbbb03-6a61-6f4e-bfc3-85cabd9c59dd", "Description": "monitoring"}));
    Script::healthy()
        .health(health(&[]))
        .on(Ask::Autopilot, denied())
        .on(Ask::Itself, denied())
        .on(Ask::Local, denied())
        .on(Ask::Members, reply(&json!([])))
        .on(Ask::Token, known)
}

fn with_token(consul: &Consul) -> Plugin {
    check(&["-H", &consul.address()]).env("CONSUL_HTTP_TOKEN", "9ae7dd74-dd25-d09a-d06e-8f2de8113693")
}

/// Nothing is counted that may be more.
#[track_caller]
fn assert_blind(output: &Output, said: &str) {
    assert_says(output, State::Unknown, said);
    assert_shows(output, POLICY);
    for label in ["instances_passing", "passing_percent", "instances_registered", "instances_vanished"] {
        assert_eq!(value(output, label), None, "{label} {output:?}");
    }
}

#[test]
fn an_explicit_denial_is_unknown_and_names_the_policy() {
    for words in ["Permission denied", "Permission denied: token lacks permission 'service:read'"] {
        let consul = secured().health(error(403, words).header("X-Consul-Knownleader", "false")).start();
        for plugin in [with_token(&consul), check(&["-H", &consul.address()])] {
            assert_blind(&plugin.run(), &format!("agent {} denies access: \"{words}\"", consul.addr()));
        }
        let output = check(&["-H", &consul.address(), "--expect", "3"]).run();
        assert_blind(&output, "denies access");
        assert_eq!(value(&output, "agents_up"), Some(1.0));
    }
}

#[test]
fn the_remedy_depends_on_whether_there_is_a_token() {
    let consul = secured().health(denied()).start();
    assert_shows(&with_token(&consul).run(), "fix the token");
    assert_shows(&ask(consul.addr(), &[]), "give a token (--token-file)");
}

#[test]
fn without_service_read_nothing_is_seen() {
    let consul = secured().on(Ask::Services, reply(&json!({}))).start();
    assert_blind(&with_token(&consul).run(), "no instance of web can be seen: the token lacks service:read for it");
}

/// `catalog/services` needs service:read, and the instances need node:read.
#[test]
fn without_node_read_nothing_is_seen_though_the_service_is() {
    let own = local("mon1", "passing");
    let consul = secured().on(Ask::Nodes, reply(&json!([]))).on(Ask::Services, reply(&json!({"web": []})));
    for consul in
        [consul.clone().on(Ask::Local, own), consul.on(Ask::Local, HttpReply { status: 404, ..reply(&json!([])) })]
    {
        assert_blind(&with_token(&consul.start()).run(), "no instance of web can be seen: the token lacks node:read");
    }
    // For some nodes, but not for those.
    let some = secured().on(Ask::Services, reply(&json!({"web": []}))).on(Ask::Local, local("mon1", "passing")).start();
    let said = "no instance of web can be seen although the catalog lists it: the token lacks node:read for its nodes";
    assert_blind(&with_token(&some).run(), said);
}

/// Of the anonymous token Consul says `ACL not found` where it is asked for.
#[test]
fn without_a_token_nothing_is_seen() {
    let consul = secured()
        .on(Ask::Token, error(403, "ACL not found"))
        .on(Ask::Nodes, reply(&json!([])))
        .on(Ask::Services, reply(&json!({})))
        .start();
    assert_blind(&ask(consul.addr(), &[]), "no instance of web can be seen: the anonymous token lacks service:read");
}

#[test]
fn who_may_see_all_sees_that_there_is_nothing() {
    let may = || HttpReply { status: 404, ..reply(&json!([])) };
    let consul = secured().on(Ask::Local, may()).on(Ask::Services, reply(&json!({"consul": []}))).start();
    let output = with_token(&consul).run();
    assert_says(&output, State::Critical, "web is not registered: it is unknown or has no instance left");
    assert_eq!(value(&output, "instances_registered"), Some(0.0));
    // Without ACLs nothing is hidden, whatever else fails.
    let open = Script::healthy().health(health(&[])).on(Ask::Local, HttpReply::new(500, "")).start();
    assert_says(&ask(open.addr(), &[]), State::Critical, "web is not registered");
}

/// Consul 1.11 and newer says so to who is known.
#[test]
fn what_is_filtered_is_a_lower_bound() {
    let some = health(&["a", "b"].map(instance));
    for instances in [some, health(&[])] {
        let filtered = instances.header("X-Consul-Results-Filtered-By-ACLs", "true");
        let consul = Script::healthy().health(filtered).start();
        let output = with_token(&consul).arg("--expect").arg("3").run();
        assert_blind(&output, "ACLs hide from the token some of what it asked for about web");
        let allowed = with_token(&consul).args(["--severity", "access-filtered=ok"]).run();
        assert_eq!((allowed.state(), value(&allowed, "instances_passing")), (State::Ok, None), "{allowed:?}");
    }
}

/// A fault that is seen is one, however much is hidden.
#[test]
fn what_is_hidden_does_not_hide_what_is_seen() {
    let seen = health(&[crate::consul::failing("a", "critical", "gone")]);
    let consul = Consul::saying(seen.header("X-Consul-Results-Filtered-By-ACLs", "true"));
    let output = with_token(&consul).run();
    assert_says(&output, State::Warning, "a critical: service check service:web: \"gone\"");
    assert_shows(&output, "ACLs hide from the token");
}

/// Sent by 1.11 and newer even where ACLs are off, so it counts for nothing beside instances.
#[test]
fn a_default_that_denies_matters_to_an_empty_answer_without_a_token() {
    let deny = |answer: HttpReply| answer.header("X-Consul-Default-ACL-Policy", "deny");
    let empty = secured().health(deny(health(&[]))).on(Ask::Local, HttpReply { status: 404, ..reply(&json!([])) });
    let consul = empty.clone().start();
    let said = "no instance of web can be seen: ACLs deny by default, and no token was given";
    assert_blind(&ask(consul.addr(), &[]), said);
    assert_says(&with_token(&consul).run(), State::Critical, "web is not registered");
    let allow = empty.health(health(&[]).header("X-Consul-Default-ACL-Policy", "allow")).start();
    assert_says(&ask(allow.addr(), &[]), State::Critical, "web is not registered");
    let seen = Consul::saying(deny(health(&[instance("a")])));
    assert_says(&ask(seen.addr(), &[]), State::Ok, "web: 1/1 passing");
}

#[test]
fn why_nothing_is_seen_is_asked_of_one_agent_and_only_then() {
    let (one, other) = (secured().start(), secured().start());
    ask(format!("{},{}", one.addr(), other.addr()), &[]);
    for question in [Ask::Token, Ask::Nodes, Ask::Services] {
        assert_eq!(one.asked(question) + other.asked(question), 1, "{question:?}");
    }
    // The one that answered about the service.
    let closed = test_support::server::refused();
    ask(format!("{},{}", closed.addr(), one.addr()), &[]);
    assert_eq!(one.asked(Ask::Token) + other.asked(Ask::Token), 2);
    let consul = Consul::healthy();
    ask(consul.addr(), &["--tag", "nosuch"]);
    assert_eq!(consul.asked(Ask::Token), 0);
}

#[test]
fn why_nothing_is_seen_is_asked_once_whatever_is_asked_again() {
    let leader = reply(&json!("192.0.2.9:8300"));
    let (one, other) = (secured().start(), secured().on(Ask::Leader, leader).start());
    ask(format!("{},{}", one.addr(), other.addr()), &["--recheck", "0.1"]);
    assert_eq!((one.asked(Ask::Consistent), other.asked(Ask::Consistent)), (2, 2), "they name two leaders");
    assert_eq!(one.asked(Ask::Token) + other.asked(Ask::Token), 1);
}

/// Least privilege: what only more rights would tell is left out, and nobody complains.
#[test]
fn rights_that_nobody_needs_may_be_missing() {
    let consul = secured().health(health(&["a", "b", "c"].map(instance))).start();
    let output = with_token(&consul).run();
    assert_says(&output, State::Ok, "CONSUL is OK: web: 3/3 passing; leader 192.0.2.12");
    assert_eq!((value(&output, "raft_peers"), value(&output, "failure_tolerance")), (Some(3.0), None));
    assert!(!output.text().contains("denied"), "{output:?}");
}

/// Every user of the host sees the arguments of a process.
#[test]
fn a_token_in_the_arguments_is_refused_with_the_way_out() {
    for args in [&["--token=hunter2"][..], &["--token", "hunter2"], &["--token"]] {
        let output = check(&["-H", "127.0.0.1:1"]).args(args).run();
        let said = "a token in the arguments is visible to every user of this host; give --token-file FILE";
        assert_says(&output, State::Unknown, said);
        assert!(!output.stdout.contains("hunter2"), "{args:?} {output:?}");
    }
}
