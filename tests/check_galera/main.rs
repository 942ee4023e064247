//! `check_galera` from its arguments to its output, against servers that do what real ones will not on command.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod mariadb;

use std::fmt::Display;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use mariadb::{MariaDb, Then};
use test_support::oracle::State;
use test_support::plugin::{Output, Plugin, assert_says};
use test_support::server;

fn check(args: &[&str]) -> Plugin {
    Plugin::new(env!("CARGO_BIN_EXE_check_galera")).args(args)
}

fn ask(address: impl Display) -> Output {
    check(&["-u", "monitor", "-t", "2", "-H", &address.to_string()]).run()
}

/// A file of this test run with this content.
fn file(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn a_healthy_node_is_asked_in_two_statements_that_nothing_can_block() {
    let node = MariaDb::start(Then::Answer);
    let output = check(&["-u", "monitor", "--expect", "3", "-H", &node.address()]).run();
    assert_says(&output, State::Ok, "GALERA is OK: 3/3 members, node1 synced");
    let labels: Vec<_> = output.perfdata().into_iter().map(|value| value.label).collect();
    assert_eq!(labels.first().map(String::as_str), Some("members"));
    let statements = node.statements();
    assert_eq!(statements.len(), 2, "{statements:?}");
    assert_eq!(statements[0], "SET SESSION wsrep_sync_wait=0");
    assert!(statements[1].starts_with("SHOW GLOBAL STATUS"), "{statements:?}");
    assert_eq!(node.goodbyes(), 1);
}

#[test]
fn every_node_is_named_with_its_own_fault() {
    let (well, hung, gone) = (MariaDb::start(Then::Answer), MariaDb::start(Then::Hang), server::refused());
    let output = ask(format!("{},{},{}", well.address(), hung.address(), gone.addr()));
    assert_says(&output, State::Critical, "'members'=3;3:;2:;0;");
    let text = output.text();
    assert!(text.contains(&format!("{} is hung: logged in, but status was not answered", hung.address())), "{text}");
    assert!(
        text.contains(&format!("{} unreachable, still counted by the group: connection refused", gone.addr())),
        "{text}"
    );
}

#[test]
fn a_refused_connection_is_critical() {
    let gone = server::refused();
    assert_says(
        &ask(gone.addr()),
        State::Critical,
        &format!("GALERA is CRITICAL: {}: connection refused", gone.addr()),
    );
}

#[test]
fn silence_is_critical_and_not_our_time_limit() {
    assert_says(&ask(server::silent().addr()), State::Critical, "no login within 0.9 s");
    assert_says(&ask(MariaDb::start(Then::Hang).address()), State::Critical, "logged in, but status was not answered");
}

#[test]
fn a_byte_a_second_is_critical() {
    let slow = server::drip([10; 200], Duration::from_millis(200));
    assert_says(&ask(slow.addr()), State::Critical, "no login within");
}

#[test]
fn a_closed_connection_is_critical() {
    assert_says(&ask(server::closes_at_once().addr()), State::Critical, "connection closed");
}

#[test]
fn what_is_no_mariadb_is_critical() {
    assert_says(&ask(server::garbage().addr()), State::Critical, "does not speak the MariaDB protocol");
}

#[test]
fn a_flood_is_refused() {
    for prefix in [&b""[..], b"\xff\xff\xff\x00"] {
        let flood = server::flood(prefix, 100 << 20);
        let output = ask(flood.addr());
        assert_says(&output, State::Critical, &flood.addr().to_string());
        assert!(output.peak_rss_bytes.is_none_or(|bytes| bytes < 64 << 20), "{output:?}");
    }
}

#[test]
fn rows_without_end_are_refused() {
    for then in [Then::Endless(Some(60_000)), Then::Endless(None)] {
        let output = ask(MariaDb::start(then).address());
        assert_says(&output, State::Critical, "endless answer");
        assert!(output.peak_rss_bytes.is_none_or(|bytes| bytes < 64 << 20), "{output:?}");
    }
    let output = ask(MariaDb::start(Then::Endless(Some(1 << 20))).address());
    assert_says(&output, State::Critical, "does not speak the MariaDB protocol");
}

#[test]
fn too_many_connections_is_the_servers_fault() {
    let full = mariadb::refuses(1040, "Too many connections");
    assert_says(&ask(full.addr()), State::Critical, "Too many connections (1040)");
}

#[test]
fn a_status_that_fails_is_the_servers_fault() {
    let node = MariaDb::start(Then::Fail(1205, "Lock wait timeout exceeded"));
    assert_says(&ask(node.address()), State::Critical, "Lock wait timeout exceeded (1205)");
}

#[test]
fn a_login_that_is_denied_is_ours() {
    for (node, said) in [
        (mariadb::refuses(1130, "Host is not allowed"), "Host is not allowed (1130)"),
        (mariadb::refuses(1129, "Host is blocked"), "Host is blocked (1129)"),
        (mariadb::denies(1045, "Access denied for user 'monitor'"), "Access denied for user 'monitor' (1045)"),
    ] {
        assert_says(&ask(node.addr()), State::Unknown, said);
    }
}

#[test]
fn a_hostile_error_message_stays_in_its_line() {
    let node = mariadb::refuses(1040, "a|b=1\nGALERA is OK <b>");
    let output = ask(node.addr());
    assert_eq!(output.stdout.matches('|').count(), 1, "{output:?}");
    assert_says(&output, State::Critical, "a b=1; GALERA is OK < b> (1040)");
}

/// The same password by every way in which it can be given, and none on the command line.
#[test]
fn the_password_comes_from_file_environment_or_option_file() {
    let node = MariaDb::start(Then::Answer);
    let address = node.address();
    let (password, other) = (file("password", "hunter2\n"), file("other", "other\n"));
    let options = file("options.cnf", "[client]\nuser=monitor\npassword=hunter2\n");
    let (password, other, options) = (password.to_str().unwrap(), other.to_str().unwrap(), options.to_str().unwrap());
    let host = ["-H", &address, "-vvv"];
    let ways = [
        check(&host).args(["-u", "monitor", "--password-file", password]),
        check(&host).args(["-u", "monitor"]).env("CHECK_GALERA_PASSWORD", "hunter2").env("MYSQL_PWD", "other"),
        check(&host).args(["-u", "monitor"]).env("MYSQL_PWD", "hunter2"),
        check(&host).args(["--defaults-file", options]),
        check(&host).args(["--defaults-file", options, "-u", "monitor"]),
    ];
    let mut logins = Vec::new();
    for way in ways {
        let output = way.run();
        assert_eq!(output.state(), State::Ok, "{output:?}");
        assert!(!output.stdout.contains("hunter2"), "{output:?}");
        logins.push(node.login());
    }
    logins.dedup();
    assert_eq!(logins.len(), 1, "the same answer to the same challenge");
    check(&host).args(["-u", "monitor", "--password-file", other]).run();
    assert_ne!(node.login(), logins[0], "another password must give another answer");
}

#[test]
fn the_option_file_of_the_user_is_found() {
    let node = MariaDb::start(Then::Answer);
    let (host, port) = node.address().rsplit_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).unwrap();
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-home", std::process::id()));
    fs::create_dir_all(&home).unwrap();
    fs::write(home.join(".my.cnf"), format!("[check_galera]\nuser=monitor\nhost={host}\nport={port}\n")).unwrap();
    assert_says(&check(&[]).env("HOME", &home).run(), State::Ok, "GALERA is OK: a cluster of 3, node1 synced");
}

#[test]
fn our_own_files_are_our_fault() {
    let malformed = file("malformed.cnf", "[client\n");
    for (args, said) in [
        (["--defaults-file", "/nonexistent"], "cannot read /nonexistent: no such file"),
        (["--defaults-file", malformed.to_str().unwrap()], "line 1 is malformed"),
        (["--password-file", "/nonexistent"], "/nonexistent"),
    ] {
        assert_says(&check(&["-u", "monitor"]).args(args).run(), State::Unknown, said);
    }
    assert_says(&check(&["-H", "127.0.0.1"]).run(), State::Unknown, "no account to log in with; give --user");
}

#[test]
fn a_socket_that_is_not_there_is_critical() {
    let output = check(&["-u", "monitor", "-S", "/nonexistent/mysqld.sock"]).run();
    assert_says(&output, State::Critical, "/nonexistent/mysqld.sock: no such file");
}

#[test]
fn a_name_that_does_not_resolve_is_critical() {
    // Not even a legal name, so nobody is asked about it.
    assert_says(&ask("no..such..name"), State::Critical, "no..such..name: the name does not resolve");
}
