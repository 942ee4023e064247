//! What is wrong with one instance.

use std::borrow::Cow;

use common::{FindingSpec, HostPort, Report, Subject, text};

use super::cause::explain;
use crate::catalogue::{INSTANCE_CRITICAL, INSTANCE_MAINTENANCE, INSTANCE_WARNING};
use crate::health::{Condition, GOSSIP};
use crate::snapshot::{Instance, Key};
use crate::truth::Truth;

impl Subject for Key {
    fn key(&self) -> Cow<'_, str> {
        format!("instance {}", crate::memory::text(self)).into()
    }

    fn label(&self) -> Cow<'_, str> {
        path(self).into()
    }
}

impl Subject for Instance {
    fn key(&self) -> Cow<'_, str> {
        format!("instance {}", crate::memory::text(&self.key)).into()
    }

    fn label(&self) -> Cow<'_, str> {
        self.short_name().into()
    }
}

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
pub(super) fn line(report: &mut Report, instance: &Instance, truth: Option<&Truth>) {
    let condition = instance.condition();
    let dns = truth.and_then(|truth| in_dns(instance, truth)).unwrap_or_default();
    report.line(instance, format_args!("{} {condition}{dns}", instance.name()));
}

/// `; in DNS on all 4 servers`, `; in DNS on 127.0.0.12 of 4 servers`, `; not in DNS`.
fn in_dns(instance: &Instance, truth: &Truth) -> Option<String> {
    let ip = instance.address.host.parse().ok()?;
    let (naming, others): (Vec<_>, Vec<_>) = truth.comparisons.iter().partition(|comparison| comparison.names(ip));
    // Of a server that we could not ask nobody knows.
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

/// `db3/galeradb`: the node and the id.
pub(super) fn path(Key { node, id, .. }: &Key) -> String {
    format!("{}/{}", text::name(node), text::name(id))
}

impl Instance {
    /// `db3`, as a sentence calls it.
    pub(crate) fn short_name(&self) -> String {
        match self.from() {
            here if here.is_empty() => self.place(),
            from => format!("{} ({})", self.place(), from.join(", ")),
        }
    }

    /// `db3 (127.0.0.13:3306)`.
    pub(crate) fn name(&self) -> String {
        let inside: Vec<_> = std::iter::once(self.address()).chain(self.from()).collect();
        format!("{} ({})", self.place(), inside.join(", "))
    }

    /// `127.0.0.13:3306`, as the output shows it.
    pub(super) fn address(&self) -> String {
        HostPort { host: text::name(&self.address.host), port: self.address.port }.to_string()
    }

    /// The node; with the id where it is not simply the name of the service.
    fn place(&self) -> String {
        if self.key.id == self.service { text::name(&self.key.node) } else { path(&self.key) }
    }

    /// Where it belongs, where that is not simply this cluster.
    fn from(&self) -> Vec<String> {
        let Key { peer, partition, namespace, .. } = &self.key;
        let parts = [("peer", peer), ("partition", partition), ("namespace", namespace)].into_iter();
        let parts = parts.filter(|(_, name)| !name.is_empty() && *name != "default");
        parts.map(|(kind, name)| format!("{kind} {}", text::name(name))).collect()
    }
}
