//! Every finding of the catalogue, and the neighbouring state in which it must not be found.

use common::CheckError;
use test_support::catalogue::{Case, Suite};

use super::situation::{Situation, healthy, recorded, refused, same, silent};
use crate::CATALOGUE;
use crate::snapshot::{DenialKind, FailureKind, Outcome};

const ON_UUID: &str = "3e44cb65-e64c-11f1-9af2-2ad78b91430d";
const OFF_UUID: &str = "00000000-e64c-11f1-9af2-2ad78b91430d";

/// A node of several rows changed.
fn first(rows: &[(&str, &str)]) -> Situation {
    rows.iter().fold(healthy(), |situation, (name, value)| situation.with(0, name, value))
}

fn in_state(number: &str, comment: &str) -> Situation {
    first(&[("wsrep_local_state", number), ("wsrep_local_state_comment", comment)])
}

fn lost_transfer(comment: &str) -> Situation {
    in_state("1", comment).with(0, "wsrep_cluster_status", "non-Primary").with(0, "wsrep_ready", "OFF")
}

/// A node that left while the others had committed 243 at `seqnos` a minute of 2 MB, and where their caches begin.
fn absent(cached_from: &str, bytes: u64) -> Situation {
    let gone = recorded!("node3-killed").with(0, "wsrep_local_cached_downto", cached_from);
    let gone = gone.with(1, "wsrep_local_cached_downto", cached_from);
    let moved = |situation: Situation| {
        let situation = situation.grown(0, "wsrep_last_committed", 60).grown(1, "wsrep_last_committed", 60);
        situation.grown(0, "wsrep_received_bytes", bytes).grown(1, "wsrep_received_bytes", bytes)
    };
    healthy().then(10.0, gone).later(60, moved)
}

/// The third node restarts in order after each of these times, in seconds; a run sees it well before and after.
fn restarts(pauses: &[u32]) -> Situation {
    pauses.iter().fold(healthy(), |situation, pause| {
        // Runs come every half hour at least.
        let waiting = (0..pause / 1200).fold(situation, |situation, _| situation.later(1200, same));
        waiting.later(pause % 1200 + 60, |situation| situation.with(2, "uptime", "30"))
    })
}

/// The third node restarts so often, each time so soon after a run that only its uptime shows it.
fn quick_restarts(count: usize) -> Situation {
    (0..count).fold(healthy(), |situation, _| {
        situation.later(60, same).later(3, |situation| situation.with(2, "uptime", "2"))
    })
}

/// The third node restarts so often, so soon after the last start that its uptime is no lower than before.
fn young_restarts(count: usize) -> Situation {
    (0..count).fold(healthy(), |situation, number| {
        let process = format!("0000000{}-0000-11ee-8001-00000000000a", number + 4);
        situation.later(5, |situation| situation.with(2, "wsrep_gcomm_uuid", &process))
    })
}

fn cluster() -> Vec<Case<Situation>> {
    let with_all = |name: &str, value: &str| healthy().with_all(name, value);
    let desynced = |nodes: usize| {
        (0..nodes).fold(healthy(), |situation, node| {
            situation.with(node, "wsrep_local_state", "2").with(node, "wsrep_desync", "ON")
        })
    };
    let alone = |next: Situation| healthy().only(0).then(60.0, next.only(0));
    vec![
        Case("no-primary", recorded!("two-killed"), &[], recorded!("two-stopped"), &[]),
        Case("cluster-down", Situation::of(""), &[], recorded!("two-killed"), &[]),
        Case("split-brain", recorded!("split-brain"), &[], recorded!("partition"), &[]),
        Case("uuid-mismatch", healthy(), &["--uuid", OFF_UUID], healthy(), &["--uuid", ON_UUID]),
        Case(
            "identity-conflict",
            first(&[("wsrep_gcomm_uuid", "00000003-0000-11ee-8001-000000000003")]),
            &[],
            first(&[("wsrep_gcomm_uuid", "00000004-0000-11ee-8001-000000000004")]),
            &[],
        ),
        Case("all-desynced", desynced(3), &[], desynced(2), &[]),
        Case("member-missing", alone(recorded!("node3-killed")), &[], alone(healthy()), &[]),
        Case("member-unexpected", healthy(), &["--expect", "2"], healthy(), &["--expect", "3"]),
        Case("arbitrator-unannounced", recorded!("garbd"), &[], recorded!("garbd"), &["--arbitrators", "1"]),
        Case("arbitrator-missing", recorded!("garbd").then(60.0, healthy()), &[], healthy(), &[]),
        Case("expect-down-unmatched", healthy(), &["--expect-down", "db9"], healthy(), &["--expect-down", "node3"]),
        Case("node-unstable", restarts(&[600, 600]), &[], restarts(&[600]), &[]),
        Case("node-unstable", young_restarts(2), &[], young_restarts(1), &[]),
        Case("node-unstable", quick_restarts(2), &[], quick_restarts(1), &[]),
        Case("node-unstable", restarts(&[600, 3000]), &[], restarts(&[600, 4000]), &[]),
        Case("node-unstable", restarts(&[60, 4000, 4000]), &[], restarts(&[60, 4000]), &[]),
        Case("arbitrator-missing", healthy(), &["--arbitrators", "1"], recorded!("garbd"), &["--arbitrators", "1"]),
        Case(
            "protocol-mismatch",
            first(&[("wsrep_protocol_version", "10")]),
            &[],
            with_all("wsrep_protocol_version", "10"),
            &[],
        ),
        Case(
            "version-mismatch",
            first(&[("version", "11.4.5-MariaDB")]),
            &[],
            first(&[("version", "10.11.20-MariaDB")]),
            &[],
        ),
        Case(
            "rolling-upgrade",
            first(&[("version", "10.11.20-MariaDB")]),
            &[],
            with_all("version", "10.11.20-MariaDB"),
            &[],
        ),
        Case("config-unsafe", with_all("innodb_autoinc_lock_mode", "1"), &[], healthy(), &[]),
        Case(
            "majority-lost",
            Situation::of("").answering(0, Outcome::denied(DenialKind::Account, "no matter")),
            &[],
            healthy().answering(0, Outcome::denied(DenialKind::Account, "no matter")),
            &[],
        ),
        Case("config-differs", first(&[("sql_mode", "ANSI")]), &[], with_all("sql_mode", "ANSI"), &[]),
    ]
}

