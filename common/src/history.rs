//! The history of a check: the data that its earlier runs left.
//!
//! History is a help, never a condition: whatever is wrong with its file or directory is a line that is shown, and the
//! check goes on as in its first run.

mod directory;
mod events;
mod file;
mod places;

use std::mem;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Report, text};
pub use events::Events;
use file::{HistoryFile, Past};
pub use places::HistoryDirs;
use places::NoPlace;

/// An observation that follows another within less than this judges nothing and does not replace it, in seconds: two
/// services that share a file, or an operator who asks for a check now, must not take the rates away from the others.
pub const SHORTEST: f64 = 1.0;

/// The longest history file, in bytes.
const LONGEST: u64 = 1 << 20;

/// The store of one check: the history that the last run left, and the place for what the next run has to know.
#[derive(Debug)]
pub struct Store<T> {
    file: Result<HistoryFile, NoPlace>,
    /// The data of the last run, until it is taken; the default where nothing is known.
    past: T,
    /// Whether there is a place, and nothing in it yet.
    is_first: bool,
    /// Why the file that is there cannot be used.
    refused: Option<Obstacle>,
    /// Whether this run was to be written.
    is_over: bool,
    /// Why it could not be.
    unwritten: Option<Obstacle>,
}

impl<T: Default + Serialize + DeserializeOwned> Store<T> {
    /// Finds the place for what `plugin` remembers about `key`, and reads what is there. The key says everything that
    /// makes the check another one: its targets in a fixed order, its mode.
    pub fn open(directories: &HistoryDirs, plugin: &str, key: &str) -> Self {
        Self::of(directories.open().map(|directory| HistoryFile::new(directory, plugin, key)))
    }

    fn of(mut file: Result<HistoryFile, NoPlace>) -> Self {
        let (past, is_first, refused) = match file.as_mut().map(HistoryFile::read) {
            Ok(Past::Known(past)) => (past, false, None),
            Ok(Past::First) => (T::default(), true, None),
            Ok(Past::Refused(obstacle)) => (T::default(), false, Some(obstacle)),
            Err(_) => (T::default(), false, None),
        };
        Self { file, past, is_first, refused, is_over: false, unwritten: None }
    }

    /// Takes out the data of the last run; the default where nothing is known.
    pub fn take(&mut self) -> T {
        mem::take(&mut self.past)
    }

    /// Why there is no place for any history, in words for a sentence; `None` where there is one.
    pub fn place_is_missing(&self) -> Option<&str> {
        self.file.as_ref().err().map(|none| none.obstacle.reason.as_str())
    }

    /// Whether an observation at this moment follows the last one too closely to be compared with it.
    pub fn is_too_soon(&self, now: f64) -> bool {
        is_too_soon(self.file.as_ref().ok().and_then(|file| file.at), now)
    }

    /// Writes what the next run has to know of this one, made at `now`, in seconds since 1970. An observation that follows
    /// the last one too closely does not replace it, nor one that a later run wrote in the meantime, and while another run
    /// is writing this one leaves it at that.
    pub fn write(&mut self, data: &T, now: f64) {
        if let Ok(file) = &self.file {
            self.is_over = true;
            self.unwritten = file.write(data, now).err();
        }
    }

    /// Tells the report what the operator must know about the history of this run, and refuses thresholds that cannot be
    /// kept without one.
    pub fn tell(&self, report: &mut Report) {
        for remark in self.remarks() {
            report.remark(remark);
        }
        if let Some(obstacle) = self.hopeless() {
            report.refuse_wishes(&obstacle.reason, &obstacle.remedy);
        }
    }

    /// Why nothing can be remembered between runs; `None` where this run knows an earlier one, or the next will know this.
    fn hopeless(&self) -> Option<&Obstacle> {
        let knows_nothing = self.is_first || self.refused.is_some();
        match &self.file {
            Err(none) => Some(&none.obstacle),
            Ok(_) => self.unwritten.as_ref().filter(|_| knows_nothing),
        }
    }

    /// The line for the long output about the history of this run, where the operator must know something of it.
    fn remarks(&self) -> Vec<String> {
        const NOTHING: &str = "nothing is remembered between runs";
        if self.file.as_ref().is_err_and(|none| none.is_wanted) {
            return Vec::new();
        }
        let line = match (self.hopeless(), &self.unwritten, &self.refused) {
            (Some(obstacle), ..) => format!("{NOTHING}: {}", obstacle.sentence()),
            (None, Some(unwritten), _) => format!("this run is not remembered: {}", unwritten.sentence()),
            // A file that could be written now is a good one from the next run on.
            (None, None, Some(refused)) => format!("history starts anew: {}", refused.reason),
            (None, None, None) if self.is_first && self.is_over => {
                "first run: rates and changes are known from the next run on".to_owned()
            }
            (None, None, None) => return Vec::new(),
        };
        vec![line]
    }
}

/// Whether the observation at `now` follows one at `last` too closely. A clock that was set back makes none too soon.
fn is_too_soon(last: Option<f64>, now: f64) -> bool {
    last.is_some_and(|last| (0.0..SHORTEST).contains(&(now - last)))
}

/// The reason why history cannot be read or written, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Obstacle {
    reason: String,
    remedy: String,
}

impl Obstacle {
    fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { reason: reason.into(), remedy: remedy.into() }
    }

    /// A fault of this path: `/var/lib/x belongs to another user`.
    fn of(path: &Path, what: &str, remedy: &str) -> Self {
        Self::new(format!("{} {what}", text::quote(&path.display().to_string())), remedy)
    }

    fn sentence(&self) -> String {
        format!("{} -> {}", self.reason, self.remedy)
    }
}

#[cfg(test)]
mod tests;
