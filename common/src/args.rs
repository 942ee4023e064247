//! The options that every plugin has.

use std::str::FromStr;
use std::time::Duration;

use nagiosplugin::ServiceState;

use crate::Range;

/// The options that every plugin has, for `#[command(flatten)]`.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Judgement and output")]
pub struct CommonArgs {
    /// Warn when a metric is outside this range; repeat, or separate with commas
    #[arg(short, long, value_name = "[METRIC=]RANGE", allow_hyphen_values = true)]
    pub warning: Vec<ThresholdList>,

    /// Critical when a metric is outside this range; repeat, or separate with commas
    #[arg(short, long, value_name = "[METRIC=]RANGE", allow_hyphen_values = true)]
    pub critical: Vec<ThresholdList>,

    /// Report a finding with another state: ok, warning, critical or unknown; repeat, or
    /// separate with commas
    #[arg(long, value_name = "FINDING=STATE", value_delimiter = ',')]
    pub severity: Vec<SeverityArg>,

    /// Hard limit for the whole run, in seconds
    #[arg(short, long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,

    /// Show more: -v every item, -vv the answer of each server and its time
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// `[METRIC=]RANGE`, or `METRIC=RANGE` several times with commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdList(pub Vec<ThresholdArg>);

impl FromStr for ThresholdList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let list = text.split(',').map(str::parse).collect::<Result<Vec<ThresholdArg>, _>>()?;
        // A decimal comma must not become two thresholds.
        if list.len() > 1 && list.iter().any(|threshold| threshold.metric.is_none()) {
            return Err("in a list, give each range its METRIC=; decimals have a point".to_owned());
        }
        Ok(Self(list))
    }
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
    fn a_list_of_thresholds_is_no_decimal_comma() {
        let list: ThresholdList = "synced=2:,recv_queue=0:10".parse().unwrap();
        let metrics: Vec<_> = list.0.iter().map(|threshold| threshold.metric.as_deref()).collect();
        assert_eq!(metrics, [Some("synced"), Some("recv_queue")]);
        assert_eq!("3:".parse::<ThresholdList>().unwrap().0.len(), 1);
        for text in ["0,5", "query_time=0,5", "3:,synced=2:", "synced=2:,", ",", "", "synced=2:,,members=2:"] {
            assert!(text.parse::<ThresholdList>().is_err(), "{text}");
        }
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
