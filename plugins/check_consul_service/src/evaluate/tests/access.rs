//! Whether there is nothing, or nothing that may be seen.

use std::collections::BTreeSet;

use common::Report;
use common::ServiceState::{Critical, Ok, Unknown, Warning};

use super::scene::{Scene, healthy, ids, metrics, recorded, refused, unknown_token};
use crate::snapshot::{Access, Answer, Failure, Scope, Status};

const POLICY: &str = "its policy needs service:read and node:read, \
    service \"galeradb\" { policy = \"read\" } node_prefix \"\" { policy = \"read\" }";

/// Nothing of the instances was measured, and who reads it is told what to permit.
#[track_caller]
fn assert_blind(report: &Report, said: &str, remedy: &str) {
    let (state, text) = report.render();
    assert_eq!(state, Unknown, "{text}");
    assert!(text.contains(said), "{said:?} not in {text}");
    assert!(text.contains(&format!("{remedy}: {POLICY}")), "{text}");
    let measured: Vec<_> = metrics(report).into_keys().collect();
    assert!(
        measured.iter().all(|label| !label.starts_with("instances_") && label != "passing_percent"),
        "{measured:?}"
    );
    assert!(!text.contains("/3 passing") && !text.contains("/0 passing"), "{text}");
    assert!(!ids(report).contains("not-registered"), "{text}");
}

/// Consul 1.8.7 with `default_policy = "deny"`, asked with several tokens about three instances that are all there.
#[test]
fn the_tokens_of_a_real_agent() {
    assert_blind(
        &recorded!("secured-none").report(&["--expect", "3"]),
        "CONSUL is UNKNOWN: no instance of galeradb can be seen: the anonymous token lacks service:read for it; leader 127.0.0.17",
        "give a token (--token-file)",
    );
    assert_blind(
        &recorded!("secured-no-service").report_with_token(&["--expect", "3"]),
        "CONSUL is UNKNOWN: no instance of galeradb can be seen: the token lacks service:read for it; leader 127.0.0.17",
        "fix the token",
    );
    assert_blind(
        &recorded!("secured-no-node").report_with_token(&["--expect", "3"]),
        "CONSUL is UNKNOWN: no instance of galeradb can be seen: the token lacks node:read, or sees no node; leader",
        "fix the token",
    );
    let report = recorded!("secured-bogus").report_with_token(&["--expect", "3"]);
    let (_, text) = report.render();
    let said = "agent 127.0.0.17 denies access: \"ACL not found\" -> the token is unknown or expired";
    assert!(text.contains(said), "{text}");
    assert_eq!(report.state(), Unknown, "{text}");
    for scene in [recorded!("secured-good"), recorded!("secured-operator")] {
        let (state, text) = scene.report_with_token(&["--expect", "3"]).render();
        assert_eq!(state, Ok, "{text}");
        assert!(
            text.starts_with("CONSUL is OK: galeradb: 3/3 passing; leader 127.0.0.17, may lose no server"),
            "{text}"
        );
    }
}

/// The proof that blindness is no excuse: the same token, and nothing there.
#[test]
fn what_is_really_empty_is_critical_though_acls_are_on() {
    let report = recorded!("secured-empty").report_with_token(&["--expect", "3"]);
    let (state, text) = report.render();
    assert_eq!(state, Critical, "{text}");
    assert!(text.contains("galeradb is not registered: it is unknown or has no instance left"), "{text}");
    assert!(text.contains("'instances_passing'=0;3:;2:;0;") && text.contains("'instances_registered'=0;"), "{text}");
}

fn access(scene: Scene, change: impl FnOnce(&mut Access)) -> Scene {
    let mut scene = scene;
    change(scene.snapshot.access.as_mut().unwrap());
    scene
}

