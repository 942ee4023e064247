//! Components: split brain, quorum, missing members.

use common::ServiceState;

use super::HEALTHY;
use super::situation::{Situation, healthy, recorded, refused, silent};
use crate::history::History;
use crate::model;
use crate::snapshot::AskedNode;

const SENTINEL: &str = "18446744073709551615";

fn is_split(situation: &Situation) -> bool {
    situation.ids(&[]).contains("split-brain")
}

/// Each bootstrapped for itself: one UUID, one number, addresses that tell nobody apart.
fn three_alone() -> Situation {
    let situation = healthy().with_all("wsrep_cluster_size", "1").with_all("wsrep_local_index", "0");
    situation.with_all("wsrep_cluster_weight", "1").with_all("wsrep_incoming_addresses", "AUTO")
}

#[test]
fn members_of_one_view_do_not_contradict_each_other() {
    for (what, situation) in [
        ("UUID", healthy().with(0, "wsrep_cluster_state_uuid", "aaaaaaaa-e64c-11f1-9af2-2ad78b91430d")),
        ("more than the size", healthy().with_all("wsrep_cluster_size", "2").with_all("wsrep_local_index", SENTINEL)),
        ("index", healthy().with(1, "wsrep_local_index", "0").with_all("wsrep_incoming_addresses", "AUTO,AUTO,AUTO")),
        ("index, all alone", three_alone()),
        ("size", healthy().with(1, "wsrep_cluster_size", "4")),
        ("number", without_list(healthy()).with(1, "wsrep_cluster_conf_id", "7")),
        ("list", healthy().with(1, "wsrep_incoming_addresses", "127.0.0.11:3306,127.0.0.12:3306,127.0.0.19:3306")),
    ] {
        assert!(is_split(&situation), "{what}: {}", situation.verdict(&[]).1);
        assert_eq!(situation.verdict(&[]).0, ServiceState::Critical, "{what}");
    }
    assert_eq!(three_alone().metric(&[], "components").as_deref(), Some("3"));
}

fn without_list(situation: Situation) -> Situation {
    situation.with_all("wsrep_incoming_addresses", "AUTO,AUTO,AUTO")
}

/// Views are applied in the order of the writesets: a node under a read lock has the old one until it goes on.
#[test]
fn a_node_that_is_behind_with_the_view_is_in_the_same_group() {
    let left = healthy().answering(2, refused());
    let two = |situation: Situation, node: usize| {
        let situation = situation.with(node, "wsrep_cluster_size", "2").with(node, "wsrep_cluster_conf_id", "1");
        situation.with(node, "wsrep_incoming_addresses", "127.0.0.11:3306,127.0.0.12:3306")
    };
    let blocked = two(left.clone(), 0);
    assert!(!is_split(&blocked), "{}", blocked.verdict(&[]).1);
    blocked.assert(ServiceState::Warning, &["lab: 2/3 members", "'components'=1;", "'primary'=2;"]);
    // The others do not know it, and it does not know that.
    let apart = two(left, 0).with(0, "wsrep_incoming_addresses", "127.0.0.11:3306,127.0.0.13:3306");
    assert!(is_split(&apart), "{}", apart.verdict(&[]).1);
}

#[test]
fn an_unknown_number_is_not_a_contradiction() {
    for (what, situation) in [
        ("no number", healthy().with_all("wsrep_cluster_conf_id", SENTINEL)),
        ("no number of one", healthy().with(0, "wsrep_cluster_conf_id", SENTINEL)),
        ("AUTO", healthy().with_all("wsrep_incoming_addresses", "AUTO,AUTO,AUTO")),
        ("AUTO of one", healthy().with(1, "wsrep_incoming_addresses", "AUTO,127.0.0.11:3306,127.0.0.13:3306")),
        ("no index", healthy().with_all("wsrep_local_index", SENTINEL)),
        ("no UUID yet", healthy().with(2, "wsrep_cluster_state_uuid", "00000000-0000-0000-0000-000000000000")),
        (
            "another order",
            healthy().with(1, "wsrep_incoming_addresses", "127.0.0.12:3306,127.0.0.11:3306,127.0.0.13:3306"),
        ),
        ("a cut-off one", recorded!("partition")),
        ("garbd", recorded!("garbd")),
        ("one alone", recorded!("two-stopped")),
    ] {
        assert!(!is_split(&situation), "{what}: {}", situation.verdict(&[]).1);
    }
}

