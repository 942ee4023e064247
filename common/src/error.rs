//! Why a check could not be made.

use nagiosplugin::ServiceState;

/// What kept a check from reaching a judgement of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckError {
    /// The target refused, timed out, did not resolve or answered wrongly: CRITICAL.
    Target {
        /// What the target did, in a sentence that names it.
        problem: String,
    },
    /// We are wrong, or may not ask: arguments, an unreadable file, no permission: UNKNOWN.
    Local {
        /// What is wrong.
        problem: String,
        /// What the operator can do about it.
        remedy: String,
    },
}

impl CheckError {
    /// A fault of the target.
    pub fn target(problem: impl Into<String>) -> Self {
        Self::Target { problem: problem.into() }
    }

    /// A fault of our side.
    pub fn local(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Local { problem: problem.into(), remedy: remedy.into() }
    }

    /// The state that the error stands for.
    pub fn state(&self) -> ServiceState {
        match self {
            Self::Target { .. } => ServiceState::Critical,
            Self::Local { .. } => ServiceState::Unknown,
        }
    }

    /// The problem, and what to do about it; empty where nothing more can be said.
    pub fn parts(&self) -> (&str, &str) {
        match self {
            Self::Target { problem } => (problem, ""),
            Self::Local { problem, remedy } => (problem, remedy),
        }
    }
}
