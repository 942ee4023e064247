//! Words that several parts of the output use.

use common::{HostPort, Number, text};

use super::access::Visibility;
use super::quorum;
use super::service::whole;
use super::view::{Data, View};
use crate::catalogue::INSTANCES_PASSING;
use crate::health::Condition;
use crate::policy::Policy;
use crate::snapshot::Snapshot;

/// What the findings have not said yet.
pub(super) fn summary(
    view: &View,
    visibility: Visibility,
    dns: Option<String>,
    snapshot: &Snapshot,
    policy: &Policy,
) -> String {
    let mut parts = Vec::new();
    if let Some(data) = view.data.as_ref().filter(|_| visibility == Visibility::Whole) {
        let passing = Number::from(data.count(Condition::Passing));
        if policy.rules.thresholds(&INSTANCES_PASSING).judge(passing).1.is_none() {
            parts.push(quota(data, policy));
        }
    }
    parts.extend(dns);
    if let Some(leader) = view.leader.filter(|_| !view.lacks_leader()) {
        let margin = quorum::margin(snapshot).map_or_else(String::new, |margin| format!(", {margin}"));
        parts.push(format!("leader {}{margin}", host(leader)));
    }
    parts.join("; ")
}

/// `galeradb: 2/3 passing`, of those expected or else registered.
pub(super) fn quota(data: &Data, policy: &Policy) -> String {
    let stale = if data.proven { "" } else { " (stale)" };
    let (service, registered) = (text::quote(&policy.query.service), data.instances.len());
    let whole = whole(data, policy);
    let lacking = if (1..whole).contains(&registered) { format!(", {registered} registered") } else { String::new() };
    format!("{service}: {}/{whole} passing{lacking}{stale}", data.count(Condition::Passing))
}

pub(super) fn instances(count: usize) -> String {
    if count == 1 { "1 instance".to_owned() } else { format!("{count} instances") }
}

/// A raft address, without the port where that is the usual one.
pub(super) fn host(raft: &str) -> String {
    let host = match raft.parse() {
        Ok(HostPort { host, port: Some(8300) }) => host,
        _ => raft.to_owned(),
    };
    text::quote(&host)
}

/// `40 s`, `12 min`, `3 h`, `2 days`: as exact as anybody reads it.
pub(super) fn age(seconds: f64) -> String {
    let in_units = |unit: f64| (seconds / unit).round();
    match seconds {
        ..120.0 => format!("{} s", in_units(1.0)),
        ..7200.0 => format!("{} min", in_units(60.0)),
        ..172_800.0 => format!("{} h", in_units(3600.0)),
        _ => format!("{} days", in_units(86_400.0)),
    }
}
