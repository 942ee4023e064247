//! The page that lists what other programs say in the same state; every row is held against a real run.

use std::fs;

use crate::stack::TESTS;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compared.md");

fn page() -> String {
    fs::read_to_string(PAGE).unwrap()
}

/// Asserts that a table of the page has this row; `ours` is printed otherwise.
#[track_caller]
pub(crate) fn assert_listed(row: &str, ours: &str) {
    assert!(page().lines().any(|line| line == row), "docs/compared.md has no row\n{row}\n{ours}");
}

/// Reads the text of the tests, because a user may run only some of them.
#[test]
fn every_row_is_made_by_a_test() {
    let page = page();
    let states = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ")).map(|(state, _)| state);
    let states: Vec<_> = states.filter(|state| *state != "state").collect();
    assert!(states.len() > 50, "{states:?}");
    for state in states {
        let literal = format!("\"{state}\"");
        assert!(TESTS.iter().any(|test| test.contains(&literal)), "no test makes {literal}");
    }
}