fn safety() -> Vec<Case<Situation>> {
    let option = |name: &str, value: &str| healthy().with_option(0, name, value);
    let address = |value: &str| first(&[("wsrep_cluster_address", value)]);
    let heavy = |total: &str| healthy().with_option(0, "pc.weight", "2").with_all("wsrep_cluster_weight", total);
    let donors = |names: &str| first(&[("wsrep_sst_donor", names)]);
    let louder = &["--severity", "sst-blocks=warning"];
    vec![
        Case("weight-zero", recorded!("weights"), &[], healthy(), &[]),
        Case("weight-majority", recorded!("weights"), &[], healthy(), &[]),
        Case("weight-majority", heavy("4"), &[], heavy("5"), &[]),
        Case("weight-even", recorded!("weights"), &[], healthy(), &[]),
        Case("address-empty", address("gcomm://"), &[], address("gcomm://db1"), &[]),
        Case("address-empty", address("gcomm://?pc.wait_prim=no"), &[], address(""), &[]),
        Case(
            "address-incomplete",
            address("gcomm://127.0.0.11,127.0.0.12"),
            &[],
            address("gcomm://galera.example"),
            &[],
        ),
        Case("ignores-split-brain", option("pc.ignore_sb", "true"), &[], option("pc.ignore_sb", "false"), &[]),
        Case("ignores-quorum", option("pc.ignore_quorum", "YES"), &[], option("pc.ignore_quorum", "no"), &[]),
        Case("bootstrap-left", option("pc.bootstrap", "1"), &[], option("pc.bootstrap", "0"), &[]),
        Case("sst-donor-unknown", donors("node9"), &[], donors("node9,"), &[]),
        Case("sst-donor-unknown", donors("node1"), &[], donors("node2"), &[]),
        Case("sst-blocks", healthy(), louder, healthy().with_all("wsrep_sst_method", "mariabackup"), louder),
    ]
}