#[test]
fn a_node_that_is_asked_twice_is_one() {
    for situation in [healthy(), recorded!("garbd"), recorded!("desync")] {
        let mut twice = situation.clone();
        twice
            .snapshot
            .nodes
            .push(AskedNode { address: "[::1]:3306".to_owned(), ..situation.snapshot.nodes[1].clone() });
        assert!(!is_split(&twice), "{}", twice.verdict(&[]).1);
        for id in ["members", "synced", "primary", "donors", "weight"] {
            assert_eq!(twice.metric(&[], id), situation.metric(&[], id), "{id}");
        }
    }
}

/// db1, db2 and a virtual address of db2, of a cluster of three: `EXPECT` is the three addresses that were given.
fn by_a_virtual_address(record: Situation) -> Situation {
    let mut situation = record;
    let virtual_address = AskedNode { address: "vip:3306".to_owned(), ..situation.snapshot.nodes[1].clone() };
    situation.snapshot.nodes[2] = virtual_address;
    situation
}

#[test]
fn two_addresses_of_one_node_are_told_and_counted_once() {
    let whole = by_a_virtual_address(healthy());
    whole.assert(
        ServiceState::Ok,
        &[
            "lab: 3/3 members",
            "vip:3306 is the same node as node2 at db2:3306: EXPECT counts both, give --expect",
            "'members'=3;3:;2:;",
            "'synced'=2;2:;1:;0;2",
        ],
    );
    let said = whole.verdict(&["--expect", "3"]).1;
    assert!(said.contains("node2 at db2:3306\n") && !said.contains("give --expect"), "{said}");
    // No loss is hidden, also not that of the member that nobody asked.
    let lost = by_a_virtual_address(recorded!("node3-killed"));
    lost.assert(ServiceState::Warning, &["2/3 members", "'members'=2;3:;2:;", "'synced'=2;2:;1:;0;2"]);
    // A cluster of two has fewer members than addresses were given, until its size is given.
    lost.assert_with(&["--expect", "2"], ServiceState::Ok, &["2/2 members"]);
    assert!(!healthy().verdict(&["-v"]).1.contains("same node"));
}

/// `wsrep_on=OFF` hides most rows, also the one that tells processes apart.
#[test]
fn a_node_that_does_not_replicate_is_one_at_two_addresses() {
    let mut twice = recorded!("wsrep-off");
    twice.snapshot.nodes.push(AskedNode { address: "[::1]:3306".to_owned(), ..twice.snapshot.nodes[2].clone() });
    assert!(!is_split(&twice), "{}", twice.verdict(&[]).1);
}

#[test]
fn the_side_that_is_ahead_is_named() {
    let ahead = recorded!("split-brain").grown(2, "wsrep_last_committed", 10);
    let findings = ahead.report(&[]);
    let text = &findings.findings()[0].text;
    assert!(text.ends_with("} vs {node3}, ahead is node3"), "{text}");
    let text = &recorded!("split-brain").report(&[]).findings()[0].text.clone();
    assert!(!text.contains("ahead"), "neither is: {text}");
    // The larger side comes first, whoever is ahead.
    assert_eq!(ahead.metric(&[], "members").as_deref(), Some("2"));
}

#[test]
fn a_split_brain_is_named_before_all_else() {
    recorded!("split-brain").assert(
        ServiceState::Critical,
        &["GALERA is CRITICAL: split brain: {node1 and node2} vs {node3}; lab: 2/3 members"],
    );
}

/// Weights of the nodes, of all members, size; failures it survives, and whether the first may crash and may stop.
#[test]
fn votes_decide_what_the_cluster_survives() {
    for (weights, total, size, tolerable, crash, stop) in [
        (["1", "1", "1"], "3", "3", "1", true, true),
        (["0", "1", "3"], "4", "3", "0", true, true),
        (["3", "1", "0"], "4", "3", "0", false, true),
        (["2", "1", "1"], "4", "3", "0", false, true),
        (["1", "1", "1"], "4", "4", "1", true, true),
        (["1", "1", "1"], "5", "5", "2", true, true),
        (["5", "0", "0"], "5", "3", "0", false, false),
    ] {
        let situation = healthy().with_all("wsrep_cluster_weight", total).with_all("wsrep_cluster_size", size);
        let situation =
            (0..3).fold(situation, |situation, node| situation.with_option(node, "pc.weight", weights[node]));
        let what = format!("{weights:?} of {total}");
        assert_eq!(situation.metric(&[], "tolerable_failures").as_deref(), Some(tolerable), "{what}");
        assert_eq!(situation.metric(&[], "weight").as_deref(), Some(total), "{what}");
        let text = situation.verdict(&[]).1;
        let line = text.lines().find(|line| line.contains("] node1 db1:3306")).unwrap();
        assert_eq!(line.contains("not safe to crash"), !crash, "{what}: {line}");
        assert_eq!(line.contains("safe to stop"), stop, "{what}: {line}");
    }
}

