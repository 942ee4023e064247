//! How many instances are healthy, and what is wrong with the others.

use common::{Number, Report};

use super::access::Visibility;
use super::instance;
use super::say;
use super::view::Data;
use crate::catalogue::{
    INSTANCES_CRITICAL, INSTANCES_MAINTENANCE, INSTANCES_PASSING, INSTANCES_REGISTERED, INSTANCES_WARNING,
    PASSING_PERCENT,
};
use crate::health::Condition;
use crate::policy::Policy;

pub(super) fn judge(report: &mut Report, data: &Data, visibility: Visibility, policy: &Policy) {
    // Of those that are hidden nobody knows how many there are.
    if visibility == Visibility::Whole {
        measure(report, data, policy);
    }
    for instance in &data.instances {
        instance::judge(report, instance);
    }
    if visibility == Visibility::Whole && !data.instances.is_empty() {
        report.fine(say::quota(data, policy));
    }
}

fn measure(report: &mut Report, data: &Data, policy: &Policy) {
    let (passing, registered) = (data.count(Condition::Passing), data.instances.len());
    let quota = say::quota(data, policy);
    report.metric(&INSTANCES_PASSING, passing, &quota);
    if let Some(percent) = percent(passing, whole(data, policy)) {
        report.metric(&PASSING_PERCENT, percent, &format!("{quota}, {percent} %"));
    }
    for (metric, condition) in [
        (&INSTANCES_WARNING, Condition::Warning),
        (&INSTANCES_CRITICAL, Condition::Critical),
        (&INSTANCES_MAINTENANCE, Condition::Maintenance),
    ] {
        let count = data.count(condition);
        report.metric(metric, count, &format!("{} {condition}", say::instances(count)));
    }
    report.metric(&INSTANCES_REGISTERED, registered, &format!("{} registered", say::instances(registered)));
}

/// How many there should be.
pub(super) fn whole(data: &Data, policy: &Policy) -> usize {
    policy.expect.map_or(data.instances.len(), |expect| usize::try_from(expect).unwrap_or(usize::MAX))
}

/// To one digit behind the point; none of nothing.
fn percent(part: usize, whole: usize) -> Option<Number> {
    let tenths = part.checked_mul(1000)?.checked_div(whole)?;
    let tenths = u32::try_from(tenths).ok()?;
    Number::try_from(f64::from(tenths) / 10.0).ok()
}
