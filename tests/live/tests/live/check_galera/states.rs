//! State by state: the fault, its node, and the words that an operator needs.

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

use super::CLUSTER;
use super::compared::assert_row;

#[test]
fn a_healthy_cluster() {
    let lab = Lab::shared();
    let said = [
        "GALERA is OK: lab: 3/3 members, 3 synced; survives 1 crash\n[OK] db1 127.0.0.11:3306 synced, ",
        "|'members'=3;3:;2:;0; 'synced'=3;3:;2:;0;3 'primary'=3;;;0;3",
        "'tolerable_failures'=1;1:;;0; 'weight'=3;",
    ];
    CLUSTER.assert(&lab, &[], State::Ok, &said);
    CLUSTER.assert(&lab, &["-v"], State::Ok, &["\n[OK] db3 127.0.0.13:3306 synced, "]);
    assert_row(&lab, "healthy");
}

#[test]
fn one_node_asked_over_its_socket() {
    let lab = Lab::shared();
    let socket = Check { service: "GALERA", command: "check_galera -u root -S /run/lab/db1/mysqld.sock" };
    socket.assert(&lab, &[], State::Ok, &["GALERA is OK: lab: a cluster of 3, db1 synced; survives 1 crash"]);
}

#[test]
fn members_are_discovered_from_one_of_them() {
    let lab = Lab::shared();
    let seed = Check {
        service: "GALERA",
        command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11 --discover \
                  --history-dir /run/lab/seed",
    };
    seed.assert(&lab, &[], State::Ok, &["lab: 3/3 members", "db3 127.0.0.13:3306 synced"]);
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    // The group does not name it any more; the last run knows it.
    seed.assert(&lab, &[], State::Warning, &["lab: 2/3 members: 127.0.0.13:3306 last seen"]);
}

#[test]
fn a_crashed_node_is_a_warning() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    let said = [
        "GALERA is WARNING: lab: 2/3 members: 127.0.0.13 connection refused; cannot survive another crash",
        "db1 127.0.0.11:3306 synced, ",
        "not safe to crash, safe to stop",
        "'members'=2;3:;2:;",
        "'tolerable_failures'=0;1:;;",
    ];
    CLUSTER.assert(&lab, &[], State::Warning, &said);
    let down = ["--expect-down", "127.0.0.13", "-w", "tolerable_failures=0:"];
    CLUSTER.assert(&lab, &down, State::Ok, &["lab: 2/3 members, 2 synced, 127.0.0.13 down as announced"]);
    assert_row(&lab, "MariaDB on one node killed");
}

#[test]
fn who_left_is_named_with_the_time_since() {
    let lab = Lab::shared();
    let remembers = Check {
        service: "GALERA",
        command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13 \
                  --history-dir /run/lab/left",
    };
    remembers.assert(&lab, &[], State::Ok, &["3/3 members"]);
    lab.break_(Fault::GaleraStop(Node::Db3)).unwrap();
    let said = [
        "db3 unreachable (last seen as a member ",
        " s ago): connection refused",
        "IST for db3 possible",
        "last known seqno ",
    ];
    remembers.assert(&lab, &[], State::Warning, &said);
    lab.mend().unwrap();
    // One leaves and comes back between two runs: only the number of the view tells.
    remembers.assert(&lab, &["-w", "view_changes=0"], State::Warning, &["membership changed "]);
}

#[test]
fn a_node_that_left_in_order_leaves_the_others_less() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraStop(Node::Db3)).unwrap();
    CLUSTER.assert(&lab, &[], State::Warning, &["lab: 2/3 members", "cannot survive another crash"]);
    assert_row(&lab, "MariaDB on one node stopped in order");
}

#[test]
fn a_node_that_accepts_and_hangs_is_told_from_a_dead_one() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraFreeze(Node::Db2)).unwrap();
    CLUSTER.assert(&lab, &[], State::Warning, &["127.0.0.12 unreachable: no login within 3.0 s", "lab: 2/3 members"]);
    assert_row(&lab, "one node stopped with SIGSTOP: accepts, never answers");
}

#[test]
fn a_member_whose_port_is_dead_is_hung() {
    let lab = Lab::shared();
    let rule = "-w -A INPUT -p tcp -d 127.0.0.13 --dport 3306 -j DROP";
    assert!(lab.altering("iptables").args(rule.split(' ')).status().unwrap().success());
    let said = ["127.0.0.13 is hung: no login within 3.0 s, yet the group counts it", "'members'=3;"];
    CLUSTER.assert(&lab, &[], State::Critical, &said);
}

#[test]
fn a_partitioned_node_is_in_no_primary_component() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraPartition(Node::Db3)).unwrap();
    let said = [
        "lab: 2/3 members: db3 is in no Primary component",
        "db3 is in no Primary component (Initialized)",
        "'synced'=2;",
        "'primary'=2;",
    ];
    CLUSTER.assert(&lab, &[], State::Warning, &said);
    assert_row(&lab, "one node cut off from the others");
}

