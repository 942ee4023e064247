//! DNS, asked between two reads of the API.

use super::ServerAnswers;
use crate::snapshot::{Changes, Failure, Health, Read, Snapshot};

/// DNS, asked between two reads of the API.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    /// The API, as it was read before.
    pub(crate) snapshot: Snapshot,
    /// The read of the API that DNS is compared with.
    pub(crate) read: Read,
    /// The answers of the name servers; `None` where no time was left to ask.
    pub(crate) answers: Option<Vec<ServerAnswers>>,
    /// The answer to the same read of the API after that.
    pub(crate) after: Result<Health, Failure>,
}

/// How the API answered after DNS, compared with its answer before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Nothing was written meanwhile, as far as the answers tell.
    Still,
    /// Something was written, if only the output of a check.
    Written,
    /// The API could not be read again.
    Unread,
}

impl Lookup {
    pub(crate) fn activity(&self) -> Activity {
        match (self.snapshot.health(self.read), &self.after) {
            (Some(before), Ok(after)) if before.index == after.index => Activity::Still,
            (Some(_), Ok(_)) => Activity::Written,
            _ => Activity::Unread,
        }
    }

    /// Everything that changed since the first snapshot of the run, and while DNS was asked.
    pub(crate) fn changes(&self) -> Changes {
        let changes = self.snapshot.changes.clone();
        match (self.snapshot.health(self.read), &self.after) {
            (Some(before), Ok(after)) => changes.with(before, after),
            _ => changes,
        }
    }

    /// The snapshot for the next look-up: the same read was answered again like this, or failed.
    pub(crate) fn next_snapshot(&self, again: Result<Health, Failure>) -> Snapshot {
        let changes = self.changes();
        match (self.snapshot.health(self.read), again) {
            (Some(before), Ok(health)) => {
                let changes = changes.with(before, &health);
                self.snapshot.with(self.read, health, changes)
            }
            _ => Snapshot { changes, ..self.snapshot.clone() },
        }
    }
}
