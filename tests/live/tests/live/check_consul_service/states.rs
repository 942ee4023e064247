//! Faults of instances and agents.

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

use super::compared::assert_row;
use super::{AGENTS, CLIENT, await_autopilot};

#[test]
fn a_healthy_service() {
    let lab = Lab::shared();
    let said = ["CONSUL is OK: galeradb: 3/3 passing; leader 127.0.0.1", "may lose 1 server", "'agents_up'=3;;;0;3"];
    AGENTS.assert(&lab, &[], State::Ok, &said);
    let said =
        ["CONSUL is OK: galeradb: 3/3 passing; DNS agrees on 4 servers; leader 127.0.0.1", "'agents_up'=1;;;0;1"];
    CLIENT.assert(&lab, &[], State::Ok, &said);
    assert_row(&lab, "healthy");
}

#[test]
fn an_instance_whose_check_fails() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    let said = ["galeradb: 2/3 passing: db3 critical: service check ", "connection refused", "'instances_critical'=1;"];
    AGENTS.assert(&lab, &[], State::Warning, &said);
    CLIENT.assert(&lab, &[], State::Warning, &["DNS agrees on 4 servers", "(127.0.0.13:3306) critical; not in DNS"]);
    assert_row(&lab, "MariaDB on one node killed");
}

#[test]
fn an_agent_that_died_takes_its_instance_along() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulKill(Node::Db3)).unwrap();
    await_autopilot(&lab);
    let said = [
        "unreachable by gossip, last service check passing",
        "agent 127.0.0.13:8500: connection refused",
        "'instances_passing'=2;",
        "2 of 3 Consul servers healthy (not db3): may lose no server",
    ];
    AGENTS.assert(&lab, &[], State::Warning, &said);
    CLIENT.assert(&lab, &[], State::Warning, &["gossip", "2/3 passing", "'failure_tolerance'=0;1:;"]);
    assert_row(&lab, "the Consul agent of one node killed, its MariaDB well");
}

#[test]
fn an_agent_that_hangs_is_told_from_one_that_is_gone() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulFreeze(Node::Db2)).unwrap();
    let two = Check { service: "CONSUL", command: "check_consul_service -s galeradb -H 127.0.0.21,127.0.0.12 -t 4" };
    two.assert(&lab, &[], State::Warning, &["agent 127.0.0.12:8500: no complete answer within", "'agents_up'=1;;;0;2"]);
    assert_row(&lab, "the Consul agent of one node stopped with SIGSTOP");
}

#[test]
fn maintenance_is_a_class_of_its_own() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulMaintenance(Node::Db2)).unwrap();
    AGENTS.assert(&lab, &[], State::Warning, &["db2", "maintenance", "\"lab\"", "'instances_maintenance'=1;"]);
    AGENTS.assert(
        &lab,
        &["--severity", "instance-maintenance=ok", "-w", "~:"],
        State::Ok,
        &["2/3 passing", "'instances_maintenance'=1;"],
    );
    assert_row(&lab, "one node in maintenance");
}

#[test]
fn maintenance_of_the_service_alone_has_its_own_remedy() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulServiceMaintenance(Node::Db2)).unwrap();
    let said = ["db2", "maintenance", "\"upgrade\"", "consul maint -disable -service=galeradb"];
    AGENTS.assert(&lab, &[], State::Warning, &said);
    CLIENT.assert(&lab, &[], State::Warning, &["in maintenance; not in DNS", "DNS agrees on 4 servers"]);
    assert_row(&lab, "the service on one node in maintenance");
}

#[test]
fn an_instance_in_warning_is_not_passing_but_in_dns() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulWarning(Node::Db2)).unwrap();
    let said =
        ["galeradb: 2/3 passing", "'instances_warning'=1;", "DNS agrees on 4 servers", "warning; in DNS on all 4"];
    CLIENT.assert(&lab, &[], State::Warning, &said);
    assert_row(&lab, "the check of one instance in warning");
}

#[test]
fn an_instance_that_was_deregistered_is_missed() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulDeregister(Node::Db2)).unwrap();
    AGENTS.assert(&lab, &[], State::Warning, &["2/3 passing", "'instances_registered'=2;"]);
    assert_row(&lab, "one instance deregistered");
}

#[test]
fn a_service_that_nobody_knows_is_critical() {
    let lab = Lab::shared();
    let unknown = Check { service: "CONSUL", command: "check_consul_service -s no/such?service -H 127.0.0.11" };
    let said = ["no/such?service is not registered: it is unknown", "'instances_registered'=0;"];
    unknown.assert(&lab, &[], State::Critical, &said);
}

#[test]
fn a_name_that_needs_escaping_is_asked_as_it_is() {
    let lab = Lab::shared();
    lab.register_odd().unwrap();
    let command = ["-s", lab::node::ODD_SERVICE, "-H", "127.0.0.11"];
    let odd = Check { service: "CONSUL", command: "check_consul_service" };
    let said = format!("CONSUL is OK: {}: 1/1 passing", lab::node::ODD_SERVICE);
    odd.assert(&lab, &command, State::Ok, &[&said]);
}

#[test]
fn a_check_that_is_required_is_missed_until_it_is_there() {
    let lab = Lab::shared();
    AGENTS.assert(
        &lab,
        &["--require-check", "wsrep|galera"],
        State::Warning,
        &["no check that --require-check asks for: db1"],
    );
    lab.check_by(lab::ServiceCheck::Readiness).unwrap();
    AGENTS.assert(&lab, &["--require-check", "wsrep|galera"], State::Ok, &["3/3 passing"]);
    AGENTS.assert(&lab, &["--severity", "only-tcp=warning"], State::Ok, &["3/3 passing"]);
}

#[test]
fn tags_and_nodes_select() {
    let lab = Lab::shared();
    let some =
        Check { service: "CONSUL", command: "check_consul_service -s galeradb -H 127.0.0.21 --dns 127.0.0.21:8600" };
    some.assert(&lab, &["--tag", "db2"], State::Ok, &["galeradb: 1/1 passing; DNS agrees on 1 server"]);
    some.assert(&lab, &["--node", "DB3"], State::Ok, &["galeradb: 1/1 passing; DNS agrees on 1 server"]);
    some.assert(&lab, &["--tag", "db2", "--tag", "db3"], State::Critical, &["of 3 instances none has the tag db2 and"]);
    some.assert(&lab, &["--filter", "Node.Node == db1"], State::Ok, &["galeradb: 1/1 passing"]);
    some.assert(&lab, &["--filter", "((("], State::Unknown, &["Failed to create boolean expression evaluator"]);
}
