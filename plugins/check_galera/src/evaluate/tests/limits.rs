//! Every metric with a default threshold, on both sides of its limits.

use common::ServiceState;

use super::situation::{Situation, healthy, minute, recorded, same};

use ServiceState::{Critical, Ok, Warning};

/// A minute in which the cluster committed ten a second, and one node is so far behind at its end.
fn behind(seqnos: u64) -> Situation {
    healthy().with_all("wsrep_last_committed", "10000").later(60, |situation| {
        let situation = situation.grown(0, "wsrep_last_committed", 600).grown(1, "wsrep_last_committed", 600);
        situation.grown(2, "wsrep_last_committed", 600 - seqnos).with(2, "wsrep_local_recv_queue", &seqnos.to_string())
    })
}

/// The counter after writing was stopped for so many seconds more.
fn paused(seconds: u64) -> (&'static str, u64) {
    ("wsrep_flow_control_paused_ns", seconds * 1_000_000_000)
}

/// Two minutes in which writing was stopped for so many seconds each.
fn stopped(minutes: [u64; 2]) -> Situation {
    minutes.into_iter().fold(healthy(), |situation, seconds| {
        situation.later(60, |situation| situation.grown(0, paused(seconds).0, paused(seconds).1))
    })
}

/// A minute with so many writesets in all queues at its start and its end.
fn waiting(before: &str, after: &str) -> Situation {
    healthy()
        .with_all("wsrep_local_recv_queue", before)
        .later(60, |situation| situation.with_all("wsrep_local_recv_queue", after))
}

fn lasting(situation: Situation, seconds: u32) -> Situation {
    situation.later(seconds, same)
}

/// One node that stands still, with an empty queue, while the others go on; over this many seconds after the first minute.
fn stalled(seconds: u32) -> Situation {
    let step = |situation: Situation| {
        let situation = situation.grown(0, "wsrep_last_committed", 9).grown(2, "wsrep_last_committed", 9);
        situation.with(1, "wsrep_last_committed", "243")
    };
    let level = healthy().with_all("wsrep_last_committed", "243");
    level.later(60, step).later(seconds, step)
}

/// A node that gets a full state transfer so many times within the hour, and is down in between.
fn transfers(count: usize) -> Situation {
    let again = |situation: Situation| situation.then(60.0, recorded!("node3-killed")).then(60.0, recorded!("sst"));
    (1..count).fold(healthy().then(60.0, recorded!("node3-killed")).then(60.0, recorded!("sst")), |situation, _| {
        again(situation)
    })
}

/// A metric, what is said of it, and a situation inside its range, outside the warning and outside the critical one.
pub(super) struct Limit(&'static str, &'static str, pub(super) Vec<(Situation, ServiceState)>);

fn of_members() -> Vec<Limit> {
    vec![
        Limit(
            "members",
            "members",
            vec![(healthy(), Ok), (recorded!("node3-killed"), Warning), (recorded!("two-stopped"), Critical)],
        ),
        Limit(
            "synced",
            "nodes serve",
            vec![
                (recorded!("desync"), Ok),
                (recorded!("reject-queries"), Warning),
                (recorded!("two-stopped"), Critical),
            ],
        ),
        Limit(
            "tolerable_failures",
            "survive",
            vec![(healthy(), Ok), (recorded!("node3-killed"), Warning), (recorded!("two-stopped"), Warning)],
        ),
    ]
}

fn of_rates() -> Vec<Limit> {
    vec![Limit(
        "flow_control",
        "flow control",
        vec![
            (minute(&[paused(6)]), Ok),
            (minute(&[paused(7)]), Warning),
            (minute(&[paused(40)]), Warning),
            (stopped([18, 40]), Warning),
            (stopped([19, 18]), Warning),
            (stopped([19, 19]), Critical),
            (stopped([40, 6]), Ok),
            // A large transaction in the last seconds, between runs that come often.
            (healthy().later(5, |situation| situation.grown(0, paused(3).0, paused(3).1)), Ok),
        ],
    )]
}

