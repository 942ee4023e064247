//! The labs that the tests of one process share: one for each test that runs at the same time as others.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use anyhow::{Context as _, Result};

use crate::lab::Lab;
use crate::plugins;

/// A lab of the pool, for one test; another test takes it afterwards.
pub type LabGuard = MutexGuard<'static, Lab>;

/// Every lab that was started. Nothing drops them; they end with the process.
static LABS: Mutex<Vec<&'static Mutex<Lab>>> = Mutex::new(Vec::new());

/// Whether the plugins could be built and the first lab started.
static FIRST: OnceLock<Result<(), String>> = OnceLock::new();

impl Lab {
    /// A healthy lab for one test, with the plugins built: one that no other test has, else a new one.
    ///
    /// A process has as many labs as tests that run at the same time.
    ///
    /// # Panics
    /// The lab cannot be started. Or the lab cannot be mended: then a new one takes its place for the next test.
    #[expect(clippy::panic, reason = "a test without its fixture has failed")]
    pub fn shared() -> LabGuard {
        // All later tests would fail for the same reason, each after a long time.
        let first = FIRST.get_or_init(|| first().map_err(|error| format!("{error:#}")));
        if let Err(error) = first {
            panic!("the lab does not start: {error}");
        }
        match free().map_or_else(another, Ok).and_then(mended) {
            Ok(lab) => lab,
            Err(error) => panic!("{error:#}"),
        }
    }

    /// A lab that no other test gets, with the plugins built: for a test that changes what [`Lab::mend`] does not mend.
    ///
    /// # Errors
    /// The plugins cannot be built, or as [`Lab::start`].
    pub fn alone() -> Result<Self> {
        plugins::build()?;
        Self::start()
    }
}

fn first() -> Result<()> {
    plugins::build()?;
    another().map(drop)
}

/// A lab that no test has.
fn free() -> Option<LabGuard> {
    let labs = LABS.lock().unwrap_or_else(PoisonError::into_inner);
    labs.iter().find_map(|lab| match lab.try_lock() {
        Ok(lab) => Some(lab),
        Err(TryLockError::Poisoned(failed)) => Some(failed.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    })
}

/// A new lab.
fn another() -> Result<LabGuard> {
    let lab = Lab::start().context("the lab does not start")?;
    let lab: &Mutex<_> = Box::leak(Box::new(Mutex::new(lab)));
    // Taken before others see it.
    let taken = lab.lock().unwrap_or_else(PoisonError::into_inner);
    LABS.lock().unwrap_or_else(PoisonError::into_inner).push(lab);
    Ok(taken)
}

/// Undoes what the test before has left.
fn mended(mut lab: LabGuard) -> Result<LabGuard> {
    if let Err(error) = lab.mend() {
        *lab = Lab::start().context("the lab does not start")?;
        return Err(error.context("the lab cannot be mended"));
    }
    Ok(lab)
}
