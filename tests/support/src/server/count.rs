//! A counter that can be waited for.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Longer than any client under test needs to connect.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
pub(super) struct Count {
    number: Mutex<usize>,
    changed: Condvar,
}

impl Count {
    pub(super) fn add_one(&self) {
        *self.number.lock().expect("no holder panics") += 1;
        self.changed.notify_all();
    }

    pub(super) fn get(&self) -> usize {
        *self.number.lock().expect("no holder panics")
    }

    pub(super) fn wait_for(&self, number: usize) {
        let guard = self.number.lock().expect("no holder panics");
        let waited = self.changed.wait_timeout_while(guard, PATIENCE, |reached| *reached < number);
        let (reached, timeout) = waited.expect("no holder panics");
        assert!(!timeout.timed_out(), "{} clients came in {PATIENCE:?}, not {number}", *reached);
    }
}
