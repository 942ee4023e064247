//! The lookup of a name at a server.

use std::time::Duration;

use common::dns::{Denial, Question, Reading, RecordType};

use super::client::{Fate, end_of_search};
use super::fault::{Fault, FaultKind};
use super::reading::Readings;
use crate::probe::Side;
use crate::snapshot::Replies;
use crate::subject::{Role, Subject};

/// The lookup of a name at a server, as a client sees it.
pub(crate) struct Lookup<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) replies: &'a [Replies],
    /// One for each question; none if the server is not asked for this name.
    pub(crate) readings: Vec<Readings<'a>>,
    pub(crate) faults: Vec<(RecordType, Fault)>,
    /// Whether a client gets the right answer: one family of addresses is enough.
    pub(crate) is_served: bool,
}

impl<'a> Lookup<'a> {
    pub(crate) fn of(replies: &'a [Replies], subject: &'a Subject, patience: Duration) -> Self {
        let readings: Vec<_> = replies.iter().map(|replies| Readings::of(replies, patience)).collect();
        let fault = |(readings, question): (&Readings, &Question)| {
            Some((question.rtype(), Fault::of(&readings.latest, subject, question.rtype())?))
        };
        let mut faults: Vec<_> = readings.iter().zip(&subject.questions).filter_map(fault).collect();
        let is_served = faults.len() < readings.len();
        if matches!(subject.role, Role::Known { .. }) {
            relate_families(&mut faults, is_served);
        }
        let is_wrong = faults.iter().any(|(_, fault)| fault.kind.is_wrong());
        Self { subject, replies, readings, is_served: is_served && !is_wrong, faults }
    }

    /// Whether the answers are right.
    pub(crate) fn is_good(&self) -> bool {
        match self.subject.role {
            Role::Known { .. } => self.is_served,
            Role::Absent(_) => self.faults.is_empty(),
            // An internal wildcard may be intended; the report mentions it.
            Role::Random(side) => {
                let may_be_intended = |kind: &FaultKind| side == Side::Internal && *kind == FaultKind::Invented;
                !self.faults.iter().any(|(_, fault)| fault.kind.is_wrong() && !may_be_intended(&fault.kind))
            }
        }
    }

    /// Whether some answer is wrong, so that clients believe it.
    pub(crate) fn is_wrong(&self) -> bool {
        self.faults.iter().any(|(_, fault)| fault.kind.is_wrong())
    }

    /// The readings that count, one for each question.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &Reading<'a>> {
        self.readings.iter().map(|readings| &readings.latest)
    }

    /// A client's reaction.
    pub(crate) fn fate(&self) -> Option<Fate> {
        Fate::of(self.latest())
    }

    /// The first question with a failure of this kind.
    pub(crate) fn question_with(&self, kind: &FaultKind) -> Option<&'a Question> {
        let (rtype, _) = self.faults.iter().find(|(_, fault)| fault.kind == *kind)?;
        self.subject.questions.iter().find(|question| question.rtype() == *rtype)
    }
}

/// NODATA for one family is right if the other has addresses. NXDOMAIN is not, because it denies the whole name. If
/// both are NODATA, one of them is reported.
///
/// If one is NODATA and the other fails, clients take the NODATA (glibc 2.36, measured), unless A alone is silent.
fn relate_families(faults: &mut Vec<(RecordType, Fault)>, is_served: bool) {
    let is_no_data = |fault: &Fault| matches!(fault.kind, FaultKind::Denied(Denial::NoData, _));
    if !is_served && faults.iter().any(|(_, fault)| is_no_data(fault)) {
        for (_, fault) in faults.iter_mut().filter(|(rtype, fault)| !fault.kind.stalls() || *rtype == RecordType::Aaaa)
        {
            if matches!(fault.kind, FaultKind::Failed(_)) {
                fault.is_taken_for_no_data = true;
                fault.words.push_str(" (clients take the NODATA)");
            }
        }
    }
    if is_served || !faults.iter().all(|(_, fault)| is_no_data(fault)) {
        faults.retain(|(_, fault)| !is_no_data(fault));
    }
    for (_, fault) in faults.iter_mut().filter(|_| !is_served) {
        if let FaultKind::Failed(kind) = fault.kind
            && let Some(rcode) = end_of_search(kind)
        {
            fault.kind = FaultKind::Final(rcode);
            fault.words.push_str(", where clients stop");
        }
    }
    for (_, fault) in faults.iter_mut().filter(|_| is_served) {
        if matches!(fault.kind, FaultKind::Denied(Denial::NxDomain, _)) {
            fault.kind = FaultKind::FamilyDenied;
        }
    }
}
