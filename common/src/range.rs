//! Threshold ranges of the plugin guidelines: `[@][start:][end]`.

use std::fmt;
use std::str::FromStr;

use crate::Number;

/// The values at which a metric is fine; with `@`, the values at which it alerts.
///
/// End points are inclusive. A missing start is 0, `~` is minus infinity, and a missing end is plus infinity. At least
/// one of start and end must be given (Monitoring Plugins Development Guidelines, "Threshold and ranges"; Monitoring
/// Plugin Interface, rule 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    inside: bool,
    start: Option<Number>,
    end: Option<Number>,
}

/// The reason why a text is not a range, and the probable intention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeError(String);

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RangeError {}

impl Range {
    /// `start:`, which alerts below `start`.
    pub fn at_least(start: impl Into<Number>) -> Self {
        Self { inside: false, start: Some(start.into()), end: None }
    }

    /// `end`, which alerts above `end` and below 0.
    pub fn at_most(end: impl Into<Number>) -> Self {
        Self { inside: false, start: Some(Number::from(0_u32)), end: Some(end.into()) }
    }

    /// Whether `value` alerts.
    pub fn alerts(&self, value: Number) -> bool {
        let contains = self.start.is_none_or(|start| start <= value) && self.end.is_none_or(|end| value <= end);
        contains == self.inside
    }

    /// Whether no value alerts (`~:`). Such a range tells its reader nothing.
    pub fn never_alerts(&self) -> bool {
        !self.inside && self.start.is_none() && self.end.is_none()
    }

    /// Whether the whole range lies below `value`.
    pub(crate) fn is_below(&self, value: Number) -> bool {
        self.end.is_some_and(|end| value > end)
    }

    /// The wording for a value that alerts: `below the limit 3:`, `above the limit 0.03`, `within @1:3`.
    ///
    /// A range without a start was probably meant as a lower limit if more is better. The text then says how to
    /// write one: `above the limit 0:2 (write 2: for at least 2)`.
    pub fn violation(&self, value: Number, higher_is_better: bool) -> String {
        match (self.start, self.end) {
            _ if self.inside => format!("within {self}"),
            _ if !self.is_below(value) => format!("below the limit {self}"),
            (Some(start), Some(end)) if higher_is_better && start == Number::from(0_u32) => {
                format!("above the limit {start}:{end} (write {end}: for at least {end})")
            }
            _ => format!("above the limit {self}"),
        }
    }
}

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let text = text.trim();
        let (inside, bounds) = match text.strip_prefix('@') {
            Some(bounds) => (true, bounds),
            None => (false, text),
        };
        let (start, end) = bounds.split_once(':').unwrap_or(("", bounds));
        if start.is_empty() && end.is_empty() {
            return Err(RangeError(format!("range \"{text}\" has neither start nor end")));
        }
        let start = match start {
            "" => Some(Number::from(0_u32)),
            "~" => None,
            start => Some(bound(text, start)?),
        };
        let end = if end.is_empty() { None } else { Some(bound(text, end)?) };
        ordered(start, end)?;
        Ok(Self { inside, start, end })
    }
}

fn bound(range: &str, text: &str) -> Result<Number, RangeError> {
    text.parse().map_err(|_| RangeError(format!("range \"{range}\": \"{text}\" is not a number")))
}

fn ordered(start: Option<Number>, end: Option<Number>) -> Result<(), RangeError> {
    match (start, end) {
        (Some(start), Some(end)) if start > end => {
            Err(RangeError(format!("start {start} is greater than end {end}; write `~:{end}` or `{end}:{start}`")))
        }
        _ => Ok(()),
    }
}

impl fmt::Display for Range {
    /// The shortest text that parses back to the same range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.inside {
            f.write_str("@")?;
        }
        match (self.start, self.end) {
            (None, None) => f.write_str("~:"),
            (None, Some(end)) => write!(f, "~:{end}"),
            (Some(start), None) => write!(f, "{start}:"),
            (Some(start), Some(end)) if start == Number::from(0_u32) => write!(f, "{end}"),
            (Some(start), Some(end)) => write!(f, "{start}:{end}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reversed_range_names_the_fix() {
        let error = "-10".parse::<Range>().unwrap_err().to_string();
        assert_eq!(error, "start 0 is greater than end -10; write `~:-10` or `-10:0`");
    }

    #[test]
    fn an_empty_range_is_an_error() {
        for text in ["", " ", ":", "@", "@:"] {
            assert!(text.parse::<Range>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_the_open_range_never_alerts() {
        assert!("~:".parse::<Range>().unwrap().never_alerts());
        assert!(!"@~:".parse::<Range>().unwrap().never_alerts());
        assert!("@~:".parse::<Range>().unwrap().alerts(Number::from(5_u32)));
    }

    #[test]
    fn a_violation_names_the_side_and_the_limit() {
        for (range, value, is_more_better, said) in [
            ("3:", 2, true, "below the limit 3:"),
            ("10", 11, false, "above the limit 10"),
            ("10", -1, true, "below the limit 10"),
            ("2", 3, true, "above the limit 0:2 (write 2: for at least 2)"),
            ("1:2", 3, true, "above the limit 1:2"),
            ("~:2", 3, true, "above the limit ~:2"),
            ("5:10", 4, false, "below the limit 5:10"),
            ("5:10", 11, false, "above the limit 5:10"),
            ("@1:3", 2, true, "within @1:3"),
        ] {
            let range: Range = range.parse().unwrap();
            let value = Number::from(value);
            assert!(range.alerts(value), "{range} {value}");
            assert_eq!(range.violation(value, is_more_better), said);
        }
    }

    #[test]
    fn a_built_range_prints_as_it_would_be_typed() {
        assert_eq!(Range::at_least(3_u32).to_string(), "3:");
        assert_eq!(Range::at_most(28_u32).to_string(), "28");
    }
}
