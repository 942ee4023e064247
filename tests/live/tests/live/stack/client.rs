//! The C library's answers to programs, by the order and the state of their name servers.

use std::time::Duration;

use lab::node::{DNSMASQ, INTERNET, NOBODY, Node, SERVICE_NAME, UNBOUND};
use lab::{Dnsmasq, Fault, Lab, Unbound};

fn resolv_conf(servers: &[&str], timeout: Duration) -> String {
    format!("nameserver {}\noptions timeout:{} attempts:1\n", servers.join("\nnameserver "), timeout.as_secs())
}

/// Looks the service up at these servers, and asserts whether it is found; returns how long that took.
#[track_caller]
fn look_up(lab: &Lab, servers: &[&str], timeout: Duration, found: bool) -> Duration {
    let client = lab.client(&resolv_conf(servers, timeout), SERVICE_NAME).unwrap();
    let addresses: &[_] = if found { &Node::ALL.map(Node::address) } else { &[] };
    assert_eq!(client.addresses, addresses, "{servers:?}");
    client.waited
}

/// Asserts that so many of these servers are waited for.
#[track_caller]
fn assert_waits(lab: &Lab, servers: &[&str], found: bool, timeouts: u32) {
    let timeout = Duration::from_secs(1);
    let waited = look_up(lab, servers, timeout, found);
    assert!(waited >= timeout * timeouts, "{servers:?}: {waited:?}");
}

/// Asserts that none is waited for: one alone would take as long as the C library allows, half a minute.
#[track_caller]
fn assert_at_once(lab: &Lab, servers: &[&str], found: bool) {
    let longest = Duration::from_secs(30);
    let waited = look_up(lab, servers, longest, found);
    assert!(waited < longest, "{servers:?}: {waited:?}");
}

#[test]
fn a_wrong_first_server_is_worse_than_a_dead_one() {
    let lab = Lab::shared();
    lab.dnsmasq(Dnsmasq::Right).unwrap();
    lab.unbound(Unbound::PrivateAddress).unwrap();
    let [silent, failing, refusing] = Node::ALL;
    for fault in [Fault::DnsFreeze(silent), Fault::DnsDnssec(failing), Fault::DnsAcl(refusing)] {
        lab.break_(fault).unwrap();
    }
    let [silent, failing, refusing] = [silent, failing, refusing].map(Node::address);
    let (good, denying, empty, closed) = (DNSMASQ, INTERNET, UNBOUND, NOBODY);

    assert_waits(&lab, &[silent, good], true, 1);
    for next in [closed, failing, refusing] {
        assert_at_once(&lab, &[next, good], true);
    }
    for last in [denying, empty] {
        assert_at_once(&lab, &[last, good], false);
        assert_at_once(&lab, &[good, last], true);
    }
    assert_at_once(&lab, &[good, silent, silent], true);
    // The fourth is never asked.
    assert_waits(&lab, &[silent, silent, silent, good], false, 3);
    assert_at_once(&lab, &[closed, closed, closed, good], false);
    assert_at_once(&lab, &[closed, closed, good], true);
}

#[test]
fn a_failure_for_one_family_of_addresses_does_not_hide_the_other() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsNarrow(Node::Db1)).unwrap();
    assert_at_once(&lab, &[Node::Db1.address()], true);
}

#[test]
fn nobody_else_sees_the_resolv_conf_of_a_client() {
    let lab = Lab::shared();
    let read = |mut command: std::process::Command| {
        String::from_utf8(command.arg("/etc/resolv.conf").output().unwrap().stdout).unwrap()
    };
    let before = read(lab.command("cat"));
    let other = resolv_conf(&[NOBODY], Duration::from_secs(1));
    assert_eq!(read(lab.command_with(&other, "cat")), other);
    assert_eq!(read(lab.command("cat")), before);
    assert_ne!(before, other);
}
