//! What is wrong with a name server, in words that follow its name.

use common::Cause;
use common::dns::FailureKind;

use super::super::compare::{Comparison, Lacking, Place};
use super::super::fault::FaultKind;
use super::super::list;
use crate::snapshot::Condition;

/// What is wrong, and the same in a word.
pub(super) struct Reason {
    pub(super) words: String,
    pub(super) word: &'static str,
}

impl Reason {
    pub(super) fn of(self, comparison: &Comparison) -> Cause {
        Cause::with_reason(comparison, self.words, self.word)
    }

    pub(super) fn not_asked(why: &str) -> Self {
        Self { words: format!("not asked: {why}"), word: "unasked" }
    }

    pub(super) fn fault(kind: FaultKind, words: &str) -> Self {
        let word = match kind {
            FaultKind::Failed(FailureKind::Silent) => "silent",
            FaultKind::Failed(FailureKind::PortClosed | FailureKind::Unreachable) => "down",
            FaultKind::Failed(_) => "failing",
            FaultKind::Denied(_) | FaultKind::Leaked => "denying",
        };
        Self { words: words.to_owned(), word }
    }

    pub(super) fn split(split: &str) -> Self {
        Self { words: split.to_owned(), word: "partial" }
    }

    /// `does not name db2 (127.0.0.12:3306)`, `did not name` it.
    pub(super) fn missing(missing: &[Lacking], does: &str) -> Self {
        let those = |only_srv: bool| -> Vec<&str> {
            missing.iter().filter(|one| one.only_srv == only_srv).map(|one| one.instance.as_str()).collect()
        };
        let parts = [(those(false), ""), (those(true), " by SRV")];
        let parts = parts.into_iter().filter(|(instances, _)| !instances.is_empty());
        let parts: Vec<_> = parts.map(|(instances, by)| format!("{does} not name {}{by}", list(&instances))).collect();
        Self { words: parts.join(" and "), word: "incomplete" }
    }

    /// `handed out db3 (127.0.0.13:3306), which is critical`.
    pub(super) fn dead(dead: &Dead) -> Self {
        Self { words: dead.words("handed"), word: "misleading" }
    }

    /// `hands out 10.0.0.9, which no instance has`, `handed out` it.
    pub(super) fn foreign(foreign: &[String], hands: &str) -> Self {
        let words = format!("{hands} out {}, which no instance has", list(foreign));
        Self { words, word: "misleading" }
    }

    /// Why a server was of no use to any client.
    pub(super) fn useless(comparison: &Comparison) -> Self {
        let only = |what: &str| Self { words: format!("named only {what}"), word: "misleading" };
        match &comparison.fault {
            // Of a server that gives addresses, those are why.
            Some(fault) if fault.is_whole => Self::fault(fault.kind, &fault.words),
            _ if !comparison.dead.is_empty() => only("what is dead"),
            _ if !comparison.foreign.is_empty() => only("what no instance has"),
            _ => only("an alias"),
        }
    }

    /// The worst that was wrong with a server, in words that may follow the names of several.
    pub(super) fn wrong(comparison: &Comparison) -> Self {
        let Comparison { fault, dead, split, missing, foreign, not_asked, .. } = comparison;
        let fault = fault.as_ref().map(|fault| Self::fault(fault.kind, &fault.words));
        if comparison.has_whole_fault()
            && let Some(fault) = fault
        {
            return fault;
        }
        match dead.first() {
            Some(handed) => {
                Self::dead(&Dead { place: &handed.place, instances: &handed.instances, standing: handed.standing })
            }
            None if !missing.is_empty() => Self::missing(missing, "did"),
            None if !foreign.is_empty() => Self::foreign(foreign, "handed"),
            None => match (fault, split, not_asked) {
                (Some(fault), ..) => fault,
                (None, Some(split), _) => Self::split(split),
                (None, None, fault) => Self::not_asked(fault.as_ref().map_or("", |fault| fault.parts().0)),
            },
        }
    }
}

/// Addresses that are handed out and must not be.
pub(super) struct Dead<'a> {
    pub(super) place: &'a Place,
    pub(super) instances: &'a [String],
    pub(super) standing: Condition,
}

impl Dead<'_> {
    /// `hands out db3 (127.0.0.13:3306), which is critical`, `handed out` it.
    pub(super) fn words(&self, hands: &str) -> String {
        let is = verb(self.instances.len(), ["is", "are"]);
        let place = match self.place {
            Place::Address(_) => String::new(),
            Place::Service(..) => format!(" ({})", self.place),
        };
        let instances = list(self.instances);
        format!("{hands} out {instances}{place}, which {is} {}", self.standing)
    }
}

/// The verb for one or for several.
pub(super) fn verb(count: usize, [one, several]: [&'static str; 2]) -> &'static str {
    if count == 1 { one } else { several }
}
