//! Verdicts on what real nodes answered; `testdata/` says per node what `SHOW` gave in that state.

use std::time::Duration;

use clap::Parser;
use common::{CheckError, Report, Rules, ServiceState};

use super::evaluate;
use crate::CATALOGUE;
use crate::cli::Cli;
use crate::policy::Policy;
use crate::snapshot::{Answer, Asked, Facts, Snapshot};

const NODES: [&str; 3] = ["db1", "db2", "db3"];

macro_rules! recorded {
    ($state:literal) => {
        snapshot(include_str!(concat!("../../testdata/", $state, ".tsv")))
    };
}

/// Three nodes of which those that are not in the record refuse.
fn snapshot(record: &str) -> Snapshot {
    let asked = |node: &&str| {
        let rows: Vec<_> = record
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>())
            .filter(|fields| fields[0] == *node)
            .map(|fields| (fields[1].to_owned(), fields[2].to_owned()))
            .collect();
        let answer = if rows.is_empty() {
            Answer::Unreachable("connection refused".to_owned())
        } else {
            Answer::Facts(Box::new(Facts::new(rows)), Duration::from_millis(4))
        };
        Asked { address: format!("{node}:3306"), answer }
    };
    Snapshot { nodes: NODES.iter().map(asked).collect() }
}

fn only(node: usize, mut snapshot: Snapshot) -> Snapshot {
    snapshot.nodes = vec![snapshot.nodes.swap_remove(node)];
    snapshot
}

fn verdict(snapshot: &Snapshot, args: &[&str]) -> (ServiceState, String) {
    report(snapshot, args).render(0)
}

fn report(snapshot: &Snapshot, args: &[&str]) -> Report {
    let hosts: Vec<_> = snapshot.nodes.iter().map(|asked| asked.address.as_str()).collect();
    let hosts = hosts.join(",");
    let cli = Cli::parse_from([&["check_galera", "-u", "monitor", "-H", &hosts], args].concat());
    let rules = Rules::new(&CATALOGUE, &cli.common).unwrap();
    let policy = Policy::new(&cli, rules);
    evaluate(snapshot, &policy)
}

#[track_caller]
fn assert_verdict(snapshot: &Snapshot, state: ServiceState, said: &[&str]) {
    let (actual, text) = verdict(snapshot, &[]);
    assert_eq!(actual, state, "{text}");
    for part in said {
        assert!(text.contains(part), "{part:?} not in {text}");
    }
}

#[test]
fn healthy() {
    assert_verdict(
        &recorded!("healthy"),
        ServiceState::Ok,
        &[
            "GALERA is OK: 3/3 members, 3 of 3 asked synced|",
            "'members'=3;3:;2:;0; 'synced'=3;3:;2:;0;3 'primary'=3;;;0;3 'unreachable'=0;;;0;3 'query_time'=0.004s;;;0;",
        ],
    );
}

#[test]
fn one_node_of_three_lost_is_a_warning() {
    assert_verdict(
        &recorded!("node3-killed"),
        ServiceState::Warning,
        &["GALERA is WARNING: db3:3306: connection refused; 2/3 members (outside range 3:)", "'unreachable'=1;"],
    );
}

#[test]
fn the_majority_lost_is_critical() {
    assert_verdict(
        &recorded!("two-killed"),
        ServiceState::Critical,
        &["no node asked is in a Primary component", "'members'=0;"],
    );
    assert_verdict(&recorded!("two-stopped"), ServiceState::Critical, &["1/3 members (outside range 2:)"]);
}

#[test]
fn no_node_at_all_is_critical() {
    assert_verdict(&snapshot(""), ServiceState::Critical, &["none of 3 nodes answers", "'unreachable'=3;"]);
    assert!(!verdict(&snapshot(""), &[]).1.contains("members"), "nothing was measured");
}

#[test]
fn a_partitioned_node_is_told_from_a_dead_one() {
    assert_verdict(
        &recorded!("partition"),
        ServiceState::Warning,
        &["node3 (db3:3306) is in no Primary component (Initialized)", "'unreachable'=0;", "'synced'=2;"],
    );
}

