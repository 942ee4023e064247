//! What the servers' answers mean for their clients.
//!
//! A client (glibc 2.36, measured) believes the first server that answers, also NXDOMAIN and NODATA. It passes on at
//! once from a server that says SERVFAIL or REFUSED or whose port is closed, and after 5 s from one that is silent.

mod agreement;
mod cause;
mod client;
mod clients;
mod doubts;
mod evidence;
mod fault;
mod look;
mod matrix;
mod measure;
mod outside;
mod redundancy;
mod scene;
mod series;
mod servers;
mod stale;
mod times;
mod trace;
mod transport;
mod upstream;
mod verdict;

use common::Report;

pub(crate) use doubts::{Doubts, doubts};

use crate::policy::Policy;
use crate::probe::Side;
use crate::snapshot::Snapshot;
use crate::subject::Role;
use measure::Counts;
use scene::Scene;

/// Judges every server, what they say together, and whether enough of them are left.
pub(crate) fn evaluate(snapshot: &Snapshot, policy: &Policy) -> Report {
    let mut report = Report::new(&policy.rules);
    let scene = Scene::of(snapshot, policy);
    servers::judge(&mut report, &scene);
    redundancy::judge(&mut report, &scene);
    let stale = stale::judge(&mut report, &scene);
    let differences = agreement::judge(&mut report, &scene);
    upstream::judge(&mut report, &scene);
    transport::judge(&mut report, &scene);
    let outside = outside::judge(&mut report, &scene);
    clients::judge(&mut report, &scene);
    measure::measure(&mut report, &scene, &Counts { differences, stale, outside });
    if policy.perfdata_per_server {
        series::measure(&mut report, &scene);
    }
    matrix::note(&mut report, &scene);
    trace::note(&mut report, snapshot, policy);
    report.summary(summary(&scene, outside));
    report
}

/// `3/3 name servers: 1 internal and 1 external name right, no leak, slowest answer 4.1 ms`.
fn summary(scene: &Scene, known_outside: usize) -> String {
    let (good, total) = (scene.good(), scene.total());
    let names = if good == total { format!(": {}", names(scene.policy)) } else { String::new() };
    let no_leak = if good == total && scene.is_kept_inside() && known_outside == 0 { ", no leak" } else { "" };
    let slowest = times::slowest(&scene.verdicts);
    let slowest = slowest.map(|time| format!(", slowest answer {}", crate::say::milliseconds(time)));
    format!("{good}/{total} name servers{names} right{no_leak}{}", slowest.unwrap_or_default())
}

/// `1 internal and 2 external names`.
fn names(policy: &Policy) -> String {
    let known = |side| policy.subjects.iter().filter(|subject| subject.is_known(side)).count();
    let absent = policy.subjects.iter().filter(|subject| matches!(subject.role, Role::Absent(_))).count();
    let mut counts = vec![(known(Side::Internal), "internal"), (known(Side::External), "external"), (absent, "absent")];
    counts.retain(|(count, _)| *count > 0);
    let noun = if matches!(counts.last(), Some((1, _))) { "name" } else { "names" };
    let counts: Vec<_> = counts.iter().map(|(count, side)| format!("{count} {side}")).collect();
    let (last, first) = counts.split_last().map_or(("", &[][..]), |(last, first)| (last.as_str(), first));
    let first = if first.is_empty() { String::new() } else { format!("{} and ", first.join(", ")) };
    format!("{first}{last} {noun}")
}

#[cfg(test)]
mod tests;
