//! What is remembered between two runs, and that it is a help and never a condition.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use test_support::history::files;
use test_support::oracle::State;
use test_support::plugin::{Output, Plugin, assert_says};
use test_support::scratch::Scratch;
use test_support::spoil::Spoil;

use crate::mariadb::{Answer, MariaDb, Script, Then};

/// Where a check remembers before it looks into its environment.
const SYSTEM: &str = "/var/lib/monitoring-plugins-ha";

fn plugin(node: &MariaDb) -> Plugin {
    Plugin::new(env!("CARGO_BIN_EXE_check_galera")).args(["-u", "monitor", "-H", &node.address()])
}

fn run(node: &MariaDb, state: &Path) -> Output {
    plugin(node).arg("--history-dir").arg(state).run()
}

/// The text without what it says of the history.
fn without_remark(output: &Output) -> Vec<String> {
    let remarks = ["first run: ", "history starts anew: ", "nothing is remembered between runs: "];
    let is_remark = |line: &&str| remarks.iter().any(|remark| line.starts_with(remark));
    output.text().lines().filter(|line| !is_remark(line)).map(str::to_owned).collect()
}

/// The labels, of which times are no part.
fn labels(output: &Output) -> Vec<String> {
    output.perfdata().into_iter().map(|value| value.label).collect()
}

/// A node whose counters stand at this, and are of two moments a second apart.
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
    // One connection for each run, so the script starts anew: what is remembered is made older instead.
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
fn what_is_wrong_with_the_file_changes_nothing() {
    let state = Scratch::new();
    let node = counting();
    let first = run(&node, &state);
    let [file] = files(&state).try_into().unwrap();
    let spoil = Spoil::of(file);
    for (number, way) in spoil.ways(&[(r#""nodes":{"#, r#""nodes":{"a":3,"#)]).iter().enumerate() {
        way().unwrap();
        let output = run(&node, &state);
        assert_eq!((output.state(), labels(&output)), (first.state(), labels(&first)), "{number} {output:?}");
        assert_eq!(without_remark(&output), without_remark(&first), "{number}");
        let told = ["history starts anew: ", "nothing is remembered between runs: "];
        let told = told.map(|told| output.text().matches(told).count()).iter().sum::<usize>();
        assert_eq!(told, 1, "{number} {output:?}");
    }
    spoil.assert_elsewhere_untouched();
}

#[test]
fn what_is_wrong_with_the_directory_changes_nothing() {
    let node = counting();
    let (well, target, others) = (Scratch::new(), Scratch::new(), Scratch::new());
    let first = run(&node, &well);
    let link = others.join("link");
    symlink(&target, &link).unwrap();
    let open = others.directory("open");
    fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
    let unwanted = Path::new("/dev/null").to_owned();
    for bad in [unwanted.clone(), "/nonexistent/deeper".into(), "/proc/self".into(), link, open.clone()] {
        let output = run(&node, &bad);
        assert_eq!((output.state(), labels(&output)), (first.state(), labels(&first)), "{bad:?} {output:?}");
        assert_eq!(without_remark(&output), without_remark(&first), "{bad:?}");
        let told = output.text().matches("nothing is remembered between runs: ").count();
        assert_eq!(told, usize::from(bad != unwanted), "{bad:?} {output:?}");
    }
    assert_eq!((files(&target), files(&open)), (vec![], vec![]));
}

#[test]
fn a_file_that_may_not_be_written_is_said() {
    let state = Scratch::new();
    let output = plugin(&counting()).arg("--history-dir").arg(&*state).limit_fsize(0).run();
    assert_says(&output, State::Ok, "node1 synced");
    let said = ".tmp cannot be written: the file size limit of this process -> raise the limit (ulimit -f)";
    assert!(output.text().contains("nothing is remembered between runs: "), "{output:?}");
    assert!(output.text().contains(said), "{output:?}");
    assert!(files(&state).is_empty(), "{output:?}");
}

#[test]
fn each_check_remembers_for_itself() {
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
fn the_place_is_found_by_the_environment() {
    if fs::exists(SYSTEM).unwrap() {
        println!("skipped: {SYSTEM} is there, and what is remembered in it is not for a test to touch");
        return;
    }
    let node = counting();
    let (home, xdg) = (Scratch::new(), Scratch::new());
    let output = plugin(&node).env("HOME", &*home).run();
    assert_eq!(files(&home.join(".local/state/monitoring-plugins-ha")).len(), 1, "{output:?}");
    plugin(&node).env("XDG_STATE_HOME", &*xdg).env("HOME", &*home).run();
    assert_eq!(files(&xdg.join("monitoring-plugins-ha")).len(), 1);

    let empty = Scratch::new();
    for (home, reason) in
        [("/nonexistent", "/nonexistent does not exist"), ("/dev/null", "/dev/null is not a directory")]
    {
        let output = plugin(&node).cwd(&empty).env("HOME", home).env("XDG_STATE_HOME", "relative").run();
        assert_says(&output, State::Ok, "node1 synced");
        let said = format!(
            "nothing is remembered between runs: {SYSTEM} does not exist; $XDG_STATE_HOME is not an absolute path; \
             {reason} -> create {SYSTEM} writable for this user, or give --history-dir"
        );
        assert!(output.text().contains(&said), "{output:?}");
        assert_eq!(fs::read_dir(&empty).unwrap().count(), 0);
    }
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
fn readiness_remembers_nothing() {
    let state = Scratch::new();
    let output = plugin(&counting()).args(["--mode", "readiness", "--history-dir"]).arg(&*state).run();
    assert_eq!(output.state(), State::Ok, "{output:?}");
    assert_eq!(fs::read_dir(&state).unwrap().count(), 0);
}
