//! What is wrong with one instance.

use common::{FindingSpec, Report, Rules, ServiceState, text};

use super::cause::cause;
use crate::catalogue::{INSTANCE_CRITICAL, INSTANCE_MAINTENANCE, INSTANCE_WARNING};
use crate::health::{Condition, GOSSIP};
use crate::snapshot::{Instance, Key};
use crate::truth::Truth;

/// What it means that an instance is of this condition; nothing when it passes.
fn spec(condition: Condition) -> Option<&'static FindingSpec> {
    match condition {
        Condition::Passing => None,
        Condition::Warning => Some(&INSTANCE_WARNING),
        Condition::Critical => Some(&INSTANCE_CRITICAL),
        Condition::Maintenance => Some(&INSTANCE_MAINTENANCE),
    }
}

/// A line about the instance, however it fares.
pub(super) fn item(report: &mut Report, instance: &Instance, truth: Option<&Truth>, rules: &Rules) {
    let condition = instance.condition();
    let state = spec(condition).map_or(ServiceState::Ok, |spec| rules.severity(spec));
    let dns = truth.and_then(|truth| in_dns(instance, truth)).unwrap_or_default();
    report.item(state, format!("{} {condition}{dns}", instance.name()));
}

/// `; in DNS on all 4 servers`, `; in DNS on 127.0.0.12 of 4 servers`, `; not in DNS`.
fn in_dns(instance: &Instance, truth: &Truth) -> Option<String> {
    let ip = instance.address.host.parse().ok()?;
    let (naming, others): (Vec<_>, Vec<_>) = truth.comparisons.iter().partition(|comparison| comparison.names(ip));
    let all = truth.comparisons.len();
    let names: Vec<_> = naming.iter().map(|comparison| comparison.server.server.name.as_str()).collect();
    Some(match (naming.len(), others.len()) {
        (0, 0) => return None,
        (0, _) => "; not in DNS".to_owned(),
        (1, 0) => format!("; in DNS on {}", names.join("")),
        (_, 0) => format!("; in DNS on all {all} servers"),
        _ => format!("; in DNS on {} of {all} servers: {}", naming.len(), names.join(", ")),
    })
}

pub(super) fn judge(report: &mut Report, instance: &Instance) {
    let condition = instance.condition();
    let Some(spec) = spec(condition) else { return };
    let mut causes = instance.checks.iter().filter(|check| Condition::of_check(check) == condition);
    // An agent that is gone explains the rest.
    let gossip = causes.clone().find(|check| check.id == GOSSIP);
    let Some(check) = gossip.or_else(|| causes.next()) else { return };
    let (cause, remedy) = cause(instance, check);
    report.finding(spec, format!("{} {condition}{cause}", instance.name()), remedy);
}

impl Instance {
    /// `db3 (127.0.0.13:3306)`; with the id where it is not simply the name of the service, and with where it belongs
    /// where that is not simply this cluster.
    pub(crate) fn name(&self) -> String {
        let Self { key, service, address, .. } = self;
        let Key { peer, partition, namespace, node, id } = key;
        let id = Some(id).filter(|id| *id != service);
        let from = [("peer", peer), ("partition", partition), ("namespace", namespace)].into_iter();
        let from = from.filter(|(_, name)| !name.is_empty() && *name != "default");
        let from: Vec<_> = from.map(|(kind, name)| format!(", {kind} {name}")).collect();
        let place = id.map_or_else(|| node.clone(), |id| format!("{node}/{id}"));
        format!("{} ({}{})", text::quote(&place), text::quote(&address.to_string()), text::quote(&from.concat()))
    }
}
