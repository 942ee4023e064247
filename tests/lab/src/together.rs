//! Several jobs at once.

use std::thread;

use anyhow::{Result, anyhow};

/// Runs three jobs at once; the first error of those that failed.
pub(crate) fn together(jobs: [&(dyn Fn() -> Result<()> + Sync); 3]) -> Result<()> {
    thread::scope(|scope| {
        let running = jobs.map(|job| scope.spawn(job));
        let results = running.map(|job| job.join().unwrap_or_else(|_| Err(anyhow!("a job of the lab panicked"))));
        results.into_iter().collect()
    })
}
