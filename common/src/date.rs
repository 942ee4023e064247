//! Dates of certificates.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// As OpenSSL prints them, in UTC: `Dec  1 02:15:26 2026 GMT`.
const OPENSSL: &[BorrowedFormatItem] =
    format_description!("[month repr:short] [day padding:space] [hour]:[minute]:[second] [year] GMT");

/// Reads a date as OpenSSL prints it. Returns seconds since 1970; `None` for any other text.
pub fn of_openssl(text: &str) -> Option<i64> {
    PrimitiveDateTime::parse(text, OPENSSL).ok().map(|date| date.assume_utc().unix_timestamp())
}

/// The day of a moment in seconds since 1970, in UTC: `2026-11-02`.
pub fn day(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_or_else(|_| "an unknown day".to_owned(), |at| at.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_date_1() {
        // `date -u -d "Dec 31 02:15:26 2026" +%s` and the like.
        for (text, seconds, shown) in [
            ("Dec 31 02:15:26 2026 GMT", 1_798_683_326, "2026-12-31"),
            ("Dec  1 00:00:00 2026 GMT", 1_796_083_200, "2026-12-01"),
            ("Feb 29 23:59:59 2028 GMT", 1_835_481_599, "2028-02-29"),
        ] {
            assert_eq!(of_openssl(text), Some(seconds), "{text}");
            assert_eq!(day(seconds), shown);
        }
        for text in ["", "2026-12-31", "Dec 32 00:00:00 2026 GMT", "Dec 31 02:15:26 2026", "Dec 31 02:15:26 2026 CET"] {
            assert_eq!(of_openssl(text), None, "{text}");
        }
        assert_eq!(day(i64::MAX), "an unknown day");
    }
}