fn of_load() -> Vec<Limit> {
    let all = |name: &str, value: &str| healthy().with_all(name, value);
    vec![
        // gcs.fc_limit 16 times the root of 3 members.
        Limit(
            "recv_queue",
            "wait to be applied",
            vec![
                (waiting("281", "28"), Ok),
                (waiting("29", "281"), Warning),
                (waiting("281", "281"), Critical),
                (waiting("0", "281"), Ok),
                (all("wsrep_local_recv_queue", "281"), Ok),
            ],
        ),
        Limit(
            "seqno_lag",
            "behind",
            vec![(behind(99), Ok), (behind(299), Ok), (behind(301), Warning), (behind(599), Warning)],
        ),
        Limit(
            "applier_stalled",
            "has applied nothing",
            vec![
                (healthy().later(60, |situation| situation.grown(0, "wsrep_last_committed", 9)), Ok),
                (stalled(30), Ok),
                (stalled(31), Warning),
                (stalled(120), Warning),
                (stalled(121), Critical),
                // It has gone on.
                (stalled(121).later(60, |situation| situation.with(1, "wsrep_last_committed", "244")), Ok),
            ],
        ),
        Limit(
            "evs_latency_avg",
            "to replicate",
            vec![
                (all("wsrep_evs_repl_latency", "0/1/9/0/10"), Ok),
                (all("wsrep_evs_repl_latency", "0/1.1/9/0/10"), Warning),
                (all("wsrep_evs_repl_latency", "0/1.1/9/0/9"), Ok),
            ],
        ),
        Limit(
            "connections",
            "connections in use",
            vec![
                (all("Threads_connected", "48"), Ok),
                (all("Threads_connected", "49"), Warning),
                (all("Threads_connected", "58"), Critical),
            ],
        ),
    ]
}

/// Three servers whose certificates were made so many days ago and end in so many; the situations are at 08:00 on 2027-01-15.
fn certified(made: &str, ends: &str) -> Situation {
    healthy().with_all("ssl_server_not_before", made).with(1, "ssl_server_not_after", ends)
}

fn of_ages() -> Vec<Limit> {
    vec![
        Limit(
            "donor_age",
            "donor or desynced for",
            vec![(lasting(recorded!("desync"), 7200), Ok), (lasting(recorded!("desync"), 7201), Warning)],
        ),
        Limit(
            "sst_age",
            "receiving a state transfer for",
            vec![(lasting(recorded!("sst"), 14400), Ok), (lasting(recorded!("sst"), 14401), Critical)],
        ),
        Limit(
            "state_transfers",
            "has begun a state transfer",
            vec![(transfers(2), Ok), (transfers(3), Warning), (transfers(5), Warning), (transfers(6), Critical)],
        ),
        Limit(
            "upgrade_age",
            "of different versions",
            vec![
                (lasting(healthy().with(0, "version", "10.11.20-MariaDB"), 86_400), Ok),
                (lasting(healthy().with(0, "version", "10.11.20-MariaDB"), 86_401), Warning),
            ],
        ),
        Limit(
            "certificate_days",
            "its certificate",
            vec![
                (certified("Jan  1 00:00:00 2026 GMT", "Feb 14 08:00:00 2027 GMT"), Ok),
                (certified("Jan  1 00:00:00 2026 GMT", "Feb 14 07:00:00 2027 GMT"), Warning),
                (certified("Jan  1 00:00:00 2026 GMT", "Jan 22 07:00:00 2027 GMT"), Critical),
                // A lifetime of 20 days: a quarter is 5, a tenth 2.
                (certified("Dec 31 20:00:00 2026 GMT", "Jan 20 20:00:00 2027 GMT"), Ok),
                (certified("Dec 31 07:00:00 2026 GMT", "Jan 20 07:00:00 2027 GMT"), Warning),
                (certified("Dec 28 07:00:00 2026 GMT", "Jan 17 07:00:00 2027 GMT"), Critical),
                (certified("Jan  1 00:00:00 2026 GMT", "in a year"), Ok),
            ],
        ),
    ]
}

pub(super) fn limits() -> Vec<Limit> {
    [of_members(), of_rates(), of_load(), of_ages()].into_iter().flatten().collect()
}

#[test]
fn numbers_are_judged_by_their_limits() {
    for Limit(id, says, situations) in limits() {
        for (place, (situation, expected)) in situations.into_iter().enumerate() {
            let alerts = situation.alerts(&[]);
            let said =
                alerts.iter().find(|(_, text)| text.contains(says)).map_or(ServiceState::Ok, |(state, _)| *state);
            assert_eq!(said, expected, "{id} {place}: {alerts:?}");
        }
    }
}

/// A new threshold needs its situations.
#[test]
fn no_limit_is_left_out() {
    let shown: Vec<_> = limits().iter().map(|limit| limit.0).collect();
    let none = |default: &common::Default| matches!(default, common::Default::None);
    let judged = crate::CATALOGUE.metrics.iter().filter(|metric| !none(&metric.warning) || !none(&metric.critical));
    assert_eq!(shown, judged.map(|metric| metric.id).collect::<Vec<_>>());
}
