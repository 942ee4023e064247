//! The history between two runs.

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

const REMEMBERING: Check = Check {
    service: "CONSUL",
    command: "check_consul_service -s galeradb -H 127.0.0.21 --history-dir /run/lab/consul-memory",
};

#[test]
fn an_instance_that_was_there_is_missed_without_a_number_that_is_expected() {
    let lab = Lab::shared();
    lab.command("rm").args(["-rf", "/run/lab/consul-memory"]).status().unwrap();
    REMEMBERING.assert(&lab, &[], State::Ok, &["3/3 passing", "'instances_vanished'=0;0;;0;"]);
    lab.break_(Fault::ConsulDeregister(Node::Db2)).unwrap();
    let said =
        ["db2 (127.0.0.12:3306) no longer registered, last seen", "galeradb: 2/2 passing", "'instances_vanished'=1;"];
    REMEMBERING.assert(&lab, &[], State::Warning, &said);
    REMEMBERING.assert(&lab, &["--vanished-hold", "0.001"], State::Ok, &["2/2 passing"]);
}
