//! The page that lists what other programs say in the same state; every row is held against a real run.

use std::fs;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compared.md");

/// Asserts that a table of the page has this row; `ours` is printed otherwise.
#[track_caller]
pub(crate) fn assert_listed(row: &str, ours: &str) {
    assert!(fs::read_to_string(PAGE).unwrap().contains(row), "docs/compared.md has no row\n{row}\n{ours}");
}
