//! Properties of every cluster, with generated answers and histories.

use std::collections::{BTreeMap, BTreeSet};

use common::ServiceState;
use common::history::Events;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::situation::{Situation, recorded, refused, silent};
use crate::history::{Behind, History, PausedAt, SeenNode, SeenView, WriteRates};
use crate::model;
use crate::snapshot::{DenialKind, FailureKind, Outcome};

/// Every state that was recorded.
pub(super) fn records() -> Vec<(&'static str, Situation)> {
    vec![
        ("healthy", recorded!("healthy")),
        ("node3-killed", recorded!("node3-killed")),
        ("node3-frozen", recorded!("node3-frozen")),
        ("two-killed", recorded!("two-killed")),
        ("two-stopped", recorded!("two-stopped")),
        ("partition", recorded!("partition")),
        ("split-brain", recorded!("split-brain")),
        ("inconsistent", recorded!("inconsistent")),
        ("desync", recorded!("desync")),
        ("sst", recorded!("sst")),
        ("reject-queries", recorded!("reject-queries")),
        ("wsrep-off", recorded!("wsrep-off")),
        ("standalone", recorded!("standalone")),
        ("garbd", recorded!("garbd")),
        ("ftwrl", recorded!("ftwrl")),
        ("flow-control", recorded!("flow-control")),
        ("weights", recorded!("weights")),
        ("read-only", recorded!("read-only")),
        ("under-load", recorded!("under-load")),
        ("conflicts", recorded!("conflicts")),
        ("mariadb-11.8", recorded!("mariadb-11.8")),
    ]
}

/// The rows that are read, of the status and of the variables.
fn rows() -> Vec<&'static str> {
    let read = crate::snapshot::facts::STATUS.iter().chain(&crate::snapshot::facts::VARIABLES);
    read.chain(&crate::snapshot::facts::EQUAL_SETTINGS).copied().collect()
}

