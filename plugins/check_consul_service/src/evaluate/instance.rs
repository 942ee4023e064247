//! The health of one instance.

use common::{FindingSpec, Report};

use super::cause::explain;
use crate::catalogue::{INSTANCE_CRITICAL, INSTANCE_MAINTENANCE, INSTANCE_WARNING};
use crate::model::Resolution;
use crate::snapshot::{Condition, GOSSIP, Instance};

/// The finding for an instance in this condition; `None` when it passes.
fn spec(condition: Condition) -> Option<&'static FindingSpec> {
    match condition {
        Condition::Passing => None,
        Condition::Warning => Some(&INSTANCE_WARNING),
        Condition::Critical => Some(&INSTANCE_CRITICAL),
        Condition::Maintenance => Some(&INSTANCE_MAINTENANCE),
    }
}

/// A line about the instance, whatever its condition.
pub(super) fn line(report: &mut Report, instance: &Instance, resolution: Option<&Resolution>) {
    let condition = instance.condition();
    let dns = resolution.and_then(|resolution| in_dns(instance, resolution)).unwrap_or_default();
    report.line(instance, format_args!("{} {condition}{dns}", instance.name()));
}

/// `; in DNS on all 4 servers`, `; in DNS on 127.0.0.12 of 4 servers`, `; not in DNS`.
fn in_dns(instance: &Instance, resolution: &Resolution) -> Option<String> {
    let ip = instance.address.host.parse().ok()?;
    let (naming, others): (Vec<_>, Vec<_>) = resolution.comparisons.iter().partition(|comparison| comparison.names(ip));
    // Nobody knows about a server that we could not ask.
    let others = others.iter().filter(|comparison| comparison.is_heard()).count();
    let all = naming.len() + others;
    let names: Vec<_> = naming.iter().map(|comparison| comparison.server.server.name.as_str()).collect();
    Some(match (naming.len(), others) {
        (0, 0) => return None,
        (0, _) => "; not in DNS".to_owned(),
        (1, 0) => format!("; in DNS on {}", names.join("")),
        (_, 0) => format!("; in DNS on all {all} servers"),
        _ => format!("; in DNS on {} of {all} servers: {}", naming.len(), names.join(", ")),
    })
}

/// Says why the instance does not pass; `alone` when no other is lost, so that a count has room for more words.
pub(super) fn judge(report: &mut Report, instance: &Instance, alone: bool) {
    let condition = instance.condition();
    let Some(spec) = spec(condition) else { return };
    let mut causes = instance.checks.iter().filter(|check| Condition::of_check(check) == condition);
    // An agent that is gone explains the rest.
    let gossip = causes.clone().find(|check| check.id == GOSSIP);
    let Some(check) = gossip.or_else(|| causes.next()) else { return };
    let why = explain(instance, check);
    report
        .finding(spec)
        .of(instance)
        .words(format_args!("{} {}", instance.short_name(), why.words))
        .reason(if alone { &why.alone } else { &why.brief }, why.word)
        .remedy(&why.remedy);
}