#[test]
fn more_primary_nodes_than_the_group_counts_is_split_brain() {
    assert_verdict(
        &recorded!("split-brain"),
        ServiceState::Critical,
        &[
            "split brain: node1 (db1:3306) in a group of 2 with UUID 3e44cb65",
            "node3 (db3:3306) in a group of 1",
            "'members'=2;",
        ],
    );
}

#[test]
fn a_node_asked_at_two_addresses_is_no_split_brain() {
    let mut snapshot = only(0, recorded!("mariadb-11.8"));
    snapshot.nodes.push(Asked { address: "[::1]:3306".to_owned(), ..snapshot.nodes[0].clone() });
    let (state, text) = verdict(&snapshot, &["--expect", "1"]);
    assert_eq!(state, ServiceState::Ok, "{text}");
}

#[test]
fn different_uuids_are_split_brain() {
    let record = include_str!("../../testdata/healthy.tsv").replacen("3e44cb65", "aaaaaaaa", 1);
    assert_verdict(&snapshot(&record), ServiceState::Critical, &["split brain", "aaaaaaaa", "3e44cb65"]);
}

#[test]
fn a_node_of_its_own_mind_is_inconsistent() {
    assert_verdict(
        &recorded!("inconsistent"),
        ServiceState::Warning,
        &["node3 (db3:3306) is Inconsistent", "'synced'=2;"],
    );
}

#[test]
fn desynced_and_donor_nodes_serve() {
    assert_verdict(&recorded!("desync"), ServiceState::Ok, &["3/3 members", "'synced'=3;"]);
    assert_verdict(
        &recorded!("sst"),
        ServiceState::Warning,
        &["db3:3306: connection refused", "'members'=3;", "'synced'=2;"],
    );
}

#[test]
fn rejected_queries_are_seen_though_every_status_is_normal() {
    assert_verdict(
        &recorded!("reject-queries"),
        ServiceState::Warning,
        &["node2 (db2:3306) rejects queries: wsrep_reject_queries is ALL", "'synced'=2;"],
    );
}

#[test]
fn a_node_that_is_not_ready_does_not_serve() {
    let record = include_str!("../../testdata/healthy.tsv").replacen("wsrep_ready\tON", "wsrep_ready\tOFF", 1);
    assert_verdict(
        &snapshot(&record),
        ServiceState::Warning,
        &["node1 (db1:3306) is not ready (Synced)", "'synced'=2;"],
    );
}

#[test]
fn a_node_that_is_joining_does_not_serve() {
    let record = include_str!("../../testdata/healthy.tsv")
        .replacen("wsrep_local_state\t4", "wsrep_local_state\t3", 1)
        .replacen("Synced", "Joined", 1);
    let said = ["node1 (db1:3306) is not synced (Joined)", "'synced'=2;"];
    assert_verdict(&snapshot(&record), ServiceState::Warning, &said);
}

#[test]
fn a_node_that_does_not_replicate_is_critical() {
    assert_verdict(
        &recorded!("wsrep-off"),
        ServiceState::Critical,
        &["node3 (db3:3306) does not replicate", "'synced'=2;"],
    );
}

#[test]
fn a_server_without_galera_is_unknown() {
    let (state, text) = verdict(&only(0, recorded!("standalone")), &[]);
    assert_eq!(state, ServiceState::Unknown, "{text}");
    assert!(text.contains("node1 (db1:3306) runs without Galera"), "{text}");
}

#[test]
fn an_arbitrator_is_a_member() {
    assert_verdict(&recorded!("garbd"), ServiceState::Ok, &["4/3 members"]);
}

#[test]
fn one_node_alone_is_asked_for_itself() {
    let (state, text) = verdict(&only(0, recorded!("mariadb-11.8")), &[]);
    assert_eq!(
        (state, text.as_str().split('|').next()),
        (ServiceState::Ok, Some("GALERA is OK: a cluster of 1, 1 of 1 asked synced"))
    );
    assert_eq!(verdict(&only(0, recorded!("mariadb-11.8")), &["--expect", "3"]).0, ServiceState::Critical);
    assert_eq!(verdict(&only(2, recorded!("partition")), &[]).0, ServiceState::Critical);
    assert_eq!(verdict(&only(2, recorded!("node3-killed")), &[]).0, ServiceState::Critical);
}

