//! What others say in the same state, and the table in the README that lists it.
//!
//! All are asked of the agent beside an Icinga master, as people set them up; [`OTHERS`] has their logic.

use std::fs;

use lab::Lab;

use super::CLIENT;

/// `others.sh AGENT SERVICE` prints a cell of the table for each.
const OTHERS: &str = include_str!("others.sh");

/// Compares what all say now with the row of this state.
#[track_caller]
pub(crate) fn assert_row(lab: &Lab, state: &str) {
    let ours = format!("{:?}", CLIENT.run(lab, &["-t", "12"]).state()).to_uppercase();
    let others = lab.command("sh").args(["-c", OTHERS, "others", "127.0.0.21", "galeradb"]).output().unwrap();
    let others = String::from_utf8(others.stdout).unwrap();
    let row = format!("| {state} | {ours} | {} |", others.lines().collect::<Vec<_>>().join(" | "));
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    assert!(fs::read_to_string(readme).unwrap().contains(&row), "the README has no row\n{row}");
}
