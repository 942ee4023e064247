//! The options that every plugin has.

use std::str::FromStr;
use std::time::Duration;

use nagiosplugin::ServiceState;

use crate::Range;

/// The options that every plugin has, for `#[command(flatten)]`.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Judgement and output")]
pub struct CommonArgs {
    /// Warn when a metric is outside this range; may be repeated
    #[arg(short, long, value_name = "[METRIC=]RANGE", allow_hyphen_values = true)]
    pub warning: Vec<ThresholdArg>,

    /// Critical when a metric is outside this range; may be repeated
    #[arg(short, long, value_name = "[METRIC=]RANGE", allow_hyphen_values = true)]
    pub critical: Vec<ThresholdArg>,

    /// Report a finding with another state: ok, warning, critical or unknown; may be repeated
    #[arg(long, value_name = "FINDING=STATE")]
    pub severity: Vec<SeverityArg>,

    /// Hard limit for the whole run, in seconds
    #[arg(short, long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,

    /// Show more: -v every item, -vv the answer of each server and its time
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// `[METRIC=]RANGE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdArg {
    /// The metric's id; `None` for the plugin's first metric.
    pub metric: Option<String>,
    /// The range in which the metric is fine.
    pub range: Range,
}

impl FromStr for ThresholdArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (metric, range) = match text.split_once('=') {
            Some((metric, range)) => (Some(metric.trim().to_owned()), range),
            None => (None, text),
        };
        let range = range.parse().map_err(|error: crate::RangeError| error.to_string())?;
        Ok(Self { metric, range })
    }
}

/// `FINDING=STATE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeverityArg {
    /// The finding's id.
    pub finding: String,
    /// The state that the finding gets.
    pub state: ServiceState,
}

impl FromStr for SeverityArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (finding, state) = text.split_once('=').ok_or("expected FINDING=STATE")?;
        let state = state.trim().parse().map_err(|error: nagiosplugin::ServiceStateFromStrError| error.to_string())?;
        Ok(Self { finding: finding.trim().to_owned(), state })
    }
}

/// A longer limit is a typing error: Icinga ends a check after one minute.
const LONGEST: Duration = Duration::from_secs(3600);

/// Reads a time in seconds, with decimals and an optional `s`, as a `value_parser` for clap.
///
/// # Errors
/// The number is not above 0 and at most 3600. The text says what is expected.
pub fn seconds(text: &str) -> Result<Duration, String> {
    text.strip_suffix('s')
        .unwrap_or(text)
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|limit| !limit.is_zero() && *limit <= LONGEST)
        .ok_or_else(|| "expected seconds above 0 and up to 3600, such as 2.5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_may_name_its_metric() {
        let named: ThresholdArg = "synced=2:".parse().unwrap();
        assert_eq!(named.metric.as_deref(), Some("synced"));
        assert_eq!(named.range, Range::at_least(2_u32));
        assert_eq!("-10:20".parse::<ThresholdArg>().unwrap().metric, None);
        assert!("synced=".parse::<ThresholdArg>().is_err());
    }

    #[test]
    fn a_severity_names_finding_and_state() {
        let severity: SeverityArg = "maintenance=ok".parse().unwrap();
        assert_eq!((severity.finding.as_str(), severity.state), ("maintenance", ServiceState::Ok));
        assert!("maintenance".parse::<SeverityArg>().is_err());
        assert!("maintenance=fine".parse::<SeverityArg>().is_err());
    }

    #[test]
    fn a_time_limit_is_positive_and_finite() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        assert_eq!(seconds("1s"), Ok(Duration::from_secs(1)));
        for text in ["0", "-1", "nan", "inf", "1e9", "ten", "s", ""] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
