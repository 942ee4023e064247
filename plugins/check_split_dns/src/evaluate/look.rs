//! What a server said to a question, all looks and transports taken together.

use std::time::Duration;

use common::CheckError;
use common::dns::{Answer, Failure, Outcome, Reading, Reply};

use crate::snapshot::Cell;

/// What counts: the second look where there was one, and TCP where a datagram was too short.
pub(super) fn said(cell: &Cell, question: usize, patience: Duration) -> Option<Reading<'_>> {
    match second(cell, question) {
        Some(reply) => Some(completed(cell, question, reply, patience)),
        None => first(cell, question, patience),
    }
}

/// Whether there was a second look that brought something: one that our own time limit cut short is none.
pub(super) fn is_repeated(cell: &Cell, question: usize) -> bool {
    second(cell, question).is_some()
}

fn second(cell: &Cell, question: usize) -> Option<&Reply> {
    cell.again.get(question).filter(|reply| reply.sent > 0 && reply.outcome != Outcome::Silent)
}

/// What was said in the first look.
pub(super) fn first(cell: &Cell, question: usize, patience: Duration) -> Option<Reading<'_>> {
    let both = cell.replies.get(question)?;
    Some(completed(cell, question, &both.udp, patience))
}

/// What was said over TCP.
pub(super) fn over_tcp(cell: &Cell, question: usize, patience: Duration) -> Option<Reading<'_>> {
    let tcp = cell.replies.get(question)?.tcp.as_ref()?;
    Some(Reading::of(tcp, patience))
}

fn completed<'a>(cell: &'a Cell, question: usize, udp: &'a Reply, patience: Duration) -> Reading<'a> {
    let over_udp = Reading::of(udp, patience);
    let is_cut = answer(&over_udp).is_some_and(|answer| answer.flags.tc);
    match over_tcp(cell, question, patience) {
        Some(Reading::Failed(Failure { kind, words })) if is_cut => {
            Reading::Failed(Failure { kind, words: format!("truncated, and over TCP {words}") })
        }
        Some(over_tcp) if is_cut => over_tcp,
        _ => over_udp,
    }
}

/// Whether an answer came, whatever it says.
pub(super) fn has_answered(said: &Reading) -> bool {
    matches!(said, Reading::Found(_) | Reading::Denied(..) | Reading::Truncated(_))
}

pub(super) fn failure<'a>(said: &'a Reading) -> Option<&'a Failure> {
    match said {
        Reading::Failed(failure) => Some(failure),
        _ => None,
    }
}

/// Why our own side kept us from asking.
pub(super) fn not_asked<'a>(said: &Reading<'a>) -> Option<&'a CheckError> {
    match said {
        Reading::OwnSide(fault) => Some(fault),
        _ => None,
    }
}

/// The answer, with or without records.
pub(super) fn answer<'a>(said: &Reading<'a>) -> Option<&'a Answer> {
    match said {
        Reading::Found(answer) | Reading::Denied(_, answer) | Reading::Truncated(answer) => Some(answer),
        Reading::Failed(_) | Reading::OwnSide(_) => None,
    }
}
