//! What happened in a soak: its results, the nodes that it has taken away, and its clients' failures.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::verdict::{Absence, Checked, Failure, Span};
use crate::node::Node;
use crate::wait::wait_until;

/// How long two checks may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Written by the script, the check and the clients at once.
pub(super) struct Journal {
    began: Instant,
    records: Mutex<Records>,
    /// Rung when all is over.
    end: Condvar,
}

#[derive(Default)]
pub(super) struct Records {
    is_over: bool,
    step: String,
    pub(super) checked: Vec<Checked>,
    pub(super) absences: Vec<Absence>,
    pub(super) failures: Vec<Failure>,
    /// Statements of clients that succeeded.
    pub(super) statements: u64,
    /// Deadlocks that were retried.
    pub(super) deadlocks: u64,
}

impl Journal {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), records: Mutex::default(), end: Condvar::new() }
    }

    /// The time since the soak began.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names what is being done from now on.
    pub(super) fn begin(&self, step: &str) {
        step.clone_into(&mut self.records().step);
    }

    pub(super) fn step(&self) -> String {
        self.records().step.clone()
    }

    /// Notes that the soak takes a node away.
    pub(super) fn takes(&self, node: Node) {
        let span = Span { from: self.now(), to: Duration::MAX };
        self.records().absences.push(Absence { node, span });
    }

    /// Notes that the node which was taken away last is back.
    pub(super) fn is_back(&self) {
        let now = self.now();
        if let Some(absence) = self.records().absences.last_mut() {
            absence.span.to = now;
        }
    }

    pub(super) fn failed(&self, node: Node, from: Duration, error: String) {
        let span = Span { from, to: self.now() };
        self.records().failures.push(Failure { node, span, error });
    }

    /// The number of results of checks that began at this time or later.
    pub(super) fn checks_since(&self, from: Duration) -> usize {
        self.records().checked.iter().filter(|checked| checked.span.from >= from).count()
    }

    /// Waits until so many checks have begun after `from` and ended.
    pub(super) fn wait_checks(&self, from: Duration, count: usize) -> Result<()> {
        wait_until(&format!("{count} results of the check"), PATIENCE, || {
            let seen = self.checks_since(from);
            ensure!(seen >= count, "{seen} so far");
            Ok(())
        })
    }

    /// Checks that the wait for results which began at `from` has not been too long.
    pub(super) fn ensure_patience(&self, from: Duration) -> Result<()> {
        ensure!(self.now() < from + PATIENCE, "the check gave no results within {} s", PATIENCE.as_secs());
        Ok(())
    }

    pub(super) fn is_over(&self) -> bool {
        self.records().is_over
    }

    /// Tells all that work in the background to end.
    pub(super) fn end(&self) {
        self.records().is_over = true;
        self.end.notify_all();
    }

    /// Lets time pass, unless all is over before.
    pub(super) fn pause(&self, time: Duration) {
        let records = self.records();
        drop(self.end.wait_timeout_while(records, time, |records| !records.is_over));
    }
}
