//! Waiting for a condition, never for a fixed time.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// The shortest pause between two calls. A call that takes longer, as on a busy machine, is followed by a pause as long
/// as itself, so that waiting takes no more than half of a processor.
const SHORTEST: Duration = Duration::from_millis(50);

const LONGEST: Duration = Duration::from_millis(500);

/// Calls `probe` again and again until it succeeds.
///
/// # Errors
/// The limit has passed: the condition, the limit, and the last error of `probe`.
pub fn wait_until<T>(what: &str, limit: Duration, mut probe: impl FnMut() -> Result<T>) -> Result<T> {
    let began = Instant::now();
    loop {
        let asked = Instant::now();
        match probe() {
            Ok(value) => return Ok(value),
            Err(last) if began.elapsed() >= limit => {
                return Err(last).with_context(|| format!("waited {} s for: {what}", limit.as_secs()));
            }
            Err(_) => sleep(asked.elapsed().clamp(SHORTEST, LONGEST)),
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{bail, ensure};

    use super::*;

    #[test]
    fn returns_the_first_success() {
        let mut asked = 0;
        let value = wait_until("three", Duration::from_secs(60), || {
            asked += 1;
            ensure!(asked == 3, "only {asked}");
            Ok(asked)
        });
        assert_eq!(value.unwrap(), 3);
    }

    #[test]
    fn the_error_names_what_was_awaited_and_what_was_seen() {
        let error = wait_until::<()>("a leader", Duration::ZERO, || bail!("no leader known")).unwrap_err();
        assert_eq!(format!("{error:#}"), "waited 0 s for: a leader: no leader known");
    }
}
