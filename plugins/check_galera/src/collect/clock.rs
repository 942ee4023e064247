//! This host's clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// In seconds since 1970.
pub(super) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
