//! Judges what the answers mean for the servers' clients.

mod agreement;
mod answers_table;
mod cause;
mod counts;
mod external_servers;
mod fault_group;
mod internal_names;
mod own_side;
mod per_server;
mod redundancy;
mod requests;
mod resolv_conf;
mod servers;
mod stale;
mod symptoms;
mod times;
mod traffic;
mod transport;
mod upstream;

use common::{Level, Report};

use crate::model::Resolution;
use crate::policy::Policy;
use counts::Counts;

/// Judges every server, all of them together, and whether enough of them are good.
///
/// `before_recheck` is the model before a recheck. Servers differ only if they do so in both models.
pub(crate) fn evaluate(before_recheck: Option<&Resolution>, last: &Resolution, policy: &Policy) -> Report {
    let mut report = Report::new(&policy.rules);
    servers::judge(&mut report, last);
    let is_enough = redundancy::judge(&mut report, last, policy);
    let stale = stale::judge(&mut report, last);
    let differences = agreement::judge(&mut report, before_recheck, last);
    upstream::judge(&mut report, last);
    transport::judge(&mut report, last);
    let knowing = external_servers::judge(&mut report, last);
    resolv_conf::judge(&mut report, last, policy);
    let counts = Counts { is_enough, differences, stale, knowing };
    counts.measure_servers(&mut report, last);
    times::measure(&mut report, last);
    traffic::measure(&mut report, last);
    counts.measure_faults(&mut report, last);
    internal_names::measure(&mut report, last);
    if policy.perfdata_per_server {
        per_server::measure(&mut report, last);
    }
    report.details(Level::Verbose, || answers_table::rows(last));
    report.details(Level::Requests, || requests::lines(last));
    report
}

#[cfg(test)]
mod tests;
