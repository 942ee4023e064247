//! Activity and ages, which take two runs.

use common::ServiceState;

use super::situation::{Situation, healthy, minute, recorded, refused, same, silent};
use crate::snapshot::{Outcome, Sample};

/// Activity that need a baseline, and what they are measured by.
const RATES: [&str; 6] = ["flow_control", "cert_failures", "bf_aborts", "write_rate", "write_bytes", "writers"];

#[test]
fn a_baseline_that_cannot_be_compared_is_dropped() {
    let kept = |situation: &Situation| RATES.map(|id| situation.metric(&[], id).is_some());
    let uptime = |situation: Situation, seconds: &str| situation.with_all("Uptime", seconds);
    let reset = |name: &str| healthy().with_all(name, "500").later(60, |situation| situation.with_all(name, "499"));
    for (what, situation) in [
        ("the first run", healthy()),
        ("restarted", healthy().later(60, |situation| uptime(situation, "3"))),
        ("a clock set forwards", uptime(healthy(), "1000").then(1800.0, uptime(healthy(), "1060"))),
        ("a clock set backwards", uptime(healthy(), "1000").then(-600.0, uptime(healthy(), "1060"))),
        ("a clock set back a little", uptime(healthy(), "1000").then(10.0, uptime(healthy(), "1060"))),
        ("within a second", healthy().then(0.9, healthy())),
        ("at the same moment", healthy().then(0.0, healthy())),
        ("more than an hour", healthy().later(3601, same)),
        (
            "another process",
            healthy().later(60, |situation| {
                (0..3).fold(situation, |situation, node| {
                    situation.with(node, "wsrep_gcomm_uuid", &format!("1000000{node}-0000-11ee-8001-000000000001"))
                })
            }),
        ),
        ("fewer bytes", reset("wsrep_received_bytes")),
        ("fewer failures", reset("wsrep_local_cert_failures")),
        ("less pause", reset("wsrep_flow_control_paused_ns")),
        ("an earlier seqno", reset("wsrep_last_committed")),
    ] {
        assert_eq!(kept(&situation), [false; 6], "{what}");
    }
    for (what, situation) in [
        ("a minute", healthy().later(60, same)),
        ("an hour", healthy().later(3600, same)),
        ("a second", healthy().later(1, same)),
        // The docs say otherwise: FLUSH STATUS resets what was sent, and nothing else that is read.
        (
            "FLUSH STATUS",
            healthy()
                .with_all("wsrep_flow_control_sent", "7")
                .later(60, |situation| situation.with_all("wsrep_flow_control_sent", "0")),
        ),
    ] {
        assert_eq!(kept(&situation), [true; 6], "{what}");
    }
}

#[test]
fn within_a_run_it_is_measured_by_two_answers() {
    let mut situation = healthy();
    for asked in &mut situation.snapshot.nodes {
        let Outcome::Answered(answer) = &mut asked.outcome else { panic!() };
        let length = std::time::Duration::from_secs(1);
        answer.sample = Some(Sample { facts: answer.facts.clone(), length });
    }
    assert_eq!(situation.metric(&[], "flow_control").as_deref(), Some("0"));
}

#[test]
fn the_culprit_of_flow_control_is_named() {
    let paused = |situation: Situation| {
        (0..3).fold(situation, |situation, node| situation.grown(node, "wsrep_flow_control_paused_ns", 30_000_000_000))
    };
    let before = healthy().later(60, paused);
    let situation = before.clone().later(60, |situation| paused(situation).grown(1, "wsrep_flow_control_sent", 9));
    situation.assert(
        ServiceState::Critical,
        &[
            "flow control stopped writing for 50 % of 1 min: node2 throttles the cluster",
            "[CRITICAL] node2 db2:3306 synced",
        ],
    );
    let situation = before.later(60, |situation| {
        paused(situation).grown(1, "wsrep_flow_control_sent", 9).with(2, "wsrep_flow_control_requested", "true")
    });
    situation.assert(ServiceState::Critical, &["node3 throttles the cluster"]);
    let lasting = recorded!("flow-control").later(60, same);
    lasting.assert(ServiceState::Warning, &["node2: 29 writesets wait to be applied", "throttles the cluster"]);
}

#[test]
fn writers_are_counted_and_may_be_limited() {
    let situation = minute(&[("wsrep_replicated", 60)]);
    assert_eq!(situation.metric(&[], "writers").as_deref(), Some("1"));
    let situation = minute(&[("wsrep_replicated", 59)]);
    assert_eq!(situation.metric(&[], "writers").as_deref(), Some("0"), "below one a second it is noise");
    let both =
        healthy().later(60, |situation| situation.grown(0, "wsrep_replicated", 60).grown(1, "wsrep_replicated", 60));
    both.assert(ServiceState::Ok, &["'writers'=2;"]);
    both.assert_with(
        &["-w", "writers=1"],
        ServiceState::Warning,
        &["clients write to 2 nodes: node1 and node2, above the limit 1"],
    );
}

