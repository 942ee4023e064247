//! How long answers took, by what was asked and how.

use std::time::Duration;

use common::MetricSpec;
use common::dns::{Reply, Transport};

use super::verdict::{Judged, Verdict};
use crate::catalogue::{EXT_TIME, INT_TIME, NX_TIME, TCP_TIME, TIME};
use crate::probe::Side;

/// Answers of one kind.
pub(super) struct Kind {
    pub(super) spec: &'static MetricSpec,
    /// The name of the number of each server; none when only all together have it.
    pub(super) series: Option<&'static str>,
    pub(super) words: &'static str,
    has: fn(&Judged, &Reply) -> bool,
}

pub(super) static KINDS: [Kind; 5] = [
    Kind { spec: &TIME, series: None, words: "slowest answer", has: |_, _| true },
    Kind {
        spec: &INT_TIME,
        series: Some("int"),
        words: "slowest answer for an inside name",
        has: |name, reply| is_known(name, Side::Internal, reply),
    },
    Kind {
        spec: &EXT_TIME,
        series: Some("ext"),
        words: "slowest answer for an outside name",
        has: |name, reply| is_known(name, Side::External, reply),
    },
    Kind {
        spec: &NX_TIME,
        series: Some("nx"),
        words: "slowest answer for a random name",
        has: |name, _| name.subject.is_random(),
    },
    Kind {
        spec: &TCP_TIME,
        series: Some("tcp"),
        words: "slowest answer over TCP",
        has: |_, reply| reply.transport == Transport::Tcp,
    },
];

fn is_known(name: &Judged, side: Side, reply: &Reply) -> bool {
    name.subject.is_known(side) && reply.transport == Transport::Udp
}

impl Kind {
    /// The slowest of these servers; none without an answer.
    pub(super) fn slowest<'a>(&self, verdicts: impl IntoIterator<Item = &'a Verdict<'a>>) -> Option<Duration> {
        let names = verdicts.into_iter().flat_map(|verdict| &verdict.names);
        let replies = names.flat_map(|name| name.cell.replies().map(move |reply| (name, reply)));
        replies.filter(|(name, reply)| (self.has)(name, reply)).filter_map(|(_, reply)| reply.rtt).max()
    }
}

/// The slowest answer of all.
pub(super) fn slowest<'a>(verdicts: impl IntoIterator<Item = &'a Verdict<'a>>) -> Option<Duration> {
    KINDS.first().and_then(|all| all.slowest(verdicts))
}
