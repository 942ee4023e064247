//! The two ranges by which a metric is judged.

use nagiosplugin::ServiceState;

use crate::{Number, Range};

/// The ranges outside of which a metric is a warning or critical; an absent one never alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// The range outside of which the state is WARNING.
    pub warning: Option<Range>,
    /// The range outside of which the state is CRITICAL; it is looked at first.
    pub critical: Option<Range>,
}

impl Thresholds {
    /// For how many of `whole` there are: one lost is a warning, the majority lost critical.
    pub fn majority(whole: u32) -> Self {
        Self { warning: Some(Range::at_least(whole)), critical: Some(Range::at_least(whole / 2 + 1)) }
    }

    /// Whether some value would alert.
    pub fn judges(&self) -> bool {
        [self.warning, self.critical].into_iter().flatten().any(|range| !range.never_alerts())
    }

    /// The state of `value`, with the range that it violates.
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
