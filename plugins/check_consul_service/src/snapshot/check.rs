//! Checks, and the health that Consul aggregates from them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The last result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `tcp`, `http`, `script`, `ttl` and so on; empty before Consul 1.7.
    pub(crate) kind: String,
    pub(crate) scope: Scope,
    pub(crate) status: Status,
    pub(crate) notes: String,
    /// Empty for a check that passes.
    pub(crate) output: String,
}

/// The thing that a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The node, and so every service on it.
    Node,
    Service,
}

/// The states of Consul's checks; maintenance is `critical` with a reserved id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Passing,
    Warning,
    Critical,
}

/// The id of the check by which gossip tells whether a node's agent is alive.
pub(crate) const GOSSIP: &str = "serfHealth";

/// Whether Consul reserves a check's id for maintenance.
pub(crate) fn is_of_maintenance(id: &str) -> bool {
    id == "_node_maintenance" || id.starts_with("_service_maintenance:")
}

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

    /// Whether DNS may hand such an instance out; one in warning it leaves out only with `dns_config.only_passing`.
    pub(crate) fn is_usable(self) -> bool {
        matches!(self, Self::Passing | Self::Warning)
    }

    /// Maintenance is a critical check with a reserved id; Consul never says it as a status.
    pub(crate) fn of_check(check: &Check) -> Self {
        match check.status {
            Status::Critical if is_of_maintenance(&check.id) => Self::Maintenance,
            Status::Critical => Self::Critical,
            Status::Warning => Self::Warning,
            Status::Passing => Self::Passing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_called_what_consul_calls_it() {
        let said = |status| {
            let none = String::new();
            let check = Check {
                id: "a".to_owned(),
                name: none.clone(),
                kind: none.clone(),
                scope: Scope::Node,
                status,
                notes: none.clone(),
                output: none,
            };
            Condition::of([&check]).to_string()
        };
        let words = ["passing", "warning", "critical"].map(|word| (serde_json::from_value(word.into()).unwrap(), word));
        for (status, word) in words {
            assert_eq!(said(status), word);
        }
        assert!(serde_json::from_value::<Status>("maintenance".into()).is_err(), "Consul never says it");
        assert_eq!(Condition::of([]), Condition::Passing);
    }
}
