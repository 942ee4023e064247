//! Errors of our own side.

/// A problem of our own side that prevents a judgement: wrong arguments, an unreadable file, no permission to ask.
///
/// The state is always UNKNOWN. A problem of a target is a finding instead, so that the operator can overrule its
/// severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckError {
    problem: String,
    remedy: String,
}

impl CheckError {
    /// An error with its problem and the operator's remedy.
    pub fn local(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }

    /// The problem and the remedy. The remedy is empty where none is known.
    pub fn parts(&self) -> (&str, &str) {
        (&self.problem, &self.remedy)
    }
}
