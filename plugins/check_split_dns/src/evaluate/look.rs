//! What a server said to a question, all looks and transports taken together.

use std::time::Duration;

use common::CheckError;
use common::dns::{Answer, Failure, Outcome, Reply, Said};

use crate::snapshot::Cell;

/// What counts: the second look where there was one, and TCP where a datagram was too short.
pub(super) fn said(cell: &Cell, question: usize, patience: Duration) -> Option<Said<'_>> {
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
    cell.again.get(question).filter(|reply| reply.sent > 0 && reply.outcome != Outcome::Timeout)
}

/// What was said in the first look.
pub(super) fn first(cell: &Cell, question: usize, patience: Duration) -> Option<Said<'_>> {
    let both = cell.replies.get(question)?;
    Some(completed(cell, question, &both.udp, patience))
}

/// What was said over TCP.
pub(super) fn over_tcp(cell: &Cell, question: usize, patience: Duration) -> Option<Said<'_>> {
    let tcp = cell.replies.get(question)?.tcp.as_ref()?;
    Some(Said::of(tcp, patience))
}

fn completed<'a>(cell: &'a Cell, question: usize, udp: &'a Reply, patience: Duration) -> Said<'a> {
    let over_udp = Said::of(udp, patience);
    let is_cut = answer(&over_udp).is_some_and(|answer| answer.flags.tc);
    match over_tcp(cell, question, patience) {
        Some(Said::Failed(Failure { kind, words })) if is_cut => {
            Said::Failed(Failure { kind, words: format!("truncated, and over TCP {words}") })
        }
        Some(over_tcp) if is_cut => over_tcp,
        _ => over_udp,
    }
}

/// Whether an answer came, whatever it says.
pub(super) fn has_answered(said: &Said) -> bool {
    matches!(said, Said::Found(_) | Said::Denied(..) | Said::Truncated(_))
}

pub(super) fn failure<'a>(said: &'a Said) -> Option<&'a Failure> {
    match said {
        Said::Failed(failure) => Some(failure),
        _ => None,
    }
}

/// Why our own side kept us from asking.
pub(super) fn not_asked<'a>(said: &Said<'a>) -> Option<&'a CheckError> {
    match said {
        Said::NotAsked(fault) => Some(fault),
        _ => None,
    }
}

/// The answer, with or without records.
pub(super) fn answer<'a>(said: &Said<'a>) -> Option<&'a Answer> {
    match said {
        Said::Found(answer) | Said::Denied(_, answer) | Said::Truncated(answer) => Some(answer),
        Said::Failed(_) | Said::NotAsked(_) => None,
    }
}
