//! Nodes that do not answer, or not as a node.

use std::time::Duration;

use test_support::oracle::State;
use test_support::plugin::assert_says;
use test_support::server;

use crate::mariadb::{self, Answer, MariaDb, Then, addresses};
use crate::{ask, check, monitor};

#[test]
fn every_node_is_named_with_its_own_fault() {
    let (well, hung, gone) = (MariaDb::healthy(), MariaDb::start(Then::Hang), server::refused());
    let output = ask(format!("{},{},{}", well.address(), hung.address(), gone.addr()));
    // The group counts three, so those that do not answer are members: one is dead, one is no more than suspected.
    assert_says(&output, State::Critical, &format!("{} is hung", hung.address()));
    assert!(output.stdout.contains("'members'=3;3:;2:;0; 'synced'=1;3:;2:;0;3"), "{output:?}");
    let text = output.text();
    assert!(text.contains(&format!("{} is hung: logged in, but status was not answered", hung.address())), "{text}");
    assert!(
        text.contains(&format!("{} unreachable, still counted by the group: connection refused", gone.addr())),
        "{text}"
    );
}

#[test]
fn a_refused_connection_is_critical() {
    let gone = server::refused();
    assert_says(
        &ask(gone.addr()),
        State::Critical,
        &format!("GALERA is CRITICAL: {}: connection refused", gone.addr()),
    );
}

#[test]
fn silence_is_critical_and_not_our_time_limit() {
    assert_says(&ask(server::silent().addr()), State::Critical, "no login within 0.9 s");
    assert_says(&ask(MariaDb::start(Then::Hang).address()), State::Critical, "logged in, but status was not answered");
}

#[test]
fn a_byte_a_second_is_critical() {
    let slow = server::drip([10; 200], Duration::from_millis(200));
    assert_says(&ask(slow.addr()), State::Critical, "no login within");
}

#[test]
fn a_closed_connection_is_critical() {
    assert_says(&ask(server::closes_at_once().addr()), State::Critical, "connection closed");
}

#[test]
fn a_server_that_is_not_mariadb_is_critical() {
    assert_says(&ask(server::garbage().addr()), State::Critical, "does not speak the MariaDB protocol");
}

#[test]
fn too_many_connections_is_the_servers_fault() {
    let full = mariadb::refuses(1040, "Too many connections");
    assert_says(&ask(full.addr()), State::Critical, "Too many connections (1040)");
}

#[test]
fn a_status_that_fails_is_the_servers_fault() {
    let node = MariaDb::start(Then::Fail(1205, "Lock wait timeout exceeded"));
    assert_says(&ask(node.address()), State::Critical, "Lock wait timeout exceeded (1205)");
}

#[test]
fn a_socket_that_is_not_there_is_critical() {
    let output = check(&["-u", "monitor", "-S", "/nonexistent/mysqld.sock"]).run();
    assert_says(&output, State::Critical, "/nonexistent/mysqld.sock: no such file");
}

/// A typo, or a name server that is wrong, is no outage: nobody was asked.
#[test]
fn a_name_that_does_not_resolve_is_ours() {
    // Not even a legal name, so nobody is asked about it.
    let said = "no..such..name was not asked: this host cannot resolve no..such..name (no such name)";
    for names in ["no..such..name", "no..such..name,nor..this,nor..that"] {
        let output = ask(names);
        assert_says(&output, State::Unknown, said);
        assert!(!output.text().contains("galera_new_cluster"), "{output:?}");
    }
    let readiness = check(&["-u", "monitor", "--mode", "readiness", "-H", "no..such..name"]).run();
    assert_says(&readiness, State::Warning, "cannot tell: this host cannot resolve no..such..name (no such name)");
}

#[test]
fn of_several_nodes_those_whose_names_resolve_are_judged() {
    let (well, gone) = (MariaDb::healthy(), server::refused());
    let hosts = format!("{},no..such..name", well.address());
    let output = check(&["-u", "monitor", "-H", &hosts, "--expect", "3"]).run();
    assert_says(&output, State::Unknown, "no..such..name was not asked");
    assert!(output.stdout.contains("'members'=3;"), "{output:?}");
    let output = ask(format!("{},no..such..name", gone.addr()));
    assert!(!output.text().contains("galera_new_cluster"), "{output:?}");
}

/// The other node is asked all the same, and what it says is judged.
#[test]
fn a_node_whose_name_cannot_be_looked_up_is_one_of_two() {
    let (well, named) = (MariaDb::healthy(), server::refused());
    let name = format!("localhost:{}", named.addr().port());
    let Some(plugin) = check(&["-u", "monitor", "-H", &well.address(), "-H", &name, "--expect", "3"]).limit_threads(2)
    else {
        println!("skipped: the plugin cannot be run as another user here");
        return;
    };
    let output = plugin.run();
    assert_says(
        &output,
        State::Unknown,
        &format!("{name} was not asked: this host lets the check start no further thread"),
    );
    assert!(output.stdout.contains("'members'=3;"), "{output:?}");
    assert!(output.text().contains("ulimit -u"), "{output:?}");
}

/// One after the other.
#[test]
fn one_thread_is_enough_to_look_up_many_names() {
    let nodes: Vec<_> = (0..8).map(|_| server::refused()).collect();
    let names: Vec<_> = nodes.iter().map(|node| format!("localhost:{}", node.addr().port())).collect();
    let Some(plugin) = check(&["-u", "monitor", "-H", &names.join(",")]).limit_threads(3) else {
        println!("skipped: the plugin cannot be run as another user here");
        return;
    };
    let output = plugin.run();
    assert_says(&output, State::Critical, "none of 8 nodes answers");
    assert!(!output.text().contains("not asked"), "{output:?}");
}

#[test]
fn an_error_before_the_greeting_may_have_a_state() {
    let full = mariadb::refuses(1040, "#08004Too many connections");
    assert_says(&ask(full.addr()), State::Critical, ": Too many connections (1040)");
}

/// A copy of a node's identity at another address.
#[test]
fn two_servers_with_one_identity_are_named() {
    let answer = Answer::member(0, 3);
    let nodes = [MariaDb::saying(answer.clone()), MariaDb::saying(answer.with("wsrep_node_name", "other"))];
    let output = monitor(addresses(&nodes), &["--recheck", "0.1s", "--expect", "3"]);
    assert!(output.text().contains("give one wsrep_gcomm_uuid, but different names, node1 and other"), "{output:?}");
    assert_eq!(output.state(), State::Critical, "{output:?}");
    assert!(nodes.iter().all(|node| node.statements().len() == 3), "asked twice");
}
