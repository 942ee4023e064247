//! Clusters of two nodes, with and without an arbitrator: what the votes still carry is no outage.

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

use super::compared::assert_row_among;

/// The two nodes, with a history of their own for each test.
const fn pair(command: &'static str) -> Check {
    Check { service: "GALERA", command }
}

#[test]
fn one_of_two_nodes_beside_an_arbitrator_goes_on_to_serve() {
    const PAIR: Check = pair(
        "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12 --history-dir /run/lab/beside-garbd",
    );
    let lab = Lab::shared();
    lab.break_(Fault::GaleraTwoAndGarbd).unwrap();
    PAIR.assert(&lab, &[], State::Ok, &["lab: 2/2 members, 1 arbitrator, 2 synced", "'weight'=3;"]);

    lab.break_(Fault::GaleraKill(Node::Db2)).unwrap();
    let said = ["lab: 1/2 members: db2 connection refused", "'arbitrators'=1;", "'weight'=2;"];
    PAIR.assert(&lab, &[], State::Warning, &said);
    assert_row_among(&lab, "one of two nodes beside an arbitrator killed", &PAIR, &Node::Db3.others());
    // It is true: the survivor takes writes.
    lab.sql(Node::Db1, "INSERT INTO app.t (word) VALUES ('served')").unwrap();
}

#[test]
fn two_nodes_without_an_arbitrator_are_well_and_one_that_leaves_in_order_stops_nobody() {
    const PAIR: Check = pair(
        "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12 --history-dir /run/lab/two-stopped",
    );
    let lab = Lab::shared();
    lab.break_(Fault::GaleraStop(Node::Db3)).unwrap();
    PAIR.assert(&lab, &[], State::Ok, &["lab: 2/2 members, 2 synced", "'weight'=2;"]);

    lab.break_(Fault::GaleraStop(Node::Db2)).unwrap();
    let said = ["lab: 1/2 members: db2 connection refused", "cannot survive another crash", "'weight'=1;"];
    PAIR.assert(&lab, &[], State::Warning, &said);
    lab.sql(Node::Db1, "INSERT INTO app.t (word) VALUES ('served')").unwrap();
}

#[test]
fn one_of_two_nodes_that_is_killed_stops_the_other() {
    const PAIR: Check = pair(
        "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12 --history-dir /run/lab/two-killed",
    );
    let lab = Lab::shared();
    lab.break_(Fault::GaleraStop(Node::Db3)).unwrap();
    PAIR.assert(&lab, &[], State::Ok, &["lab: 2/2 members"]);

    lab.break_(Fault::GaleraKill(Node::Db2)).unwrap();
    PAIR.assert(&lab, &[], State::Critical, &["no node asked is in a Primary component", "db1"]);
    lab.sql(Node::Db1, "INSERT INTO app.t (word) VALUES ('lost')").unwrap_err();
}
