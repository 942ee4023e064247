//! The verdicts on the recorded answers of real servers.

use common::{CheckError, ServiceState};

use ServiceState::{Critical, Ok, Unknown, Warning};

use super::HEALTHY;
use super::situation::{Situation, recorded, silent};
use crate::snapshot::{AskedNode, DenialKind, Outcome};

/// A record, what state it is, what is found in it that is not fine, worst first, and what an operator reads of it.
type Row = (&'static str, Situation, ServiceState, &'static [&'static str], &'static str);

/// Members that are lost, or not of one mind.
fn apart() -> Vec<Row> {
    vec![
        ("healthy", recorded!("healthy"), Ok, &[], "3/3 members, 3 synced; survives 1 crash"),
        (
            "node3-killed",
            recorded!("node3-killed"),
            Warning,
            &["node-unreachable"],
            "db3 unreachable: connection refused",
        ),
        ("node3-stopped", recorded!("node3-stopped"), Warning, &["node-unreachable"], "cannot survive another crash"),
        (
            "node3-frozen",
            recorded!("node3-frozen").answering(2, silent()),
            Warning,
            &["node-unreachable"],
            "no login within 3.0 s",
        ),
        (
            "two-killed",
            recorded!("two-killed"),
            Critical,
            &["no-primary", "node-not-primary", "node-unreachable", "node-unreachable"],
            "pc.bootstrap=YES",
        ),
        ("two-stopped", recorded!("two-stopped"), Critical, &["node-unreachable", "node-unreachable"], "1/3 members"),
        ("partition", recorded!("partition"), Warning, &["node-not-primary"], "ports 4567, 4568, 4444"),
        (
            "split-brain",
            recorded!("split-brain"),
            Critical,
            &["split-brain"],
            "stop writes now on all sides; keep one side",
        ),
        ("inconsistent", recorded!("inconsistent"), Critical, &["node-inconsistent"], "remove its grastate.dat"),
    ]
}

/// Members that are there, each in its way.
fn together() -> Vec<Row> {
    vec![
        ("desync", recorded!("desync"), Ok, &[], "2 synced, node2 desynced"),
        ("sst", recorded!("sst"), Warning, &["node-receiving-sst"], "receives a state transfer from node1"),
        (
            "reject-queries",
            recorded!("reject-queries"),
            Warning,
            &["node-rejects-queries"],
            "SET GLOBAL wsrep_reject_queries=NONE",
        ),
        ("wsrep-off", recorded!("wsrep-off"), Critical, &["wsrep-off"], "SET GLOBAL wsrep_on=ON"),
        ("standalone", recorded!("standalone").only(0), Unknown, &["not-galera"], "node1 runs without Galera"),
        ("garbd", recorded!("garbd"), Ok, &[], "3/3 members, 1 arbitrator"),
        // Writesets wait on the locked node, and those that may wait there are not those of the others.
        ("ftwrl", recorded!("ftwrl"), Ok, &[], "2 synced, node2 desynced"),
        (
            "flow-control",
            recorded!("flow-control"),
            Ok,
            &[],
            "node2 db2:3306 synced, restarted 19 s ago, seqno 224, queue 29, throttles the cluster",
        ),
        ("weights", recorded!("weights"), Warning, &["weight-majority"], "holds 3 of 4 votes"),
        ("read-only", recorded!("read-only"), Warning, &["node-read-only"], "takes no writes: read_only is ON"),
        ("under-load", recorded!("under-load"), Ok, &[], "3/3 members, 3 synced"),
        ("conflicts", recorded!("conflicts"), Ok, &[], "3/3 members, 3 synced"),
        ("mariadb-11.8", recorded!("mariadb-11.8").only(0), Ok, &[], "'gcache_size'=8388608B;"),
    ]
}

#[test]
fn each_state_is_told_from_the_others() {
    for (name, situation, state, findings, words) in apart().into_iter().chain(together()) {
        assert_eq!(situation.findings(&[]), findings, "{name}: {}", situation.verdict(&[]).1);
        assert_eq!(situation.verdict(&[]).0, state, "{name}");
        situation.assert(state, &[words]);
    }
}

/// Both recorded under load, one after the other: nothing was waited for, and who writes is seen.
#[test]
fn a_busy_cluster_is_well() {
    let busy = recorded!("healthy")
        .later(60, |_| recorded!("under-load").with(0, "Uptime", "71").with(1, "Uptime", "70").with(2, "Uptime", "70"));
    busy.assert(ServiceState::Ok, &["'flow_control'=0%;10;;;", "'cert_failures'=0%;;;;", "'seqno_lag'=0s;30;;0;"]);
}

#[test]
fn healthy() {
    recorded!("healthy").assert(
        ServiceState::Ok,
        &[
            "GALERA is OK: lab: 3/3 members, 3 synced; survives 1 crash\n[OK] node1 db1:3306 synced, restarted 11 s ago, seqno 235, queue 0, \
             weight 1, safe to crash, safe to stop\n",
            "|'members'=3;3:;2:;0; 'synced'=3;3:;2:;0;3 'primary'=3;;;0;3 'donors'=0;;;0;3 'joining'=0;;;0;3 \
             'unreachable'=0;;;0;3 'components'=1;;;0; 'arbitrators'=0;;;0; 'tolerable_failures'=1;1:;;0; 'weight'=3;;;0;",
            "'recv_queue'=0;;;0;",
            "'query_time'=0.004s;;;0;",
        ],
    );
}

#[test]
fn one_node_of_three_lost_is_a_warning() {
    recorded!("node3-killed").assert(
        ServiceState::Warning,
        &["GALERA is WARNING: lab: 2/3 members: db3 connection refused; cannot survive another crash\n"],
    );
}

#[test]
fn the_majority_lost_is_critical() {
    recorded!("two-killed").assert(
        ServiceState::Critical,
        &["no node asked is in a Primary component", "(of those that answer: node1, ", "'members'=0;"],
    );
    recorded!("two-stopped").assert(ServiceState::Critical, &["1/3 members (below the limit 2:)"]);
}

#[test]
fn no_node_at_all_is_critical() {
    let situation = Situation::of("");
    situation.assert(ServiceState::Critical, &["none of 3 nodes answers", "'unreachable'=3;"]);
    assert!(!situation.verdict(&[]).1.contains("'members'"), "nothing was measured");
}

#[test]
fn a_partitioned_node_is_told_from_a_dead_one() {
    recorded!("partition").assert(
        ServiceState::Warning,
        &["node3 is in no Primary component (Initialized)", "'unreachable'=0;", "'synced'=2;"],
    );
}

#[test]
fn members_of_two_views_are_split_brain() {
    recorded!("split-brain").assert(
        ServiceState::Critical,
        &[
            "split brain: {node1 and node2} vs {node3}",
            "\n{node1 and node2}: UUID 3e44cb65, size 2, view 1, seqno ",
            "\n{node3}: UUID 3e44cb65, size 1, view 1, seqno ",
            "'components'=2;",
        ],
    );
}

#[test]
fn a_node_asked_at_two_addresses_is_no_split_brain() {
    let mut situation = recorded!("mariadb-11.8").only(0);
    situation
        .snapshot
        .nodes
        .push(AskedNode { address: "[::1]:3306".to_owned(), ..situation.snapshot.nodes[0].clone() });
    situation.assert_with(&["--expect", "1"], ServiceState::Ok, &["'components'=1;"]);
}

#[test]
fn different_uuids_are_split_brain() {
    let situation =
        Situation::edited(HEALTHY, &[("wsrep_cluster_state_uuid\t3e44cb65", "wsrep_cluster_state_uuid\taaaaaaaa")]);
    situation.assert(ServiceState::Critical, &["split brain", "aaaaaaaa", "3e44cb65", "nothing in common"]);
}

#[test]
fn a_node_that_lost_a_vote_is_inconsistent() {
    recorded!("inconsistent").assert(ServiceState::Critical, &["node3 is Inconsistent", "'synced'=2;"]);
}

#[test]
fn desynced_and_donor_nodes_serve() {
    recorded!("desync").assert(ServiceState::Ok, &["3/3 members", "'synced'=3;", "'donors'=1;", "node2 desynced"]);
    recorded!("sst").assert(
        ServiceState::Warning,
        &[
            "db3 receives a state transfer from node1 (connection refused)",
            "'members'=3;",
            "'joining'=1;",
            "node1 db1:3306 donor",
        ],
    );
}

#[test]
fn rejected_queries_are_seen_though_every_status_is_normal() {
    recorded!("reject-queries")
        .assert(ServiceState::Warning, &["node2 rejects queries: wsrep_reject_queries is ALL", "'synced'=2;"]);
}

#[test]
fn a_node_that_is_not_ready_does_not_serve() {
    Situation::edited(HEALTHY, &[("wsrep_ready\tON", "wsrep_ready\tOFF")])
        .assert(ServiceState::Warning, &["node1 is not ready (Synced)", "'synced'=2;"]);
}

#[test]
fn a_node_that_is_joining_does_not_serve() {
    Situation::edited(HEALTHY, &[("wsrep_local_state\t4", "wsrep_local_state\t3"), ("Synced", "Joined")])
        .assert(ServiceState::Warning, &["node1 is not synced (Joined)", "'synced'=2;", "'joining'=1;"]);
}

#[test]
fn a_node_that_does_not_replicate_is_critical() {
    recorded!("wsrep-off").assert(ServiceState::Critical, &["node3 does not replicate", "'synced'=2;"]);
}

#[test]
fn a_server_without_galera_is_unknown() {
    recorded!("standalone").only(0).assert(ServiceState::Unknown, &["node1 runs without Galera"]);
}

#[test]
fn an_arbitrator_is_no_member_with_data() {
    let situation = recorded!("garbd");
    situation.assert_with(
        &["--arbitrators", "1"],
        ServiceState::Ok,
        &["3/3 members, 1 arbitrator, 3 synced", "'weight'=4;"],
    );
    situation.assert_with(&["-v"], ServiceState::Ok, &["[OK] 1 arbitrator, 0 announced"]);
    recorded!("healthy").assert_with(&["--arbitrators", "1"], ServiceState::Warning, &["0 of 1 arbitrators"]);
}

#[test]
fn one_node_alone_is_judged_for_itself() {
    let alone = recorded!("mariadb-11.8").only(0);
    alone.assert(ServiceState::Ok, &["GALERA is OK: lab118: a cluster of 1, ", " synced; cannot survive a crash"]);
    assert_eq!(alone.verdict(&["--expect", "3"]).0, ServiceState::Critical);
    assert_eq!(recorded!("partition").only(2).verdict(&[]).0, ServiceState::Critical);
    assert_eq!(recorded!("node3-killed").only(2).verdict(&[]).0, ServiceState::Critical);
}

#[test]
fn a_missing_variable_is_never_silence() {
    Situation::edited(HEALTHY, &[("db1\twsrep_cluster_status\tPrimary\n", "")])
        .assert(ServiceState::Unknown, &["node1 does not say wsrep_cluster_status"]);
}

#[test]
fn a_check_that_may_not_log_in_is_unknown() {
    let mut situation = recorded!("healthy");
    for asked in &mut situation.snapshot.nodes {
        asked.outcome = Outcome::denied(DenialKind::Account, "Access denied (1045)");
    }
    situation.assert(ServiceState::Unknown, &["none of 3 nodes lets the check log in: Access denied (1045)"]);
}

#[test]
fn a_node_that_denies_access_does_not_count_as_lost() {
    let fault = CheckError::local("too many open files", "raise the limit");
    let situation = recorded!("healthy")
        .answering(1, Outcome::denied(DenialKind::Account, "Access denied (1045)"))
        .answering(2, Outcome::OwnSide(fault));
    situation
        .assert(ServiceState::Unknown, &["db3 was not asked: too many open files -> raise the limit", "'members'=3;"]);
    let text = situation.verdict(&[]).1;
    assert!(!text.contains("'synced'") && !text.contains("'unreachable'"), "that was not measured: {text}");
}

#[test]
fn a_size_that_is_not_known_is_not_printed_as_0() {
    let situation = recorded!("mariadb-11.8").only(0).with(0, "wsrep_cluster_size", "18446744073709551615");
    situation.assert(ServiceState::Unknown, &["does not say wsrep_cluster_size"]);
    assert!(!situation.verdict(&[]).1.contains("'members'"));
}

#[test]
fn a_hostile_node_name_stays_in_its_line() {
    let situation = Situation::edited(HEALTHY, &[("\tnode1\n", "\tevil|x=1 <b>\n")]);
    let (_, text) = situation.verdict(&["-w", "4:"]);
    assert_eq!(text.matches('|').count(), 1, "{text}");
}

#[test]
fn the_answer_of_each_node_is_shown_on_request() {
    let text = |verbosity: &str| recorded!("healthy").verdict(&[verbosity]).1;
    let line = "db1:3306: asked SHOW GLOBAL STATUS and VARIABLES: Primary, size 3, index 0, view 0, Synced, UUID \
                3e44cb65-e64c-11f1-9af2-2ad78b91430d";
    assert!(text("-vv").contains(line), "{}", text("-vv"));
    assert!(!text("-v").contains(line));
    let raw = text("-vvv");
    assert!(raw.contains("\ndb1:3306: wsrep_local_index = 0\n"), "{raw}");
    assert!(raw.contains("\ndb1:3306: provider option gcache.size = 8M\n"), "{raw}");
}

#[test]
fn a_member_whose_port_is_dead_is_hung() {
    recorded!("healthy").answering(2, silent()).assert(
        ServiceState::Critical,
        &["db3 is hung: no login within 3.0 s, yet the group counts it, and no donor feeds it"],
    );
}