#[test]
fn a_missing_variable_is_never_silence() {
    let record = include_str!("../../testdata/healthy.tsv").replacen("db1\twsrep_cluster_status\tPrimary\n", "", 1);
    let (state, text) = verdict(&snapshot(&record), &[]);
    assert_eq!(state, ServiceState::Unknown, "{text}");
    assert!(text.contains("node1 (db1:3306) does not say wsrep_cluster_status"), "{text}");
}

#[test]
fn sentinels_and_spellings_are_understood() {
    let facts = Facts::new(
        [
            ("WSREP_CLUSTER_STATUS", "non-primary"),
            ("wsrep_cluster_size", "18446744073709551615"),
            ("wsrep_cluster_state_uuid", "00000000-0000-0000-0000-000000000000"),
            ("wsrep_ready", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    assert_eq!(facts.component, Some(crate::snapshot::Component::NonPrimary));
    assert_eq!((facts.size, facts.cluster_uuid, facts.ready), (None, None, Some(true)));
}

#[test]
fn who_may_not_log_in_knows_nothing() {
    let mut snapshot = recorded!("healthy");
    for asked in &mut snapshot.nodes {
        asked.answer = Answer::Denied("Access denied (1045)".to_owned());
    }
    let (state, text) = verdict(&snapshot, &[]);
    assert_eq!(state, ServiceState::Unknown, "{text}");
    assert!(text.contains("db1:3306 does not let the check log in: Access denied (1045)"), "{text}");
}

#[test]
fn who_may_not_log_in_does_not_count_as_lost() {
    let mut snapshot = recorded!("healthy");
    snapshot.nodes[1].answer = Answer::Denied("Access denied (1045)".to_owned());
    snapshot.nodes[2].answer = Answer::NotAsked(CheckError::local("too many open files", "raise the limit"));
    let (state, text) = verdict(&snapshot, &[]);
    assert_eq!(state, ServiceState::Unknown, "{text}");
    assert!(text.contains("db3:3306 was not asked: too many open files -> raise the limit"), "{text}");
    assert!(text.contains("'members'=3;") && !text.contains("synced"), "{text}");
    assert!(!text.contains("'unreachable'"), "whether it is was not measured: {text}");
}

#[test]
fn a_size_that_is_not_known_is_not_printed_as_0() {
    let record = include_str!("../../testdata/mariadb-11.8.tsv").replace("size\t1", "size\t18446744073709551615");
    let (state, text) = verdict(&only(0, snapshot(&record)), &[]);
    assert_eq!(state, ServiceState::Unknown, "{text}");
    assert!(text.contains("does not say wsrep_cluster_size") && !text.contains("'members'"), "{text}");
}

#[test]
fn a_name_that_stands_for_three_nodes_expects_three() {
    let cli = Cli::parse_from(["check_galera", "-u", "monitor", "-H", "galera.example"]);
    let policy = Policy::new(&cli, Rules::new(&CATALOGUE, &cli.common).unwrap());
    let (state, text) = evaluate(&recorded!("two-stopped"), &policy).render(0);
    assert_eq!(state, ServiceState::Critical, "{text}");
}

#[test]
fn a_hostile_node_name_stays_in_its_line() {
    let record = include_str!("../../testdata/healthy.tsv").replace("\tnode1\n", "\tevil|x=1 <b>\n");
    let (_, text) = verdict(&snapshot(&record), &["-w", "4:"]);
    assert_eq!(text.matches('|').count(), 1, "{text}");
}

#[test]
fn what_each_node_said_is_shown_on_request() {
    let report = report(&recorded!("healthy"), &[]);
    let line = "db1:3306: Primary, size 3, Synced, UUID 3e44cb65-e64c-11f1-9af2-2ad78b91430d (0.004 s)";
    assert!(report.render(2).1.contains(line), "{}", report.render(2).1);
    assert!(!report.render(1).1.contains(line));
}
