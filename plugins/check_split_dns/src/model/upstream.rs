//! The source of the internal names.

use common::dns::{FailureKind, Reading};

use super::lookup::Lookup;
use super::reading::{answer, failure, is_answered};

/// The answer of the source for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UpstreamAnswer {
    Has,
    Denies,
    /// It gives no answer: why, in words that follow its name.
    Fails(String),
}

impl UpstreamAnswer {
    /// `None` if it was not asked.
    pub(crate) fn of(lookup: &Lookup) -> Option<Self> {
        if lookup.latest().any(has) {
            return Some(Self::Has);
        }
        if lookup.latest().any(is_answered) {
            return Some(Self::Denies);
        }
        // A server that refuses is not the source of this name: zones may have different sources.
        let mut failures = lookup.latest().filter_map(failure);
        let failure = failures.next().filter(|failure| failure.kind != FailureKind::Refused)?;
        Some(Self::Fails(failure.words.clone()))
    }
}

fn has(reading: &Reading) -> bool {
    answer(reading).is_some_and(|answer| !answer.cnames.is_empty() || matches!(reading, Reading::Found(_)))
}