#[test]
fn a_global_sync_wait_does_not_hang_the_check() {
    let lab = Lab::shared();
    lab.sql(Node::Db3, "SET GLOBAL wsrep_sync_wait=15").unwrap();
    lab.break_(Fault::GaleraPartition(Node::Db3)).unwrap();
    let said = ["db3 is in no Primary component", "wsrep_sync_wait differs: 0 on db1 and db2; 15 on db3"];
    CLUSTER.assert(&lab, &[], State::Warning, &said);
    assert_row(&lab, "one node cut off, with a global wsrep_sync_wait");
}

#[test]
fn the_majority_lost_is_critical() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraNoPrimary).unwrap();
    let said =
        ["GALERA is CRITICAL: no node asked is in a Primary component", "(of those that answer: db1, ", "'members'=0;"];
    CLUSTER.assert(&lab, &[], State::Critical, &said);
    assert_row(&lab, "two nodes killed: the third is non-Primary");
}

#[test]
fn a_split_brain_with_one_uuid_is_critical() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraSplitBrain).unwrap();
    let said = [
        "GALERA is CRITICAL: split brain: {db1 and db2} vs {db3}",
        "{db3}: UUID ",
        ", size 1, view ",
        "'components'=2;",
    ];
    CLUSTER.assert(&lab, &[], State::Critical, &said);
    lab.sql(Node::Db1, "INSERT INTO app.t (word) VALUES ('here')").unwrap();
    CLUSTER.assert(&lab, &[], State::Critical, &[", ahead is db1 and db2"]);
    assert_row(&lab, "split brain: cut, and the lone node bootstrapped by hand");
}

#[test]
fn a_second_cluster_is_a_split_brain_too() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraSecondCluster).unwrap();
    CLUSTER.assert(
        &lab,
        &[],
        State::Critical,
        &["split brain: {db1 and db2} vs {db3}", "their data have nothing in common"],
    );
    let uuid = lab.sql(Node::Db3, "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_state_uuid'").unwrap();
    let uuid = uuid.trim().rsplit('\t').next().unwrap();
    CLUSTER.assert(&lab, &["--uuid", uuid], State::Critical, &["not the one expected"]);
    assert_row(&lab, "one node formed a cluster of its own");
}

#[test]
fn a_desynced_node_serves() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraDesync(Node::Db2)).unwrap();
    let said = ["lab: 3/3 members, 2 synced, db2 desynced", "[OK] db2 is desynced: wsrep_desync is ON", "'synced'=3;"];
    CLUSTER.assert(&lab, &["-v"], State::Ok, &said);
    assert_row(&lab, "one node desynced for a backup");
}

#[test]
fn a_donor_serves_and_the_joiner_is_known() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraSst(Node::Db3)).unwrap();
    let said = [
        "127.0.0.13 receives a state transfer from db1",
        "[OK] db1 127.0.0.11:3306 donor",
        "'members'=3;",
        "'joining'=1;",
    ];
    CLUSTER.assert(&lab, &[], State::Warning, &said);
    CLUSTER.assert(&lab, &["-v"], State::Warning, &["[OK] db1 is donor, of 127.0.0.13"]);
    assert_row(&lab, "one node receives a full state transfer (mariabackup)");
}

#[test]
fn a_donor_by_rsync_is_a_donor_too() {
    let fault = Fault::GaleraSstRsync(Node::Db3);
    if !fault.is_possible() {
        println!("skipped: {fault:?} needs root");
        return;
    }
    let lab = Lab::shared();
    lab.break_(fault).unwrap();
    CLUSTER.assert(&lab, &[], State::Warning, &["127.0.0.13 receives a state transfer from db1", "'members'=3;"]);
    assert_row(&lab, "one node receives a full state transfer (rsync)");
}

#[test]
fn a_node_that_rejects_queries_does_not_serve() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraReject(Node::Db2)).unwrap();
    CLUSTER.assert(&lab, &[], State::Warning, &["db2 rejects queries: wsrep_reject_queries is ALL", "'synced'=2;"]);
    assert_row(&lab, "wsrep_reject_queries=ALL on one node");
}

#[test]
fn a_node_that_does_not_replicate_is_critical() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraWsrepOff(Node::Db3)).unwrap();
    CLUSTER.assert(&lab, &[], State::Critical, &["GALERA is CRITICAL: db3 does not replicate: wsrep_on is OFF"]);
    assert_row(&lab, "wsrep_on=OFF on one node");
}

#[test]
fn a_node_that_takes_no_writes() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraReadOnly(Node::Db2)).unwrap();
    CLUSTER.assert(&lab, &[], State::Warning, &["db2 takes no writes: read_only is ON"]);
    CLUSTER.assert(&lab, &["--severity", "node-read-only=ok"], State::Ok, &["3/3 members"]);
    assert_row(&lab, "read_only on one node");
}