/// What servers say, and what none should.
fn value() -> impl Strategy<Value = String> {
    let known = select(vec![
        "",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "-1",
        "18446744073709551615",
        "18446744073709551614",
        "9223372036854775807",
        "1e308",
        "nan",
        "inf",
        "1/1/1e308/1/99",
        "ON",
        "OFF",
        "Primary",
        "non-Primary",
        "Disconnected",
        "AUTO",
        "AUTO,AUTO,AUTO",
        ",,,,",
        "127.0.0.11:3306,127.0.0.12:0,",
        "gcomm://",
        "gcomm://::1,[",
        "pc.weight = 18446744073709551614; gcache.size = 18446744073709551614; gcs.fc_limit = 4294967295",
        "gcache.size = 16777215T; evs.suspect_timeout = PT1e300S; pc.weight = 0",
        "Synced",
        "GATHER",
    ]);
    prop_oneof![
        4 => known.prop_map(str::to_owned),
        1 => any::<u64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_map(|number| number.to_string()),
        1 => any::<Vec<u8>>().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

pub(super) fn changes() -> impl Strategy<Value = Vec<(usize, &'static str, Option<String>)>> {
    prop::collection::vec((0..3_usize, select(rows()), prop::option::weighted(0.9, value())), 0..40)
}

pub(super) fn changed(situation: Situation, changes: &[(usize, &'static str, Option<String>)]) -> Situation {
    changes.iter().fold(situation, |situation, (node, name, value)| match (situation.speaks(*node), value) {
        (false, _) => situation,
        (true, Some(value)) => situation.with(*node, name, value),
        (true, None) => situation.without(*node, &name.to_ascii_lowercase()),
    })
}

fn any_counter() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![Just(None), Just(Some(0)), Just(Some(u64::MAX)), Just(Some(u64::MAX - 1)), any::<u64>().prop_map(Some)]
}

/// Any moment of which a clock can tell, near and far.
fn any_time() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(f64::MAX), Just(f64::MIN), 1_799_000_000.0..1_801_000_000.0, -1e15..1e15]
        .prop_map(f64::floor)
}

/// A history as a file may hold it that something else has written.
fn any_history() -> impl Strategy<Value = History> {
    let classes = ["synced", "donor", "desynced", "hung", "unreachable", "receiving-sst", "access-denied"];
    let seen = (
        select(classes.to_vec()),
        prop::collection::vec(any_counter(), 15),
        any_time(),
        prop::option::of(any_time()),
        any::<(bool, bool)>(),
    );
    let seen = seen.prop_map(|(class, counters, since, at, (evs_unsettled, joining_unanswered))| SeenNode {
        address: "db1:3306".to_owned(),
        incoming: Some("127.0.0.11:3306".to_owned()),
        answered_at: at,
        process: Some("00000001-0000-11ee-8001-000000000001".to_owned()),
        counters: counters_of(&counters),
        class: serde_json::from_value(class.into()).unwrap(),
        since,
        member_at: at,
        joining_unanswered,
        unanswered_since: at,
        behind: at.map(|since| Behind { since, seqno: counters[1].unwrap_or(235) }),
        state_transfers: events(at.as_slice()),
        donor: at.map(|_| "node1".to_owned()),
        lacks_data: joining_unanswered,
        idle_donor_since: at,
        evs_unsettled,
        was_member: evs_unsettled,
        flush_log: counters[0],
        departures: events(at.as_slice()),
        refusals: events(at.as_slice()),
        paused: at.map(|at| PausedAt { at, ns: counters[0].unwrap_or(7) }).into_iter().collect(),
    });
    let nodes = prop::collection::btree_map(select(vec!["node1", "node2", "node3", "db3:3306", ""]), seen, 0..5);
    let members = prop::collection::btree_map("127.0.0.1[1-9]:3306|.*", any_time(), 0..5);
    let most_members = prop::option::of((any::<u64>(), any_time()));
    let others = (any_time(), any_counter(), prop::option::of(any_time()), most_members);
    (nodes, members, others).prop_map(|(nodes, members, (at, number, mixed_since, most_members))| {
        let nodes: BTreeMap<_, _> = nodes.into_iter().map(|(name, seen)| (name.to_owned(), seen)).collect();
        let view = number.map(|number| SeenView { uuid: None, number });
        let view_changes = events(&[at]);
        let write_rates = mixed_since.map(|bytes| WriteRates { bytes, commits: at, seconds: at });
        History {
            at,
            nodes,
            members,
            most_members,
            view,
            mixed_since,
            write_rates,
            most_arbitrators: most_members,
            view_changes,
        }
    })
}

fn events(at: &[f64]) -> Events {
    serde_json::from_value(at.into()).unwrap()
}

fn counters_of(values: &[Option<u64>]) -> crate::snapshot::facts::Counters {
    crate::snapshot::facts::Counters {
        uptime: values[0],
        committed: values[1],
        cached_from: values[2],
        replicated: values[3],
        replicated_bytes: values[4],
        received_bytes: values[5],
        received: values[14],
        commits: values[6],
        cert_failures: values[7],
        bf_aborts: values[8],
        replays: values[9],
        paused_ns: values[10],
        flow_control_sent: values[11],
        turned_away: values[12],
        recv_queue: values[13],
    }
}

fn remembering(mut situation: Situation, history: History) -> Situation {
    situation.history = history;
    situation
}

/// Of the 4000 bytes, what no line can be dropped for: the perfdata and the first line.
fn keeps_its_budget(text: &str) -> bool {
    text.len() < 4000 && is_one_line_of_perfdata(text)
}

/// What holds at any verbosity.
fn is_one_line_of_perfdata(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default().split('|').next().unwrap_or_default();
    first.len() <= 200 && text.matches('|').count() <= 1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that a server says or a file remembers stops the check, or makes its output what no reader expects.
    #[test]
    fn no_answer_and_no_history_stops_the_check(
        (_, situation) in select(records()), changes in changes(), history in any_history(), alone in any::<bool>()
    ) {
        let situation = remembering(changed(situation, &changes), history);
        let situation = if alone { situation.only(0) } else { situation };
        for args in [&[][..], &["--mode", "node", "--expect-down", "node3"], &["--expect", "4294967295", "--arbitrators", "1"]] {
            let text = situation.verdict(args).1;
            prop_assert!(keeps_its_budget(&text), "{text}");
            let text = situation.verdict(&[args, &["-vvv"]].concat()).1;
            prop_assert!(is_one_line_of_perfdata(&text), "{text}");
        }
        situation.readiness(&[]);
        let after = model::next_history(&model::cluster(&situation.snapshot, &situation.history));
        let text = serde_json::to_string(&after).unwrap();
        prop_assert_eq!(serde_json::from_str::<History>(&text).unwrap(), after);
    }

    /// Also the run after such a one.
    #[test]
    fn nor_does_it_between_two_runs(
        (_, situation) in select(records()), before in changes(), after in changes(), seconds in prop_oneof![Just(0.0), Just(0.5), Just(60.0), -1e9..1e9]
    ) {
        let next = changed(situation.clone(), &after);
        let situation = changed(situation, &before).then(seconds, next);
        situation.verdict(&["--perfdata-per-node"]);
        let text = situation.verdict(&[]).1;
        prop_assert!(keeps_its_budget(&text), "{text}");
    }

    /// Whom the operator names first decides nothing.
    #[test]
    fn the_order_of_the_nodes_changes_nothing(
        (_, situation) in select(records()), (_, next) in select(records()), faults in subsequence(faults(), 0..3), order in Just(vec![0, 1, 2]).prop_shuffle()
    ) {
        let next = faults.iter().enumerate().fold(next, |situation, (node, fault)| fault.1(situation, node));
        let shuffle = |mut situation: Situation| {
            situation.snapshot.nodes = order.iter().map(|place| situation.snapshot.nodes[*place].clone()).collect();
            situation
        };
        let shuffled = shuffle(situation.clone()).then(60.0, shuffle(next.clone()));
        let situation = situation.then(60.0, next);
        for args in [&[][..], &["--uuid", "3e44cb65-e64c-11f1-9af2-2ad78b91430d"]] {
            prop_assert_eq!(situation.verdict(args).0, shuffled.verdict(args).0);
            prop_assert_eq!(situation.ids(args), shuffled.ids(args), "{} -- {}", situation.verdict(args).1, shuffled.verdict(args).1);
            prop_assert_eq!(numbers(&situation, args), numbers(&shuffled, args));
        }
    }

    /// A fault more on a node that had none makes nothing better.
    #[test]
    fn a_fault_more_makes_nothing_better(
        first in select(faults()), second in select(faults()), places in subsequence(vec![0, 1, 2], 2).prop_shuffle()
    ) {
        let one = first.1(recorded!("healthy"), places[0]);
        let both = second.1(one.clone(), places[1]);
        // A lock on another node and a dead port look like a state transfer: there is no telling them apart.
        let excused = first.0 == "silent" && second.0 == "locked";
        let (before, after) = (one.verdict(&[]).0, both.verdict(&[]).0);
        prop_assert!(after >= before || excused, "{} and {}: {}", first.0, second.0, both.verdict(&[]).1);
    }
}

fn numbers(situation: &Situation, args: &[&str]) -> Vec<String> {
    let report = situation.report(args);
    report.metrics().into_iter().map(|metric| format!("{}={}", metric.label, metric.value)).collect()
}

pub(super) type Fault = (&'static str, fn(Situation, usize) -> Situation);

fn row(situation: Situation, node: usize, name: &str, value: &str) -> Situation {
    if situation.speaks(node) { situation.with(node, name, value) } else { situation }
}

/// What may befall a node.
pub(super) fn faults() -> Vec<Fault> {
    vec![
        ("refused", |situation, node| situation.answering(node, refused())),
        ("silent", |situation, node| situation.answering(node, silent())),
        ("full", |situation, node| situation.answering(node, Outcome::failed(FailureKind::Full, "1040"))),
        ("denied", |situation, node| situation.answering(node, Outcome::denied(DenialKind::Account, "1045"))),
        ("untrusted", |situation, node| situation.answering(node, Outcome::untrusted("issuer"))),
        ("cut off", |situation, node| {
            let situation = row(situation, node, "wsrep_cluster_status", "non-Primary");
            let situation = row(situation, node, "wsrep_local_state", "0");
            row(row(situation, node, "wsrep_ready", "OFF"), node, "wsrep_incoming_addresses", "127.0.0.19:3306")
        }),
        ("rejecting", |situation, node| row(situation, node, "wsrep_reject_queries", "ALL")),
        ("read only", |situation, node| row(situation, node, "read_only", "ON")),
        ("off", |situation, node| row(situation, node, "wsrep_on", "OFF")),
        ("other data", |situation, node| {
            row(situation, node, "wsrep_cluster_state_uuid", "aaaaaaaa-e64c-11f1-9af2-2ad78b91430d")
        }),
        ("desynced", |situation, node| row(row(situation, node, "wsrep_local_state", "2"), node, "wsrep_desync", "ON")),
        ("locked", |situation, node| row(situation, node, "wsrep_local_state", "2")),
        ("inconsistent", |situation, node| {
            row(row(situation, node, "wsrep_local_state", "5"), node, "wsrep_cluster_status", "Disconnected")
        }),
        ("not ready", |situation, node| row(situation, node, "wsrep_ready", "OFF")),
        ("joined", |situation, node| row(situation, node, "wsrep_local_state", "3")),
        ("mute", |situation, node| row(situation, node, "wsrep_local_state", "")),
        ("busy", |situation, node| row(situation, node, "wsrep_local_recv_queue", "500")),
        ("crowded", |situation, node| row(situation, node, "Threads_connected", "60")),
        ("other version", |situation, node| row(situation, node, "version", "11.4.5-MariaDB")),
    ]
}

/// A thousand runs a minute apart, against a server that has another name and other company each time.
#[test]
fn the_history_does_not_grow_without_bound() {
    let mut situation = recorded!("healthy");
    let mut sizes = BTreeSet::new();
    for run in 0..1000 {
        let list: Vec<_> = (0..20).map(|member| format!("10.{}.{}.{member}:3306", run / 250, run % 250)).collect();
        let next = recorded!("healthy").with(0, "wsrep_node_name", &format!("name{run}"));
        situation = situation.then(60.0, next.with_all("wsrep_incoming_addresses", &list.join(",")));
        sizes.insert((situation.history.nodes.len(), situation.history.members.len()));
    }
    let (nodes, members) = sizes.iter().fold((0, 0), |(nodes, members), size| (nodes.max(size.0), members.max(size.1)));
    assert!(nodes <= 128 && members <= 128, "{nodes} nodes, {members} members");
}

/// The severities are ordered by what they say of a known fault.
#[test]
fn a_known_fault_outranks_a_blind_spot() {
    assert!(ServiceState::Ok < ServiceState::Unknown && ServiceState::Unknown < ServiceState::Warning);
    assert!(ServiceState::Warning < ServiceState::Critical);
}
