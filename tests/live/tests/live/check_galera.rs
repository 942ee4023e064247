//! `check_galera` against the lab's MariaDB Galera cluster, state by state.

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

const CLUSTER: Check = Check {
    service: "GALERA",
    command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13",
};

#[test]
fn a_healthy_cluster() {
    let lab = Lab::shared();
    CLUSTER.assert(
        &lab,
        &[],
        State::Ok,
        &["GALERA is OK: 3/3 members, 3 of 3 asked synced|'members'=3;3:;2:;0; 'synced'=3;3:;2:;0;3 'primary'=3;;;0;3"],
    );
    CLUSTER.assert(
        &lab,
        &["-v"],
        State::Ok,
        &["[OK] db1 (127.0.0.11:3306) Synced", "[OK] db3 (127.0.0.13:3306) Synced"],
    );
}

#[test]
fn one_node_asked_over_its_socket() {
    let lab = Lab::shared();
    let socket = Check { service: "GALERA", command: "check_galera -u root -S /run/lab/db1/mysqld.sock" };
    socket.assert(&lab, &[], State::Ok, &["GALERA is OK: a cluster of 3, 1 of 1 asked synced"]);
}

#[test]
fn a_crashed_node_is_a_warning() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    CLUSTER.assert(
        &lab,
        &[],
        State::Warning,
        &["GALERA is WARNING: 127.0.0.13:3306: connection refused; 2/3 members (outside range 3:)"],
    );
}

#[test]
fn a_node_that_accepts_and_hangs_is_told_from_a_dead_one() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraFreeze(Node::Db2)).unwrap();
    CLUSTER.assert(&lab, &[], State::Warning, &["127.0.0.12:3306: no login within 3.0 s"]);
}

#[test]
fn a_partitioned_node_is_in_no_primary_component() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraPartition(Node::Db3)).unwrap();
    CLUSTER.assert(&lab, &[], State::Warning, &["db3 (127.0.0.13:3306) is in no Primary component", "'synced'=2;"]);
}

#[test]
fn the_majority_lost_is_critical() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraNoPrimary).unwrap();
    CLUSTER.assert(&lab, &[], State::Critical, &["no node asked is in a Primary component", "'members'=0;"]);
}

#[test]
fn a_split_brain_with_one_uuid_is_critical() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraSplitBrain).unwrap();
    CLUSTER.assert(
        &lab,
        &[],
        State::Critical,
        &["GALERA is CRITICAL: split brain: ", "in a group of 2", "in a group of 1"],
    );
}

#[test]
fn a_desynced_node_serves() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraDesync(Node::Db2)).unwrap();
    CLUSTER.assert(
        &lab,
        &["-v"],
        State::Ok,
        &["3/3 members", "[OK] db2 (127.0.0.12:3306) Donor/Desynced", "'synced'=3;"],
    );
}

#[test]
fn a_node_that_rejects_queries_does_not() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraReject(Node::Db2)).unwrap();
    CLUSTER.assert(&lab, &[], State::Warning, &["db2 (127.0.0.12:3306) rejects queries: wsrep_reject_queries is ALL"]);
}

#[test]
fn a_global_sync_wait_does_not_hang_the_check() {
    let lab = Lab::shared();
    lab.sql(Node::Db3, "SET GLOBAL wsrep_sync_wait=15").unwrap();
    lab.break_(Fault::GaleraPartition(Node::Db3)).unwrap();
    CLUSTER.assert(&lab, &[], State::Warning, &["db3 (127.0.0.13:3306) is in no Primary component"]);
    lab.sql(Node::Db3, "SET GLOBAL wsrep_sync_wait=0").unwrap();
}

#[test]
fn a_wrong_password_is_our_fault() {
    let lab = Lab::shared();
    let wrong = Check { service: "GALERA", command: "env MYSQL_PWD=wrong check_galera -u icinga -H 127.0.0.11" };
    wrong.assert(
        &lab,
        &[],
        State::Unknown,
        &["127.0.0.11:3306 does not let the check log in: Access denied", "(1045)"],
    );
}
