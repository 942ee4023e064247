//! Unbound and dnsmasq in front of Consul, with their own mistakes.

use lab::node::{DNSMASQ, UNBOUND};
use lab::{Dnsmasq, Lab, Unbound};
use live::Check;
use test_support::oracle::State::{self, Critical, Ok as Fine};

use super::SYSTEM;
use super::signature::{FAILED, NO_COM, NO_DATA, NO_NAME, NODES, RIGHT, WEB, assert_signature};

/// The output about one server, the only one: a fault of it is CRITICAL.
const ONE: &str = "1/1 name servers: 1 internal and 1 external name right, no leak";

/// It passes on that Consul is authoritative, and nothing of DNSSEC.
const BY_DNSMASQ: [&str; 4] =
    ["NOERROR AA SOA consul.", "NXDOMAIN AA SOA consul.", "NOERROR 93.184.215.14", "NXDOMAIN SOA com."];

#[track_caller]
fn assert_unbound(configured: Unbound, signature: [&str; 6], state: State, said: &[&str]) {
    let lab = Lab::shared();
    lab.unbound(configured).unwrap();
    assert_signature(&lab, UNBOUND, signature);
    SYSTEM.assert(&lab, &["-H", UNBOUND], state, said);
}

/// Starts dnsmasq, and asserts its answers about the service.
#[track_caller]
fn start_dnsmasq(lab: &Lab, configured: Dnsmasq, service: &str) {
    lab.dnsmasq(configured).unwrap();
    let [no_data, no_name, web, no_com] = BY_DNSMASQ;
    assert_signature(lab, DNSMASQ, [service, service, no_data, no_name, web, no_com]);
}

#[test]
fn unbound_that_is_configured_correctly() {
    assert_unbound(Unbound::Right, RIGHT, Fine, &[ONE]);
}

#[test]
fn unbound_that_validates_the_zone() {
    // To its very first question, which the lab asks, it names the missing key: EDE 9.
    let bogus = "SERVFAIL EDE 6";
    let said = [
        "galeradb.service.consul SERVFAIL",
        ", but answers with CD=1: DNSSEC rejects zone consul",
        "domain-insecure: \"consul\"",
    ];
    assert_unbound(Unbound::Validated, [bogus, NODES, bogus, bogus, WEB, NO_COM], Critical, &said);
}

#[test]
fn unbound_that_does_not_ask_this_host() {
    let said = ["galeradb.service.consul SERVFAIL", "is Consul's DNS up there?", "do-not-query-localhost: no"];
    assert_unbound(Unbound::NoLocalhost, [FAILED, FAILED, FAILED, FAILED, WEB, NO_COM], Critical, &said);
}

#[test]
fn unbound_that_strips_private_addresses() {
    let said =
        ["galeradb.service.consul A NODATA without SOA: are private addresses filtered?", "private-domain: \"consul\""];
    let signature = ["NOERROR", "NOERROR", NO_DATA, NO_NAME, WEB, NO_COM];
    assert_unbound(Unbound::PrivateAddress, signature, Critical, &said);
}

#[test]
fn dnsmasq_that_is_configured_correctly() {
    let lab = Lab::shared();
    start_dnsmasq(&lab, Dnsmasq::Right, "NOERROR 127.0.0.11 127.0.0.12 127.0.0.13 AA");
    SYSTEM.assert(&lab, &["-H", DNSMASQ], Fine, &[ONE]);
}

#[test]
fn dnsmasq_that_stops_rebinding() {
    let lab = Lab::shared();
    start_dnsmasq(&lab, Dnsmasq::RebindStop, "NOERROR AA EDE 15");
    let alone = Check { service: "SPLIT_DNS", command: "check_split_dns -i galeradb.service.consul=127.0.0.0/8" };
    alone.assert(&lab, &["-H", DNSMASQ], Critical, &["galeradb.service.consul", "rebind-domain-ok=/consul/"]);
}
