//! A server that is full, and its second door.

use test_support::oracle::State;
use test_support::plugin::assert_says;
use test_support::server;

use crate::mariadb::{self, MariaDb, Then};
use crate::monitor;

const FULL: &str = "Too many connections";

#[test]
fn a_full_node_is_critical_by_itself() {
    let full = mariadb::refuses(1040, FULL);
    let well = MariaDb::healthy();
    let output = monitor(format!("{},{}", full.addr(), well.address()), &["--expect", "3"]);
    let said =
        format!("GALERA is CRITICAL: {} refuses all clients: Too many connections (1040); 1 of 2 nodes", full.addr());
    assert_says(&output, State::Critical, &said);
    let told = format!("[CRITICAL] {} refuses all clients: Too many connections (1040) -> ", full.addr());
    assert!(output.text().contains(&told), "{output:?}");
    let output = monitor(format!("{},{}", full.addr(), well.address()), &["--severity", "connections-full=ok"]);
    assert!(!output.stdout.contains("[CRITICAL] 127"), "{output:?}");
}

#[test]
fn the_extra_port_is_asked_when_the_node_is_full() {
    let (full, beside) = (mariadb::refuses(1040, FULL), MariaDb::healthy());
    let output = monitor(full.addr(), &["--extra-port", &beside.port(), "-vv"]);
    assert_says(&output, State::Ok, "node1 synced");
    assert!(output.text().contains(", by the extra port:"), "{output:?}");
    assert_eq!((beside.statements().len(), beside.goodbyes()), (2, 1));
}

#[test]
fn the_extra_port_is_left_alone_by_everything_else() {
    let beside = MariaDb::healthy();
    let gone = server::refused();
    assert_says(&monitor(gone.addr(), &["--extra-port", &beside.port()]), State::Critical, "connection refused");
    let denied = mariadb::denies(1045, "Access denied");
    assert_says(&monitor(denied.address(), &["--extra-port", &beside.port()]), State::Unknown, "Access denied");
    assert_says(&monitor(MariaDb::healthy().address(), &["--extra-port", &beside.port()]), State::Ok, "synced");
    assert_eq!(beside.server.accepted(), 0);
}

#[test]
fn an_extra_port_that_does_not_help_is_named() {
    let full = mariadb::refuses(1040, FULL);
    let other = mariadb::refuses(1040, FULL);
    let port = other.addr().port().to_string();
    let said = "Too many connections (1040), and on the extra port: Too many connections (1040)";
    assert_says(&monitor(full.addr(), &["--extra-port", &port]), State::Critical, said);

    let gone = server::refused();
    let port = gone.addr().port().to_string();
    let said = "Too many connections (1040), and on the extra port: connection refused";
    assert_says(&monitor(full.addr(), &["--extra-port", &port]), State::Critical, said);

    let silent = server::silent();
    let port = silent.addr().port().to_string();
    let output = monitor(full.addr(), &["--extra-port", &port, "-t", "2"]);
    assert_says(&output, State::Critical, "Too many connections (1040), and on the extra port: no login within");
}

/// The account may be as wrong on the one port as on the other: that is for the check to fix.
#[test]
fn an_extra_port_that_denies_is_our_fault() {
    let (full, denied) = (mariadb::refuses(1040, FULL), mariadb::denies(1045, "Access denied"));
    assert_says(&monitor(full.addr(), &["--extra-port", &denied.port()]), State::Unknown, "Access denied (1045)");
    let hung = MariaDb::start(Then::Hang);
    let output = monitor(full.addr(), &["--extra-port", &hung.port(), "-t", "2"]);
    assert_says(&output, State::Critical, "logged in, but status was not answered");
}
