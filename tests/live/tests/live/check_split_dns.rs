//! `check_split_dns` against the lab's BIND, which forwards to Consul and recurses into a private internet.

use std::time::Duration;

use anyhow::ensure;
use lab::wait::wait_until;
use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

const SYSTEM: Check = Check {
    service: "SPLIT_DNS",
    command: "check_split_dns -i galeradb.service.consul=127.0.0.0/8 -e www.example.org",
};

#[test]
fn every_server_of_resolv_conf_knows_both_sides() {
    let lab = Lab::shared();
    SYSTEM.assert(
        &lab,
        &[],
        State::Ok,
        &["SPLIT_DNS is OK: 3/3 name servers: 1 internal and 1 external name right", "'servers_ok'=3;;;0;3"],
    );
}

#[test]
fn a_service_that_lost_an_instance_is_still_right() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    SYSTEM.assert(&lab, &["-v"], State::Ok, &["galeradb.service.consul 127.0.0.11, 127.0.0.12;"]);
}

#[test]
fn a_service_without_instances_is_denied_by_its_own_zone() {
    let lab = Lab::shared();
    for node in Node::ALL {
        lab.break_(Fault::ConsulMaintenance(node)).unwrap();
    }
    // Each Consul answers DNS from its own copy of the catalogue.
    wait_until("all copies of the catalogue to be without instances", Duration::from_secs(20), || {
        let output = SYSTEM.run(&lab, &[]);
        ensure!(output.stdout.contains("'servers_ok'=0;"), "{}", output.stdout);
        Ok(())
    })
    .unwrap();
    SYSTEM.assert(&lab, &[], State::Critical, &["galeradb.service.consul NXDOMAIN from zone consul"]);
}

#[test]
fn a_server_that_is_down_is_a_warning() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsKill(Node::Db1)).unwrap();
    SYSTEM.assert(&lab, &[], State::Warning, &["SPLIT_DNS is WARNING: 127.0.0.11: connection refused"]);
}

#[test]
fn a_silent_server_is_critical_only_where_all_wait_for_it() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsFreeze(Node::Db3)).unwrap();
    SYSTEM.assert(&lab, &[], State::Warning, &["127.0.0.13: no answer within"]);
    lab.break_(Fault::DnsFreeze(Node::Db1)).unwrap();
    SYSTEM.assert(
        &lab,
        &[],
        State::Critical,
        &["127.0.0.11 (first name server): no answer within 4.0 s, every lookup here waits for it"],
    );
}

#[test]
fn too_few_servers_are_critical() {
    let lab = Lab::shared();
    for node in [Node::Db1, Node::Db2] {
        lab.break_(Fault::DnsKill(node)).unwrap();
    }
    SYSTEM.assert(&lab, &[], State::Critical, &["1 of 3 name servers right, at least 2 needed"]);
}

#[test]
fn a_leak_to_the_root_is_a_wrong_answer() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsLeak(Node::Db2)).unwrap();
    let said = "SPLIT_DNS is CRITICAL: 127.0.0.12: galeradb.service.consul NXDOMAIN from the root (SOA \".\"";
    SYSTEM.assert(&lab, &[], State::Critical, &[said, "forward only;"]);
}

#[test]
fn a_zone_that_is_validated_fails_while_the_world_resolves() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsDnssec(Node::Db2)).unwrap();
    SYSTEM.assert(&lab, &[], State::Warning, &["127.0.0.12: galeradb.service.consul SERVFAIL", "'servers_ok'=2;"]);
}

#[test]
fn an_address_that_is_not_expected_is_a_wrong_answer() {
    let lab = Lab::shared();
    let inside = Check {
        service: "SPLIT_DNS",
        command: "check_split_dns -i galeradb.service.consul=10.0.0.0/8 -H 127.0.0.11 --min-servers 1",
    };
    inside.assert(&lab, &[], State::Critical, &["galeradb.service.consul", "127.0.0.12", "10.0.0.0/8"]);
}
