//! Numbers in the words of an operator.

use common::Number;

/// A duration rounded down to what matters: `40 s`, `4 min`, `2 h 10 min`, `3 d 4 h`.
pub(super) fn age(seconds: f64) -> String {
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

/// An estimate, which has no use for its second digit: `~2 h`, `~40 min`.
pub(super) fn estimate(seconds: f64) -> String {
    let step = match seconds {
        seconds if seconds < 60.0 => 1.0,
        seconds if seconds < 3600.0 => 60.0,
        seconds if seconds < 86_400.0 => 3600.0,
        _ => 86_400.0,
    };
    // Between one hour and two the minutes matter still.
    let step = if (3600.0..7200.0).contains(&seconds) { 600.0 } else { step };
    format!("~{}", age((seconds / step).floor() * step))
}

/// A measured value with at most three decimals: finer digits are noise.
pub(super) fn number(value: f64) -> Number {
    Number::try_from((value * 1000.0).round() / 1000.0).unwrap_or(Number::from(0_u32))
}

/// A part of a whole in percent.
#[expect(clippy::cast_precision_loss, reason = "a share needs no 53 bits")]
pub(super) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// `1 crash`, `2 crashes`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// Whole seconds for the perfdata.
pub(super) fn whole(seconds: f64) -> Number {
    number(seconds.max(0.0).floor())
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
            (7800.0, "2 h 10 min"),
            (7200.0, "2 h"),
            (100_000.0, "1 d 3 h"),
            (-5.0, "0 s"),
        ] {
            assert_eq!(age(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn estimates_promise_no_more_than_they_know() {
        for (seconds, text) in
            [(45.6, "~45 s"), (2399.0, "~39 min"), (4300.0, "~1 h 10 min"), (9000.0, "~2 h"), (200_000.0, "~2 d")]
        {
            assert_eq!(estimate(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn a_part_of_nothing_is_nothing() {
        assert_eq!((percent(1, 4), percent(0, 0)), (25.0, 0.0));
    }
}
