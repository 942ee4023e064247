//! The table of what other checks say about a service in Consul.
//!
//! All ask the agent beside an Icinga master, as people set them up. [`OTHERS`] has the logic of the others.

use std::thread;

use lab::Lab;

use super::CLIENT;
use crate::compared::assert_listed;

/// `compared.sh AGENT SERVICE` prints one line for each of the other checks.
const OTHERS: &str = include_str!("compared.sh");

/// Compares what all say now, asked at the same time, with the row of this state.
#[track_caller]
pub(crate) fn assert_row(lab: &Lab, state: &str) {
    let mut others = lab.command("sh");
    others.args(["-c", OTHERS, "compared", "127.0.0.21", "galeradb"]);
    let (ours, others) = thread::scope(|scope| {
        let others = scope.spawn(move || others.output().unwrap());
        (CLIENT.run(lab, &["-t", "12"]), others.join().unwrap())
    });
    let others = String::from_utf8(others.stdout).unwrap();
    let cells = others.lines().collect::<Vec<_>>().join(" | ");
    let row = format!("| {state} | {} | {cells} |", format!("{:?}", ours.state()).to_uppercase());
    assert_listed(&row, &ours.stdout);
}
