//! The signal for a server to stop.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Raised once, when the handle of a server is dropped.
#[derive(Default)]
pub(super) struct Stop {
    raised: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub(super) fn raise(&self) {
        *self.raised.lock().expect("no holder panics") = true;
        self.changed.notify_all();
    }

    pub(super) fn is_raised(&self) -> bool {
        *self.raised.lock().expect("no holder panics")
    }

    /// Waits for `pause` or until the stop is raised. Returns whether it is raised.
    pub(super) fn within(&self, pause: Duration) -> bool {
        let guard = self.raised.lock().expect("no holder panics");
        let waited = self.changed.wait_timeout_while(guard, pause, |raised| !*raised);
        *waited.expect("no holder panics").0
    }
}