/// The node has no permission of its own, and others can be seen.
#[test]
fn a_service_that_is_listed_but_not_seen_is_on_hidden_nodes() {
    let listed = access(recorded!("secured-empty"), |access| {
        access.services.result = Result::Ok(BTreeSet::from(["galeradb".to_owned()]));
    });
    assert_blind(
        &listed.report_with_token(&[]),
        "no instance of galeradb can be seen although the catalog lists it: the token lacks node:read for its nodes",
        "fix the token",
    );
}

/// Another datacenter's service is none of the agent's own, so there is nobody who would say 403.
#[test]
fn where_nobody_can_tell_it_is_not_said_to_be_gone() {
    let elsewhere = || access(recorded!("secured-empty"), |access| access.service = Err(Failure::Needless));
    assert_blind(
        &elsewhere().report_with_token(&[]),
        "no instance of galeradb can be seen: there is none, or the token lacks service:read for it",
        "fix the token",
    );
    let without_acls = access(elsewhere(), |access| access.acls.result = Result::Ok(false));
    without_acls.assert(&[], Critical, &["galeradb is not registered"]);
    // An agent that was not asked why says nothing to the contrary.
    let mut unasked = elsewhere();
    unasked.snapshot.access = None;
    unasked.assert(&[], Critical, &["galeradb is not registered"]);
}

/// 1.11 and newer: the header comes with answers to valid tokens.
#[test]
fn a_filtered_answer_is_a_lower_bound() {
    let some = healthy().health(|health| health.filtered = true);
    assert_blind(
        &some.report_with_token(&["--expect", "3"]),
        "CONSUL is UNKNOWN: ACLs hide from the token some of what it asked for about galeradb; leader 127.0.0.11",
        "fix the token",
    );
    let none = some.clone().instances(Vec::clear);
    assert_blind(
        &none.report_with_token(&["--expect", "3"]),
        "CONSUL is UNKNOWN: ACLs hide from the token some of what it asked for about galeradb; leader",
        "fix the token",
    );
    // What is seen to be wrong is wrong all the same.
    let wrong = some.clone().checks(0, &[("web", Scope::Service, Status::Critical)]);
    wrong.assert(&[], Warning, &["CONSUL is WARNING: db1 critical: service check web", "ACLs hide"]);
    some.assert(&["--severity", "access-filtered=critical"], Critical, &[]);
}

/// The anonymous token is told nothing of filtering, so that the default policy is all there is to go by.
#[test]
fn no_token_and_nothing_by_default_means_nothing() {
    let empty = || healthy().instances(Vec::clear).unseen_by_agents();
    let denying = || empty().health(|health| health.default_deny = true);
    let without_answers = |mut scene: Scene| {
        scene.snapshot.access = None;
        scene
    };
    assert_blind(
        &without_answers(denying()).report(&[]),
        "no instance of galeradb can be seen: ACLs deny by default, and no token was given",
        "give a token (--token-file)",
    );
    let (state, text) = without_answers(denying()).report_with_token(&[]).render();
    assert_eq!(state, Critical, "a token was given, and what it may not see would have been said: {text}");
    empty().assert(&[], Critical, &["galeradb is not registered"]);
    // With ACLs off the policy is told as well, and means nothing.
    denying().assert(&[], Critical, &["galeradb is not registered"]);
    // Nor does it where something is seen.
    healthy().health(|health| health.default_deny = true).assert(&[], Ok, &[]);
}

#[test]
fn a_service_that_was_never_seen_is_unknown_or_gone() {
    recorded!("deregistered").assert_first(
        &["--expect", "3"],
        "CONSUL is CRITICAL: galeradb is not registered: it is unknown or has no instance left; galeradb: 0/3 passing, below the limit 2:; leader 127.0.0.12",
    );
}