/// The sum, and how many members it is believed of.
#[test]
fn an_impossible_sum_of_votes_is_ignored() {
    for (said, weight) in [("765", "765"), ("766", "3"), ("18446744073709551614", "3"), ("0", "3")] {
        assert_eq!(
            healthy().with_all("wsrep_cluster_weight", said).metric(&[], "weight").as_deref(),
            Some(weight),
            "{said}"
        );
    }
}

fn pair() -> Situation {
    let mut pair = recorded!("node3-killed");
    pair.snapshot.nodes.truncate(2);
    pair
}

#[test]
fn two_members_cannot_lose_one_and_that_is_no_warning() {
    pair().assert(ServiceState::Ok, &["2/2 members", "cannot survive a crash", "'tolerable_failures'=0;;;0;"]);
    assert!(pair().verdict(&["-v"]).1.contains("[OK] the sum of votes is even (2)"));
    let list = "127.0.0.11:3306,127.0.0.12:3306,";
    let with_garbd = pair().with_all("wsrep_incoming_addresses", list).with_all("wsrep_cluster_size", "3");
    with_garbd.with_all("wsrep_cluster_weight", "3").assert_with(
        &["--arbitrators", "1"],
        ServiceState::Ok,
        &[
            "2/2 members, 1 arbitrator, 2 synced; survives 1 crash",
            "safe to crash, safe to stop",
            "'tolerable_failures'=1;;;0;",
        ],
    );
}

#[test]
fn three_members_must_be_able_to_lose_one() {
    recorded!("node3-stopped")
        .assert(ServiceState::Warning, &["cannot survive another crash", "'tolerable_failures'=0;1:;"]);
    recorded!("node3-stopped").assert_with(
        &["--expect", "2", "--expect-down", "db3", "--severity", "weight-even=ok"],
        ServiceState::Ok,
        &[],
    );
}

#[test]
fn a_member_that_was_not_asked_is_missing_for_a_week() {
    let gone = recorded!("node3-killed").only(0);
    let seen = healthy().only(0);
    seen.clone()
        .then(300.0, gone.clone())
        .assert(ServiceState::Warning, &["127.0.0.13:3306 is missing: last seen as a member 5 min ago"]);
    let day = 86_400.0;
    for (days, missing) in [(6.9, true), (7.1, false)] {
        let later = seen.clone().then(days * day, gone.clone()).then(60.0, gone.clone());
        assert_eq!(later.ids(&[]).contains("member-missing"), missing, "{days}");
    }
    // Who is asked is missed as that: once.
    assert!(!healthy().then(60.0, recorded!("node3-killed")).ids(&[]).contains("member-missing"));
}

/// MariaDB prints the port 0 for a member whose address it found out by itself.
#[test]
fn a_member_without_a_port_is_known_by_its_address() {
    let list = "127.0.0.11:0,127.0.0.12:0,127.0.0.13:0";
    let auto = |situation: Situation| {
        situation.with_all("wsrep_incoming_addresses", list).with_all("wsrep_node_incoming_address", "AUTO")
    };
    auto(healthy()).assert(ServiceState::Ok, &[]);
    // The group counts it, and its port is dead.
    let hung = Situation::edited(HEALTHY, &[])
        .with_all("wsrep_incoming_addresses", list)
        .with_all("wsrep_node_incoming_address", "AUTO");
    assert!(hung.clone().answering(2, silent()).ids(&[]).contains("node-hung"));
    let left = healthy().then(60.0, recorded!("node3-killed"));
    assert!(!left.ids(&[]).contains("member-missing"));
    let mut left = auto(healthy());
    let mut gone = auto(healthy()).answering(2, refused());
    for node in 0..2 {
        gone = gone.with(node, "wsrep_incoming_addresses", "127.0.0.11:0,127.0.0.12:0").with(
            node,
            "wsrep_cluster_size",
            "2",
        );
    }
    left = left.then(60.0, gone);
    assert!(
        left.ids(&[]).contains("node-unreachable") && !left.ids(&[]).contains("member-missing"),
        "{}",
        left.verdict(&[]).1
    );
    // Who was not asked is said, and nobody else.
    let mut two = auto(healthy());
    two.snapshot.nodes.truncate(2);
    assert!(two.verdict(&[]).1.contains("3 members, 2 expected; not asked: 127.0.0.13:0"), "{}", two.verdict(&[]).1);
}

