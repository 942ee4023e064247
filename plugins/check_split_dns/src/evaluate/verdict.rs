//! What a server's answers to all questions mean together.

use std::time::Duration;

use common::dns::{Denial, FailureKind, Outcome, Question, Reading, RecordType};
use common::wording;

use super::client::end_of_search;
use super::fault::{Fault, FaultKind};
use super::look;
use crate::probe::Side;
use crate::snapshot::{Asked, Cell};
use crate::subject::{Role, Subject, plain};

/// A server as its clients see it.
pub(super) struct Verdict<'a> {
    pub(super) asked: &'a Asked,
    /// Every name, in order.
    pub(super) names: Vec<Judged<'a>>,
    /// Why it answered no question at all, if so.
    pub(super) death: Option<Fault>,
}

/// A name on a server.
pub(super) struct Judged<'a> {
    pub(super) subject: &'a Subject,
    pub(super) cell: &'a Cell,
    pub(super) faults: Vec<(RecordType, Fault)>,
    /// Whether a client gets what it should: one family of addresses is enough.
    pub(super) is_served: bool,
}

/// A fault and all the names that have it.
pub(super) struct Group<'a> {
    pub(super) fault: Fault,
    /// The first name that has it.
    pub(super) subject: &'a Subject,
    pub(super) rtype: RecordType,
    names: Vec<String>,
}

impl<'a> Verdict<'a> {
    pub(super) fn of(asked: &'a Asked, subjects: &'a [Subject], patience: Duration) -> Self {
        let judge = |(cell, subject)| Judged::of(cell, subject, patience);
        let names: Vec<_> = asked.cells.iter().zip(subjects).map(judge).collect();
        let first_look = asked.cells.iter().flat_map(|cell| &cell.replies);
        let mut replies = first_look.flat_map(|both| [Some(&both.udp), both.tcp.as_ref()]).flatten();
        let is_alive = replies.any(|reply| matches!(reply.outcome, Outcome::Answer(_)));
        let death = if is_alive { None } else { cause_of_death(&names) };
        Self { asked, names, death }
    }

    /// Whether every name gets a right answer, and none that is wrong.
    pub(super) fn is_good(&self) -> bool {
        self.death.is_none() && self.names.iter().all(Judged::is_good)
    }

    /// How many questions have no right answer.
    pub(super) fn failed(&self) -> usize {
        self.names.iter().map(|name| name.faults.len()).sum()
    }

    /// Whether it answers questions for outside names as one that does not resolve them (RA=0).
    pub(super) fn offers_no_recursion(&self, patience: Duration) -> bool {
        let outside = self.names.iter().filter(|name| name.subject.side() == Side::External);
        outside
            .flat_map(|name| name.said(patience))
            .filter_map(|said| look::answer(&said))
            .any(|answer| !answer.flags.ra)
    }

    pub(super) fn has_fault(&self, is_such: impl Fn(&FaultKind) -> bool) -> bool {
        self.names.iter().flat_map(|name| &name.faults).any(|(_, fault)| is_such(&fault.kind))
    }

    /// Whether our own side kept us from asking some question, and nothing else is wrong.
    pub(super) fn was_not_asked(&self) -> bool {
        let mut kinds = self.names.iter().flat_map(|name| &name.faults).map(|(_, fault)| &fault.kind).peekable();
        kinds.peek().is_some() && kinds.all(FaultKind::is_ours)
    }

    /// What is wrong with the answers, names with the same fault together.
    ///
    /// A random name tells nothing beside a known name with the same fault.
    pub(super) fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for found in self.names.iter().flat_map(Judged::groups) {
            // What further questions found out is true of the name that they were for.
            let is_diagnosed = |subject: &Subject| {
                self.asked.diagnosis.as_ref().is_some_and(|diagnosis| subject.questions.contains(&diagnosis.question))
            };
            let is_alike = |group: &&mut Group| {
                let is_outside = group.side() == Side::External;
                group.takes(&found) && !(is_outside && is_diagnosed(group.subject) && !is_diagnosed(found.subject))
            };
            match groups.iter_mut().find(is_alike) {
                Some(group) if found.subject.is_random() && !group.subject.is_random() => {}
                Some(group) => group.names.extend(found.names),
                None => groups.push(found),
            }
        }
        groups
    }
}

