//! The health of an instance, as Consul aggregates it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::snapshot::{Check, Status};

/// What gossip says about the agent of a node.
pub(crate) const GOSSIP: &str = "serfHealth";

/// The health of an instance, worst last (Consul's `HealthChecks.AggregatedStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Condition {
    Passing,
    Warning,
    Critical,
    Maintenance,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passing => "passing",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Maintenance => "in maintenance",
        })
    }
}

impl Condition {
    /// The worst of these checks; without any it passes.
    pub(crate) fn of<'c>(checks: impl IntoIterator<Item = &'c Check>) -> Self {
        checks.into_iter().map(Self::of_check).max().unwrap_or(Self::Passing)
    }

    /// Maintenance is a critical check with a reserved id; Consul never says it as a status.
    pub(crate) fn of_check(check: &Check) -> Self {
        let reserved = check.id == "_node_maintenance" || check.id.starts_with("_service_maintenance:");
        match check.status {
            Status::Critical if reserved => Self::Maintenance,
            Status::Critical => Self::Critical,
            Status::Warning => Self::Warning,
            Status::Passing => Self::Passing,
        }
    }
}
