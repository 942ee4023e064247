//! The rates of a node: the differences of its counters between two moments.

use common::history::SHORTEST;

use crate::history::SeenNode;
use crate::snapshot::facts::Counters;
use crate::snapshot::{AskedNode, Outcome};

/// The differences of a node's counters; none for a counter that one of both moments lacks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Activity {
    /// The time between, in seconds.
    pub(crate) seconds: f64,
    pub(crate) committed: Option<u64>,
    pub(crate) commits: Option<u64>,
    pub(crate) cert_failures: Option<u64>,
    pub(crate) bf_aborts: Option<u64>,
    pub(crate) replays: Option<u64>,
    pub(crate) replicated: Option<u64>,
    /// Writesets of other nodes, and messages of the group.
    pub(crate) received: Option<u64>,
    pub(crate) received_bytes: Option<u64>,
    /// Own and received writesets.
    pub(crate) bytes: Option<u64>,
    /// Requests to stop; `FLUSH STATUS` resets this one.
    pub(crate) stops_sent: Option<u64>,
    pub(crate) turned_away: Option<u64>,
    /// The receive queue at the earlier moment.
    pub(crate) queue_before: Option<u64>,
}

impl Activity {
    /// A counter's difference a second.
    pub(crate) fn per_second(&self, of: impl Fn(&Self) -> Option<u64>) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "rates need no 53 bits")]
        of(self).map(|difference| difference as f64 / self.seconds)
    }
}

/// The longest time over which a rate still describes the present, in seconds.
const LONGEST: f64 = 3600.0;
/// By how much our clock may differ from the server's `Uptime`, which counts whole seconds.
const CLOCK_TOLERANCE: f64 = 2.0;

/// The rates within the run (`--sample`), else since the node was last asked.
pub(super) fn of(asked: &AskedNode, seen: Option<&SeenNode>, at: f64) -> Option<Activity> {
    let Outcome::Answered(answer) = &asked.outcome else { return None };
    let now = &answer.facts.counters;
    if let Some(sample) = &answer.sample {
        return between(&sample.facts.counters, now, sample.length.as_secs_f64());
    }
    let seen = seen.filter(|seen| seen.process == answer.facts.process)?;
    let seconds = at - seen.answered_at?;
    (clocks_agree(&seen.counters, now, seconds) && (SHORTEST..=LONGEST).contains(&seconds))
        .then(|| between(&seen.counters, now, seconds))?
}

/// Whether our clock and the server's went on alike; a step of either spoils every rate.
fn clocks_agree(before: &Counters, after: &Counters, seconds: f64) -> bool {
    let (Some(before), Some(after)) = (before.uptime, after.uptime) else { return true };
    let Some(uptime) = after.checked_sub(before) else { return false };
    #[expect(clippy::cast_precision_loss, reason = "an uptime is below 2^53 s")]
    let apart = (uptime as f64 - seconds).abs();
    apart <= CLOCK_TOLERANCE + seconds / 100.0
}

/// The differences, unless one shows that the server was restarted or its counters reset.
fn between(before: &Counters, after: &Counters, seconds: f64) -> Option<Activity> {
    let pairs = [
        (before.uptime, after.uptime),
        (before.replicated, after.replicated),
        (before.replicated_bytes, after.replicated_bytes),
        (before.received_bytes, after.received_bytes),
        (before.commits, after.commits),
        (before.cert_failures, after.cert_failures),
        (before.bf_aborts, after.bf_aborts),
        (before.replays, after.replays),
        (before.paused_ns, after.paused_ns),
        (before.committed, after.committed),
    ];
    let reset = pairs.into_iter().any(|(before, after)| after.is_some() && after < before);
    let sum = |counters: &Counters| counters.replicated_bytes?.checked_add(counters.received_bytes?);
    (!reset && seconds > 0.0).then(|| Activity {
        seconds,
        committed: difference(before.committed, after.committed),
        commits: difference(before.commits, after.commits),
        cert_failures: difference(before.cert_failures, after.cert_failures),
        bf_aborts: difference(before.bf_aborts, after.bf_aborts),
        replays: difference(before.replays, after.replays),
        replicated: difference(before.replicated, after.replicated),
        received: difference(before.received, after.received),
        received_bytes: difference(before.received_bytes, after.received_bytes),
        bytes: difference(sum(before), sum(after)),
        stops_sent: difference(before.flow_control_sent, after.flow_control_sent),
        turned_away: difference(before.turned_away, after.turned_away),
        queue_before: before.recv_queue,
    })
}

fn difference(before: Option<u64>, after: Option<u64>) -> Option<u64> {
    after?.checked_sub(before?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(uptime: u64, paused_ns: u64, sent: u64) -> Counters {
        Counters {
            uptime: Some(uptime),
            paused_ns: Some(paused_ns),
            flow_control_sent: Some(sent),
            ..Counters::default()
        }
    }

    #[test]
    fn a_counter_that_is_missing_was_not_measured() {
        let activity = between(&counters(100, 5, 7), &counters(160, 23, 9), 60.0).unwrap();
        assert_eq!(activity.stops_sent, Some(2));
        assert_eq!(activity.committed, None, "what was not there was not measured");
    }

    #[test]
    fn a_restart_leaves_nothing_to_compare() {
        assert_eq!(between(&counters(100, 5, 7), &counters(3, 5, 7), 60.0), None);
        assert_eq!(between(&counters(100, 5, 7), &counters(160, 4, 7), 60.0), None);
    }

    #[test]
    fn flush_status_resets_one_counter_alone() {
        let activity = between(&counters(100, 5, 7), &counters(160, 5, 0), 60.0).unwrap();
        assert_eq!(activity.stops_sent, None);
    }

    #[test]
    fn a_clock_that_was_set_is_found_out_by_the_servers() {
        for (uptime, seconds, agree) in
            [(160, 60.0, true), (160, 61.9, true), (160, 3600.0, false), (160, 5.0, false), (99, 60.0, false)]
        {
            assert_eq!(
                clocks_agree(&counters(100, 0, 0), &counters(uptime, 0, 0), seconds),
                agree,
                "{uptime} {seconds}"
            );
        }
    }
}
