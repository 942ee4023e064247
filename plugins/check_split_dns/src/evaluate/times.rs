//! How long answers took.

use std::time::Duration;

use common::dns::{Reply, Transport};
use common::{MetricSpec, Number, Report, wording};

use crate::catalogue::{EXTERNAL_TIME, INTERNAL_TIME, TCP_TIME, TIME, UNCACHED_TIME};
use crate::model::{Lookup, NameServer, Resolution};
use crate::probe::Side;
use crate::snapshot::{Asked, Replies};
use crate::subject::Subject;

/// Answers of one kind.
pub(super) struct Kind {
    pub(super) spec: &'static MetricSpec,
    /// Whether each server has a number of its own, and not only all together.
    pub(super) has_series: bool,
    has: fn(&Subject, &Reply) -> bool,
}

pub(super) static KINDS: [Kind; 5] = [
    Kind { spec: &TIME, has_series: false, has: |_, _| true },
    Kind { spec: &INTERNAL_TIME, has_series: true, has: |subject, reply| is_known(subject, Side::Internal, reply) },
    Kind { spec: &EXTERNAL_TIME, has_series: true, has: |subject, reply| is_known(subject, Side::External, reply) },
    Kind { spec: &UNCACHED_TIME, has_series: true, has: |subject, _| subject.is_random() },
    Kind { spec: &TCP_TIME, has_series: true, has: |_, reply| reply.transport == Transport::Tcp },
];

fn is_known(subject: &Subject, side: Side, reply: &Reply) -> bool {
    subject.is_known(side) && reply.transport == Transport::Udp
}

/// The answer that took the longest.
pub(super) struct Slowest<'a> {
    asked: &'a Asked,
    subject: &'a Subject,
    transport: Transport,
    pub(super) time: Duration,
}

impl Kind {
    /// The slowest answer of these servers, the first of several; `None` without an answer.
    pub(super) fn slowest<'a>(&self, servers: impl IntoIterator<Item = &'a NameServer<'a>>) -> Option<Slowest<'a>> {
        let lookups = servers.into_iter().flat_map(|server| server.lookups.iter().map(|lookup| (server.asked, lookup)));
        let answers = lookups.flat_map(|(asked, lookup)| self.answers(asked, lookup));
        answers.reduce(|slowest, answer| if answer.time > slowest.time { answer } else { slowest })
    }

    /// The answers of this kind to one lookup.
    fn answers<'a>(&self, asked: &'a Asked, lookup: &Lookup<'a>) -> impl Iterator<Item = Slowest<'a>> {
        let subject = lookup.subject;
        let replies = lookup.replies.iter().flat_map(Replies::all).filter(move |reply| (self.has)(subject, reply));
        replies.filter_map(move |reply| Some(Slowest { asked, subject, transport: reply.transport, time: reply.rtt? }))
    }
}

/// Each kind is judged by its slowest answer.
pub(super) fn measure(report: &mut Report, resolution: &Resolution) {
    for kind in &KINDS {
        let Some(Slowest { asked, subject, transport, time }) = kind.slowest(&resolution.servers) else { continue };
        let (server, subject) = (&asked.server.name, &subject.name);
        let over = if transport == Transport::Tcp { " over TCP" } else { "" };
        let draft = report.metric(kind.spec, Number::seconds(time)).of(asked);
        let seconds = wording::seconds(time);
        let said = draft.words(format_args!("{server} took {seconds} s to answer for {subject}{over}"));
        if !kind.has_series {
            said.well(format_args!("slowest answer {}", wording::milliseconds(time)));
        }
    }
}
