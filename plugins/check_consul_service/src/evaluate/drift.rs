//! Where an agent and the catalog differ about what is on the agent's own node.

use std::collections::BTreeMap;

use common::{Report, Subject, text, wording};

use super::access::Visibility;
use super::doubt::comparable;
use super::view::Data;
use crate::catalogue::CATALOG_DRIFT;
use crate::health::{Condition, GOSSIP};
use crate::policy::Query;
use crate::snapshot::{Asked, Instance, Local, Snapshot};

pub(super) fn judge(report: &mut Report, data: &Data, visibility: Visibility, snapshot: &Snapshot, query: &Query) {
    // What changes at this moment is on its way, and what is hidden from us is no difference.
    if visibility == Visibility::Part {
        return;
    }
    for asked in &snapshot.agents {
        let twice =
            |local: &Local| snapshot.confirms(|doubts| doubts.drifts.contains(&(asked.name.clone(), local.id.clone())));
        let drifted = drifted(data, asked, snapshot, query).into_iter().filter(|(local, _)| twice(local));
        let said: Vec<_> = drifted.map(|(local, catalog)| differs(local, catalog)).collect();
        if !said.is_empty() {
            let (agent, said) = (asked.label(), wording::list(&said));
            report
                .finding(&CATALOG_DRIFT)
                .of(asked)
                .words(format_args!("agent {agent} and the catalog differ about its own node: {said}"))
                .remedy(
                    "consul reload there makes it sync at once, else it does within a minute or two; \
                     look at its log for denials by ACLs",
                );
        }
    }
}

/// `galeradb is critical there, passing in the catalog`.
fn differs(local: &Local, catalog: Option<Condition>) -> String {
    let catalog = catalog.map_or_else(|| "not".to_owned(), |condition| condition.to_string());
    format!("{} is {} there, {catalog} in the catalog", text::name(&local.id), Condition::of(&local.checks))
}

/// What an agent says otherwise than the catalog, with what that says.
pub(super) fn drifted<'s>(
    data: &Data,
    asked: &'s Asked,
    snapshot: &Snapshot,
    query: &Query,
) -> Vec<(&'s Local, Option<Condition>)> {
    // An agent of another datacenter has another catalog.
    if !comparable(asked, snapshot, query) {
        return Vec::new();
    }
    let own = data.all.iter().copied().filter(|one| one.key.peer.is_empty());
    let catalog: BTreeMap<_, _> = own.map(|one| ((one.key.node.as_str(), one.key.id.as_str()), one)).collect();
    let locals = asked.local.said().map_or(&[][..], Vec::as_slice).iter();
    let differs = |local: &'s Local| {
        let node = local.node.as_ref().or_else(|| asked.itself.said().map(|itself| &itself.node))?;
        let found = catalog.get(&(node.as_str(), local.id.as_str())).copied();
        let held = found.map(in_catalog);
        let agrees = held == Some(Condition::of(&local.checks));
        (!agrees && is_comparable(data, local, found, query)).then_some((local, held))
    };
    locals.filter_map(differs).collect()
}

/// Whether the catalog was asked about it.
fn is_comparable(data: &Data, local: &Local, found: Option<&Instance>, query: &Query) -> bool {
    let exact = data.all.first().is_none_or(|instance| instance.service == local.service);
    // The agent knows nothing of filters and partitions: it names what they left out of the answer.
    let narrowed = query.filter.is_some() || query.partition.is_some();
    exact && (found.is_some() || !narrowed)
}

/// Without what gossip says of the agent, which it does not know.
fn in_catalog(instance: &Instance) -> Condition {
    Condition::of(instance.checks.iter().filter(|check| check.id != GOSSIP))
}
