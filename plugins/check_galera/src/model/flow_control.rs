//! Flow control: the share of the time in which it stopped writing.

use crate::history::{PausedAt, SeenNode};
use crate::snapshot::{AskedNode, Outcome};

/// A shorter time shows a single large transaction as if writing had stopped for good, in seconds. A run a minute may
/// come a little early.
const SHORTEST_WINDOW: f64 = 55.0;

/// The least time between two moments that are kept, in seconds, and how many are kept.
const STEP: f64 = 5.0;
const MOST: usize = 40;

/// The share of a window in which flow control stopped a node, and of the window before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Paused {
    /// 0 to 1.
    pub(crate) share: f64,
    /// The length of the window in seconds.
    pub(crate) seconds: f64,
    /// The share of the window before; `None` while it was not measured.
    pub(crate) before: Option<f64>,
    /// Whether the window is the operator's (`--sample`).
    pub(crate) is_sample: bool,
}

impl Paused {
    /// Whether the window is long enough to judge it.
    pub(crate) fn is_long_enough(&self) -> bool {
        self.is_sample || self.seconds >= SHORTEST_WINDOW
    }
}

/// The window within the run (`--sample`), else the last minute of the history or a little more.
pub(super) fn paused(asked: &AskedNode, moments: &[PausedAt], at: f64) -> Option<Paused> {
    let Outcome::Answered(answer) = &asked.outcome else { return None };
    let now = PausedAt { at, ns: answer.facts.counters.paused_ns? };
    if let Some(sample) = &answer.sample {
        let start = PausedAt { at: at - sample.length.as_secs_f64(), ns: sample.facts.counters.paused_ns? };
        return Some(Paused { share: share(start, now)?, seconds: now.at - start.at, before: None, is_sample: true });
    }
    let start = window(moments, now)?;
    let before = window(moments, start).filter(|before| start.at - before.at >= SHORTEST_WINDOW);
    let before = before.and_then(|before| share(before, start));
    Some(Paused { share: share(start, now)?, seconds: now.at - start.at, before, is_sample: false })
}

/// The moments that the next run may compare with; none from before a restart.
pub(super) fn next_moments(seen: Option<&SeenNode>, goes_on: bool, now: Option<PausedAt>) -> Vec<PausedAt> {
    let mut moments = seen.filter(|_| goes_on).map(|seen| seen.paused.clone()).unwrap_or_default();
    let is_due = |now: &PausedAt| moments.last().is_none_or(|last| now.at - last.at >= STEP);
    moments.extend(now.filter(is_due));
    let surplus = moments.len().saturating_sub(MOST);
    moments.drain(..surplus);
    moments
}

/// The start of the shortest window that is long enough and ends here, else of the longest.
fn window(moments: &[PausedAt], end: PausedAt) -> Option<PausedAt> {
    let earlier = || moments.iter().filter(|moment| moment.at < end.at);
    earlier().rev().find(|moment| end.at - moment.at >= SHORTEST_WINDOW).or_else(|| earlier().next()).copied()
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no 53 bits")]
fn share(start: PausedAt, end: PausedAt) -> Option<f64> {
    let nanoseconds = end.ns.checked_sub(start.ns)?;
    let seconds = end.at - start.at;
    (seconds > 0.0).then(|| (nanoseconds as f64 / 1e9 / seconds).min(1.0))
}
