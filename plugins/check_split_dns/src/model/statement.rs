//! The records that servers give for a question, to be compared with each other.

use std::collections::BTreeSet;

use common::dns::{Question, Reading, RecordType};

use super::lookup::Lookup;
use super::name_server::NameServer;
use crate::probe::Side;
use crate::record::{Record, records};
use crate::snapshot::{Asked, ServerId};
use crate::subject::Subject;

pub(crate) type Records<'a> = BTreeSet<Record<'a>>;

/// The answer of one server to a question.
pub(crate) struct Statement<'a> {
    pub(crate) id: ServerId,
    pub(crate) asked: &'a Asked,
    /// `None` if the server denies them.
    pub(crate) records: Option<Records<'a>>,
    /// Whether a recheck got it.
    pub(crate) is_rechecked: bool,
}

/// A question that all servers must answer alike.
#[derive(Clone, Copy)]
pub(crate) struct SharedQuestion<'a> {
    pub(crate) subject: &'a Subject,
    /// The index of the subject.
    pub(crate) index: usize,
    pub(crate) question: &'a Question,
    /// The index of the question among those of the subject.
    number: usize,
}

impl<'a> SharedQuestion<'a> {
    /// The questions for internal names, except those for SOA records: the serial of Consul's SOA is the time of day.
    pub(crate) fn all(subjects: &'a [Subject]) -> impl Iterator<Item = Self> {
        let internal = subjects.iter().enumerate().filter(|(_, subject)| subject.is_known(Side::Internal));
        let questions = internal.flat_map(|(index, subject)| {
            let numbered = subject.questions.iter().enumerate();
            numbered.map(move |(number, question)| Self { subject, index, question, number })
        });
        questions.filter(|shared| shared.question.rtype() != RecordType::Soa)
    }

    /// The records that a server gives; `None` if it gives no answer.
    pub(crate) fn statement<'s>(self, id: ServerId, server: &NameServer<'s>) -> Option<Statement<'s>> {
        let readings = self.lookup(server)?.readings.get(self.number)?;
        // An alias without records is no statement of the source: resolvers follow it.
        let is_alias = matches!(&readings.latest, Reading::Denied(_, answer) if !answer.cnames.is_empty());
        if id == ServerId::Upstream && is_alias {
            return None;
        }
        let records = stated(&readings.latest)?;
        Some(Statement { id, asked: server.asked, records, is_rechecked: readings.is_rechecked })
    }

    /// The records that a server gives over each transport.
    pub(crate) fn over_each_transport<'s>(self, server: &NameServer<'s>) -> Vec<Option<Records<'s>>> {
        let readings = self.lookup(server).and_then(|lookup| lookup.readings.get(self.number));
        let both = readings.map(|readings| [Some(&readings.latest), readings.over_tcp.as_ref()]);
        both.into_iter().flatten().flatten().filter_map(stated).collect()
    }

    fn lookup<'n, 's>(self, server: &'n NameServer<'s>) -> Option<&'n Lookup<'s>> {
        server.lookups.get(self.index)
    }
}

impl Statement<'_> {
    /// The index of the server; `None` for the source.
    pub(crate) fn server(&self) -> Option<usize> {
        match self.id {
            ServerId::Judged(index) => Some(index),
            ServerId::Upstream => None,
        }
    }
}

/// `None` without an answer, and `Some(None)` for a denial.
#[expect(clippy::option_option, reason = "no answer is not the same as one without records")]
fn stated<'a>(reading: &Reading<'a>) -> Option<Option<Records<'a>>> {
    match reading {
        Reading::Found(answer) => Some(Some(records(answer))),
        Reading::Denied(..) => Some(None),
        Reading::Truncated(_) | Reading::Failed(_) | Reading::OwnSide(_) => None,
    }
}
