//! A finite number, as check plugins print and compare it.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A finite number. Integers are exact, other numbers are doubles.
///
/// Not-a-number and the infinities are excluded, so every comparison has a result, and Icinga accepts every value as
/// perfdata.
#[derive(Clone, Copy, Debug)]
pub struct Number(Repr);

/// Whole values up to 2^53 are always `Integer`, so equal numbers have one representation.
#[derive(Clone, Copy, Debug)]
enum Repr {
    Integer(i128),
    Decimal(f64),
}

/// The text is not a finite decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a finite decimal number")
    }
}

impl std::error::Error for NotANumber {}

/// 2^53: up to this number a double holds every integer.
const EXACT_DOUBLE: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// A duration in seconds, cut to the microsecond. Finer digits are noise.
    pub fn seconds(duration: Duration) -> Self {
        let micros = duration.as_micros().min(1 << 52);
        // Exact: at most 2^52.
        #[expect(clippy::cast_precision_loss)]
        let seconds = micros as f64 / 1e6;
        Self::try_from(seconds).unwrap_or(Self::from(0_u32))
    }

    /// The nearest double.
    fn as_f64(self) -> f64 {
        match self.0 {
            #[expect(clippy::cast_precision_loss)]
            Repr::Integer(value) => value as f64,
            Repr::Decimal(value) => value,
        }
    }
}

impl TryFrom<f64> for Number {
    type Error = NotANumber;

    fn try_from(value: f64) -> Result<Self, NotANumber> {
        if !value.is_finite() {
            return Err(NotANumber);
        }
        if value.trunc().to_bits() == value.to_bits() && value.abs() < EXACT_DOUBLE {
            #[expect(clippy::cast_possible_truncation)]
            return Ok(Self(Repr::Integer(value as i128)));
        }
        Ok(Self(Repr::Decimal(value)))
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Number {
            fn from(value: $integer) -> Self {
                Self(Repr::Integer(i128::from(value)))
            }
        }
    )*};
}

from_integer!(u8, u16, u32, u64, i32, i64);

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

/// Whether `text` is a number of the range grammar: `[+-]?(digits[.[digits]]|.digits)([eE][+-]?digits)?`, ASCII only.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = match mantissa.split_once('.') {
        Some((whole, "")) => digits(whole),
        Some((whole, fraction)) => (whole.is_empty() || digits(whole)) && digits(fraction),
        None => digits(mantissa),
    };
    mantissa && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        if !is_decimal(text) {
            return Err(NotANumber);
        }
        if let Ok(integer) = text.parse() {
            return Ok(Self(Repr::Integer(integer)));
        }
        Self::try_from(text.parse::<f64>().map_err(|_| NotANumber)?)
    }
}

impl fmt::Display for Number {
    /// The shortest decimal that reads back as the same number, without an exponent and never `-0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Integer(value) => value.fmt(f),
            Repr::Decimal(value) => value.fmt(f),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Repr::Integer(one), Repr::Integer(two)) => one.cmp(&two),
            _ => self.as_f64().total_cmp(&other.as_f64()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_numbers_that_are_not_finite() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Number::try_from(value), Err(NotANumber));
        }
        for text in ["", "-", ".", "nan", "inf", "1e", "1e400", "0x10", " 1", "1_0", "１"] {
            assert_eq!(text.parse::<Number>(), Err(NotANumber), "{text:?}");
        }
    }

    #[test]
    fn prints_the_shortest_form_without_exponent() {
        for (text, printed) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("+5", "5"),
            ("1e3", "1000"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1.42823e-05", "0.0000142823"),
            ("18446744073709551615", "18446744073709551615"),
            ("1e21", "1000000000000000000000"),
            ("1e39", "1000000000000000000000000000000000000000"),
        ] {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), printed, "{text}");
        }
    }

    #[test]
    fn orders_integers_exactly_where_doubles_cannot() {
        let largest = Number::from(u64::MAX);
        assert!(Number::from(u64::MAX - 1) < largest);
        assert_eq!("1e3".parse::<Number>().unwrap(), Number::from(1000_u32));
        assert!("0.5".parse::<Number>().unwrap() < Number::from(1_u32));
    }

    #[test]
    fn seconds_are_cut_to_the_microsecond() {
        assert_eq!(Number::seconds(Duration::from_nanos(4_123_999)).to_string(), "0.004123");
        assert_eq!(Number::seconds(Duration::from_secs(10)).to_string(), "10");
    }
}
