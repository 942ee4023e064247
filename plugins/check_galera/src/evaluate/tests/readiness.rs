//! Whether clients may be sent to a node, over every state of the first and of the affected node.

use common::{CheckError, ServiceState};

use super::situation::{Situation, recorded, refused, silent};
use crate::snapshot::{DenialKind, FailureKind, Outcome};

use ServiceState::{Critical, Ok as Serves, Warning};

fn healthy() -> Situation {
    recorded!("healthy").only(0)
}

fn rows(rows: &[(&str, &str)]) -> Situation {
    rows.iter().fold(healthy(), |situation, (name, value)| situation.with(0, name, value))
}

fn answering(answer: Outcome) -> Situation {
    healthy().answering(0, answer)
}

#[track_caller]
fn assert_line(situation: &Situation, args: &[&str], state: ServiceState, says: &str) {
    let (actual, text) = situation.readiness(args);
    assert_eq!(actual, state, "{args:?}: {text}");
    assert!(text.contains(says), "{says:?} not in {text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.split('|').next().unwrap().len() <= 200, "{text}");
}

#[test]
fn recorded_states() {
    for (situation, state, says) in [
        (healthy(), Serves, "node1 serves: Primary of a group of 3, Synced"),
        (recorded!("node3-killed").only(0), Serves, "of a group of 2"),
        (recorded!("node3-killed").only(2), Critical, "db3 does not serve: connection refused"),
        (recorded!("two-stopped").only(0), Serves, "of a group of 1"),
        (recorded!("two-killed").only(0), Critical, "in no Primary component"),
        (recorded!("partition").only(0), Serves, "serves"),
        (recorded!("partition").only(2), Critical, "node3 does not serve: in no Primary component (Initialized)"),
        (recorded!("inconsistent").only(2), Critical, "its data differ from the group's"),
        (recorded!("desync").only(1), Critical, "desynced (wsrep_desync is ON)"),
        (recorded!("desync").only(0), Serves, "serves"),
        (recorded!("sst").only(0), Critical, "Donor/Desynced by a state transfer or a lock"),
        (recorded!("ftwrl").only(1), Critical, "Donor/Desynced by a state transfer or a lock"),
        (recorded!("reject-queries").only(1), Critical, "wsrep_reject_queries is ALL"),
        (recorded!("wsrep-off").only(2), Critical, "wsrep_on is OFF"),
        (recorded!("standalone").only(0), Critical, "runs without Galera"),
        (
            healthy().with(0, "wsrep_provider_name", "Raft"),
            Warning,
            "cannot tell: its wsrep provider is Raft, not Galera",
        ),
        (healthy().with(0, "transaction_read_only", "ON"), Critical, "transaction_read_only is ON"),
        (recorded!("garbd").only(0), Serves, "serves"),
        (recorded!("under-load").only(0), Serves, "serves"),
        (recorded!("flow-control").only(1), Serves, "serves"),
        (recorded!("mariadb-11.8").only(0), Serves, "of a group of 1"),
    ] {
        assert_line(&situation, &[], state, says);
    }
    let read_only = (0..3).map(|node| recorded!("read-only").only(node).readiness(&[]).0).collect::<Vec<_>>();
    assert_eq!(read_only.iter().filter(|state| **state == Critical).count(), 1, "{read_only:?}");
}

#[test]
fn other_states() {
    for (situation, state, says) in [
        (rows(&[("wsrep_ready", "OFF")]), Critical, "wsrep_ready is OFF"),
        (
            rows(&[("wsrep_local_state", "1"), ("wsrep_local_state_comment", "Joining")]),
            Critical,
            "not synced (Joining)",
        ),
        (rows(&[("wsrep_local_state", "3"), ("wsrep_local_state_comment", "Joined")]), Critical, "not synced (Joined)"),
        (rows(&[("pxc_maint_mode", "MAINTENANCE")]), Critical, "pxc_maint_mode is MAINTENANCE"),
        (rows(&[("pxc_maint_mode", "SHUTDOWN")]), Critical, "pxc_maint_mode is SHUTDOWN"),
        (rows(&[("pxc_maint_mode", "DISABLED")]), Serves, "serves"),
        (rows(&[("read_only", "1")]), Critical, "read_only is ON"),
        (rows(&[("wsrep_cluster_status", "Disconnected")]), Critical, "in no Primary component"),
        // Ten times the limit of 16 times the root of 3.
        (rows(&[("wsrep_local_recv_queue", "280")]), Serves, "serves"),
        (rows(&[("wsrep_local_recv_queue", "281")]), Critical, "281 writesets wait"),
        (answering(silent()), Critical, "no login within 3.0 s"),
        (answering(refused()), Critical, "connection refused"),
        (
            answering(Outcome::failed(FailureKind::Full, "too many connections (1040)")),
            Critical,
            "too many connections",
        ),
    ] {
        assert_line(&situation, &[], state, says);
    }
}

/// One password that was changed must not empty the service on all nodes at once.
#[test]
fn faults_of_the_check_itself_take_no_node_out() {
    for situation in [
        answering(Outcome::denied(DenialKind::Account, "Access denied (1045)")),
        answering(Outcome::untrusted("unknown issuer")),
        answering(Outcome::OwnSide(CheckError::local("too many open files", "raise the limit"))),
        healthy().without(0, "wsrep_ready"),
        healthy().without(0, "wsrep_cluster_status"),
    ] {
        assert_line(&situation, &[], Warning, "cannot tell");
    }
}

#[test]
fn the_operator_decides_whether_a_donor_serves() {
    let (desync, donor, blocks) =
        (["--severity", "node-desynced=ok"], ["--severity", "node-donor=ok"], ["--severity", "sst-blocks=ok"]);
    let rsync = recorded!("sst").only(0);
    let backup = rsync.clone().with(0, "wsrep_sst_method", "mariabackup");
    let rejects = backup.clone().with(0, "wsrep_sst_donor_rejects_queries", "ON");
    for (situation, args, state) in [
        (recorded!("desync").only(1), &desync[..], Serves),
        (recorded!("desync").only(1), &donor, Critical),
        (rsync.clone(), &donor, Critical),
        (rsync, &[donor, blocks].concat(), Serves),
        (backup.clone(), &[], Critical),
        (backup, &donor, Serves),
        (rejects, &donor, Critical),
        (rows(&[("read_only", "ON")]), &["--severity", "node-read-only=ok"], Serves),
    ] {
        assert_line(&situation, args, state, "");
    }
}

/// Nobody else is there; the data of a donor are better than none.
#[test]
fn the_last_member_serves() {
    let donor = [("wsrep_local_state", "2"), ("wsrep_local_state_comment", "Donor/Desynced")];
    let last =
        donor.iter().fold(recorded!("two-stopped").only(0), |situation, (name, value)| situation.with(0, name, value));
    assert_line(&last, &[], Serves, "serves");
    assert_line(&last.clone().with(0, "wsrep_desync", "ON"), &[], Serves, "serves");
    assert_line(&last.clone().with(0, "wsrep_reject_queries", "ALL"), &[], Critical, "wsrep_reject_queries");
    // Alone with the one that it feeds; unless that blocks it.
    let two = last.with(0, "wsrep_cluster_size", "2");
    let two = two.with(0, "wsrep_incoming_addresses", "127.0.0.11:3306,127.0.0.12:3306");
    assert_line(&two, &[], Critical, "a state transfer by rsync blocks it");
    let two = two.with(0, "wsrep_sst_method", "mariabackup");
    assert_line(&two, &[], Serves, "serves");
    assert_line(&two.clone().with(0, "wsrep_desync", "ON"), &[], Critical, "desynced");
    let three = "127.0.0.11:3306,127.0.0.12:3306,127.0.0.13:3306";
    let three = two.with(0, "wsrep_cluster_size", "3").with(0, "wsrep_incoming_addresses", three);
    assert_line(&three, &[], Critical, "Donor/Desynced");
}

/// No other node is there to compare with: writesets arrive, and none is committed.
#[test]
fn a_node_that_applies_nothing_is_taken_out_after_two_minutes() {
    let arriving =
        |situation: Situation| situation.grown(0, "wsrep_received", 5).grown(0, "wsrep_received_bytes", 5 * 280);
    let known = healthy().with(0, "wsrep_received", "100");
    let blocked = known.clone().later(60, arriving);
    assert_line(&blocked, &[], Serves, "node1 serves");
    // One that was received and waits is enough: nobody writes any more.
    assert_line(&blocked.clone().later(120, |situation| situation), &[], Serves, "node1 serves");
    assert_line(&blocked.clone().later(121, |situation| situation), &[], Critical, "has applied nothing for 2 min");
    let goes_on = |situation: Situation| arriving(situation).grown(0, "wsrep_last_committed", 5);
    assert_line(&blocked.clone().later(121, goes_on), &[], Serves, "node1 serves");
    // Messages of the group are received, too, and commit nothing.
    let message = |situation: Situation| situation.grown(0, "wsrep_received", 2).grown(0, "wsrep_received_bytes", 48);
    assert_line(&known.later(60, message).later(600, |situation| situation), &[], Serves, "node1 serves");
    let alone = blocked.later(121, |situation| situation).with(0, "wsrep_cluster_size", "1");
    let alone = alone.with(0, "wsrep_incoming_addresses", "127.0.0.11:3306");
    assert_line(&alone, &[], Serves, "node1 serves");
}
