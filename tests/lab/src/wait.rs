//! Waiting for a condition, never for a time.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

const PAUSE: Duration = Duration::from_millis(50);

/// Asks `probe` again and again until it succeeds; its error is what was last seen instead.
///
/// # Errors
/// What was awaited, for how long, and the last thing seen, when the limit has passed.
pub fn wait_until<T>(what: &str, limit: Duration, mut probe: impl FnMut() -> Result<T>) -> Result<T> {
    let began = Instant::now();
    loop {
        match probe() {
            Ok(value) => return Ok(value),
            Err(last) if began.elapsed() >= limit => {
                return Err(last).with_context(|| format!("waited {} s for: {what}", limit.as_secs()));
            }
            Err(_) => sleep(PAUSE),
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