fn nodes() -> Vec<Case<Situation>> {
    let refusing = |kind| healthy().answering(2, Outcome::failed(kind, "it does"));
    let crowded = |minutes: &[u64]| {
        minutes.iter().fold(healthy(), |situation, count| {
            situation.later(60, |situation| situation.grown(1, "connection_errors_max_connections", *count))
        })
    };
    let stuck = |seconds| recorded!("ftwrl").later(seconds, same);
    let maintained = |mode| first(&[("pxc_maint_mode", mode)]);
    vec![
        Case("node-unreachable", recorded!("node3-killed"), &[], healthy(), &[]),
        Case("node-hung", healthy().answering(2, silent()), &[], healthy().answering(2, refused()), &[]),
        Case("node-hung", refusing(FailureKind::NotUnderstood), &[], refusing(FailureKind::Full), &[]),
        Case("connections-full", refusing(FailureKind::Full), &[], refusing(FailureKind::Silent), &[]),
        Case("connections-refused", crowded(&[3, 3]), &[], crowded(&[3, 0]), &[]),
        Case("connections-refused", crowded(&[0, 3, 0, 1]), &[], crowded(&[0, 3]), &[]),
        Case("node-receiving-sst", recorded!("sst"), &[], recorded!("node3-killed"), &[]),
        Case("node-not-primary", recorded!("partition"), &[], recorded!("split-brain"), &[]),
        Case("node-inconsistent", recorded!("inconsistent"), &[], recorded!("partition"), &[]),
        Case(
            "transfer-failed",
            lost_transfer("Joining: State Transfer request failed"),
            &[],
            lost_transfer("Joining: receiving State Transfer"),
            &[],
        ),
        Case(
            "node-evicted",
            first(&[("wsrep_evs_evict_list", "00000009-0000-11ee-8001-000000000009")]),
            &[],
            first(&[("wsrep_evs_evict_list", "00000003-0000-11ee-8001-000000000003")]),
            &[],
        ),
        Case("node-not-ready", first(&[("wsrep_ready", "OFF")]), &[], first(&[("wsrep_ready", "ON")]), &[]),
        Case("node-not-synced", in_state("3", "Joined"), &[], in_state("4", "Synced"), &[]),
        Case("node-donor", recorded!("sst"), &[], recorded!("desync"), &[]),
        Case("node-desynced", recorded!("desync"), &[], recorded!("sst"), &[]),
        Case("donor-stuck", stuck(600), &[], stuck(599), &[]),
        Case("donor-stuck", stuck(600), &[], recorded!("desync").later(6000, same), &[]),
        Case("donor-stuck", stuck(600), &[], recorded!("sst").later(6000, same), &[]),
        Case("node-rejects-queries", recorded!("reject-queries"), &[], first(&[("wsrep_reject_queries", "none")]), &[]),
        Case("node-rejects-queries", maintained("MAINTENANCE"), &[], maintained("DISABLED"), &[]),
        Case("node-read-only", recorded!("read-only"), &[], healthy(), &[]),
        Case("node-read-only", first(&[("read_only", "NO_LOCK_NO_ADMIN")]), &[], first(&[("read_only", "OFF")]), &[]),
        Case("node-read-only", first(&[("transaction_read_only", "ON")]), &[], first(&[("tx_read_only", "OFF")]), &[]),
        Case("wsrep-off", recorded!("wsrep-off"), &[], healthy(), &[]),
    ]
}

/// What goes on in nodes, and how far those that left are behind.
fn motion() -> Vec<Case<Situation>> {
    let gathering = |situation: Situation| situation.with(0, "wsrep_evs_state", "GATHER");
    vec![
        Case(
            "applier-dead",
            first(&[("wsrep_applier_thread_count", "0")]),
            &[],
            first(&[("wsrep_applier_thread_count", "2")]),
            &[],
        ),
        Case("evs-unsettled", gathering(healthy()).later(60, same), &[], healthy().later(60, gathering), &[]),
        Case(
            "evs-delayed",
            first(&[("wsrep_evs_delayed", "a:b:1,c:d:1,e:f:1")]),
            &[],
            first(&[("wsrep_evs_delayed", "a:b:1,c:d:1")]),
            &[],
        ),
        // The node had 233: a cache that begins with 234 has all that it lacks.
        Case("ist-gone", absent("235", 0), &[], absent("234", 0), &[]),
        // What is free of 8323072 B, in half an hour.
        Case("ist-closing", absent("234", 268_000), &[], absent("234", 267_000), &[]),
        // 8 MiB at 5 MB a minute are gone in less than half an hour, at 1 kB/s not in hours.
        Case("ist-closing", absent("234", 5_000_000), &[], absent("234", 61_000), &[]),
    ]
}

fn blind() -> Vec<Case<Situation>> {
    let answering = |answer| healthy().answering(2, answer);
    let standalone = recorded!("standalone").snapshot.nodes.swap_remove(0).outcome;
    vec![
        Case("not-galera", recorded!("standalone").only(0), &[], answering(standalone.clone()), &[]),
        Case("provider-missing", answering(standalone), &[], recorded!("standalone").only(0), &[]),
        Case("unreadable", healthy().without(0, "wsrep_ready"), &[], healthy().without(0, "wsrep_desync"), &[]),
        Case("unreadable", first(&[("wsrep_local_state", "6")]), &[], recorded!("wsrep-off"), &[]),
        Case("access-denied", answering(Outcome::denied(DenialKind::Account, "1045")), &[], answering(refused()), &[]),
        Case("tls-untrusted", answering(Outcome::untrusted("unknown issuer")), &[], answering(refused()), &[]),
        Case(
            "not-asked",
            answering(Outcome::OwnSide(CheckError::local("no sockets", "more"))),
            &[],
            answering(refused()),
            &[],
        ),
    ]
}

pub(super) fn cases() -> Vec<Case<Situation>> {
    [cluster(), safety(), nodes(), motion(), blind()].into_iter().flatten().collect()
}

fn suite() -> Suite<Situation> {
    // The recorded clusters use rsync.
    let fine = &["sst-blocks"];
    Suite { catalogue: &CATALOGUE, cases: cases(), report: Situation::report, healthy: healthy(), fine }
}

test_support::test_findings!(suite());
