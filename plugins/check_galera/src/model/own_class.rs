//! The class of a node by its own answer.

use crate::class::Class;
use crate::snapshot::Outcome;
use crate::snapshot::facts::{ComponentStatus, Facts, LocalState};

/// The class by the node's own answer, before those of the others are known.
pub(super) fn of_outcome(outcome: &Outcome) -> Class {
    match outcome {
        Outcome::Answered(answer) => of_facts(&answer.facts),
        Outcome::Failed(_) => Class::Unreachable,
        Outcome::AccessDenied(_) | Outcome::NotTrusted(_) => Class::AccessDenied,
        Outcome::OwnSide(_) => Class::OwnSide,
    }
}

pub(super) fn of_facts(facts: &Facts) -> Class {
    if !facts.is_galera() {
        return Class::NotGalera;
    }
    if facts.replicates == Some(false) {
        return Class::NotReplicating;
    }
    let (Some(component), Some(state), true) = (facts.view.component, facts.state, facts.are_complete()) else {
        return Class::Unreadable;
    };
    match (component, state) {
        (_, LocalState::Inconsistent) => Class::Inconsistent,
        (_, LocalState::Joining) => Class::Joining,
        (ComponentStatus::NonPrimary | ComponentStatus::Disconnected, _) => Class::NonPrimary,
        _ if facts.rejects_queries.is_some() || facts.maintenance.is_some() => Class::Rejecting,
        (_, LocalState::Donor) if facts.desync == Some(true) => Class::Desynced,
        (_, LocalState::Donor) => Class::Donor,
        (_, LocalState::Synced) => Class::Synced,
        (_, LocalState::Joined) => Class::Joined,
        (_, LocalState::Initialized) => Class::Joining,
    }
}