/// Of several causes, one that says more than silence, and one of the server's rather than ours.
fn cause_of_death(names: &[Judged]) -> Option<Fault> {
    let faults = names.iter().flat_map(|name| name.faults.iter().map(|(_, fault)| fault));
    let telling = faults.min_by_key(|fault| match fault.kind {
        FaultKind::OwnSide(_) => 2,
        FaultKind::Failed(FailureKind::Silent) => 1,
        _ => 0,
    });
    telling.cloned()
}

impl<'a> Judged<'a> {
    fn of(cell: &'a Cell, subject: &'a Subject, patience: Duration) -> Self {
        let questions = (0..cell.replies.len()).zip(&subject.questions);
        let fault = |(index, question): (usize, &Question)| {
            let said = look::said(cell, index, patience)?;
            Some((question.rtype(), Fault::of(&said, subject, question.rtype())?))
        };
        let mut faults: Vec<_> = questions.filter_map(fault).collect();
        let is_served = faults.len() < cell.replies.len();
        if matches!(subject.role, Role::Known { .. }) {
            relate_families(&mut faults, is_served);
        }
        let is_wrong = faults.iter().any(|(_, fault)| fault.kind.is_wrong());
        Self { subject, cell, is_served: is_served && !is_wrong, faults }
    }

    fn is_good(&self) -> bool {
        match self.subject.role {
            Role::Known { .. } => self.is_served,
            Role::Absent(_) => self.faults.is_empty(),
            // A wildcard inside may be meant; that it is one is told.
            Role::Random(side) => {
                let may_be_meant = |kind: &FaultKind| side == Side::Internal && *kind == FaultKind::Invented;
                !self.faults.iter().any(|(_, fault)| fault.kind.is_wrong() && !may_be_meant(&fault.kind))
            }
        }
    }

    /// What was said to each question.
    pub(super) fn said(&self, patience: Duration) -> impl Iterator<Item = Reading<'a>> {
        let cell = self.cell;
        (0..cell.replies.len()).filter_map(move |index| look::said(cell, index, patience))
    }

    /// The faults with the name, and with the type where only one of several types has the fault.
    fn groups(&self) -> Vec<Group<'a>> {
        let subject = self.subject;
        let same = matches!(self.faults.as_slice(), [(_, a), (_, aaaa)] if a.is_like(aaaa));
        let is_whole = same || subject.questions.len() == 1 && subject.is_random();
        let name = |rtype| if is_whole { subject.name.clone() } else { format!("{} {rtype}", subject.name) };
        let group = |(rtype, fault): &(RecordType, Fault)| Group {
            fault: fault.clone(),
            subject,
            rtype: *rtype,
            names: vec![name(*rtype)],
        };
        self.faults.iter().take(if same { 1 } else { self.faults.len() }).map(group).collect()
    }
}

/// NODATA for one family is as it should be when the other has addresses; NXDOMAIN is not, for it denies the whole
/// name. When both are NODATA, one is enough to say so.
///
/// When one is NODATA and the other fails, clients take the NODATA (glibc 2.36, measured), unless A alone is silent.
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

impl Group<'_> {
    /// `db.consul and www.example.com AAAA SERVFAIL`.
    pub(super) fn sentence(&self) -> String {
        format!("{} {}", self.listed(), self.fault.words)
    }

    /// `db.consul and www.example.com AAAA`.
    pub(super) fn listed(&self) -> String {
        wording::list(&self.names)
    }

    /// The place of its first name among all.
    pub(super) fn place(&self, subjects: &[Subject]) -> usize {
        subjects.iter().position(|subject| std::ptr::eq(subject, self.subject)).unwrap_or(usize::MAX)
    }

    /// The name that was asked for, which of a random one is not the one that is printed.
    pub(super) fn question_name(&self) -> String {
        let question = self.subject.questions.iter().find(|question| question.rtype() == self.rtype);
        question.map_or_else(String::new, |question| plain(question.name()))
    }

    pub(super) fn side(&self) -> Side {
        self.subject.side()
    }

    /// Whether another fault is the same to the operator.
    fn takes(&self, other: &Group) -> bool {
        // Who is turned away is turned away for all names; else each inside zone is forwarded on its own.
        let is_for_all = matches!(self.fault.kind, FaultKind::Failed(FailureKind::Refused) | FaultKind::OwnSide(_));
        self.fault.is_like(&other.fault) && (is_for_all || self.subject.zone == other.subject.zone)
    }
}