#[test]
fn the_window_is_that_of_the_second_best_donor() {
    let sized = |sizes: [&str; 3], bytes: u64| {
        let nodes = sizes.iter().enumerate();
        let sized = nodes.fold(healthy(), |situation, (node, size)| situation.with_option(node, "gcache.size", size));
        // Both directions fill the cache.
        sized.later(60, |situation| {
            situation.grown(0, "wsrep_received_bytes", bytes / 2).grown(0, "wsrep_replicated_bytes", bytes / 2)
        })
    };
    // 8, 16 and 32 MiB less 1/128, at 400 kB a minute.
    assert_eq!(sized(["8M", "16M", "32M"], 400_000).metric(&[], "ist_window").as_deref(), Some("2496"));
    assert_eq!(sized(["8M"; 3], 59_000).metric(&[], "ist_window"), None, "less than 1 kB/s says nothing");
    let alone = healthy().only(0).later(60, |situation| situation.grown(0, "wsrep_received_bytes", 100_000));
    assert_eq!(alone.metric(&[], "ist_window").as_deref(), Some("4993"));
}

#[test]
fn an_empty_cache_feeds_no_node() {
    for sentinel in ["0", "18446744073709551615"] {
        let mut gone = recorded!("node3-killed").with(0, "wsrep_local_cached_downto", sentinel);
        assert!(!healthy().then(60.0, gone.clone()).ids(&[]).contains("ist-gone"), "the other one has it");
        gone = gone.with(1, "wsrep_local_cached_downto", "236");
        assert!(healthy().then(60.0, gone).ids(&[]).contains("ist-gone"), "nobody has: {sentinel}");
    }
}

#[test]
fn the_time_for_ist_is_told() {
    let gone = healthy().then(60.0, recorded!("node3-killed"));
    gone.assert(ServiceState::Warning, &["IST for node3 possible", "last known seqno 233"]);
    let written = gone.later(60, |situation| {
        let situation =
            (0..2).fold(situation, |situation, node| situation.grown(node, "wsrep_received_bytes", 100_000));
        situation.grown(0, "wsrep_last_committed", 60).grown(1, "wsrep_last_committed", 60)
    });
    written.assert(ServiceState::Warning, &["IST for node3 possible for ~1 h"]);
    assert!(!written.ids(&[]).contains("ist-closing"));
}

#[test]
fn a_port_that_refuses_is_hung_once_the_group_should_have_noticed() {
    let down = healthy().then(10.0, healthy().answering(2, refused()));
    down.assert(ServiceState::Warning, &["node3 unreachable, still counted by the group: connection refused"]);
    // evs.suspect_timeout of these servers is 2 s, and one of grace.
    for (seconds, hung) in [(3, false), (4, true)] {
        let later = down.clone().later(seconds, same);
        assert_eq!(later.ids(&[]).contains("node-hung"), hung, "{seconds}");
    }
    // It was no member meanwhile: it is starting.
    let back = healthy().then(10.0, recorded!("node3-killed")).then(60.0, healthy().answering(2, refused()));
    assert!(!back.ids(&[]).contains("node-hung"));
}

#[test]
fn a_stuck_donor_feeds_no_node() {
    recorded!("ftwrl")
        .later(660, same)
        .assert(ServiceState::Critical, &["node2 is stuck as donor for 11 min: no node joins"]);
    recorded!("ftwrl")
        .later(660, same)
        .later(60, |_| healthy().with_all("Uptime", "731"))
        .assert(ServiceState::Ok, &[]);
}

#[test]
fn an_age_begins_anew_with_the_state() {
    let situation =
        recorded!("desync").then(7000.0, healthy()).then(60.0, recorded!("desync")).then(600.0, recorded!("desync"));
    assert_eq!(situation.metric(&[], "donor_age").as_deref(), Some("600"));
    assert_eq!(healthy().metric(&[], "donor_age").as_deref(), Some("0"));
    assert_eq!(recorded!("desync").metric(&[], "donor_age"), None, "nobody knows since when");
}

/// A donor goes back to work when its data are sent; the joiner still has to take them in.
#[test]
fn a_node_that_receives_data_is_not_hung() {
    let joining = recorded!("sst").then(60.0, healthy().answering(2, refused()));
    joining.assert(ServiceState::Warning, &["db3 receives a state transfer", "'joining'=1;"]);
    let later = joining.then(600.0, healthy().answering(2, refused()));
    later.assert(ServiceState::Warning, &["db3 receives a state transfer for 11 min"]);
}

#[test]
fn a_node_that_comes_back_is_starting_and_not_hung() {
    let gone = healthy().then(60.0, recorded!("node3-killed"));
    let starts = gone.then(60.0, healthy().answering(2, refused()));
    starts.assert(ServiceState::Warning, &["node3 is starting: the group counts it, it does not answer yet"]);
    let still = starts.then(60.0, healthy().answering(2, silent()));
    still.assert(ServiceState::Warning, &["node3 is starting"]);
    still.then(60.0, healthy()).assert(ServiceState::Ok, &["3 synced"]);
}

