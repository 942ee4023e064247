//! BINDs that are healthy, dead, silent, or closed to us: the check's output, what clients suffer, and what other
//! checks say.

use lab::{Fault, Lab, Node};
use test_support::oracle::State::{Critical, Ok as Fine, Warning};

use super::SYSTEM;
use super::compared::assert_row;
use super::signature::{RIGHT, assert_signature};

#[test]
fn healthy_servers() {
    let lab = Lab::shared();
    for node in Node::ALL {
        assert_signature(&lab, node.address(), RIGHT);
    }
    let said = [
        "SPLIT_DNS is OK: 3/3 name servers: 1 internal and 1 external name right, no leak; slowest answer",
        "'servers_ok'=3;;;0;3",
        "'leaks'=0;",
        "'internal_addresses'=3;",
    ];
    SYSTEM.assert(&lab, &[], Fine, &said);
    let row = "galeradb.service.consul  3 found           3 found           3 found";
    SYSTEM.assert(&lab, &["-v"], Fine, &[row, "(random).service.consul  NXDOMAIN(consul)"]);
    assert_row(&lab, "healthy");
}

#[test]
fn a_first_server_that_is_down_is_passed_over_at_once() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsKill(Node::Db1)).unwrap();
    let said = ["SPLIT_DNS is WARNING: 127.0.0.11: connection refused", "systemctl status named", "!closed"];
    SYSTEM.assert(&lab, &["-v"], Warning, &said);
    assert_row(&lab, "the first BIND killed");
}

#[test]
fn a_first_server_that_is_silent_is_waited_for() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsFreeze(Node::Db1)).unwrap();
    let said = "127.0.0.11 (first name server): no answer within 4.0 s, so each lookup here waits 1 s";
    SYSTEM.assert(&lab, &[], Critical, &[said, "'loss'="]);
    assert_row(&lab, "the first BIND stopped with SIGSTOP");
}

#[test]
fn a_last_server_that_is_silent_is_not_waited_for() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsFreeze(Node::Db3)).unwrap();
    SYSTEM.assert(&lab, &[], Warning, &["SPLIT_DNS is WARNING: 127.0.0.13: no answer within 4.0 s; 2/3"]);
    assert_row(&lab, "the last BIND stopped with SIGSTOP");
}

#[test]
fn too_few_servers() {
    let lab = Lab::shared();
    for node in [Node::Db1, Node::Db2] {
        lab.break_(Fault::DnsKill(node)).unwrap();
    }
    SYSTEM.assert(
        &lab,
        &[],
        Critical,
        &["1 of 3 name servers right, at least 2 needed: 127.0.0.11 and 127.0.0.12 connection refused"],
    );
    assert_row(&lab, "two BINDs of three killed");
}

#[test]
fn an_access_list() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsAcl(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), ["REFUSED no RA EDE 18"; 6]);
    let said = ["127.0.0.11: galeradb.service.consul and www.example.org REFUSED (EDE 18)", "allow-recursion"];
    SYSTEM.assert(&lab, &[], Warning, &said);
    assert_row(&lab, "`allow-recursion` of the first BIND leaves us out");
}

#[test]
fn tcp_closed() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsTcpClosed(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), RIGHT);
    let said = ["127.0.0.11: over TCP connection refused for all names", "does it listen on TCP"];
    SYSTEM.assert(&lab, &[], Warning, &said);
    assert_row(&lab, "TCP refused by the first BIND");
}
