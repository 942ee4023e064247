//! A line and the numbers of each name server.

use common::wording::milliseconds;
use common::{MetricUnit, Number, Report};

use super::super::case::Case;
use super::super::compare::Comparison;
use super::super::{Known, list};

/// `DNS 127.0.0.12: names 127.0.0.11 and 127.0.0.13 (TTL 0, 2 ms)`, and what is wrong with that.
pub(super) fn line(comparison: &Comparison, case: &Case) -> String {
    let mut parts = vec![format!("{}{}", what(comparison), costs(comparison))];
    if case.is_settled() {
        parts.extend(wrong(comparison));
    }
    format!("DNS {}: {}", comparison.server.server.name, parts.join("; "))
}

fn what(comparison: &Comparison) -> String {
    let names: Vec<_> = comparison.named.keys().map(ToString::to_string).chain(comparison.alias.clone()).collect();
    match (&comparison.fault, &comparison.not_asked) {
        _ if !names.is_empty() => format!("names {}", list(&names)),
        (Some(fault), _) => fault.words.clone(),
        (None, Some(_)) => "was not asked".to_owned(),
        (None, None) => "names nothing".to_owned(),
    }
}

fn costs(comparison: &Comparison) -> String {
    let ttl = comparison.ttl.map(|ttl| format!("TTL {ttl}"));
    let parts: Vec<_> = ttl.into_iter().chain(comparison.time.map(milliseconds)).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

fn wrong(comparison: &Comparison) -> Vec<String> {
    let partial = comparison.fault.as_ref().filter(|fault| !fault.is_whole).map(|fault| fault.words.clone());
    let mut parts: Vec<_> = partial.into_iter().chain(comparison.split.clone()).collect();
    for one in &comparison.dead {
        parts.push(format!("{} {}", list(&one.instances), one.standing));
    }
    if !comparison.has_whole_fault() && !comparison.missing.is_empty() {
        let by = |only_srv| if only_srv { " by SRV" } else { "" };
        let missing = comparison.missing.iter().map(|one| format!("{}{}", one.instance, by(one.only_srv)));
        let missing: Vec<_> = missing.collect();
        parts.push(format!("not {}", list(&missing)));
    }
    if !comparison.foreign.is_empty() {
        parts.push(format!("no instance has {}", list(&comparison.foreign)));
    }
    parts
}

/// `dns_time_127_0_0_12`, and its like. What was not measured has no series.
pub(super) fn series(report: &mut Report, comparison: &Comparison, still: bool) {
    let mut put = |metric: &str, unit: MetricUnit, value: Option<Number>| {
        if let Some(value) = value {
            report.series(metric, &comparison.server.server.name, unit, value);
        }
    };
    let answered = comparison.has_answered();
    let judged = |count: usize| (answered && still).then(|| Number::from(count));
    put("dns_addresses", MetricUnit::None, answered.then(|| Number::from(comparison.named.len())));
    put("dns_missing", MetricUnit::None, judged(comparison.missing.len()));
    put("dns_unexpected", MetricUnit::None, judged(comparison.dead.len() + comparison.foreign.len()));
    put("dns_time", MetricUnit::Seconds, comparison.time.map(Number::seconds));
    put("dns_ttl", MetricUnit::Seconds, comparison.ttl.map(Number::from));
}

/// Why an instance in warning may be in DNS or not.
pub(super) fn warning(known: &Known, only_passing: Option<bool>) -> String {
    let why = match only_passing {
        Some(true) => "DNS leaves it out, since dns_config.only_passing is set",
        Some(false) => "DNS hands it out, since dns_config.only_passing is not set",
        None => "DNS hands it out unless dns_config.only_passing is set",
    };
    format!("{} is in warning: {why}", known.name)
}

/// Why DNS is not judged by these.
pub(super) fn changed(changed: &[Known]) -> Option<String> {
    let names: Vec<_> = changed.iter().map(|known| known.name.as_str()).collect();
    let does = if names.len() == 1 { "it does" } else { "they do" };
    let names = common::wording::list(&names);
    (!changed.is_empty()).then(|| format!("{names} changed during this check: {does} not count for DNS"))
}