#[test]
fn two_nodes_of_one_name_are_two() {
    let situation = healthy().with_all("wsrep_node_name", "localhost");
    situation.assert(ServiceState::Ok, &["3/3 members, 3 synced"]);
    let situation = healthy().with_all("wsrep_node_name", "localhost").with(2, "read_only", "ON");
    let text = situation.verdict(&[]).1;
    assert_eq!(text.lines().filter(|line| line.starts_with("[WARNING] db3")).count(), 2, "finding and line: {text}");
    assert!(text.contains("[OK] db1:3306 synced"), "{text}");
    let moved = healthy().with_all("wsrep_node_name", "localhost").later(60, |situation| situation);
    assert_eq!(moved.metric(&[], "flow_control").as_deref(), Some("0"), "each is compared with itself");
}

/// A pair beside an arbitrator, of which one node may have gone.
fn beside_an_arbitrator(members: usize) -> Situation {
    let list = ["127.0.0.11:3306", "127.0.0.12:3306"].iter().take(members).map(|address| format!("{address},"));
    let size = (members + 1).to_string();
    let whole =
        pair().with_all("wsrep_incoming_addresses", &list.collect::<String>()).with_all("wsrep_cluster_size", &size);
    let pair = whole.with_all("wsrep_cluster_weight", &size);
    if members == 2 { pair } else { pair.answering(1, refused()) }
}

/// The votes decide whether the rest is carried.
#[test]
fn one_of_two_may_be_lost_while_the_rest_is_primary() {
    beside_an_arbitrator(2).assert(ServiceState::Ok, &["2/2 members, 1 arbitrator", "'members'=2;2:;1:;"]);
    let lost = beside_an_arbitrator(2).then(60.0, beside_an_arbitrator(1));
    lost.assert(ServiceState::Warning, &["1/2 members: node2 connection refused", "'synced'=1;2:;1:;"]);
    // One that stopped in order takes its vote along.
    let alone = pair().answering(1, refused()).with(0, "wsrep_cluster_size", "1");
    let alone = alone.with(0, "wsrep_incoming_addresses", "127.0.0.11:3306").with(0, "wsrep_cluster_weight", "1");
    alone.assert(ServiceState::Warning, &["1/2 members: db2 connection refused"]);
    alone
        .with(0, "wsrep_cluster_status", "non-Primary")
        .assert(ServiceState::Critical, &["no node asked is in a Primary"]);
}

/// Five nodes with weights of 3, 1, 1, 1 and 1, asked at three of them.
#[test]
fn weights_that_carry_the_rest_are_no_warning() {
    let list = (11..16).map(|host| format!("127.0.0.{host}:3306")).collect::<Vec<_>>().join(",");
    let five = healthy().with_all("wsrep_cluster_size", "5").with_all("wsrep_cluster_weight", "7");
    let five = five.with_all("wsrep_incoming_addresses", &list).with_option(0, "pc.weight", "3");
    five.assert_with(&["--expect", "5"], ServiceState::Ok, &["5/5 members", "survives 1 crash", "'members'=5;5:;3:;"]);
    let smaller = five.answering(2, refused()).with_all_known("wsrep_cluster_size", "4");
    let list = list.replace("127.0.0.13:3306,", "");
    let smaller = smaller.with_all_known("wsrep_cluster_weight", "6").with_all_known("wsrep_incoming_addresses", &list);
    smaller.assert_with(&["--expect", "5"], ServiceState::Warning, &["4/5 members: db3 connection refused"]);
}

/// The size and the list of addresses of one SHOW are of two moments: the new member is no arbitrator.
#[test]
fn a_view_that_contradicts_itself_needs_a_second_look() {
    let joining = recorded!("node3-killed").with(0, "wsrep_cluster_size", "3").with(1, "wsrep_cluster_size", "3");
    let history = History::default();
    assert!(model::cluster(&joining.snapshot, &history).recheck().is_some());
    assert!(model::cluster(&recorded!("garbd").snapshot, &history).recheck().is_none());
    joining.assert_with(&["-v"], ServiceState::Warning, &["3/3 members", "'arbitrators'=0;"]);
}
