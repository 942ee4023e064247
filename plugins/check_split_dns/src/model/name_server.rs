//! A name server and its answers to all questions.

use std::time::Duration;

use common::dns::{FailureKind, Outcome, Question};

use super::fault::{Fault, FaultKind};
use super::lookup::Lookup;
use super::reading;
use crate::probe::Side;
use crate::snapshot::{Asked, Replies};
use crate::subject::Subject;

/// A name server as its clients see it.
pub(crate) struct NameServer<'a> {
    pub(crate) asked: &'a Asked,
    /// One for each subject, in their order.
    pub(crate) lookups: Vec<Lookup<'a>>,
    /// Why it answered no question at all; `None` if it answered one.
    pub(crate) death: Option<Fault>,
}

impl<'a> NameServer<'a> {
    pub(crate) fn of(asked: &'a Asked, subjects: &'a [Subject], patience: Duration) -> Self {
        let lookup = |(replies, subject): (&'a Vec<Replies>, _)| Lookup::of(replies, subject, patience);
        let lookups: Vec<_> = asked.names.iter().zip(subjects).map(lookup).collect();
        let death = if is_alive(asked) { None } else { cause_of_death(&lookups) };
        Self { asked, lookups, death }
    }

    /// Whether all answers are right.
    pub(crate) fn is_good(&self) -> bool {
        self.death.is_none() && self.lookups.iter().all(Lookup::is_good)
    }

    /// The number of questions without a right answer.
    pub(crate) fn failed(&self) -> usize {
        self.lookups.iter().map(|lookup| lookup.faults.len()).sum()
    }

    /// Whether it answers questions for external names as a server that does not resolve them (RA=0).
    pub(crate) fn offers_no_recursion(&self) -> bool {
        let external = self.lookups.iter().filter(|lookup| lookup.subject.side() == Side::External);
        external.flat_map(Lookup::latest).filter_map(reading::answer).any(|answer| !answer.flags.ra)
    }

    pub(crate) fn has_fault(&self, is_such: impl Fn(&FaultKind) -> bool) -> bool {
        self.fault_kinds().any(is_such)
    }

    /// Whether this host could not ask some question, and nothing else is wrong.
    pub(crate) fn was_not_asked(&self) -> bool {
        let mut kinds = self.fault_kinds().peekable();
        kinds.peek().is_some() && kinds.all(FaultKind::is_ours)
    }

    /// Whether it shows that an internal zone leaks.
    pub(crate) fn leaks(&self) -> bool {
        self.has_fault(|kind| matches!(kind, FaultKind::Leaked { .. }))
    }

    /// The first question that was answered with SERVFAIL, for which DNSSEC may be the cause. Internal names come first.
    pub(crate) fn servfail(&self) -> Option<&'a Question> {
        self.lookups.iter().find_map(|lookup| lookup.question_with(&FaultKind::Failed(FailureKind::ServFail)))
    }

    fn fault_kinds(&self) -> impl Iterator<Item = &FaultKind> {
        self.lookups.iter().flat_map(|lookup| &lookup.faults).map(|(_, fault)| &fault.kind)
    }
}

/// Whether any question was answered before a recheck.
fn is_alive(asked: &Asked) -> bool {
    let all = asked.names.iter().flatten();
    let mut replies = all.flat_map(|replies| [Some(&replies.udp), replies.tcp.as_ref()]).flatten();
    replies.any(|reply| matches!(reply.outcome, Outcome::Answer(_)))
}

/// Of several causes, one that says more than silence, and a fault of the server rather than of this host.
fn cause_of_death(lookups: &[Lookup]) -> Option<Fault> {
    let faults = lookups.iter().flat_map(|lookup| lookup.faults.iter().map(|(_, fault)| fault));
    let telling = faults.min_by_key(|fault| match fault.kind {
        FaultKind::OwnSide(_) => 2,
        FaultKind::Failed(FailureKind::Silent) => 1,
        _ => 0,
    });
    telling.cloned()
}
