//! The table of what other checks say about a Galera cluster.
//!
//! The other checks look at one node, as people set them up. The worst answer counts, with the number of nodes that
//! gave it.

use std::thread;

use lab::{Lab, Node};
use live::Check;
use test_support::plugin::Output;

use super::CLUSTER;
use crate::compared::assert_listed;

/// The logic of the classic shell plugins, with their defaults: size, ready, connected and state of one node.
const CLASSIC: &str = include_str!("classic.sh");

/// The password of the account that all checks use.
const PASSWORD: &str = "lab";

/// Compares what all checks say now, asked at the same time, with the row of this state.
#[track_caller]
pub(crate) fn assert_row(lab: &Lab, state: &str) {
    assert_row_as(lab, state, PASSWORD);
}

/// Does the same with another password.
#[track_caller]
pub(crate) fn assert_row_as(lab: &Lab, state: &str, password: &str) {
    let command = format!("env CHECK_GALERA_PASSWORD={password} {}", CLUSTER.command);
    let ours = Check { command: Box::leak(command.into_boxed_str()), ..CLUSTER };
    assert_row_of(lab, state, password, &ours, &["--sample", "1"]);
}

/// Does the same for a state that takes two runs: ours is this check, with its history.
#[track_caller]
pub(crate) fn assert_row_remembering(lab: &Lab, state: &str, ours: &Check) {
    assert_row_of(lab, state, PASSWORD, ours, &[]);
}

/// Does the same for a cluster of these nodes alone.
#[track_caller]
pub(crate) fn assert_row_among(lab: &Lab, state: &str, ours: &Check, nodes: &[Node]) {
    assert_row_by(lab, state, PASSWORD, &|| ours.run(lab, &[]), nodes);
}

#[track_caller]
fn assert_row_of(lab: &Lab, state: &str, password: &str, ours: &Check, more: &[&str]) {
    assert_row_by(lab, state, password, &|| ours.run(lab, more), &Node::ALL);
}

#[track_caller]
fn assert_row_by(lab: &Lab, state: &str, password: &str, ours: &dyn Fn() -> Output, nodes: &[Node]) {
    let (ours, mysql, classic, consul) = thread::scope(|scope| {
        let each = |check: fn(&Lab, Node, &str) -> Verdict| -> Vec<_> {
            nodes.iter().map(|&node| scope.spawn(move || check(lab, node, password))).collect()
        };
        let [mysql, classic] = [each(check_mysql), each(classic)];
        let consul = scope.spawn(|| consul(lab, nodes.len()));
        let ours = ours();
        let [mysql, classic] = [mysql, classic].map(|nodes| worst(nodes.into_iter().map(|node| node.join().unwrap())));
        (ours, mysql, classic, consul.join().unwrap())
    });
    let state_of_ours = format!("{:?}", ours.state()).to_uppercase();
    assert_listed(&format!("| {state} | {state_of_ours} | {mysql} | {classic} | {consul} |"), &ours.stdout);
}

/// The result of a check, which may hang; a worse one is greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Ok,
    Unknown,
    Hangs,
    Warning,
    Critical,
}

fn check_mysql(lab: &Lab, node: Node, password: &str) -> Verdict {
    // Without a limit it waits for ever on a server that accepts and says nothing.
    let words = ["10", "/usr/lib/nagios/plugins/check_mysql", "-u", "icinga", "-p", password, "-H", node.address()];
    let output = lab.command("timeout").args(words).output().unwrap();
    by_code(output.status.code())
}

fn classic(lab: &Lab, node: Node, password: &str) -> Verdict {
    let output = lab.command("sh").args(["-c", CLASSIC, "classic", node.address(), password]).output().unwrap();
    by_code(output.status.code())
}

fn by_code(code: Option<i32>) -> Verdict {
    match code {
        Some(0) => Verdict::Ok,
        Some(1) => Verdict::Warning,
        Some(2) => Verdict::Critical,
        // By timeout(1).
        Some(124) => Verdict::Hangs,
        _ => Verdict::Unknown,
    }
}

/// `OK`, or `CRITICAL on 1 of 3`.
fn worst(verdicts: impl Iterator<Item = Verdict>) -> String {
    let verdicts: Vec<_> = verdicts.collect();
    let worst = *verdicts.iter().max().unwrap();
    let name = match worst {
        Verdict::Ok => return "OK".to_owned(),
        Verdict::Unknown => "UNKNOWN",
        Verdict::Hangs => "hangs",
        Verdict::Warning => "WARNING",
        Verdict::Critical => "CRITICAL",
    };
    let count = verdicts.iter().filter(|verdict| **verdict == worst).count();
    format!("{name} on {count} of {}", verdicts.len())
}

/// The result of Consul's TCP checks of so many nodes, which decide about DNS; no other node passes.
fn consul(lab: &Lab, nodes: usize) -> String {
    let service = Check {
        service: "CONSUL",
        command: "check_consul_service -s galeradb -H 127.0.0.11,127.0.0.12,127.0.0.13 -w ~: -c ~:",
    };
    let perfdata = service.run(lab, &[]).perfdata();
    let passing = perfdata.iter().find(|value| value.label == "instances_passing").unwrap();
    let passing = (0..=nodes).find(|count| passing.value.to_string() == count.to_string()).unwrap();
    match nodes - passing {
        0 => "passing".to_owned(),
        critical => format!("critical on {critical} of {nodes}"),
    }
}
