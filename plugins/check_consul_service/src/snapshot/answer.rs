//! The result of one request.

use std::time::Duration;

use super::failure::Failure;

/// The result of one request, and how long that took.
#[derive(Clone, Debug)]
pub(crate) struct Answer<T> {
    pub(crate) result: Result<T, Failure>,
    pub(crate) time: Duration,
}

impl<T> Answer<T> {
    /// The answer, if there is one.
    pub(crate) fn value(&self) -> Option<&T> {
        self.result.as_ref().ok()
    }

    /// No answer, since the request was not made for this reason.
    pub(crate) fn none(failure: Failure) -> Self {
        Self { result: Err(failure), time: Duration::ZERO }
    }
}
