//! How long answers took, by what was asked and how.

use std::time::Duration;

use common::dns::{Reply, Transport};
use common::{MetricSpec, Number, Report, wording};

use super::scene::Scene;
use super::verdict::{Judged, Verdict};
use crate::catalogue::{EXTERNAL_TIME, INTERNAL_TIME, TCP_TIME, TIME, UNCACHED_TIME};
use crate::probe::Side;

/// Answers of one kind.
pub(super) struct Kind {
    pub(super) spec: &'static MetricSpec,
    /// Whether each server has a number of its own, and not only all together.
    pub(super) has_series: bool,
    has: fn(&Judged, &Reply) -> bool,
}

pub(super) static KINDS: [Kind; 5] = [
    Kind { spec: &TIME, has_series: false, has: |_, _| true },
    Kind { spec: &INTERNAL_TIME, has_series: true, has: |name, reply| is_known(name, Side::Internal, reply) },
    Kind { spec: &EXTERNAL_TIME, has_series: true, has: |name, reply| is_known(name, Side::External, reply) },
    Kind { spec: &UNCACHED_TIME, has_series: true, has: |name, _| name.subject.is_random() },
    Kind { spec: &TCP_TIME, has_series: true, has: |_, reply| reply.transport == Transport::Tcp },
];

fn is_known(name: &Judged, side: Side, reply: &Reply) -> bool {
    name.subject.is_known(side) && reply.transport == Transport::Udp
}

/// The answer that took the longest.
pub(super) struct Slowest<'a> {
    verdict: &'a Verdict<'a>,
    name: &'a Judged<'a>,
    transport: Transport,
    pub(super) time: Duration,
}

impl Kind {
    /// The slowest answer of these servers, of several the first; none without an answer.
    pub(super) fn slowest<'a>(&self, verdicts: impl IntoIterator<Item = &'a Verdict<'a>>) -> Option<Slowest<'a>> {
        let names = verdicts.into_iter().flat_map(|verdict| verdict.names.iter().map(move |name| (verdict, name)));
        let replies = names.flat_map(|(verdict, name)| name.cell.replies().map(move |reply| (verdict, name, reply)));
        let answers =
            replies.filter(|(_, name, reply)| (self.has)(name, reply)).filter_map(|(verdict, name, reply)| {
                Some(Slowest { verdict, name, transport: reply.transport, time: reply.rtt? })
            });
        answers.reduce(|slowest, answer| if answer.time > slowest.time { answer } else { slowest })
    }
}

/// Each kind is judged by its slowest answer.
pub(super) fn measure(report: &mut Report, scene: &Scene) {
    for kind in &KINDS {
        let Some(Slowest { verdict, name, transport, time }) = kind.slowest(&scene.verdicts) else { continue };
        let (server, subject) = (&verdict.asked.server.name, &name.subject.name);
        let over = if transport == Transport::Tcp { " over TCP" } else { "" };
        let draft = report.metric(kind.spec, Number::seconds(time)).of(verdict.asked);
        let seconds = wording::seconds(time);
        let said = draft.words(format_args!("{server} took {seconds} s to answer for {subject}{over}"));
        if !kind.has_series {
            said.well(format_args!("slowest answer {}", wording::milliseconds(time)));
        }
    }
}
