//! What a node is told, and how often.

use test_support::oracle::State;
use test_support::plugin::assert_says;

use crate::mariadb::{Answer, MariaDb, Script, Then, addresses};
use crate::{ask, monitor};

/// The statements and no more, the second as often as the node was asked.
#[track_caller]
fn assert_asked(node: &MariaDb, times: usize) {
    let statements = node.statements();
    assert_eq!(statements.len(), 1 + times, "{statements:?}");
    assert_eq!(statements[0], "SET SESSION wsrep_sync_wait=0");
    for show in &statements[1..] {
        let parts: Vec<_> = show.split(';').collect();
        assert_eq!(parts.len(), 2, "{show}");
        assert!(parts[0].starts_with("SHOW GLOBAL STATUS WHERE Variable_name IN ("), "{show}");
        assert!(parts[1].starts_with("SHOW GLOBAL VARIABLES WHERE Variable_name IN ("), "{show}");
    }
    assert_eq!(node.plain_logins(), 1, "{statements:?}");
    assert_eq!(node.goodbyes(), 1);
}

#[test]
fn a_healthy_node_is_asked_in_two_statements_that_nothing_can_block() {
    let node = MariaDb::healthy();
    let output = monitor(node.address(), &["--expect", "3"]);
    assert_says(&output, State::Ok, "GALERA is OK: 3/3 members, node1 synced");
    let labels: Vec<_> = output.perfdata().into_iter().map(|value| value.label).collect();
    assert_eq!(labels.first().map(String::as_str), Some("members"));
    assert_asked(&node, 1);
}

#[test]
fn a_server_that_does_not_know_the_variable_is_asked_all_the_same() {
    let node = Script::new([Then::healthy()]).set(Then::Fail(1193, "Unknown system variable")).start();
    assert_says(&ask(node.address()), State::Ok, "node1 synced");
    assert_asked(&node, 1);
}

#[test]
fn a_server_that_fails_the_set_is_asked_nothing_more() {
    for code in [1047, 1205, 1064] {
        let node = Script::new([Then::healthy()]).set(Then::Fail(code, "not now")).start();
        assert_says(&ask(node.address()), State::Critical, &format!("not now ({code})"));
        assert_eq!(node.statements(), ["SET SESSION wsrep_sync_wait=0"]);
        assert_eq!(node.goodbyes(), 1);
    }
}

#[test]
fn a_sample_is_one_more_question_on_the_same_connection() {
    let counted = |committed: &str, paused: &str| {
        let answer = Answer::member(0, 1).with("Uptime", "1000").with("wsrep_last_committed", committed);
        Then::Say(answer.with("wsrep_flow_control_paused_ns", paused).with("wsrep_replicated", committed))
    };
    let node = Script::new([counted("100", "0"), counted("100000", "3000000000")]).start();
    let output = monitor(node.address(), &["--sample", "1s"]);
    assert_says(&output, State::Critical, "flow control stopped writing for");
    assert!(output.perfdata().iter().any(|value| value.label == "write_rate" && value.value > 0.0), "{output:?}");
    assert_asked(&node, 2);
}

/// It has gone since its first word.
#[test]
fn a_node_that_does_not_answer_the_second_time_is_gone() {
    for (then, said) in [
        (Then::Fail(1205, "not now"), "not now (1205)"),
        (Then::Close, "connection closed"),
        (Then::Hang, "logged in, but status was not answered"),
    ] {
        let node = Script::new([Then::healthy(), then]).start();
        let output = monitor(node.address(), &["--sample", "1s", "-t", "3"]);
        assert_says(&output, State::Critical, said);
        assert!(!output.perfdata().iter().any(|value| value.label == "flow_control"), "{output:?}");
    }
}

#[test]
fn a_sample_as_long_as_the_time_limit_is_wrong_usage() {
    let node = MariaDb::healthy();
    assert_says(&monitor(node.address(), &["--sample", "2s", "-t", "2"]), State::Unknown, "--sample leaves no time");
}

#[test]
fn a_sample_too_short_for_a_rate_is_wrong_usage() {
    let node = MariaDb::healthy();
    let output = monitor(node.address(), &["--sample", "0.9s"]);
    assert_says(&output, State::Unknown, "--sample is too short to measure a rate");
    assert!(output.text().contains("at least 1"), "{output:?}");
}

/// Two nodes that each claim to be alone and first.
fn alone(name: &str) -> Then {
    Then::Say(Answer::member(0, 1).with("wsrep_node_name", name).without("wsrep_gcomm_uuid"))
}

#[test]
fn a_split_brain_that_only_the_first_look_has_is_not_reported() {
    let together = |index| Then::Say(Answer::member(index, 2));
    let nodes =
        [Script::new([alone("node1"), together(0)]).start(), Script::new([alone("node2"), together(1)]).start()];
    let output = monitor(addresses(&nodes), &["--recheck", "0.2s", "--severity", "weight-even=ok"]);
    assert_says(&output, State::Ok, "GALERA is OK: 2/2 members, 2 synced");
    assert!(!output.stdout.contains("split brain"), "{output:?}");
    for node in &nodes {
        assert_asked(node, 2);
    }
}

#[test]
fn a_split_brain_that_stays_is_critical() {
    let nodes = [Script::new([alone("node1")]).start(), Script::new([alone("node2")]).start()];
    let output = monitor(addresses(&nodes), &["--recheck", "0.2s"]);
    assert_says(&output, State::Critical, "GALERA is CRITICAL: split brain: {node1");
    for node in &nodes {
        assert_asked(node, 2);
    }
}

#[test]
fn a_second_look_that_would_take_longer_than_the_time_limit_is_not_waited_for() {
    let nodes = [Script::new([alone("node1")]).start(), Script::new([alone("node2")]).start()];
    let output = monitor(addresses(&nodes), &["--recheck", "60s", "-t", "2"]);
    assert_says(&output, State::Critical, "split brain");
    for node in &nodes {
        assert_asked(node, 1);
    }
}

#[test]
fn a_membership_change_is_looked_at_twice() {
    let changing = Answer::healthy().with("wsrep_evs_state", "GATHER");
    let node = Script::new([Then::Say(changing.clone()), Then::Say(changing.with("wsrep_evs_state", "OPERATIONAL"))]);
    let node = node.start();
    assert_says(&monitor(node.address(), &["--recheck", "0.1s"]), State::Ok, "node1 synced");
    assert_asked(&node, 2);
}

/// One node that answers nothing must not take the others' second look.
#[test]
fn a_node_that_hangs_does_not_take_the_second_look_from_the_others() {
    let together = |index| Then::Say(Answer::member(index, 3));
    let nodes = [
        Script::new([alone("node1"), together(0)]).start(),
        Script::new([alone("node2"), together(1)]).start(),
        MariaDb::start(Then::Hang),
    ];
    let output = monitor(addresses(&nodes), &["--recheck", "0.2s", "-t", "4"]);
    assert!(!output.stdout.contains("split brain"), "{output:?}");
    assert_asked(&nodes[0], 2);
}
