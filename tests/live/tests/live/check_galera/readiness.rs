//! The mode for Consul: its output, and its effect on DNS.

use std::time::Duration;

use anyhow::ensure;
use lab::node::SERVICE_NAME;
use lab::wait::wait_until;
use lab::{Fault, Lab, Node, ServiceCheck};
use live::Check;
use test_support::oracle::State;

fn readiness(node: Node) -> Check {
    let command = format!("check_galera --mode readiness -u root -S /run/lab/{node}/mysqld.sock");
    Check { service: "GALERA", command: Box::leak(command.into_boxed_str()) }
}

#[track_caller]
fn assert_answer(lab: &Lab, node: Node, more: &[&str], state: State, said: &str) {
    let check = readiness(node);
    check.assert(lab, more, state, &[said]);
    let lines = check.run(lab, more).text().lines().count();
    assert_eq!(lines, 1, "one line");
}

#[test]
fn a_node_that_serves() {
    let lab = Lab::shared();
    assert_answer(&lab, Node::Db1, &[], State::Ok, "GALERA is OK: db1 serves: Primary of a group of 3, Synced");
}

#[test]
fn nodes_that_do_not() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraReadOnly(Node::Db1)).unwrap();
    assert_answer(&lab, Node::Db1, &[], State::Critical, "db1 does not serve: read_only is ON");
    assert_answer(&lab, Node::Db1, &["--severity", "node-read-only=ok"], State::Ok, "");
    lab.break_(Fault::GaleraWsrepOff(Node::Db2)).unwrap();
    assert_answer(&lab, Node::Db2, &[], State::Critical, "db2 does not serve: wsrep_on is OFF");
    lab.mend().unwrap();

    lab.break_(Fault::GaleraPartition(Node::Db3)).unwrap();
    assert_answer(&lab, Node::Db3, &[], State::Critical, "db3 does not serve: in no Primary component");
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    assert_answer(&lab, Node::Db3, &[], State::Critical, "does not serve: connection refused");
}

#[test]
fn a_node_that_says_nothing_does_not_serve() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraFreeze(Node::Db2)).unwrap();
    assert_answer(&lab, Node::Db2, &[], State::Critical, "does not serve: no login within 1.4 s");
}

#[test]
fn what_the_checker_may_not_know_is_a_warning() {
    let lab = Lab::shared();
    let denied = Check {
        service: "GALERA",
        command: "env MYSQL_PWD=wrong check_galera --mode readiness -u icinga -H 127.0.0.11",
    };
    denied.assert(&lab, &[], State::Warning, &["cannot tell: 127.0.0.11: Access denied", "(1045)"]);
    let untrusted = ["--ssl-ca", "/run/lab/tls/other-ca.pem"];
    denied.assert(&lab, &untrusted, State::Warning, &["cannot tell: 127.0.0.11: its certificate is from no authority"]);
    let unreadable = Check { service: "GALERA", command: "check_galera --mode readiness --defaults-file /nonexistent" };
    unreadable.assert(&lab, &[], State::Warning, &["cannot tell: cannot read /nonexistent: no such file"]);
}

/// Waits until each node's own Consul gives these addresses for the service's name.
fn wait_named(lab: &Lab, wanted: &[Node]) {
    let wanted: Vec<_> = wanted.iter().map(|node| node.address().to_owned()).collect();
    for server in Node::ALL {
        wait_until(&format!("{SERVICE_NAME} on {server} to be {wanted:?}"), Duration::from_secs(60), || {
            let named = named(lab, server);
            ensure!(named == wanted, "{named:?}");
            Ok(())
        })
        .unwrap();
    }
}

fn named(lab: &Lab, server: Node) -> Vec<String> {
    let server = format!("@{}", server.address());
    let output = lab.command("dig").args([&server, "-p", "8600", "+short", "+tcp", SERVICE_NAME]).output().unwrap();
    let mut named: Vec<_> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    named.sort_unstable();
    named
}

/// Waits until Consul has acted on a TCP check of this node that began after now.
///
/// Consul does not say when it checked. But the node counts connections that end before a login, and only the TCP check
/// ends so. Of three such visits the second began after now, and by the third its result is known: there is an
/// interval between them, and a check that changes is made known at once.
fn wait_checked_by_tcp(lab: &Lab, node: Node) {
    let visits = || -> u64 {
        let row = lab.sql(node, "SHOW GLOBAL STATUS LIKE 'Aborted_connects_preauth'").unwrap();
        row.trim().rsplit('\t').next().unwrap().parse().unwrap()
    };
    let before = visits();
    wait_until(&format!("three TCP checks of {node}"), Duration::from_secs(60), || {
        let now = visits();
        ensure!(now >= before + 3, "{} so far", now - before);
        Ok(())
    })
    .unwrap();
}

#[test]
fn consul_takes_out_of_dns_what_does_not_serve_and_the_tcp_check_does_not() {
    let lab = Lab::shared();
    for fault in [Fault::GaleraDesync(Node::Db2), Fault::GaleraReject(Node::Db2)] {
        lab.check_by(ServiceCheck::Tcp).unwrap();
        lab.break_(fault).unwrap();
        // The port accepts: Consul goes on naming a node that turns every query away, or is behind.
        wait_checked_by_tcp(&lab, Node::Db2);
        for server in Node::ALL {
            assert_eq!(named(&lab, server), Node::ALL.map(Node::address), "by {server} after {fault:?}");
        }

        lab.check_by(ServiceCheck::Readiness).unwrap();
        wait_named(&lab, &[Node::Db1, Node::Db3]);
        lab.mend().unwrap();
        lab.check_by(ServiceCheck::Readiness).unwrap();
        wait_named(&lab, &Node::ALL);
    }
}
