//! What the tests of a plugin hold its catalogue to.

use std::collections::BTreeSet;

/// Asserts that each finding of the catalogue has a case that shows it, and that no case shows another.
///
/// # Panics
/// When one has none, or a case is of no finding.
#[track_caller]
pub fn assert_each_has_a_case<'a>(
    findings: impl IntoIterator<Item = &'a str>,
    cases: impl IntoIterator<Item = &'a str>,
) {
    let (known, shown) = (BTreeSet::from_iter(findings), BTreeSet::from_iter(cases));
    assert_eq!(shown, known);
}
