//! The meaning of the replies to one question.

use std::time::Duration;

use common::CheckError;
use common::dns::{Answer, Failure, Outcome, Reading, Reply};

use crate::snapshot::Replies;

/// The replies of a server to one question, understood.
#[derive(Clone, Debug)]
pub(crate) struct Readings<'a> {
    /// The one that counts: that of the recheck if there was one, and that over TCP if a datagram was too short.
    pub(crate) latest: Reading<'a>,
    /// The first over UDP.
    pub(crate) over_udp: Reading<'a>,
    pub(crate) over_tcp: Option<Reading<'a>>,
    /// Whether a recheck got a reply.
    pub(crate) is_rechecked: bool,
}

impl<'a> Readings<'a> {
    pub(crate) fn of(replies: &'a Replies, patience: Duration) -> Self {
        let over_udp = Reading::of(&replies.udp, patience);
        let over_tcp = replies.tcp.as_ref().map(|tcp| Reading::of(tcp, patience));
        let rechecked = replies.rechecked.as_ref().filter(|reply| has_come(reply));
        let newest = rechecked.map_or_else(|| over_udp.clone(), |reply| Reading::of(reply, patience));
        Self { latest: completed(newest, over_tcp.as_ref()), over_udp, over_tcp, is_rechecked: rechecked.is_some() }
    }
}

/// Whether a recheck brought anything: our own time limit may have cut it short.
fn has_come(reply: &Reply) -> bool {
    reply.sent > 0 && reply.outcome != Outcome::Silent
}

/// A truncated answer is read over TCP.
fn completed<'a>(over_udp: Reading<'a>, over_tcp: Option<&Reading<'a>>) -> Reading<'a> {
    let is_truncated = answer(&over_udp).is_some_and(|answer| answer.flags.tc);
    match over_tcp {
        Some(Reading::Failed(Failure { kind, words })) if is_truncated => {
            Reading::Failed(Failure { kind: *kind, words: format!("truncated, and over TCP {words}") })
        }
        Some(over_tcp) if is_truncated => over_tcp.clone(),
        _ => over_udp,
    }
}

/// Whether there is an answer, with or without records.
pub(crate) fn is_answered(reading: &Reading) -> bool {
    answer(reading).is_some()
}

/// The answer, with or without records.
pub(crate) fn answer<'a>(reading: &Reading<'a>) -> Option<&'a Answer> {
    match reading {
        Reading::Found(answer) | Reading::Denied(_, answer) | Reading::Truncated(answer) => Some(answer),
        Reading::Failed(_) | Reading::OwnSide(_) => None,
    }
}

/// The failure of the server.
pub(crate) fn failure<'a>(reading: &'a Reading) -> Option<&'a Failure> {
    match reading {
        Reading::Failed(failure) => Some(failure),
        _ => None,
    }
}

/// The reason why this host could not ask.
pub(crate) fn own_side<'a>(reading: &Reading<'a>) -> Option<&'a CheckError> {
    match reading {
        Reading::OwnSide(fault) => Some(fault),
        _ => None,
    }
}
