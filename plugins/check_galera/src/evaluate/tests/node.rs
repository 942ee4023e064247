//! The class of a node by its own answer and those of the others.

use common::ServiceState;

use super::situation::{Situation, healthy, recorded, refused, silent};
use crate::snapshot::{Denial, DenialKind, Distrust, Outcome};

use ServiceState::{Critical, Unknown, Warning};

fn denied() -> Outcome {
    Outcome::denied(DenialKind::Account, "Access denied (1045)")
}

/// The node is starting: it is counted, and MariaDB says non-Primary as of one that is cut off.
fn joining(situation: Situation) -> Situation {
    let rows = [
        ("wsrep_cluster_status", "non-Primary"),
        ("wsrep_local_state", "0"),
        ("wsrep_local_state_comment", "Initialized"),
        ("wsrep_ready", "OFF"),
    ];
    rows.iter().fold(situation, |situation, (name, value)| situation.with(2, name, value))
}

#[test]
fn the_others_tell_a_joiner_from_a_node_that_is_cut_off() {
    joining(healthy()).assert(Warning, &["node3 is not synced (Initialized)", "'joining'=1;", "'members'=3;"]);
    recorded!("partition").assert(Warning, &["node3 is in no Primary component", "'joining'=0;", "'members'=2;"]);
}

/// Whether a member whose port is dead receives a state transfer, by what the others are.
#[test]
fn a_dead_port_is_explained_by_a_donor() {
    let donor = |situation: Situation| situation.with(0, "wsrep_local_state", "2");
    for (what, situation, id) in [
        ("a donor", donor(healthy()).answering(2, refused()), "node-receiving-sst"),
        ("a donor, and silence", donor(healthy()).answering(2, silent()), "node-hung"),
        ("a backup is no donor", donor(healthy()).with(0, "wsrep_desync", "ON").answering(2, silent()), "node-hung"),
        ("nobody", healthy().answering(2, silent()), "node-hung"),
        ("gone from the group", recorded!("node3-killed").answering(2, silent()), "node-unreachable"),
        ("gone, though there is a donor", donor(recorded!("node3-killed")), "node-unreachable"),
    ] {
        let ids = situation.ids(&[]);
        let found: Vec<_> =
            ["node-receiving-sst", "node-hung", "node-unreachable"].into_iter().filter(|id| ids.contains(id)).collect();
        assert_eq!(found, [id], "{what}");
    }
}

#[test]
fn a_donor_is_named_whatever_else_it_does() {
    for (name, value) in [("wsrep_reject_queries", "ALL"), ("pxc_maint_mode", "MAINTENANCE"), ("read_only", "ON")] {
        let situation = recorded!("sst").with(0, name, value);
        let text = situation.verdict(&[]).1;
        assert!(text.contains("db3 receives a state transfer from node1 (connection refused)"), "{text}");
    }
}

/// The addresses of the group are not those that were asked, as behind a NAT.
#[test]
fn numbers_decide_where_addresses_cannot_be_compared() {
    let auto = |situation: Situation| situation.with_all("wsrep_incoming_addresses", "AUTO,AUTO,AUTO");
    assert!(auto(healthy()).answering(2, silent()).ids(&[]).contains("node-hung"));
    let left = (0..2).fold(healthy().answering(2, silent()), |situation, node| {
        situation.with(node, "wsrep_incoming_addresses", "AUTO,AUTO").with(node, "wsrep_cluster_size", "2")
    });
    assert!(left.ids(&[]).contains("node-unreachable"));
    // One of two dead ones is still counted; which one, nobody can tell.
    let one =
        recorded!("two-stopped").with(0, "wsrep_incoming_addresses", "AUTO,AUTO").with(0, "wsrep_cluster_size", "2");
    let one = one.answering(1, silent()).answering(2, silent());
    assert!(!one.ids(&[]).contains("node-hung"), "{}", one.verdict(&[]).1);
}

#[test]
fn a_node_that_was_not_asked_hides_no_other_finding() {
    let blind = |situation: Situation, node| situation.answering(node, denied());
    assert_eq!(blind(healthy(), 2).verdict(&[]).0, Unknown);
    assert_eq!(blind(recorded!("reject-queries"), 2).verdict(&[]).0, Warning);
    assert_eq!(blind(recorded!("inconsistent"), 0).verdict(&[]).0, Critical);
    assert_eq!(blind(recorded!("node3-killed"), 0).verdict(&[]).0, Warning);
    let all = (0..3).fold(healthy(), |situation, node| situation.answering(node, denied()));
    assert_eq!(all.verdict(&[]).0, Unknown);
}

