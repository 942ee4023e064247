//! What `resolv.conf` makes clients do; each has one of its own, in a mount namespace.

use lab::node::{NOBODY, PUBLIC_NAME};
use lab::{Fault, Lab, Node};
use test_support::oracle::State::{Critical, Ok as Fine, Warning};

use super::SYSTEM;
use super::compared::{Fate, NAMES, fate};

/// Whether a client with this `resolv.conf` gets what the check asks for, at once or not.
fn is_served(lab: &Lab, resolv_conf: &str) -> bool {
    fate(lab, resolv_conf, &NAMES) >= Fate::Waits
}

fn lines(addresses: &[&str]) -> String {
    addresses.iter().map(|address| format!("nameserver {address}\n")).collect::<Vec<_>>().concat()
}

const THREE: [&str; 3] = ["127.0.0.11", "127.0.0.12", "127.0.0.13"];

#[test]
fn a_fourth_server_is_asked_by_nobody() {
    let lab = Lab::shared();
    let four = lines(&["127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"]);
    SYSTEM.assert_with(&lab, &four, &[], Warning, &["/etc/resolv.conf: line 4", "127.0.0.14", "'servers'=3;"]);
    assert!(is_served(&lab, &four));
    for node in Node::ALL {
        lab.break_(Fault::DnsKill(node)).unwrap();
    }
    // Nobody listens on the first three, and on the fourth the internet's own server would: glibc never asks it.
    let fourth = lines(&["127.0.0.11", "127.0.0.12", "127.0.0.13", lab::node::INTERNET]);
    assert!(lab.client(&fourth, PUBLIC_NAME).unwrap().addresses.is_empty());
    SYSTEM.assert_with(&lab, &fourth, &[], Critical, &["0 of 3 name servers right", "line 4"]);
}

#[test]
fn a_line_that_glibc_skips() {
    let lab = Lab::shared();
    for skipped in ["nameserver 127.0.0.12\r\n", " nameserver 127.0.0.12\n", "nameserver db2.example.org\n"] {
        let text = format!("nameserver 127.0.0.11\n{skipped}nameserver 127.0.0.13\n");
        SYSTEM.assert_with(&lab, &text, &[], Warning, &["/etc/resolv.conf: line 2", "'servers'=2;"]);
        assert!(is_served(&lab, &text));
        let alone = format!("nameserver {NOBODY}\n{skipped}");
        assert!(!is_served(&lab, &alone), "glibc asks the server of {skipped:?}");
    }
    let all = "nameserver 127.0.0.11\r\nnameserver 127.0.0.12\r\n";
    assert!(!is_served(&lab, all), "glibc asks 127.0.0.1 instead");
    SYSTEM.assert_with(&lab, all, &[], Critical, &["127.0.0.1", "line 1"]);
}

#[test]
fn servers_that_are_missing_or_too_many() {
    let lab = Lab::shared();
    let two = lines(&THREE[..2]);
    SYSTEM.assert_with(&lab, &two, &[], Fine, &["2/2 name servers"]);
    assert!(is_served(&lab, &two));
    SYSTEM.assert_with(&lab, &two, &["--expect-servers", "3"], Warning, &["2 name servers, 3 expected"]);
    let list = ["--expect-servers", "127.0.0.11,127.0.0.13"];
    SYSTEM.assert_with(&lab, &two, &list, Warning, &["missing: 127.0.0.13; not expected: 127.0.0.12"]);
    let twice = lines(&["127.0.0.11", "127.0.0.11"]);
    SYSTEM.assert_with(&lab, &twice, &[], Warning, &["line 2", "1/1 name servers"]);
    assert!(is_served(&lab, &twice));
}

#[test]
fn a_stub_hides_the_real_servers() {
    let lab = Lab::shared();
    let stub = lines(&["127.0.0.53"]);
    assert!(!is_served(&lab, &stub), "there is no stub");
    SYSTEM.assert_with(
        &lab,
        &stub,
        &[],
        Critical,
        &["/etc/resolv.conf names the stub 127.0.0.53", "/run/systemd/resolve/resolv.conf"],
    );
}

#[test]
fn rotation_spreads_the_wait() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsFreeze(Node::Db1)).unwrap();
    let options = |options: &str| format!("{}options {options}\n", lines(&THREE));
    let said = ["127.0.0.11: no answer within 4.0 s, so one lookup in 3 here waits 2 s"];
    SYSTEM.assert_with(&lab, &options("timeout:2 rotate"), &[], Warning, &said);
    assert!(is_served(&lab, &options("timeout:2 rotate")));
    SYSTEM.assert_with(
        &lab,
        &options("timeout:2"),
        &[],
        Critical,
        &["(first name server)", "each lookup here waits 2 s"],
    );
    assert!(is_served(&lab, &options("timeout:2")));
    assert!(lab.client(&options("timeout:2"), PUBLIC_NAME).unwrap().waited.as_secs() >= 2);
}

#[test]
fn a_silent_second_server_is_waited_for_when_the_first_refuses() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsKill(Node::Db1)).unwrap();
    lab.break_(Fault::DnsFreeze(Node::Db2)).unwrap();
    let text = format!("{}options timeout:3\n", lines(&THREE));
    // 3 s doubled for the second server, and shared among three.
    SYSTEM.assert_with(
        &lab,
        &text,
        &["--min-servers", "1"],
        Critical,
        &["127.0.0.12: no answer within 4.0 s, so each lookup here waits 2 s"],
    );
    assert!(is_served(&lab, &text));
    assert!(lab.client(&text, PUBLIC_NAME).unwrap().waited.as_secs() >= 2);
}

#[test]
fn no_attempts_are_no_lookups() {
    let lab = Lab::shared();
    let text = format!("{}options attempts:0\n", lines(&THREE));
    assert!(lab.client(&text, PUBLIC_NAME).unwrap().addresses.is_empty());
    SYSTEM.assert_with(&lab, &text, &[], Critical, &["/etc/resolv.conf has attempts:0: no lookup asks any server"]);
}
