//! Differences between an agent and the catalog about the agent's own node.

use std::collections::BTreeSet;

use common::{Report, Subject, text, wording};

use super::access::Visibility;
use crate::catalogue::CATALOG_DRIFT;
use crate::model::{Drift, Service};
use crate::snapshot::{Asked, Condition};

/// Judges what differed in the first and in the last answers: changes take a moment to reach the catalog.
pub(super) fn judge(report: &mut Report, visibility: Visibility, first: Option<&Service>, service: &Service) {
    // An instance that is hidden from us is no difference.
    let Some(first) = first.filter(|_| visibility == Visibility::Whole) else { return };
    let (before, drifts) = (first.drifts(), service.drifts());
    let before: BTreeSet<_> = before.iter().map(Drift::key).collect();
    for agent in &service.snapshot.agents {
        let of_agent = |drift: &&Drift| std::ptr::eq(drift.agent, agent) && before.contains(&drift.key());
        let differences: Vec<_> = drifts.iter().filter(of_agent).map(difference).collect();
        if !differences.is_empty() {
            differ(report, agent, &differences);
        }
    }
}

fn differ(report: &mut Report, agent: &Asked, differences: &[String]) {
    let (name, differences) = (agent.label(), wording::list(differences));
    report
        .finding(&CATALOG_DRIFT)
        .of(agent)
        .words(format_args!("agent {name} and the catalog differ about its own node: {differences}"))
        .remedy(
            "consul reload there makes it sync at once, else it does within a minute or two; \
             look at its log for denials by ACLs",
        );
}

/// `galeradb is critical there, passing in the catalog`.
fn difference(drift: &Drift) -> String {
    let catalog = drift.catalog.map_or_else(|| "not".to_owned(), |condition| condition.to_string());
    let local = drift.local;
    format!("{} is {} there, {catalog} in the catalog", text::name(&local.id), Condition::of(&local.checks))
}
