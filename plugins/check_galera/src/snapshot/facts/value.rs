//! Values as servers print them, read by meaning; none for every way of saying "unknown".

use std::time::Duration;

/// `ON`, `true`, `yes` and `1`, or their opposites: servers and providers disagree about the word.
pub(super) fn switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" => Some(true),
        "off" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// A count; an undefined one is printed as -1, or as 2^64-1 where -1 went through an unsigned type.
pub(super) fn count(value: &str) -> Option<u64> {
    value.parse().ok().filter(|count| *count != u64::MAX)
}

/// A fraction such as `1.42823e-05`; an undefined one is negative.
pub(super) fn fraction(value: &str) -> Option<f64> {
    value.parse().ok().filter(|fraction: &f64| fraction.is_finite() && *fraction >= 0.0)
}

/// A UUID; the nil UUID stands for "not yet known".
pub(super) fn uuid(value: &str) -> Option<String> {
    let known = value.chars().any(|c| c != '0' && c != '-');
    known.then(|| value.to_ascii_lowercase())
}

/// A size in bytes, with the suffixes that Galera prints (`128M`; galerautils `gu_str2ll`).
pub(super) fn size(value: &str) -> Option<u64> {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match value.get(digits.len()..)?.to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    count(digits)?.checked_mul(1 << shift)
}

/// A period: ISO 8601 of days and smaller (`PT7.5S`, `P1D`), or plain seconds where the server splits the options.
pub(super) fn period(value: &str) -> Option<Duration> {
    let Some(period) = value.strip_prefix('P') else { return seconds(fraction(value)?) };
    let (days, time) = period.split_once('T').unwrap_or((period, ""));
    let mut total = parts(days, &[('D', 86_400.0)])?;
    total += parts(time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)])?;
    seconds(total)
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// The sum in seconds of numbers that each end in one of `units`.
fn parts(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut total = 0.0;
    for (unit, seconds) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            total += fraction(number)? * seconds;
            text = rest;
        }
    }
    text.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_spelt_in_many_ways() {
        for (value, meaning) in
            [("ON", Some(true)), ("true", Some(true)), ("YES", Some(true)), ("no", Some(false)), ("False", Some(false))]
        {
            assert_eq!(switch(value), meaning, "{value}");
        }
        assert_eq!(switch("maybe"), None);
    }

    #[test]
    fn sentinels_are_unknown() {
        for value in ["18446744073709551615", "-1", "", "x", "1.5"] {
            assert_eq!(count(value), None, "{value}");
        }
        for value in ["-1.0", "-1.000000", "nan", "inf", ""] {
            assert_eq!(fraction(value), None, "{value}");
        }
        assert_eq!(uuid("00000000-0000-0000-0000-000000000000"), None);
        assert_eq!(uuid(""), None);
    }

    #[test]
    fn small_fractions_have_an_exponent() {
        assert_eq!(fraction("1.42823e-05"), Some(0.000_014_282_3));
    }

    #[test]
    fn sizes_have_suffixes() {
        for (value, bytes) in [
            ("128M", Some(128 << 20)),
            ("2G", Some(2 << 30)),
            ("512k", Some(512 << 10)),
            ("134217728", Some(128 << 20)),
        ] {
            assert_eq!(size(value), bytes, "{value}");
        }
        for value in ["", "M", "1X", "-1", "1.5G", "99999999999999T"] {
            assert_eq!(size(value), None, "{value}");
        }
    }

    #[test]
    fn periods_are_iso_8601_or_seconds() {
        for (value, seconds) in
            [("PT5S", 5.0), ("PT7.5S", 7.5), ("P1D", 86_400.0), ("P1DT1H1M1S", 90_061.0), ("15.000000", 15.0)]
        {
            assert_eq!(period(value), Duration::try_from_secs_f64(seconds).ok(), "{value}");
        }
        for value in ["P5S", "PTxS", "five", "-1", "PT1e99S"] {
            assert_eq!(period(value), None, "{value}");
        }
    }
}