#[test]
fn all_that_were_there_and_are_gone_are_counted() {
    let gone = |after: f64| healthy().then(after, recorded!("deregistered"));
    gone(60.0).assert(
        &[],
        Critical,
        &[
            "CONSUL is CRITICAL: galeradb is not registered: all 3 instances are gone, registered at the last run; ",
            "; db1 (127.0.0.11:3306), db2 (127.0.0.12:3306) and db3 (127.0.0.13:3306) gone",
            "[WARNING] 3 instances vanished (above the limit 0) -> ",
            "[WARNING] db1 (127.0.0.11:3306) no longer registered, last seen 1 min ago\n[WARNING] db2 (127.0.0.12:3306) no",
            "'instances_vanished'=3;0;;0;",
        ],
    );
    let later = (0..10).fold(gone(60.0), |scene, _| scene.then(60.0, recorded!("deregistered")));
    later.assert(
        &[],
        Critical,
        &["all 3 instances are gone, registered 10 min before the last run", "last seen 11 min ago"],
    );
    let one = healthy().instances(|instances| instances.truncate(1)).then(60.0, recorded!("deregistered"));
    one.assert(&[], Critical, &["its instance is gone, registered at the last run"]);
    // Also when that was long ago; beyond the hold they are no longer missed, and the next run knows them no more.
    let long_ago = gone(86_400.0);
    long_ago.assert(
        &[],
        Critical,
        &["all 3 instances are gone, registered at the last run", "'instances_vanished'=0;"],
    );
    let forgotten = long_ago.then(60.0, recorded!("deregistered"));
    forgotten.assert(&[], Critical, &["it is unknown or has no instance left"]);
}

#[test]
fn what_narrows_the_question_is_said_to_be_why() {
    recorded!("two-agents", &["--tag", "master"]).assert(
        &[],
        Critical,
        &["galeradb is not registered: of 3 instances none has the tag master"],
    );
    recorded!("two-agents", &["--tag", "db1", "--node", "db9"]).assert(
        &[],
        Critical,
        &["of 3 instances none has the tag db1 and the node db9"],
    );
    recorded!("deregistered", &["--filter", "Node.Meta.zone == \"a\""]).assert(
        &[],
        Critical,
        &["it is unknown or has no instance left that matches the filter"],
    );
}

#[test]
fn a_name_that_differs_in_case_is_another_service() {
    let twins = healthy().instances(|instances| {
        for instance in instances {
            instance.service = "GaleraDB".to_owned();
        }
    });
    twins.unseen_by_agents().assert(&[], Critical, &["galeradb is not registered: GaleraDB is, which differs in case"]);
}

/// 403 of one agent, and the answer of another.
#[test]
fn a_denial_by_one_agent_takes_nothing_from_what_another_says() {
    let denied = unknown_token();
    let scene = healthy().agent(1, |asked| super::scene::fail(asked, &denied));
    scene.assert(&[], Unknown, &["galeradb: 3/3 passing", "agent 127.0.0.21 denies access: \"ACL not found\""]);
    scene.agent(0, |asked| super::scene::fail(asked, &refused())).assert(
        &[],
        Warning,
        &["denies access", "connection refused"],
    );
}

/// What the operator mistyped is no outage.
#[test]
fn a_filter_that_consul_does_not_understand_is_our_own_fault() {
    let error = "HTTP/1.1 500 Internal Server Error\nContent-Type: text/plain\n\n\
                 rpc error making call: Failed to create boolean expression evaluator: no match found";
    let record = format!("### a:8500 consistent\n{error}\n\n### a:8500 stale\n{error}\n\n");
    let leader = "### a:8500 leader\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n\"127.0.0.11:8300\"\n";
    Scene::asking(&(record + leader), &["--filter", "Node.Node = a"]).assert(
        &[],
        Unknown,
        &[
            "CONSUL is UNKNOWN: agent a rejects the question: \"rpc error making call: Failed to create boolean",
            "-> look at --filter, ",
            "'agents_up'=1;",
        ],
    );
}

/// The words of the evaluation, with the answers that would change them.
#[test]
fn an_access_that_failed_itself_proves_nothing() {
    let failed = access(recorded!("secured-empty"), |access| {
        access.acls = Answer::none(refused());
        access.nodes = Answer::none(refused());
        access.services = Answer::none(refused());
    });
    failed.assert(&[], Critical, &["galeradb is not registered"]);
}
