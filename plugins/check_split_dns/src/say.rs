//! Words that several parts of the output use.

use std::time::Duration;

/// How much of a long list is printed.
const SHOWN: usize = 3;

/// The first few, and how many more there are.
pub(crate) fn some<T: ToString>(items: &[T]) -> String {
    let list = items.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match items.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{list} and {more} more"),
        _ => list,
    }
}

/// `1 server`, `2 servers`.
pub(crate) fn count(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