#[test]
fn a_member_that_answered_and_does_not_any_more_is_hung_once_a_crash_would_have_shown() {
    let first = healthy().then(60.0, healthy().answering(2, silent()));
    first.assert(ServiceState::Warning, &["node3 unreachable, still counted by the group: no login within 3.0 s"]);
    first.then(60.0, healthy().answering(2, silent())).assert(ServiceState::Critical, &["node3 is hung"]);
}

#[test]
fn a_gap_between_the_runs_leaves_ages_out() {
    let away = 3.0 * 86_400.0;
    let seen = healthy().then(60.0, recorded!("desync")).then(60.0, recorded!("desync"));
    let aged = seen.clone().then(60.0, recorded!("desync"));
    assert_eq!(aged.metric(&[], "donor_age").as_deref(), Some("120"));
    let mut situation = seen.then(away, recorded!("desync"));
    situation.history = situation.history.still_valid_at(situation.snapshot.at);
    assert_eq!(situation.metric(&[], "donor_age").as_deref(), Some("0"), "it was not seen in between");
}

/// One bulk delete of 6000 rows in a quiet hour, as the next run sees it.
#[test]
fn one_large_transaction_is_not_how_much_is_always_written() {
    let write = |bytes: u64| move |situation: Situation| situation.grown(0, "wsrep_received_bytes", bytes);
    let quiet = (0..30).fold(healthy(), |situation, _| situation.later(60, write(120_000)));
    assert_eq!(quiet.metric(&[], "ist_window").as_deref(), Some("4161"));
    let bulk = quiet.later(60, write(1_200_000));
    // 29 minutes of 2 kB/s and one of 20 are 2.6 kB/s; alone, the last would leave 7 minutes.
    assert_eq!(bulk.metric(&[], "ist_window").as_deref(), Some("3201"));
    assert_eq!(bulk.verdict(&[]).0, ServiceState::Ok);
}

/// The next restart would block a donor too: that matters once a node is away.
#[test]
fn a_blocking_state_transfer_is_a_note_until_a_node_is_away() {
    let state = |situation: &Situation| {
        let report = situation.report_as_given(&[]);
        report.findings().into_iter().find(|finding| finding.id == Some("sst-blocks")).map(|finding| finding.state)
    };
    assert_eq!(state(&healthy()), Some(ServiceState::Ok));
    assert_eq!(state(&recorded!("node3-killed")), Some(ServiceState::Warning));
    assert_eq!(state(&healthy().answering(2, refused())), Some(ServiceState::Warning));
}

/// A supervisor restarts the joiner each time; the cache of the others is of no use to a node without data.
#[test]
fn a_state_transfer_that_fails_again_and_again_is_a_loop() {
    let gone = |situation: Situation| situation.then(60.0, recorded!("node3-killed"));
    let joins = |situation: Situation| situation.then(60.0, recorded!("sst"));
    let first = joins(gone(healthy()));
    first.assert(ServiceState::Warning, &["receives a state transfer from node1", "-> wait; its error log"]);
    let between = gone(first);
    let text = between.verdict(&["-v"]).1;
    assert!(!text.contains("IST for node3") && !text.contains("IST possible"), "{text}");
    let third = joins(gone(joins(between)));
    let logs = "do not wait; read the error logs of node3 and of its donor node1 (wsrep_sst_method is";
    third.assert(ServiceState::Warning, &["node3 has begun a state transfer 3 times within an hour: it fails", logs]);
    // The donor is known from before, and a node that only starts is not to be waited for either.
    let fourth = gone(third).then(60.0, healthy().answering(2, refused()));
    fourth.assert(ServiceState::Warning, &["node3 is starting", logs]);
    assert!(!fourth.verdict(&[]).1.contains("-> wait"));
    // A node that has its data has ended the loop.
    let served = fourth.then(60.0, healthy());
    assert_eq!(served.metric(&[], "state_transfers").as_deref(), Some("0"));
}

/// A row that is applied a moment later on one node than on another is no stall, nor is a read lock that explains itself.
#[test]
fn a_node_that_was_asked_a_moment_earlier_does_not_stand_still() {
    let busy = |situation: Situation| {
        let situation = situation.grown(0, "wsrep_last_committed", 600).grown(1, "wsrep_last_committed", 599);
        situation.grown(2, "wsrep_last_committed", 601)
    };
    let busy = (0..5).fold(healthy(), |situation, _| situation.later(60, busy));
    assert_eq!(busy.metric(&[], "applier_stalled").as_deref(), Some("0"));
    let locked = (0..5).fold(recorded!("ftwrl"), |situation, _| situation.later(60, same));
    assert_eq!(locked.metric(&[], "applier_stalled").as_deref(), Some("0"));
    assert_eq!(healthy().metric(&[], "applier_stalled"), None, "no run before");
}
