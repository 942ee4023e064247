//! BINDs and an internet that are wrong about external names, or that know internal ones.

use lab::node::{INTERNET, PUBLIC_NAME, SERVICE_NAME};
use lab::{Fault, Lab, Node};
use test_support::oracle::State::{Critical, Ok as Fine};

use super::SYSTEM;
use super::compared::{assert_row, assert_row_of};
use super::signature::{FAILED, NO_COM, NO_DATA, NO_NAME, NODES, RIGHT, SILENT, WEB, assert_said, assert_signature};

#[test]
fn invented_external_names() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsHijack(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), [NODES, NODES, NO_DATA, NO_NAME, WEB, "NOERROR 93.184.215.66 AA"]);
    let said = ["127.0.0.11: (random).com has address 93.184.215.66: who invents it?", "'hijacks'=1;"];
    SYSTEM.assert(&lab, &[], Critical, &said);
    assert_row_of(&lab, "the first BIND invents external addresses", &[("no-such-name.com", &[])]);
}

#[test]
fn a_private_address_for_an_external_name() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsRebind(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), [NODES, NODES, NO_DATA, NO_NAME, "NOERROR 10.0.0.66 AA", NO_COM]);
    let said = "127.0.0.11: www.example.org A has address 10.0.0.66 (not in public)";
    SYSTEM.assert(&lab, &[], Critical, &[said, "rebinding"]);
    assert_row(&lab, "the first BIND gives an external name a private address");
}

#[test]
fn the_internet_is_down() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsExternalDown).unwrap();
    assert_signature(&lab, Node::Db1.address(), [NODES, NODES, NO_DATA, NO_NAME, FAILED, FAILED]);
    let said =
        ["0 of 3 name servers right, at least 2 needed", "www.example.org SERVFAIL: does it reach the internet?"];
    SYSTEM.assert(&lab, &[], Critical, &said);
    assert_row(&lab, "the internet's name server down");
}

#[test]
fn the_internet_is_silent() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsExternalSilent).unwrap();
    for node in Node::ALL {
        assert_signature(&lab, node.address(), [NODES, NODES, NO_DATA, NO_NAME, SILENT, SILENT]);
    }
    let said = [
        "0 of 3 name servers right, at least 2 needed",
        // BIND itself may have given up on one type just before: then it says SERVFAIL for a moment.
        ": www.example.org ",
        " no answer within 4.0 s: does it reach the internet?",
    ];
    SYSTEM.assert(&lab, &[], Critical, &said);
    let once =
        Node::ALL.map(|node| format!("nameserver {}\n", node.address())).concat() + "options timeout:1 attempts:1\n";
    assert!(lab.client(&once, PUBLIC_NAME).unwrap().addresses.is_empty());
    assert_eq!(lab.client(&once, SERVICE_NAME).unwrap().addresses.len(), 3);
}

#[test]
fn an_internal_zone_that_the_internet_knows() {
    let lab = Lab::shared();
    let outside = ["--external-server", INTERNET];
    let names = ["galeradb.service.consul", "no-such-service.service.consul"];
    assert_said(&lab, INTERNET, names, ["NXDOMAIN AA no RA SOA ."; 2]);
    SYSTEM.assert(&lab, &outside, Fine, &["no leak"]);
    lab.break_(Fault::DnsLeaksOut).unwrap();
    assert_said(&lab, INTERNET, names, ["NOERROR 192.0.2.66 AA no RA", "NXDOMAIN AA no RA SOA consul."]);
    assert_signature(&lab, Node::Db1.address(), RIGHT);
    let said = [&format!("{INTERNET} (external) knows zone consul, which must stay internal"), "'leaks'=1;"];
    SYSTEM.assert(&lab, &outside, Critical, &said);
}
