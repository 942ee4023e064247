//! The history between two runs.

use std::fs;
use std::path::Path;

use test_support::history::files;
use test_support::oracle::State;
use test_support::plugin::{Output, Plugin, assert_says};
use test_support::scratch::Scratch;

use crate::mariadb::{Answer, MariaDb, Script, Then};

/// The directory that comes before those of the environment.
const SYSTEM: &str = "/var/lib/monitoring-plugins-ha";

fn plugin(node: &MariaDb) -> Plugin {
    Plugin::new(env!("CARGO_BIN_EXE_check_galera")).args(["-u", "monitor", "-H", &node.address()])
}

fn run(node: &MariaDb, state: &Path) -> Output {
    plugin(node).arg("--history-dir").arg(state).run()
}

/// The labels of the perfdata.
fn labels(output: &Output) -> Vec<String> {
    output.perfdata().into_iter().map(|value| value.label).collect()
}

/// A node that answers with the counters of two moments.
fn counting() -> MariaDb {
    let at = |uptime: &str, committed: &str| {
        let answer = Answer::member(0, 1).with("Uptime", uptime).with("wsrep_last_committed", committed);
        let answer = answer.with("wsrep_flow_control_paused_ns", "0").with("wsrep_replicated", committed);
        Then::Say(answer.with("wsrep_local_commits", committed).with("wsrep_local_cert_failures", "0"))
    };
    Script::new([at("1000", "100"), at("1060", "6100")]).start()
}

#[test]
fn the_second_run_knows_rates() {
    let state = Scratch::new();
    // One connection for each run, so that the script starts anew: the history is made older instead.
    let node = counting();
    let first = run(&node, &state);
    assert_eq!(first.state(), State::Ok, "{first:?}");
    assert!(!labels(&first).contains(&"flow_control".to_owned()), "{first:?}");
    let [file] = files(&state).try_into().unwrap();
    age(&file);
    let second = run(&node, &state);
    for label in ["flow_control", "write_rate", "view_changes"] {
        assert!(labels(&second).contains(&label.to_owned()), "{label} {second:?}");
    }
    assert_eq!(second.state(), State::Ok, "{second:?}");
}

/// Takes a minute off all times in a history file, and a thousand seqnos off the counters.
fn age(file: &Path) {
    let mut text = fs::read_to_string(file).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for second in now - 100..=now {
        text = text.replace(&second.to_string(), &(second - 60).to_string());
    }
    fs::write(file, text.replace(r#""uptime":1000"#, r#""uptime":940"#)).unwrap();
}

#[test]
fn each_check_has_a_history_of_its_own() {
    let state = Scratch::new();
    let (one, other) = (counting(), counting());
    run(&one, &state);
    run(&other, &state);
    assert_eq!(files(&state).len(), 2);
    run(&one, &state);
    plugin(&one).args(["--mode", "cluster"]).arg("--history-dir").arg(&*state).run();
    assert_eq!(files(&state).len(), 3);
    let both = |args: [&str; 2]| {
        let address = args.join(",");
        Plugin::new(env!("CARGO_BIN_EXE_check_galera"))
            .args(["-u", "monitor", "-H", &address, "--history-dir"])
            .arg(&*state)
            .run()
    };
    both([&one.address(), &other.address()]);
    both([&other.address(), &one.address()]);
    assert_eq!(files(&state).len(), 4, "the order does not matter");
}

#[test]
fn the_directory_is_found_by_the_environment() {
    if fs::exists(SYSTEM).unwrap() {
        println!("skipped: {SYSTEM} is there, and a test must not touch the histories in it");
        return;
    }
    let node = counting();
    let (home, xdg) = (Scratch::new(), Scratch::new());
    let output = plugin(&node).env("HOME", &*home).run();
    assert_eq!(files(&home.join(".local/state/monitoring-plugins-ha")).len(), 1, "{output:?}");
    plugin(&node).env("XDG_STATE_HOME", &*xdg).env("HOME", &*home).run();
    assert_eq!(files(&xdg.join("monitoring-plugins-ha")).len(), 1);
}

/// As in a service that Icinga runs: its unit sets no HOME.
#[test]
fn without_home_in_the_environment_it_is_that_of_the_user() {
    let home = Scratch::new();
    // In a mount namespace of its own the home of root is a directory of this test.
    let mounted = |args: &[&str]| {
        let script = r#"mount --bind "$1" /root && shift && exec "$@""#;
        Plugin::new("/usr/bin/unshare").args(["--mount", "/bin/sh", "-c", script, "sh"]).arg(&*home).args(args)
    };
    if fs::exists(SYSTEM).unwrap() || mounted(&["/bin/true"]).run().code != Some(0) {
        println!("skipped: no home can be put in the place of the real one here");
        return;
    }
    let node = counting();
    let (host, port) = node.address().rsplit_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).unwrap();
    fs::write(home.join(".my.cnf"), format!("[client]\nuser=monitor\nhost={host}\nport={port}\n")).unwrap();
    let output = mounted(&[env!("CARGO_BIN_EXE_check_galera")]).run();
    assert_says(&output, State::Ok, "node1 synced");
    assert_eq!(files(&home.join(".local/state/monitoring-plugins-ha")).len(), 1, "{output:?}");
}

#[test]
fn readiness_has_a_history_of_its_own() {
    let state = Scratch::new();
    let readiness =
        |directory: &Path| plugin(&counting()).args(["--mode", "readiness", "--history-dir"]).arg(directory).run();
    assert_eq!(readiness(&state).state(), State::Ok);
    assert_eq!(files(&state).len(), 1);
    // Without one it decides as well.
    for nowhere in ["/dev/null", "/proc/nowhere"] {
        let output = readiness(Path::new(nowhere));
        assert_eq!((output.state(), output.text().lines().count()), (State::Ok, 1), "{output:?}");
    }
}
