//! What other checks say in the same state, and the table in the README that lists it.
//!
//! Each is asked about every node, as people set it up; the worst answer counts, with how many nodes gave it.

use std::fs;

use lab::{Lab, Node};
use live::Check;
use test_support::oracle::State;

use super::CLUSTER;

/// The logic of the classic shell plugins, with their defaults: size, ready, connected and state of one node.
const CLASSIC: &str = include_str!("classic.sh");

/// Compares what all checks say now with the row of this state.
#[track_caller]
pub(crate) fn assert_row(lab: &Lab, state: &str) {
    let ours = format!("{:?}", CLUSTER.run(lab, &["--sample", "1"]).state()).to_uppercase();
    let mysql = worst(Node::ALL.map(|node| check_mysql(lab, node)));
    let classic = worst(Node::ALL.map(|node| classic(lab, node)));
    let row = format!("| {state} | {ours} | {mysql} | {classic} | {} |", consul(lab));
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    assert!(fs::read_to_string(readme).unwrap().contains(&row), "the README has no row\n{row}");
}

fn check_mysql(lab: &Lab, node: Node) -> State {
    // Left alone it waits for ever on a server that accepts and says nothing.
    let command = "timeout 10 /usr/lib/nagios/plugins/check_mysql -u icinga -p lab -H";
    state(lab, &[command, node.address()].join(" "))
}

fn classic(lab: &Lab, node: Node) -> State {
    let output = lab.command("sh").args(["-c", CLASSIC, "classic", node.address()]).output().unwrap();
    by_code(output.status.code())
}

fn state(lab: &Lab, command: &str) -> State {
    let mut words = command.split_whitespace();
    let output = lab.command(words.next().unwrap()).args(words).output().unwrap();
    by_code(output.status.code())
}

fn by_code(code: Option<i32>) -> State {
    match code {
        Some(0) => State::Ok,
        Some(1) => State::Warning,
        Some(2) => State::Critical,
        _ => State::Unknown,
    }
}

/// `OK`, or `CRITICAL on 1 of 3`.
fn worst(states: [State; 3]) -> String {
    let rank = |state: &State| match state {
        State::Ok => 0,
        State::Unknown => 1,
        State::Warning => 2,
        State::Critical => 3,
    };
    let worst = states.iter().max_by_key(|state| rank(state)).unwrap();
    let count = states.iter().filter(|state| *state == worst).count();
    let name = format!("{worst:?}").to_uppercase();
    if *worst == State::Ok { name } else { format!("{name} on {count} of 3") }
}

/// How many instances Consul's TCP check lets into DNS.
fn consul(lab: &Lab) -> String {
    let service = Check {
        service: "CONSUL",
        command: "check_consul_service -s galeradb -H 127.0.0.11,127.0.0.12,127.0.0.13 -w ~: -c ~:",
    };
    let perfdata = service.run(lab, &[]).perfdata();
    let passing = perfdata.iter().find(|value| value.label == "instances_passing").unwrap();
    match passing.value {
        3.0 => "passing".to_owned(),
        passing => format!("critical on {} of 3", 3.0 - passing),
    }
}
