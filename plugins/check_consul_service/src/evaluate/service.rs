//! How many instances are healthy, and what is wrong with the others.

use common::{Cause, Number, Report, ServiceState, text, wording};

use super::access::Visibility;
use super::instance;
use super::vanished::{Gone, Vanished};
use crate::catalogue::{
    INSTANCES_CRITICAL, INSTANCES_MAINTENANCE, INSTANCES_PASSING, INSTANCES_REGISTERED, INSTANCES_WARNING,
    PASSING_PERCENT,
};
use crate::model::Data;
use crate::policy::Policy;
use crate::snapshot::{Condition, Instance};

pub(super) fn judge(
    report: &mut Report,
    data: &Data,
    visibility: Visibility,
    vanished: Option<&Vanished>,
    policy: &Policy,
) {
    let gone = vanished.filter(|vanished| vanished.missed > 0).map_or(&[][..], |vanished| &vanished.gone);
    // Nobody knows how many instances are hidden.
    if visibility == Visibility::Whole {
        measure(report, data, gone, policy);
    }
    let lost: Vec<_> = data.instances.iter().filter(|one| one.condition() != Condition::Passing).collect();
    let alone = lost.len() + missing(data, gone, policy).len() == 1;
    for instance in lost {
        instance::judge(report, instance, alone);
    }
}

fn measure(report: &mut Report, data: &Data, gone: &[Gone], policy: &Policy) {
    let passing = data.count(Condition::Passing);
    let quota = quota(data, policy);
    let lost = data.instances.iter().filter(|one| one.condition() != Condition::Passing);
    let lost: Vec<Cause> =
        lost.map(|instance| (*instance).into()).chain(missing(data, gone, policy).iter().map(Gone::cause)).collect();
    let found = report.metric(&INSTANCES_PASSING, passing).words(&quota).because(lost.clone()).well(&quota);
    if found.state() == ServiceState::Ok && !data.instances.is_empty() {
        report.fine().words(&quota);
    }
    if let Some(percent) = percent(passing, policy.expected(data.instances.len())) {
        report.metric(&PASSING_PERCENT, percent).words(format_args!("{quota}, {percent} %")).because(lost);
    }
    for (metric, condition) in [
        (&INSTANCES_WARNING, Condition::Warning),
        (&INSTANCES_CRITICAL, Condition::Critical),
        (&INSTANCES_MAINTENANCE, Condition::Maintenance),
    ] {
        let such: Vec<&Instance> =
            data.instances.iter().copied().filter(|instance| instance.condition() == condition).collect();
        report.metric(metric, such.len()).words(are(such.len(), condition)).because(such);
    }
    let registered = data.instances.len();
    report
        .metric(&INSTANCES_REGISTERED, registered)
        .words(format_args!("{} registered", wording::count(registered, "instance", "instances")))
        .because(gone.iter().map(Gone::cause));
}

/// `no instance is critical`, `2 instances are in warning`.
fn are(count: usize, condition: Condition) -> String {
    let condition = match condition {
        Condition::Warning => "in warning".to_owned(),
        condition => condition.to_string(),
    };
    match count {
        0 => format!("no instance is {condition}"),
        1 => format!("1 instance is {condition}"),
        count => format!("{count} instances are {condition}"),
    }
}

/// The vanished instances that explain why fewer pass than are expected.
fn missing<'g, 'm>(data: &Data, gone: &'g [Gone<'m>], policy: &Policy) -> &'g [Gone<'m>] {
    if data.instances.len() < policy.expected(data.instances.len()) { gone } else { &[] }
}

/// `galeradb: 2/3 passing`, of those expected or else registered.
fn quota(data: &Data, policy: &Policy) -> String {
    let stale = if data.read.proven { "" } else { " (stale)" };
    let (service, registered) = (text::quote(&policy.query.service), data.instances.len());
    let whole = policy.expected(data.instances.len());
    let lacking = if (1..whole).contains(&registered) { format!(", {registered} registered") } else { String::new() };
    format!("{service}: {}/{whole} passing{lacking}{stale}", data.count(Condition::Passing))
}

/// To one digit behind the point; none of nothing.
fn percent(part: usize, whole: usize) -> Option<Number> {
    let tenths = part.checked_mul(1000)?.checked_div(whole)?;
    let tenths = u32::try_from(tenths).ok()?;
    Number::try_from(f64::from(tenths) / 10.0).ok()
}
