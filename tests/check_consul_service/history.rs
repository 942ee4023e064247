//! The history between two runs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use test_support::history::files;
use test_support::oracle::State;
use test_support::plugin::{Output, Plugin, assert_says};
use test_support::scratch::Scratch;
use test_support::server::HttpReply;

use crate::consul::{Ask, Consul, Script, error, health, healthy, instance};
use crate::{assert_shows, remembering, value};

const HOUR: f64 = 3600.0;

fn plugin(consul: &Consul, state: &Path) -> Plugin {
    remembering(state).args(["-H", &consul.address()])
}

fn run(consul: &Consul, state: &Path) -> Output {
    plugin(consul, state).run()
}

/// An agent that says this in the first run, and so on.
fn runs<const N: usize>(answers: [HttpReply; N]) -> Consul {
    Script::healthy().turns(Ask::Consistent, answers.clone()).turns(Ask::Stale, answers).start()
}

fn some(nodes: &[&str]) -> HttpReply {
    health(&nodes.iter().map(|node| instance(node)).collect::<Vec<_>>())
}

/// Takes seconds off the times in the only history file for which this holds: the keys on the way to them, joined.
pub(crate) fn age(state: &Path, seconds: f64, which: impl Fn(&str) -> bool) {
    let [file] = files(state).try_into().unwrap();
    let mut value: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    shift(&mut value["data"], "", seconds, &which);
    fs::write(&file, value.to_string()).unwrap();
}

fn shift(value: &mut Value, path: &str, seconds: f64, which: &impl Fn(&str) -> bool) {
    match value {
        Value::Number(number) if which(path) => *value = json!(number.as_f64().unwrap() - seconds),
        Value::Array(list) => list.iter_mut().for_each(|value| shift(value, path, seconds, which)),
        Value::Object(map) => {
            map.iter_mut().for_each(|(key, value)| shift(value, &format!("{path} {key}"), seconds, which));
        }
        _ => {}
    }
}

#[test]
fn an_instance_that_vanished_is_missed_for_a_while() {
    let state = Scratch::new();
    let consul = runs([healthy(), some(&["a", "b"]), some(&["a", "b"]), some(&["a", "b"]), healthy(), healthy()]);
    assert_says(&run(&consul, &state), State::Ok, "web: 3/3 passing");
    for _ in 0..2 {
        let output = run(&consul, &state);
        assert_says(&output, State::Warning, "1 instance vanished: c (192.0.2.99:80) last seen 0 s ago");
        assert_shows(&output, "[WARNING] c (192.0.2.99:80) no longer registered, last seen 0 s ago");
        assert_eq!(value(&output, "instances_vanished"), Some(1.0));
        assert_shows(&output, "--vanished-hold");
    }
    age(&state, HOUR + 1.0, |path| path.contains("/c/") && path.ends_with("seen"));
    let output = run(&consul, &state);
    assert_says(&output, State::Ok, "web: 2/2 passing");
    assert_eq!(value(&output, "instances_vanished"), Some(0.0));
    for _ in 0..2 {
        assert_says(&run(&consul, &state), State::Ok, "web: 3/3 passing");
    }
}

#[test]
fn a_service_that_is_gone_was_there() {
    let state = Scratch::new();
    let consul = runs([healthy(), some(&[])]);
    run(&consul, &state);
    let output = run(&consul, &state);
    assert_says(
        &output,
        State::Critical,
        "web is not registered: all 3 instances are gone, registered at the last run",
    );
    assert_eq!(value(&output, "instances_vanished"), Some(3.0));
}

#[test]
fn what_was_not_seen_is_not_forgotten() {
    let hidden = some(&["a"]).header("X-Consul-Results-Filtered-By-ACLs", "true");
    for between in [error(403, "Permission denied"), HttpReply::new(500, "oops"), hidden] {
        let state = Scratch::new();
        let consul = runs([healthy(), between, some(&["a", "b"])]);
        run(&consul, &state);
        let output = run(&consul, &state);
        assert_eq!(value(&output, "instances_vanished"), None, "{output:?}");
        assert_says(&run(&consul, &state), State::Warning, "1 instance vanished: c (192.0.2.99:80) last seen ");
    }
}

#[test]
fn each_check_remembers_for_itself() {
    let state = Scratch::new();
    let (one, other) = (Consul::healthy(), Consul::healthy());
    for (args, count) in [
        (&[][..], 1),
        (&[], 1),
        (&["--tag", "v1"], 2),
        (&["--node", "a"], 3),
        (&["--filter", "x"], 4),
        (&["--namespace", "n"], 5),
        (&["--datacenter", "dc2"], 6),
        (&["--peer", "east"], 7),
        (&["--expect", "3"], 7),
    ] {
        plugin(&one, &state).args(args).run();
        assert_eq!(files(&state).len(), count, "{args:?}");
    }
    let order = |first: &Consul, second: &Consul| {
        plugin(first, &state).args(["-H", &second.address()]).run();
        files(&state).len()
    };
    assert_eq!((order(&one, &other), order(&other, &one)), (8, 8), "the order does not matter");
}

/// The file of 1 MiB would not hold them.
#[test]
fn more_instances_than_can_be_remembered_are_not_missed() {
    let state = Scratch::new();
    let many = |from: u32| {
        let instances = (from..from + 2050).map(|number| instance(&format!("node-{number:05}")));
        health(&instances.collect::<Vec<_>>())
    };
    let consul = runs([many(0), many(0), many(10)]);
    let look = || plugin(&consul, &state).args(["--severity", "duplicate-address=ok"]).run();
    for _ in 0..2 {
        let output = look();
        assert_eq!((output.state(), value(&output, "instances_vanished")), (State::Ok, Some(0.0)));
    }
    let [file] = files(&state).try_into().unwrap();
    assert!(fs::metadata(file).unwrap().len() < 1 << 20);
    let output = look();
    assert_eq!((output.state(), value(&output, "instances_vanished")), (State::Warning, Some(10.0)));
}
