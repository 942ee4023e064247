//! Expectations of the operator: the number of members, the cluster, the nodes that are down on purpose.

use common::ServiceState;

use super::situation::{healthy, recorded, refused};

use ServiceState::{Critical, Ok as Fine, Unknown, Warning};

#[test]
fn the_expected_number_of_members() {
    for (situation, args, state, says) in [
        (healthy(), &["--expect", "3"][..], Fine, "3/3 members"),
        (healthy(), &["--expect", "4"], Warning, "3/4 members"),
        (healthy(), &["--expect", "5"], Warning, "3/5 members"),
        (healthy(), &["--expect", "6"], Critical, "3/6 members (below the limit 4:)"),
        (healthy(), &["--expect", "2"], Warning, "3 members, 2 expected; not asked: "),
        (healthy().only(0), &[], Fine, "a cluster of 3, node1 synced"),
        (healthy().only(0), &["--expect", "3"], Fine, "3/3 members"),
        (
            healthy().only(0),
            &["--mode", "cluster"],
            Warning,
            "3 members, 1 expected; not asked: 127.0.0.12:3306 and 127.0.0.13:3306",
        ),
        (recorded!("node3-killed").only(0), &["--expect", "3"], Warning, "2/3 members"),
        (recorded!("two-stopped").only(0), &["--expect", "3"], Critical, "1/3 members"),
        (recorded!("two-stopped").only(0), &[], Fine, "a cluster of 1"),
        (healthy(), &["--mode", "node"], Fine, "a cluster of 3, 3 synced"),
        (recorded!("node3-killed"), &["--mode", "node"], Critical, "2 of 3 nodes serve: db3 connection refused"),
        (recorded!("desync").only(1), &[], Fine, "node2 desynced"),
    ] {
        situation.assert_with(args, state, &[says]);
    }
}

#[test]
fn nodes_that_are_down_as_announced() {
    let quiet = &["--severity", "weight-even=ok", "-w", "tolerable_failures=0:"];
    let stopped = recorded!("node3-stopped");
    for name in ["db3", "db3:3306"] {
        let args = [&["--expect-down", name], &quiet[..]].concat();
        stopped.assert_with(&args, Fine, &["2/3 members", "db3 down as announced", "[OK] db3:3306 unreachable"]);
        // One more is one too many.
        recorded!("two-stopped").assert_with(&args, Critical, &["db2 unreachable"]);
        // It is up again, and judged as any other.
        healthy().assert_with(&args, Fine, &["3/3 members, 3 synced"]);
        recorded!("desync").assert_with(&args, Fine, &["3/3 members"]);
    }
    stopped.assert_with(&["--expect-down", "db4"], Warning, &["db3 unreachable", "2/3 members (below the limit 3:)"]);
    // By the name that it had when it was up.
    let known = healthy().then(60.0, recorded!("node3-stopped"));
    known.assert_with(&[&["--expect-down", "node3"], &quiet[..]].concat(), Fine, &["node3 down as announced"]);
}

#[test]
fn an_announced_node_that_is_none_of_them() {
    let says = "--expect-down db9: no such node; the nodes are node1, node2 and node3";
    healthy().assert_with(&["--expect-down", "db9"], Unknown, &[says]);
    healthy().assert_with(&["--expect-down", "node1,db9"], Unknown, &[says]);
    healthy().only(1).assert_with(&["--expect-down", "db9"], Unknown, &["no such node; the node is node2"]);
    // An earlier run saw the name of the one that is away.
    let known = healthy().then(60.0, recorded!("node3-stopped"));
    known.assert_with(&["--expect-down", "db9"], Warning, &[says, "node3 unreachable"]);
    // It may be the one whose name is not known.
    let unnamed = recorded!("node3-stopped").ids(&["--expect-down", "db9"]);
    assert!(!unnamed.contains("expect-down-unmatched"), "{unnamed:?}");
    for name in ["127.0.0.13", "node3", "db3", "db3:3306"] {
        let ids = healthy().ids(&["--expect-down", name]);
        assert_eq!(ids.contains("expect-down-unmatched"), name == "127.0.0.13", "{name}");
    }
}

#[test]
fn an_announced_node_that_is_up_again_is_judged() {
    let args = ["--expect-down", "node3"];
    assert!(!healthy().verdict(&args).1.contains("as announced"));
    healthy().with(2, "read_only", "ON").assert_with(&args, Warning, &["node3 takes no writes"]);
    healthy().answering(1, refused()).assert_with(&args, Warning, &["2 of 3 nodes serve (below the limit 3:)"]);
}

/// A node that takes writes of its own, or that answers as another cluster, is not down.
#[test]
fn an_announced_node_that_does_harm_is_judged() {
    recorded!("wsrep-off").assert_with(&["--expect-down", "node3"], Critical, &["node3 does not replicate"]);
    recorded!("split-brain").assert_with(&["--expect-down", "node3"], Critical, &["split brain"]);
    recorded!("inconsistent").assert_with(&["--expect-down", "node3"], Critical, &["node3 is Inconsistent"]);
}

#[test]
fn the_expected_cluster() {
    let uuid = "3E44CB65-e64c-11f1-9af2-2ad78b91430d";
    healthy().assert_with(&["--uuid", uuid], Fine, &[]);
    let other = "aaaaaaaa-e64c-11f1-9af2-2ad78b91430d";
    healthy().with_all("wsrep_cluster_state_uuid", other).assert_with(
        &["--uuid", uuid],
        Critical,
        &["the cluster is aaaaaaaa-e64c-11f1-9af2-2ad78b91430d, not the one expected"],
    );
}

#[test]
fn settings_are_compared_by_what_they_mean() {
    // MariaDB 11.4 and later print each option as a variable, in another form.
    let split = (0..1).fold(healthy(), |situation, node| {
        let situation = situation.with(node, "wsrep_provider_options", "");
        let situation = situation.with(node, "wsrep_provider_evs_suspect_timeout", "2.000000");
        let situation = situation.with(node, "wsrep_provider_evs_inactive_timeout", "5.000000");
        let situation = situation.with(node, "wsrep_provider_pc_ignore_sb", "OFF");
        let situation = situation.with(node, "wsrep_provider_pc_ignore_quorum", "OFF");
        let situation = situation.with(node, "wsrep_provider_gcs_fc_limit", "16");
        situation.with(node, "wsrep_provider_gcs_fc_single_primary", "OFF")
    });
    assert!(!split.ids(&[]).contains("config-differs"), "{}", split.verdict(&[]).1);
    let differs = split.with(0, "wsrep_provider_evs_suspect_timeout", "7.000000");
    differs.assert(Warning, &["evs.suspect_timeout differs: "]);
    healthy().with(1, "sql_mode", "").assert(Warning, &["sql_mode differs: ", "empty on node2"]);
}

/// What is wrong with nodes that are asked for themselves is critical as soon as one fails.
#[test]
fn a_node_for_itself() {
    for (situation, state) in [
        (healthy().only(1), Fine),
        (healthy().only(1).answering(0, refused()), Critical),
        (recorded!("reject-queries").only(1), Critical),
        (recorded!("partition").only(2), Critical),
        (recorded!("inconsistent").only(2), Critical),
        (recorded!("standalone").only(0), ServiceState::Unknown),
    ] {
        assert_eq!(situation.verdict(&[]).0, state, "{}", situation.verdict(&[]).1);
    }
}
