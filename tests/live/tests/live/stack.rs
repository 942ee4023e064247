//! The lab itself, which the other tests rely on.

mod client;

use std::collections::HashSet;
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, stdin};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use lab::fault::{LIST, Scope};
use lab::{Fault, Lab, Node};

/// Makes this test executable the owner that is killed.
const OWNER: &str = "LAB_TEST_OWNER";

/// The tests of the plugins. [`Lab::break_`] checks that a fault shows, and [`Lab::shared`] undoes it before the next
/// test.
pub(crate) const TESTS: [&str; 17] = [
    include_str!("check_consul_service/dns.rs"),
    include_str!("check_consul_service/leader.rs"),
    include_str!("check_consul_service/states.rs"),
    include_str!("check_split_dns/internal.rs"),
    include_str!("check_split_dns/external.rs"),
    include_str!("check_split_dns/servers.rs"),
    include_str!("check_galera/accounts.rs"),
    include_str!("check_galera/load.rs"),
    include_str!("check_galera/appliers.rs"),
    include_str!("check_galera/networks.rs"),
    include_str!("check_galera/readiness.rs"),
    include_str!("check_galera/restarts.rs"),
    include_str!("check_galera/state_transfer.rs"),
    include_str!("check_galera/quorum.rs"),
    include_str!("check_galera/states.rs"),
    include_str!("check_galera/tls.rs"),
    include_str!("check_galera/votes.rs"),
];

/// Reads the text of the tests, because a user may run only some of them.
#[test]
fn every_fault_is_made_by_a_test() {
    let code = TESTS.iter().flat_map(|test| test.lines()).filter(|line| !line.trim_start().starts_with("//"));
    let words: HashSet<_> = code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != ':')).collect();
    for entry in LIST {
        let fault = match entry.scope {
            Scope::Node(fault) => fault(Node::Db3),
            Scope::Cluster(fault) => fault,
        };
        let made = format!("Fault::{}", format!("{fault:?}").trim_end_matches("(Db3)"));
        assert!(words.contains(made.as_str()), "no test makes {}: {made}", entry.id);
    }
}

#[test]
fn a_cluster_that_was_stopped_as_a_whole_is_formed_anew_with_its_data() {
    let lab = Lab::shared();
    lab.sql(Node::Db1, "INSERT INTO app.t (word) VALUES ('kept')").unwrap();
    for node in Node::ALL {
        lab.break_(Fault::GaleraStop(node)).unwrap();
    }
    lab.mend().unwrap();
    let kept = lab.sql(Node::Db3, "SELECT COUNT(*) FROM app.t WHERE word = 'kept'").unwrap();
    assert_eq!(kept, "1\n");
}

#[test]
fn labs_beside_each_other_do_not_meet() {
    let first = Lab::shared();
    let second = Lab::shared();
    first.break_(Fault::GaleraKill(Node::Db1)).unwrap();
    assert!(!first.status().1);
    let (text, healthy) = second.status();
    assert!(healthy, "{text}");
}

#[test]
fn nothing_is_left_when_the_owner_is_killed() {
    if env::var_os(OWNER).is_some() {
        return own_a_lab();
    }
    let mut owner = Command::new(env::current_exe().unwrap())
        .args(["--exact", "stack::nothing_is_left_when_the_owner_is_killed", "--nocapture"])
        .env(OWNER, "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let pid = lines.map(Result::unwrap).find_map(|line| line.strip_prefix("lab ").map(str::to_owned)).unwrap();
    let network = fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
    assert!(processes_in(&network).len() > 10);

    owner.kill().unwrap();
    owner.wait().unwrap();
    lab::wait::wait_until("the lab to end with its owner", Duration::from_secs(60), || {
        let left = processes_in(&network);
        if left.is_empty() { Ok(()) } else { Err(std::io::Error::other(left.join("\n")).into()) }
    })
    .unwrap();
}

#[expect(clippy::print_stdout, reason = "the test reads it")]
fn own_a_lab() {
    let lab = Lab::start().unwrap();
    println!("\nlab {}", lab.pid());
    stdin().lines().for_each(drop);
}

/// The command lines of all processes in a network namespace.
fn processes_in(network: &PathBuf) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let inside = processes.filter(|process| fs::read_link(process.join("ns/net")).is_ok_and(|link| link == *network));
    inside.map(|process| fs::read_to_string(process.join("cmdline")).unwrap_or_default()).collect()
}
