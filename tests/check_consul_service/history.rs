//! What is remembered between two runs, and that it is a help and never a condition.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use test_support::history::files;
use test_support::oracle::State;
use test_support::plugin::{Output, Plugin, assert_says};
use test_support::scratch::Scratch;
use test_support::server::HttpReply;
use test_support::spoil::Spoil;

use crate::consul::{Ask, Consul, Script, error, failing, health, healthy, instance, maintained};
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

fn labels(output: &Output) -> Vec<String> {
    output.perfdata().into_iter().map(|value| value.label).collect()
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
fn how_long_it_is_missed_is_said_by_the_operator() {
    let state = Scratch::new();
    let consul = runs([healthy(), some(&["a", "b"])]);
    let hold = |hold: &str| plugin(&consul, &state).args(["--vanished-hold", hold]).run();
    hold("10");
    assert_says(&hold("10"), State::Warning, "1 instance vanished: c (192.0.2.99:80) last seen ");
    age(&state, 11.0, |path| path.contains("/c/") && path.ends_with("seen"));
    assert_says(&hold("20"), State::Warning, "1 instance vanished: c (192.0.2.99:80) last seen 11 s ago");
    assert_says(&hold("10"), State::Ok, "web: 2/2 passing");
    assert_says(&hold("20"), State::Ok, "web: 2/2 passing");
}

#[test]
fn an_instance_that_comes_back_is_not_missed() {
    let state = Scratch::new();
    let consul = runs([healthy(), some(&["a", "b"]), healthy()]);
    let states = [(); 3].map(|()| run(&consul, &state).state());
    assert_eq!(states, [State::Ok, State::Warning, State::Ok]);
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
fn an_instance_that_flaps_is_told() {
    let state = Scratch::new();
    let ill = || health(&[failing("a", "critical", "gone"), instance("b"), instance("c")]);
    let consul = runs([healthy(), ill(), healthy(), ill(), healthy(), healthy(), healthy()]);
    let counts = [(); 4].map(|()| {
        let output = run(&consul, &state);
        assert!(!output.text().contains("flaps"), "{output:?}");
        value(&output, "status_changes").unwrap()
    });
    assert_eq!(counts.map(|count| count.to_string()), ["0", "1", "2", "3"]);
    for _ in 0..2 {
        let output = run(&consul, &state);
        assert_says(&output, State::Warning, "a (192.0.2.97:80) flaps: 4 changes within an hour");
    }
    age(&state, HOUR, |path| path.ends_with("changes"));
    let output = run(&consul, &state);
    assert_says(&output, State::Ok, "web: 3/3 passing");
    assert_eq!(value(&output, "status_changes"), Some(0.0));
}

#[test]
fn a_maintenance_that_was_forgotten_is_told() {
    let state = Scratch::new();
    let ill = || health(&[maintained("a", "upgrade"), instance("b")]);
    let consul = runs([ill(), ill(), ill(), some(&["a", "b"]), ill()]);
    let output = run(&consul, &state);
    assert_says(&output, State::Warning, "a in maintenance \"upgrade\"");
    assert_eq!(value(&output, "maintenance_age"), Some(0.0));
    age(&state, 82_800.0, |path| path.ends_with("maintenance"));
    let output = run(&consul, &state);
    assert_says(&output, State::Warning, "a in maintenance \"upgrade\"");
    assert!(!output.text().contains("forgotten"), "{output:?}");
    // Through a time without runs, too.
    age(&state, 7200.0, |_| true);
    let output = run(&consul, &state);
    assert_says(&output, State::Warning, "a (192.0.2.97:80) has been in maintenance for 1 d 1 h: forgotten?");
    assert_shows(&output, "consul maint -disable");
    let over = run(&consul, &state);
    assert_eq!((over.state(), value(&over, "maintenance_age")), (State::Ok, Some(0.0)), "{over:?}");
    assert_eq!(value(&run(&consul, &state), "maintenance_age"), Some(0.0));
}

/// After a night without runs, or when the clock was set, nobody knows what was between.
#[test]
fn what_is_too_old_or_to_come_is_not_believed() {
    for seconds in [HOUR + 5.0, 1e6, -100.0, -1e9] {
        let state = Scratch::new();
        let ill = health(&[failing("a", "critical", "gone"), instance("b"), instance("c")]);
        let consul = runs([healthy(), ill, some(&["a", "b"])]);
        run(&consul, &state);
        run(&consul, &state);
        age(&state, seconds, |_| true);
        let output = run(&consul, &state);
        assert_says(&output, State::Ok, "web: 2/2 passing");
        assert_eq!((value(&output, "instances_vanished"), value(&output, "status_changes")), (Some(0.0), Some(0.0)));
    }
}

#[test]
fn who_has_no_place_remembers_nothing() {
    let consul = runs([healthy(), some(&["a", "b"])]);
    let told = "nothing is remembered between runs: /proc/none does not exist and cannot be made -> ";
    for (place, is_told) in [("/dev/null", false), ("/proc/none", true)] {
        run(&consul, Path::new(place));
        let output = run(&consul, Path::new(place));
        assert_says(&output, State::Ok, "web: 2/2 passing");
        assert_eq!(output.text().contains(told), is_told, "{output:?}");
        assert_eq!(value(&output, "instances_vanished"), None, "{output:?}");
    }
}

#[test]
fn what_is_wrong_with_the_file_changes_nothing() {
    let state = Scratch::new();
    let consul = Consul::healthy();
    let first = run(&consul, &state);
    let [file] = files(&state).try_into().unwrap();
    let spoil = Spoil::of(file);
    let replaced = [(r#""instances":{"#, r#""instances":{"a":3,"#), (r#""passing""#, r#""sleepy""#)];
    for (number, way) in spoil.ways(&replaced).iter().enumerate() {
        way().unwrap();
        let output = run(&consul, &state);
        assert_eq!((output.state(), labels(&output)), (first.state(), labels(&first)), "{number} {output:?}");
        let told = ["history starts anew: ", "nothing is remembered between runs: "];
        let told = told.map(|told| output.text().matches(told).count()).iter().sum::<usize>();
        assert_eq!(told, 1, "{number} {output:?}");
    }
    spoil.assert_elsewhere_untouched();
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
