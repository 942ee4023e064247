//! Why a check could not be made.

/// What of our own side kept a check from reaching a judgement: arguments, an unreadable file, no permission to ask.
///
/// Always UNKNOWN. What a target does wrong is a finding, so that the operator can overrule its severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckError {
    problem: String,
    remedy: String,
}

impl CheckError {
    /// What is wrong with our side, and what the operator can do about it.
    pub fn local(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }

    /// The problem, and what to do about it; empty where nothing more can be said.
    pub fn parts(&self) -> (&str, &str) {
        (&self.problem, &self.remedy)
    }
}
