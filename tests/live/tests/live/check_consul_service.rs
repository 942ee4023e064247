//! `check_consul_service` against the lab's Consul cluster.

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

const AGENTS: Check = Check {
    service: "CONSUL",
    command: "check_consul_service -s galeradb --expect 3 -H 127.0.0.11,127.0.0.12,127.0.0.13",
};

const CLIENT: Check = Check { service: "CONSUL", command: "check_consul_service -s galeradb --expect 3 -H 127.0.0.21" };

#[test]
fn a_healthy_service() {
    let lab = Lab::shared();
    for (check, agents) in [(AGENTS, "'agents_up'=3;;;0;3"), (CLIENT, "'agents_up'=1;;;0;1")] {
        check.assert(&lab, &[], State::Ok, &["CONSUL is OK: galeradb: 3/3 passing; leader 127.0.0.1", agents]);
    }
}

#[test]
fn an_instance_whose_check_fails() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    AGENTS.assert(&lab, &[], State::Warning, &["db3", "connection refused", "'instances_critical'=1;"]);
}

#[test]
fn an_agent_that_died_takes_its_instance_along() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulKill(Node::Db3)).unwrap();
    AGENTS.assert(&lab, &[], State::Warning, &["db3", "gossip", "127.0.0.13:8500", "'instances_passing'=2;"]);
    CLIENT.assert(&lab, &[], State::Warning, &["db3", "gossip", "2/3 passing"]);
}

#[test]
fn maintenance_is_a_class_of_its_own() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulMaintenance(Node::Db2)).unwrap();
    AGENTS.assert(&lab, &[], State::Warning, &["db2", "maintenance", "'instances_maintenance'=1;"]);
    AGENTS.assert(
        &lab,
        &["--severity", "instance-maintenance=ok", "-w", "~:"],
        State::Ok,
        &["2/3 passing", "'instances_maintenance'=1;"],
    );
}

#[test]
fn an_instance_that_was_deregistered_is_missed() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulDeregister(Node::Db2)).unwrap();
    AGENTS.assert(&lab, &[], State::Warning, &["2/3 passing", "'instances_registered'=2;"]);
}

#[test]
fn a_service_that_nobody_knows_is_critical() {
    let lab = Lab::shared();
    let unknown = Check { service: "CONSUL", command: "check_consul_service -s no/such?service -H 127.0.0.11" };
    unknown.assert(&lab, &[], State::Critical, &["no/such?service", "'instances_registered'=0;"]);
}

#[test]
fn a_new_leader_is_no_fault() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulLeaderKill).unwrap();
    CLIENT.assert(&lab, &[], State::Warning, &["2/3 passing", "'leader_known'=1;"]);
}

#[test]
fn without_a_leader_the_old_truth_is_shown_as_old() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulNoQuorum).unwrap();
    AGENTS.assert(&lab, &[], State::Critical, &["CONSUL is CRITICAL: ", "no leader", "'leader_known'=0;"]);
}