/// One of three names has a typo, and so this host cannot resolve it.
#[test]
fn a_node_that_was_not_asked_is_not_one_that_the_group_lost() {
    let fault = common::CheckError::local("this host cannot resolve db2 (no such name)", "check its spelling");
    let unasked = |situation: Situation| situation.answering(1, Outcome::OwnSide(fault.clone()));
    unasked(healthy()).assert(Unknown, &["db2 was not asked: this host cannot resolve db2", "'members'=3;"]);
    assert_eq!(unasked(healthy()).metric(&[], "unreachable"), None);
    // One member is missing; it is the one that refuses.
    let killed = recorded!("node3-killed").with(0, "wsrep_incoming_addresses", "127.0.0.11:3306,10.0.0.2:3306");
    let mut killed = unasked(killed);
    killed.snapshot.nodes[1].resolved = None;
    killed.assert(Warning, &["2/3 members: db3 connection refused;"]);
    // Nothing is known that could be started by force.
    let all = (0..3).fold(healthy(), |situation, node| situation.answering(node, Outcome::OwnSide(fault.clone())));
    let (state, text) = all.verdict(&["-v"]);
    assert_eq!(state, Unknown, "{text}");
    assert!(!text.contains("galera_new_cluster") && !text.contains("bootstrap"), "{text}");
}

/// Only the cluster named the third node.
#[test]
fn a_discovered_node_that_was_never_reached_is_not_called_dead() {
    let discovered = |mut situation: Situation| {
        situation.snapshot.nodes[2].is_discovered = true;
        situation
    };
    for answer in [refused(), silent()] {
        let never = discovered(healthy().answering(2, answer.clone()));
        for situation in [never.clone(), never.later(900, |situation| situation)] {
            let said = "the cluster names db3:3306, which cannot be reached from this host: ";
            situation.assert(Unknown, &[said, "'members'=3;"]);
            assert_eq!(situation.metric(&[], "unreachable"), None);
        }
        let reached = discovered(healthy()).later(60, |situation| situation.answering(2, answer));
        assert!(!reached.ids(&[]).contains("not-asked"), "{}", reached.verdict(&[]).1);
        assert!(matches!(reached.verdict(&[]).0, Warning | Critical), "{}", reached.verdict(&[]).1);
    }
}

/// The cluster does not name it any more, but earlier runs saw it.
#[test]
fn a_discovered_member_that_left_is_missed() {
    let discovered = |mut situation: Situation| {
        situation.snapshot.nodes[1].is_discovered = true;
        situation
    };
    let mut left = recorded!("node3-killed");
    left.snapshot.nodes.truncate(2);
    let left = discovered(healthy()).then(60.0, discovered(left));
    left.assert(Warning, &["lab: 2/3 members: 127.0.0.13:3306 last seen", "'members'=2;3:;2:;"]);
}

#[test]
fn an_unknown_number_is_no_metric() {
    for (row, metric) in [
        ("wsrep_last_committed", "last_committed"),
        ("wsrep_local_recv_queue", "recv_queue"),
        ("wsrep_local_send_queue", "send_queue"),
        ("wsrep_evs_repl_latency", "evs_latency_max"),
        ("Threads_connected", "connections"),
        ("wsrep_cluster_size", "members"),
    ] {
        assert!(healthy().metric(&[], metric).is_some(), "{metric}");
        for value in ["18446744073709551615", "-1", "", "nonsense"] {
            assert_eq!(healthy().with_all(row, value).metric(&[], metric), None, "{metric} of {value:?}");
        }
    }
}

#[test]
fn a_locked_node_explains_itself() {
    recorded!("ftwrl").later(300, |situation| situation).assert(
        ServiceState::Ok,
        &["node2 desynced", "'donor_age'=300s;7200;", "'desynced_queue'=393;;;0;", "'recv_queue'=0;28;280;"],
    );
    let text = recorded!("ftwrl").verdict(&["-v"]).1;
    assert!(text.contains("node2 is desynced: no node joins and wsrep_desync is OFF: a global read lock"), "{text}");
    let text = recorded!("desync").verdict(&["-v"]).1;
    assert!(text.contains("wsrep_desync is ON, as for a backup -> SET GLOBAL wsrep_desync=OFF"), "{text}");
    let text = recorded!("sst").verdict(&["-v"]).1;
    assert!(text.contains("node1 is donor, of db3"), "{text}");
}

/// A lock that stays when the backup ends must not be held against the node at once.
#[test]
fn an_hour_of_backup_does_not_make_a_stuck_donor() {
    let after = recorded!("desync")
        .later(3600, |situation| situation)
        .later(60, |situation| situation.with(1, "wsrep_desync", "OFF"));
    assert!(!after.ids(&[]).contains("donor-stuck"), "{}", after.verdict(&[]).1);
    let stuck = after.later(600, |situation| situation);
    assert!(stuck.ids(&[]).contains("donor-stuck"));
}

#[test]
fn perfdata_of_each_node_come_on_request() {
    let args = ["--perfdata-per-node"];
    for (label, value) in [("state_node1", "4"), ("recv_queue_node2", "0"), ("last_committed_node3", "233")] {
        assert_eq!(healthy().metric(&args, label).as_deref(), Some(value), "{label}");
        assert_eq!(healthy().metric(&[], label), None, "{label}");
    }
}