/// Clients write there, and nobody else ever hears of it.
#[test]
fn a_member_that_came_back_without_the_provider_is_critical() {
    let lab = Lab::shared();
    let check = Check {
        service: "GALERA",
        command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13 \
                  --history-dir /run/lab/provider -w ist_window=~: -c ist_window=~:",
    };
    check.assert(&lab, &[], State::Ok, &["3/3 members"]);
    lab.break_(Fault::GaleraProviderNone(Node::Db3)).unwrap();
    lab.sql(Node::Db3, "INSERT INTO app.t (word) VALUES ('lost')").unwrap();
    let count = "SELECT COUNT(*) FROM app.t WHERE word = 'lost'";
    assert_eq!((lab.sql(Node::Db3, count).unwrap().trim(), lab.sql(Node::Db1, count).unwrap().trim()), ("1", "0"));

    // The history knows it by its address, though it calls itself otherwise now.
    let said =
        ["GALERA is CRITICAL: db3 runs without Galera", "save what they wrote before it rejoins: a full SST wipes it"];
    check.assert(&lab, &[], State::Critical, &said);
    CLUSTER.assert(&lab, &[], State::Critical, &["host-of-it runs without Galera"]);
    let alone = Check { command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.13", ..CLUSTER };
    alone.assert(&lab, &[], State::Unknown, &["host-of-it runs without Galera"]);
    alone.assert(&lab, &["--mode", "readiness"], State::Critical, &["does not serve: it runs without Galera"]);
    assert_row(&lab, "wsrep_provider=none on one node: it takes writes alone");
}

#[test]
fn a_node_whose_transactions_are_read_only() {
    let lab = Lab::shared();
    lab.sql(Node::Db2, "SET GLOBAL tx_read_only = ON").unwrap();
    let refused = lab.sql(Node::Db2, "INSERT INTO app.t (word) VALUES ('no')").unwrap_err();
    assert!(format!("{refused:#}").contains("1792"), "{refused:#}");
    CLUSTER.assert(&lab, &[], State::Warning, &["db2 takes no writes: tx_read_only is ON"]);
    lab.sql(Node::Db2, "SET GLOBAL tx_read_only = OFF").unwrap();
    CLUSTER.assert(&lab, &[], State::Ok, &["3/3 members"]);
}

#[test]
fn a_donor_that_does_not_exist_is_a_warning() {
    let lab = Lab::shared();
    for (donor, state, said) in [
        ("db9", State::Warning, "db2: wsrep_sst_donor is db9, which is no other member"),
        ("db9,", State::Ok, "3/3 members"),
        ("db9,db3", State::Ok, "3/3 members"),
        ("", State::Ok, "3/3 members"),
    ] {
        lab.sql(Node::Db2, &format!("SET GLOBAL wsrep_sst_donor = '{donor}'")).unwrap();
        CLUSTER.assert(&lab, &[], state, &[said]);
    }
}

#[test]
fn a_node_that_lost_the_vote_about_its_data() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraInconsistent(Node::Db3)).unwrap();
    CLUSTER.assert(
        &lab,
        &[],
        State::Critical,
        &["GALERA is CRITICAL: db3 is Inconsistent", "grastate.dat", "'synced'=2;"],
    );
    assert_row(&lab, "one node Inconsistent: it lost the vote about its data");
}

#[test]
fn a_full_server_is_asked_on_its_extra_port() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraMaxConnections(Node::Db2)).unwrap();
    CLUSTER.assert(&lab, &[], State::Critical, &["127.0.0.12 refuses all clients: Too many connections (1040)"]);
    let said = ["GALERA is CRITICAL: db2: 10 of 10 connections in use", "3/3 members, 3 synced"];
    CLUSTER.assert(&lab, &["--extra-port", "3307"], State::Critical, &said);
    assert_row(&lab, "max_connections used up on one node");
}

/// A virtual address beside those of the nodes, in place of one of them.
#[test]
fn two_addresses_of_one_node() {
    let lab = Lab::shared();
    let shared = lab.share_address(Node::Db2).unwrap();
    let check = Check { service: "GALERA", command: "check_galera --defaults-file /run/lab/client.cnf" };
    let hosts = format!("127.0.0.11,127.0.0.12,{shared}");
    let said = ["3/3 members", "'members'=3;", &format!("{shared}:3306 is the same node as db2 at 127.0.0.12:3306")];
    check.assert(&lab, &["-H", &hosts], State::Ok, &said);
    check.assert(&lab, &["-H", &hosts], State::Ok, &["EXPECT counts both, give --expect"]);
    let given = check.run(&lab, &["-H", &hosts, "--expect", "3"]).stdout;
    assert!(given.contains("is the same node as db2") && !given.contains("EXPECT counts both"), "{given}");
}
