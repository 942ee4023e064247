//! The two ranges that judge a metric.

use nagiosplugin::ServiceState;

use crate::{Number, Range};

/// The ranges in which a metric is fine. An absent one never alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// The range outside of which the state is WARNING.
    pub warning: Option<Range>,
    /// The range outside of which the state is CRITICAL. It is checked first.
    pub critical: Option<Range>,
}

impl Thresholds {
    /// Thresholds for a count out of `whole`: WARNING if one is missing, CRITICAL if the majority is lost.
    pub fn majority(whole: u32) -> Self {
        Self { warning: Some(Range::at_least(whole)), critical: Some(Range::at_least(whole / 2 + 1)) }
    }

    /// Whether some value can alert.
    pub fn judges(&self) -> bool {
        [self.warning, self.critical].into_iter().flatten().any(|range| !range.never_alerts())
    }

    /// The state of `value`, and the range that it violates.
    pub fn judge(&self, value: Number) -> (ServiceState, Option<Range>) {
        let ranges = [(ServiceState::Critical, self.critical), (ServiceState::Warning, self.warning)];
        for (state, range) in ranges {
            if let Some(range) = range.filter(|range| range.alerts(value)) {
                return (state, Some(range));
            }
        }
        (ServiceState::Ok, None)
    }
}
