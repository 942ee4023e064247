//! The history of a check: data that its earlier runs left.
//!
//! History is optional. If its file or directory cannot be used, the output says so in one line, and the check goes on
//! as in its first run.

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
use file::{HistoryFile, Stored};
pub use places::HistoryDirs;
use places::NoPlace;

/// The shortest time between two observations, in seconds. A later observation within this time is not compared with
/// the earlier one and does not replace it: two services that share a file, or an operator who runs the check by hand,
/// must not spoil the rates.
pub const SHORTEST: f64 = 1.0;

/// The longest history file, in bytes.
const LONGEST: u64 = 1 << 20;

/// The history of one check: reads the data of the last run, and writes the data for the next.
#[derive(Debug)]
pub struct Store<T> {
    file: Result<HistoryFile, NoPlace>,
    /// The data of the last run until they are taken; the default if there are none.
    known: T,
    /// Whether there is a place for history, but no file yet.
    is_first: bool,
    /// The reason why the existing file cannot be used.
    refused: Option<Obstacle>,
    /// Whether this run has tried to write.
    is_over: bool,
    /// The reason why writing failed.
    unwritten: Option<Obstacle>,
}

impl<T: Default + Serialize + DeserializeOwned> Store<T> {
    /// Finds the history of `plugin` for `key`, and reads it. The key holds everything that makes the check another
    /// one: its mode, and its targets in a fixed order.
    pub fn open(directories: &HistoryDirs, plugin: &str, key: &str) -> Self {
        Self::of(directories.open().map(|directory| HistoryFile::new(directory, plugin, key)))
    }

    fn of(mut file: Result<HistoryFile, NoPlace>) -> Self {
        let (known, is_first, refused) = match file.as_mut().map(HistoryFile::read) {
            Ok(Stored::Known(known)) => (known, false, None),
            Ok(Stored::First) => (T::default(), true, None),
            Ok(Stored::Refused(obstacle)) => (T::default(), false, Some(obstacle)),
            Err(_) => (T::default(), false, None),
        };
        Self { file, known, is_first, refused, is_over: false, unwritten: None }
    }

    /// Takes the data of the last run; the default if there are none.
    pub fn take(&mut self) -> T {
        mem::take(&mut self.known)
    }

    /// The reason why there is no place for history, to be used in a sentence; `None` if there is one.
    pub fn place_is_missing(&self) -> Option<&str> {
        self.file.as_ref().err().map(|none| none.obstacle.reason.as_str())
    }

    /// Writes the data for the next run. `now` is the time of this run, in seconds since 1970.
    ///
    /// Nothing is written if the last observation is less than [`SHORTEST`] old, if a later run has written meanwhile,
    /// or while another run is writing.
    pub fn write(&mut self, data: &T, now: f64) {
        if let Ok(file) = &self.file {
            self.is_over = true;
            self.unwritten = file.write(data, now).err();
        }
    }

    /// Adds the remarks about history to the report, and refuses thresholds that need history when there can be none.
    pub fn tell(&self, report: &mut Report) {
        for remark in self.remarks() {
            report.remark(remark);
        }
        if let Some(obstacle) = self.hopeless() {
            report.refuse_wishes(&obstacle.reason, &obstacle.remedy);
        }
    }

    /// The obstacle that keeps data from passing between runs; `None` if this run has the data of an earlier one, or
    /// the next run will have the data of this one.
    fn hopeless(&self) -> Option<&Obstacle> {
        let knows_nothing = self.is_first || self.refused.is_some();
        match &self.file {
            Err(none) => Some(&none.obstacle),
            Ok(_) => self.unwritten.as_ref().filter(|_| knows_nothing),
        }
    }

    /// The remark about the history of this run, if the operator must know something.
    fn remarks(&self) -> Vec<String> {
        const NOTHING: &str = "nothing is remembered between runs";
        if self.file.as_ref().is_err_and(|none| none.is_wanted) {
            return Vec::new();
        }
        let line = match (self.hopeless(), &self.unwritten, &self.refused) {
            (Some(obstacle), ..) => format!("{NOTHING}: {}", obstacle.sentence()),
            (None, Some(unwritten), _) => format!("this run is not remembered: {}", unwritten.sentence()),
            // The write replaced the bad file, so the next run has history again.
            (None, None, Some(refused)) => format!("history starts anew: {}", refused.reason),
            (None, None, None) if self.is_first && self.is_over => {
                "first run: rates and changes are known from the next run on".to_owned()
            }
            (None, None, None) => return Vec::new(),
        };
        vec![line]
    }
}

/// Whether an observation at `now` is too close to the one at `last`. After the clock was set back, none is.
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

    /// An obstacle about this path: `/var/lib/x belongs to another user`.
    fn of(path: &Path, what: &str, remedy: &str) -> Self {
        Self::new(format!("{} {what}", text::quote(&path.display().to_string())), remedy)
    }

    fn sentence(&self) -> String {
        format!("{} -> {}", self.reason, self.remedy)
    }
}

#[cfg(test)]
mod tests;
