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

use common::{Level, Report};

pub(crate) use doubts::{Doubts, doubts};

use crate::policy::Policy;
use crate::snapshot::Snapshot;
use measure::Counts;
use scene::Scene;

/// Judges every server, what they say together, and whether enough of them are left.
pub(crate) fn evaluate(snapshot: &Snapshot, policy: &Policy) -> Report {
    let mut report = Report::new(&policy.rules);
    let scene = Scene::of(snapshot, policy);
    servers::judge(&mut report, &scene);
    let is_enough = redundancy::judge(&mut report, &scene);
    let stale = stale::judge(&mut report, &scene);
    let differences = agreement::judge(&mut report, &scene);
    upstream::judge(&mut report, &scene);
    transport::judge(&mut report, &scene);
    let outside = outside::judge(&mut report, &scene);
    clients::judge(&mut report, &scene);
    measure::measure(&mut report, &scene, &Counts { is_enough, differences, stale, outside });
    if policy.perfdata_per_server {
        series::measure(&mut report, &scene);
    }
    report.details(Level::Verbose, || matrix::rows(&scene));
    report.details(Level::Requests, || trace::lines(snapshot, policy));
    report
}

#[cfg(test)]
mod tests;
