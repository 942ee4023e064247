//! What the first look leaves open.

use common::dns::{FailureKind, Question};

use super::agreement;
use super::fault::FaultKind;
use super::verdict::{Judged, Verdict};
use crate::policy::Policy;
use crate::snapshot::{Place, Snapshot};

/// What to ask further. A cause is looked for by two questions of a server at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Doubts {
    /// Who is to be asked once more for which name.
    pub(crate) cells: Vec<(Place, usize)>,
    /// Which question failed where, so that a cause is looked for.
    pub(crate) failing: Vec<(Place, Question)>,
}

impl Doubts {
    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.failing.is_empty()
    }
}

pub(crate) fn doubts(snapshot: &Snapshot, policy: &Policy) -> Doubts {
    let failing = snapshot.servers.iter().enumerate().filter_map(|(index, asked)| {
        let verdict = Verdict::of(asked, &policy.subjects, snapshot.patience);
        Some((Place::Server(index), failing(&verdict)?.clone()))
    });
    Doubts { cells: agreement::doubtful(snapshot, &policy.subjects), failing: failing.collect() }
}

/// The first question that SERVFAIL was said to: DNSSEC may be why. Inside names come first.
fn failing<'a>(verdict: &Verdict<'a>) -> Option<&'a Question> {
    verdict.names.iter().find_map(servfail)
}

fn servfail<'a>(name: &Judged<'a>) -> Option<&'a Question> {
    let failing = name.faults.iter().find(|(_, fault)| fault.kind == FaultKind::Failed(FailureKind::ServFail));
    let (rtype, _) = failing?;
    name.subject.questions.iter().find(|question| question.rtype() == *rtype)
}
