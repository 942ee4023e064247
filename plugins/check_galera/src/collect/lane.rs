//! A thread for each node: a server that makes the driver compute holds up no other node.

use std::future::{Future, pending};
use std::thread;
use std::time::Duration;

use common::Deadline;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{oneshot, watch};

/// The stack of a thread, in bytes; TLS needs a part of it.
const STACK: usize = 512 << 10;

/// The thread on which a node is asked, from the login to the goodbye: a connection works only where it was made.
#[derive(Clone)]
pub(super) struct Lane(Option<Handle>);

impl Lane {
    /// The main thread, for a node that is asked alone.
    pub(super) fn main() -> Self {
        Self(None)
    }

    /// A thread of its own, which ends with the process; the main thread where this host has no more threads.
    pub(super) async fn own() -> Self {
        let (started, handle) = oneshot::channel();
        let run = move || {
            if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
                // The receiver waits for it.
                let _ = started.send(runtime.handle().clone());
                runtime.block_on(pending::<()>());
            }
        };
        let thread = thread::Builder::new().name("node".to_owned()).stack_size(STACK).spawn(run);
        Self(if thread.is_ok() { handle.await.ok() } else { None })
    }

    /// Runs a task there; `None` if it has not come to an end by the deadline, as on a thread that computes.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
        deadline: Deadline,
    ) -> Option<T> {
        match &self.0 {
            None => Some(task.await),
            Some(thread) => deadline.bound(thread.spawn(task)).await.ok()?.ok(),
        }
    }
}

/// For so long no thread of a node is started while names are looked up: where threads are few, one is for the names.
const LOOKUP_PATIENCE: Duration = Duration::from_millis(200);

/// The lookups of names that have not ended yet.
#[derive(Clone)]
pub(super) struct Lookups(watch::Sender<usize>);

impl Lookups {
    pub(super) fn new(count: usize) -> Self {
        Self(watch::Sender::new(count))
    }

    pub(super) fn one_done(&self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }

    /// Waits until all have ended, or a moment.
    pub(super) async fn wait(&self, deadline: Deadline) {
        let mut open = self.0.subscribe();
        // A name that takes long does not hold up the others.
        let _ = deadline.within(LOOKUP_PATIENCE).bound(open.wait_for(|count| *count == 0)).await;
    }
}
