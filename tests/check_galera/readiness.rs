//! `--mode readiness`: others go by the exit code alone, so each kind of fault has its own.

use std::fmt::Display;

use test_support::oracle::State;
use test_support::plugin::Output;
use test_support::scratch::Scratch;
use test_support::server;

use crate::check;
use crate::mariadb::{self, Answer, MariaDb, Script, Then};

/// The verdict and its only line.
#[track_caller]
fn assert_ready(address: impl Display, args: &[&str], state: State, said: &str) -> Output {
    let output = check(&["--mode", "readiness", "-H", &address.to_string()]).args(args).run();
    assert_eq!(output.state(), state, "{output:?}");
    assert_eq!(output.stdout.lines().count(), 1, "{output:?}");
    assert!(output.first_line().contains(said), "{said:?} not in {output:?}");
    assert_eq!(output.stderr, "");
    output
}

const USER: &[&str] = &["-u", "monitor"];

#[test]
fn a_node_that_serves_is_ok() {
    let node = MariaDb::healthy();
    assert_ready(node.address(), USER, State::Ok, "serves: Primary of a group of 3, Synced");
    assert_eq!((node.statements().len(), node.goodbyes()), (2, 1));
}

#[test]
fn a_node_that_does_not_answer_is_taken_out() {
    assert_ready(server::refused().addr(), USER, State::Critical, "does not serve: connection refused");
    assert_ready(server::closes_at_once().addr(), USER, State::Critical, "does not serve: connection");
    assert_ready(server::garbage().addr(), USER, State::Critical, "does not serve");
    let full = mariadb::refuses(1040, "Too many connections");
    assert_ready(full.addr(), USER, State::Critical, "does not serve: Too many connections (1040)");
    for code in [1047, 1205, 1053] {
        let node = MariaDb::start(Then::Fail(code, "not now"));
        assert_ready(node.address(), USER, State::Critical, &format!("does not serve: not now ({code})"));
        let node = Script::new([Then::healthy()]).set(Then::Fail(code, "not now")).start();
        assert_ready(node.address(), USER, State::Critical, &format!("does not serve: not now ({code})"));
    }
}

/// Within three seconds, whatever the time limit.
#[test]
fn silence_takes_a_node_out_soon() {
    for limit in ["2", "10"] {
        let args = ["-u", "monitor", "-t", limit];
        let silent = assert_ready(server::silent().addr(), &args, State::Critical, "does not serve: no login within");
        let hung = MariaDb::start(Then::Hang);
        let said = "does not serve: logged in, but status was not answered";
        let hung = assert_ready(hung.address(), &args, State::Critical, said);
        for output in [silent, hung] {
            assert!(output.elapsed.as_secs_f64() < 3.0, "{output:?}");
        }
    }
    let slow = Script::new([Then::healthy()]).login(Then::Hang).start();
    assert_ready(slow.address(), USER, State::Critical, "no login within");
}

#[test]
fn a_node_that_must_not_be_used_is_taken_out() {
    for (name, value) in [
        ("wsrep_ready", "OFF"),
        ("wsrep_cluster_status", "non-Primary"),
        ("wsrep_local_state", "1"),
        ("wsrep_local_state", "2"),
        ("wsrep_local_state", "5"),
        ("wsrep_on", "OFF"),
        ("wsrep_provider", "none"),
        ("wsrep_reject_queries", "ALL"),
        ("read_only", "ON"),
    ] {
        let node = MariaDb::saying(Answer::healthy().with(name, value));
        assert_ready(node.address(), USER, State::Critical, "does not serve");
    }
}

/// One password that was changed must not empty the service on all nodes at once.
#[test]
fn a_check_that_cannot_judge_takes_no_node_out() {
    for code in [1045, 1698, 1524] {
        let node = mariadb::denies(code, "Access denied");
        assert_ready(node.address(), USER, State::Warning, "cannot tell");
    }
    for (code, said) in [(1130, "Host is not allowed"), (1129, "Host is blocked")] {
        assert_ready(mariadb::refuses(code, said).addr(), USER, State::Warning, "cannot tell");
    }
    let (node, scratch) = (MariaDb::healthy(), Scratch::new());
    let malformed = scratch.file("malformed.cnf", "[client\n");
    let other = scratch.file("other.cnf", "[mysql]\nuser=monitor\n");
    for args in [
        &["-u", "monitor", "--ssl-mode", "required"][..],
        &["-u", "monitor", "--ssl-ca", "/nonexistent"],
        &["-u", "monitor", "--password-file", "/nonexistent"],
        &["-u", "monitor", "--defaults-file", "/nonexistent"],
        &["-u", "monitor", "--defaults-file", &malformed],
        &["-u", "monitor", "--defaults-file", &other],
        &[],
    ] {
        assert_ready(node.address(), args, State::Warning, "cannot tell");
    }
    let node = MariaDb::saying(Answer::healthy().without("wsrep_ready"));
    assert_ready(node.address(), USER, State::Warning, "cannot tell");
}

#[test]
fn wrong_usage_is_unknown_in_readiness_mode_too() {
    let readiness = |args: &[&str]| check(&["-u", "monitor", "--mode", "readiness"]).args(args).run();
    for args in [
        &["-w", "nonsense=1"][..],
        &["-x"],
        &["-H", "db1,db2"],
        &["-H", "db1", "-H", "db2"],
        &["-H", "db1", "--discover"],
        &["-H", "db1", "--sample", "0.1"],
    ] {
        let output = readiness(args);
        assert_eq!(output.state(), State::Unknown, "{args:?} {output:?}");
        assert!(!output.stdout.contains("cannot tell"), "{args:?} {output:?}");
    }
    assert_eq!(check(&["--mode", "ready"]).run().state(), State::Unknown);
}

#[test]
fn readiness_takes_no_second_look() {
    let node = MariaDb::saying(Answer::healthy().with("wsrep_evs_state", "GATHER"));
    assert_ready(node.address(), USER, State::Ok, "serves");
    assert_eq!(node.statements().len(), 2);
}
