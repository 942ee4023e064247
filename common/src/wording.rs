//! The wording of numbers, ages and lists, the same in every plugin.

use std::fmt::Display;
use std::time::Duration;

use crate::Number;

/// The most items that are all listed.
const LISTED: usize = 3;

/// The remedy when this host could not ask, and the system does not say which limit it reached. It suggests no change
/// to the servers.
pub const OWN_SIDE: &str = "look at the network, the firewall and the limits of this host";

/// An age, rounded down to its two largest units: `40 s`, `4 min`, `2 h 10 min`, `3 d 4 h`.
pub fn age(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and is no longer than a life"
    )]
    let seconds = seconds.max(0.0) as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => parts(hours, "h", minutes % 60, "min"),
        (days, hours, _) => parts(days, "d", hours % 24, "h"),
    }
}

fn parts(whole: u64, unit: &str, rest: u64, smaller: &str) -> String {
    if rest == 0 { format!("{whole} {unit}") } else { format!("{whole} {unit} {rest} {smaller}") }
}

/// An estimate, rounded down to one unit: `~2 h`, `~40 min`.
pub fn estimate(seconds: f64) -> String {
    let step = match seconds {
        seconds if seconds < 60.0 => 1.0,
        seconds if seconds < 3600.0 => 60.0,
        // Up to two hours the minutes still matter.
        seconds if seconds < 7200.0 => 600.0,
        seconds if seconds < 86_400.0 => 3600.0,
        _ => 86_400.0,
    };
    format!("~{}", age((seconds / step).floor() * step))
}

/// A duration in milliseconds with one decimal: `4.1 ms`.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// A duration in seconds, without the unit: `0.9`, `0.047`. Below ten milliseconds it keeps all digits, as a limit may
/// have them too.
pub fn seconds(time: Duration) -> Number {
    if time < Duration::from_millis(10) { Number::seconds(time) } else { number(time.as_secs_f64()) }
}

/// A number with its noun: `1 server`, `2 servers`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A list: `a, b and c`. More than three items are cut to `a, b and 3 more`.
pub fn list(items: &[impl Display]) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] if items.len() <= LISTED => format!("{} and {last}", joined(first)),
        [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
    }
}

/// A choice of all items: `a, b or c`.
pub fn any(items: &[impl Display]) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => format!("{} or {last}", joined(first)),
    }
}

fn joined(items: &[impl Display]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A measured value with at most three decimals. Finer digits are noise.
pub fn number(value: f64) -> Number {
    Number::try_from((value * 1000.0).round() / 1000.0).unwrap_or(Number::from(0_u32))
}

/// A measured value, rounded down to a whole number and at least 0.
pub fn whole(value: f64) -> Number {
    number(value.max(0.0).floor())
}

/// A part of a whole, in percent; 0 if the whole is 0.
#[expect(clippy::cast_precision_loss, reason = "a share needs no 53 bits")]
pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rounded_down() {
        for (seconds, text) in [
            (0.9, "0 s"),
            (59.0, "59 s"),
            (60.0, "1 min"),
            (3599.0, "59 min"),
            (3600.0, "1 h"),
            (7800.0, "2 h 10 min"),
            (7200.0, "2 h"),
            (86_399.0, "23 h 59 min"),
            (86_400.0, "1 d"),
            (100_000.0, "1 d 3 h"),
            (-5.0, "0 s"),
        ] {
            assert_eq!(age(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn estimates_promise_no_more_than_they_know() {
        for (seconds, text) in [
            (45.6, "~45 s"),
            (61.0, "~1 min"),
            (2399.0, "~39 min"),
            (3600.0, "~1 h"),
            (4300.0, "~1 h 10 min"),
            (7200.0, "~2 h"),
            (9000.0, "~2 h"),
            (86_399.0, "~23 h"),
            (86_400.0, "~1 d"),
            (200_000.0, "~2 d"),
        ] {
            assert_eq!(estimate(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        for (items, listed, chosen) in [
            (&[][..], "", ""),
            (&["a"], "a", "a"),
            (&["a", "b"], "a and b", "a or b"),
            (&["a", "b", "c"], "a, b and c", "a, b or c"),
            (&["a", "b", "c", "d"], "a, b and 2 more", "a, b, c or d"),
        ] {
            assert_eq!((list(items).as_str(), any(items).as_str()), (listed, chosen));
        }
    }

    #[test]
    fn numbers_agree_with_their_nouns() {
        let servers = |number| count(number, "server", "servers");
        assert_eq!([servers(0), servers(1), servers(2)], ["0 servers", "1 server", "2 servers"]);
    }

    #[test]
    fn short_times_keep_their_digits() {
        for (micros, text) in [
            (0, "0"),
            (41, "0.000041"),
            (4_100, "0.0041"),
            (9_999, "0.009999"),
            (10_000, "0.01"),
            (10_400, "0.01"),
            (47_123, "0.047"),
            (999_600, "1"),
            (1_500_000, "1.5"),
            (3_000_499, "3"),
        ] {
            assert_eq!(seconds(Duration::from_micros(micros)).to_string(), text, "{micros}");
        }
    }

    #[test]
    fn noise_is_removed() {
        assert_eq!(milliseconds(Duration::from_micros(4_149)), "4.1 ms");
        let said = [number(0.12349), number(f64::NAN), whole(3.9), whole(-2.0)].map(|number| number.to_string());
        assert_eq!(said, ["0.123", "0", "3", "0"]);
    }

    #[test]
    fn a_part_of_nothing_is_zero() {
        let said = [percent(1, 4), percent(0, 0), percent(1, 0)].map(|percent| number(percent).to_string());
        assert_eq!(said, ["25", "0", "0"]);
    }
}
