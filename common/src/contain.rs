//! Panics of a library that reads untrusted data.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// The future panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

/// Runs a future and turns its panic into an error: one hostile server must not end the check of all others.
///
/// A future that panicked is never dropped, as its parts may be inconsistent.
///
/// # Errors
/// [`Panicked`] if the future panicked.
pub async fn contain<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = ManuallyDrop::new(Box::pin(future));
    let outcome = poll_fn(|context| {
        let poll = AssertUnwindSafe(|| future.as_mut().poll(context));
        let outer = CONTAINED.replace(true);
        let polled = catch_unwind(poll);
        CONTAINED.set(outer);
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    })
    .await;
    if outcome.is_ok() {
        drop(ManuallyDrop::into_inner(future));
    }
    outcome
}

/// Whether the current panic is contained. The next call returns `false`, so that a second panic during unwinding is
/// reported.
pub(crate) fn is_contained() -> bool {
    CONTAINED.take()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn a_panic_is_an_error_and_the_next_one_is_not_contained() {
        assert_eq!(run(contain(async { 7 })), Ok(7));
        assert_eq!(run(contain(async { panic!("contained") })), Err::<(), _>(Panicked));
        assert!(!is_contained());
        assert_eq!(run(contain(async { is_contained() })), Ok(true));
    }

    #[test]
    fn a_panic_after_a_pause_is_contained_too() {
        let panics = contain(async {
            tokio::task::yield_now().await;
            panic!("contained")
        });
        assert_eq!(run(panics), Err::<(), _>(Panicked));
    }
}
