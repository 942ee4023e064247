//! Faults of the Consul servers.

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

use super::compared::assert_row;
use super::{AGENTS, CLIENT, await_autopilot};

/// A production server waits 7 s for a leader before it says that there is none; the check must wait longer.
const ELECTION: [&str; 2] = ["-t", "12"];

#[test]
fn a_leader_that_was_just_killed_is_waited_for() {
    let lab = Lab::shared();
    // A check that gives up after a second would call this an outage.
    let killed = lab.kill_consul_leader().unwrap();
    let agent = format!("agent {}:8500: connection refused", killed.address());
    AGENTS.assert(&lab, &ELECTION, State::Warning, &[&agent, "'leader_known'=1;", "'agents_up'=2;;;0;3"]);
}

#[test]
fn a_new_leader_is_no_fault() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulLeaderKill).unwrap();
    await_autopilot(&lab);
    CLIENT.assert(&lab, &[], State::Warning, &["2/3 passing", "'leader_known'=1;", "may lose no server"]);
    assert_row(&lab, "the leading Consul server killed, another elected");
}

#[test]
fn a_leader_that_hangs_is_replaced_and_its_agent_silent() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulLeaderFreeze).unwrap();
    let said = ["no complete answer within", "'leader_known'=1;", "'agents_up'=2;;;0;3"];
    AGENTS.assert(&lab, &["-t", "5"], State::Warning, &said);
    assert_row(&lab, "the leading Consul server stopped with SIGSTOP");
}

#[test]
fn without_a_leader_the_old_truth_is_shown_as_old() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulNoQuorum).unwrap();
    let said = [
        "CONSUL is CRITICAL: no leader",
        "galeradb as last known",
        "galeradb: 3/3 passing (stale)",
        "'leader_known'=0;",
    ];
    AGENTS.assert(&lab, &ELECTION, State::Critical, &said);
    // At times a client agent gives up on the last server too.
    CLIENT.assert(&lab, &ELECTION, State::Critical, &["CONSUL is CRITICAL: no leader"]);
    assert_row(&lab, "two of three Consul servers killed");
}

/// The agent of the server that runs.
const FIRST: Check = Check {
    service: "CONSUL",
    command: "check_consul_service -s galeradb --expect 3 -H 127.0.0.11 --dns 127.0.0.11:8600",
};

#[test]
fn a_server_that_starts_alone_knows_nothing() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulRestartAlone).unwrap();
    let output = FIRST.run(&lab, &ELECTION);
    FIRST.assert(&lab, &ELECTION, State::Critical, &["CONSUL is CRITICAL: no leader", "nothing is known of galeradb"]);
    assert!(!output.stdout.contains("not registered") && !output.stdout.contains("instances_"), "{}", output.stdout);
    assert_row(&lab, "two of three Consul servers killed, the third restarted");
}

#[test]
fn agents_that_have_lost_all_servers_say_so() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulAllDown).unwrap();
    let said = ["CONSUL is CRITICAL: no leader", "No known Consul servers"];
    CLIENT.assert(&lab, &ELECTION, State::Critical, &said);
    assert_row(&lab, "all Consul servers killed");
    let gone =
        ["CONSUL is CRITICAL: none of 3 agents gives a usable answer", "connection refused", "'agents_up'=0;;;0;3"];
    AGENTS.assert(&lab, &[], State::Critical, &gone);
}

#[test]
fn one_agent_of_three_that_is_down_does_not_hide_the_others() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulKill(Node::Db1)).unwrap();
    let first = Check {
        service: "CONSUL",
        command: "check_consul_service -s galeradb --expect 3 -H 127.0.0.11 -H 127.0.0.12 -H 127.0.0.21",
    };
    let said = ["agent 127.0.0.11:8500: connection refused", "2/3 passing", "'agents_up'=2;;;0;3"];
    first.assert(&lab, &[], State::Warning, &said);
}