#[test]
fn an_unsettled_group_counts_when_it_is_so_at_the_second_look_too() {
    let gathering = |situation: Situation| situation.with(0, "wsrep_evs_state", "GATHER");
    let both = gathering(healthy()).rechecked(|situation| situation);
    assert!(both.ids(&[]).contains("evs-unsettled"));
    let only_first = gathering(healthy()).rechecked(|situation| situation.with(0, "wsrep_evs_state", "OPERATIONAL"));
    assert!(!only_first.ids(&[]).contains("evs-unsettled"));
    let only_last = healthy().rechecked(gathering);
    assert!(!only_last.ids(&[]).contains("evs-unsettled"));
}

/// Each denial has the remedy of its own kind.
#[test]
fn a_denial_is_cured_by_its_kind() {
    for (kind, remedy) in [
        (DenialKind::Account, "--ssl-mode required"),
        (DenialKind::HostBlocked, "mariadb-admin flush-hosts on db1"),
        (DenialKind::HostNotAllowed, "CREATE USER user@'address'"),
        (DenialKind::Locked, "ACCOUNT UNLOCK"),
        (DenialKind::Expired, "set a new password"),
        (DenialKind::SystemUser, "a system user of db1"),
        (DenialKind::Plugin, "another plugin"),
        (DenialKind::Limit, "MAX_USER_CONNECTIONS"),
        (DenialKind::TlsRequired, "--ssl-mode required"),
    ] {
        healthy().answering(0, Outcome::denied(kind, "no matter")).assert(ServiceState::Unknown, &[remedy]);
    }
    // TLS was used, so that it is not what is missing.
    let denial = Denial { kind: DenialKind::Account, reason: "no matter".to_owned(), encrypted: true };
    let (_, text) = healthy().answering(0, Outcome::AccessDenied(denial)).verdict(&[]);
    assert!(!text.contains("--ssl-mode"), "{text}");
}

/// The certificate that verification refused: the day is known, and nobody needs to look for an authority.
#[test]
fn an_expired_certificate_is_named_with_its_day() {
    let reason = "its certificate expired on 2027-01-10, 5 days ago".to_owned();
    let distrust = Outcome::NotTrusted(Distrust { reason, expired_at: Some(1_799_568_000) });
    let expired = healthy().answering(1, distrust);
    expired.assert(
        Critical,
        &["db2: its certificate expired on 2027-01-10", "FLUSH SSL", "'certificate_days'=0;30:;7:;0;"],
    );
    assert!(!expired.verdict(&[]).1.contains("--ssl-ca"));
    assert!(healthy().verdict(&["-v"]).1.contains("certificate_days was not measured: no session was encrypted"));
}

/// Its own name may be that of the host now: the address tells who it was.
#[test]
fn a_former_member_without_galera_is_told_from_a_stranger() {
    let standalone = recorded!("standalone").with(0, "wsrep_node_name", "somehost");
    let lone = |situation: Situation| situation.only(0);
    lone(standalone.clone()).assert(Unknown, &["somehost runs without Galera"]);
    let former = lone(healthy()).then(60.0, lone(standalone.clone()));
    former.assert(Critical, &["node1 runs without Galera: writes there reach no other node", "save what they wrote"]);
    former.then(60.0, lone(standalone)).assert(Critical, &["node1 runs without Galera"]);
}

/// Two settings that lose the last second, and one node that does not.
#[test]
fn an_outage_of_all_says_what_may_be_lost() {
    let lax = |value: &str| healthy().with_all("innodb_flush_log_at_trx_commit", value);
    let down = |situation: Situation| situation.then(60.0, Situation::of(""));
    let lost = "the last second of commits may be lost on all nodes: innodb_flush_log_at_trx_commit is not 1";
    down(lax("2")).assert(Critical, &[lost]);
    lax("0").with_all("wsrep_cluster_status", "non-Primary").assert(Critical, &[lost]);
    let text = down(lax("2").with(1, "innodb_flush_log_at_trx_commit", "1")).verdict(&[]).1;
    assert!(!text.contains("last second"), "{text}");
    lax("2").assert_with(&["-vv"], ServiceState::Ok, &["innodb_flush_log_at_trx_commit 2"]);
}

/// Each node sees this host at another address, and says so.
#[test]
fn one_account_that_all_deny_is_one_sentence() {
    let denied = |host: u8| {
        Outcome::denied(DenialKind::Account, format!("Access denied for user 'monitor'@'10.0.{host}.1' (1045)"))
    };
    let all = (0..3).fold(healthy(), |situation, node| situation.answering(node, denied(u8::try_from(node).unwrap())));
    all.assert(Unknown, &["none of 3 nodes lets the check log in: Access denied for user 'monitor'@'10.0.0.1' (1045)"]);
    assert_eq!(all.verdict(&[]).1.matches("let the check log in").count(), 0);
}
