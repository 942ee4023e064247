//! A fault that several names of a server have.

use common::dns::{FailureKind, RecordType};
use common::wording;

use crate::model::{Fault, FaultKind, Lookup, NameServer};
use crate::name::plain;
use crate::probe::Side;
use crate::subject::Subject;

/// A fault and all names of a server that have it.
pub(super) struct FaultGroup<'a> {
    pub(super) fault: Fault,
    /// The first name that has it.
    pub(super) subject: &'a Subject,
    /// The index of that name.
    pub(super) index: usize,
    pub(super) rtype: RecordType,
    names: Vec<String>,
}

impl<'a> FaultGroup<'a> {
    /// The faults of a server, one for all names that share it.
    ///
    /// A random name is left out if a known name has the same fault.
    pub(super) fn all(server: &NameServer<'a>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for found in server.lookups.iter().enumerate().flat_map(|(index, lookup)| Self::of_lookup(index, lookup)) {
            // A diagnosis is true of the name that it was made for.
            let is_diagnosed = |subject: &Subject| {
                server.asked.diagnosis.as_ref().is_some_and(|diagnosis| subject.questions.contains(&diagnosis.question))
            };
            let is_alike = |group: &&mut Self| {
                let is_external = group.side() == Side::External;
                group.takes(&found) && !(is_external && is_diagnosed(group.subject) && !is_diagnosed(found.subject))
            };
            match groups.iter_mut().find(is_alike) {
                Some(group) if found.subject.is_random() && !group.subject.is_random() => {}
                Some(group) => group.names.extend(found.names),
                None => groups.push(found),
            }
        }
        groups
    }

    /// The faults of one name. Its type is mentioned if only one of several types has the fault.
    fn of_lookup(index: usize, lookup: &Lookup<'a>) -> Vec<Self> {
        let subject = lookup.subject;
        let same = matches!(lookup.faults.as_slice(), [(_, a), (_, aaaa)] if a.is_like(aaaa));
        let is_whole = same || subject.questions.len() == 1 && subject.is_random();
        let name = |rtype| if is_whole { subject.name.clone() } else { format!("{} {rtype}", subject.name) };
        let group = |(rtype, fault): &(RecordType, Fault)| Self {
            fault: fault.clone(),
            subject,
            index,
            rtype: *rtype,
            names: vec![name(*rtype)],
        };
        lookup.faults.iter().take(if same { 1 } else { lookup.faults.len() }).map(group).collect()
    }

    /// `db.consul and www.example.com AAAA SERVFAIL`.
    pub(super) fn sentence(&self) -> String {
        format!("{} {}", self.listed(), self.fault.words)
    }

    /// `db.consul and www.example.com AAAA`.
    pub(super) fn listed(&self) -> String {
        wording::list(&self.names)
    }

    /// The name that was asked for. Of a random name, the report prints another.
    pub(super) fn question_name(&self) -> String {
        let question = self.subject.questions.iter().find(|question| question.rtype() == self.rtype);
        question.map_or_else(String::new, |question| plain(question.name()))
    }

    pub(super) fn side(&self) -> Side {
        self.subject.side()
    }

    /// Whether another fault is the same to the operator.
    fn takes(&self, other: &Self) -> bool {
        // A server refuses all names for one reason, but forwards each internal zone separately.
        let is_for_all = matches!(self.fault.kind, FaultKind::Failed(FailureKind::Refused) | FaultKind::OwnSide(_));
        self.fault.is_like(&other.fault) && (is_for_all || self.subject.zone == other.subject.zone)
    }
}
