//! BINDs that are wrong about internal names: the check's output, what clients suffer, and what other checks say.

use std::time::Duration;

use anyhow::ensure;
use lab::wait::wait_until;
use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State::{Critical, Warning};

use super::SYSTEM;
use super::compared::assert_row;
use super::peers::other;
use super::signature::{FAILED, NO_COM, NO_DATA, NO_NAME, NODES, ROOT, SILENT, WEB, assert_kept, assert_signature};

#[test]
fn a_service_without_instances_is_denied_by_its_own_zone() {
    let lab = Lab::shared();
    for node in Node::ALL {
        lab.break_(Fault::ConsulMaintenance(node)).unwrap();
    }
    // Each Consul answers DNS from its own copy of the catalogue.
    wait_until("all copies of the catalogue to be without instances", Duration::from_secs(60), || {
        let output = SYSTEM.run(&lab, &[]);
        ensure!(output.stdout.contains("'servers_ok'=0;"), "{}", output.stdout);
        Ok(())
    })
    .unwrap();
    let said =
        "galeradb.service.consul NXDOMAIN from zone consul: unknown there, no healthy instance, or hidden by ACLs";
    SYSTEM.assert(&lab, &[], Critical, &[said]);
    let said = ", as 127.0.0.11:8600 does: unknown there";
    SYSTEM.assert(&lab, &["--upstream", "127.0.0.11:8600"], Critical, &[said]);
    assert_row(&lab, "all instances in maintenance");
}

#[test]
fn a_zone_that_is_not_forwarded() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsLeak(Node::Db3)).unwrap();
    assert_signature(&lab, Node::Db3.address(), [ROOT, ROOT, ROOT, ROOT, WEB, NO_COM]);
    let said = [
        "SPLIT_DNS is CRITICAL: 127.0.0.13: galeradb.service.consul NXDOMAIN from the root (SOA \".\", cached ",
        "is \"forward only;\" missing in zone \"consul\"?",
        "zone \"consul\" { type forward; forward only;",
        "'leaks'=1;",
    ];
    SYSTEM.assert(&lab, &[], Critical, &said);
    assert_row(&lab, "the last BIND does not forward the zone");
}

#[test]
fn forward_first_after_a_moment_without_consul() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsForwardFirst(Node::Db1)).unwrap();
    // Other names are asked of Consul again, once it is back.
    assert_signature(&lab, Node::Db1.address(), [ROOT, ROOT, ROOT, NO_NAME, WEB, NO_COM]);
    assert_kept(&lab, Node::Db1.address(), 10800);
    let said = [
        "127.0.0.11: galeradb.service.consul NXDOMAIN from the root (SOA \".\", cached for ",
        "\"forward first\" asked the root while its forwarders were away",
        "rndc flushtree consul",
    ];
    SYSTEM.assert(&lab, &[], Critical, &said);
    assert_row(&lab, "`forward first`, Consul's DNS was away for a second");
}

#[test]
fn forward_first_with_validation() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsForwardFirstValidated(Node::Db1)).unwrap();
    let proven = "NXDOMAIN AD SOA .";
    assert_signature(&lab, Node::Db1.address(), [proven, proven, proven, proven, WEB, NO_COM]);
    let said = ["NXDOMAIN from the root", "is \"forward only;\" missing", "validate-except { \"consul\"; }"];
    SYSTEM.assert(&lab, &[], Critical, &said);
    assert_row(&lab, "`forward first` and DNSSEC validation, Consul well");
}

#[test]
fn a_zone_that_is_validated() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsDnssec(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), [FAILED, NODES, FAILED, FAILED, WEB, NO_COM]);
    let said = [
        "127.0.0.11: galeradb.service.consul SERVFAIL, but answers with CD=1: DNSSEC rejects zone consul",
        "validate-except { \"consul\"; }",
        "'servers_ok'=2;",
    ];
    SYSTEM.assert(&lab, &[], Warning, &said);
    assert_row(&lab, "DNSSEC validation rejects the zone on the first BIND");
}

#[test]
fn consul_down_behind_a_server() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulDnsDown(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), [FAILED, FAILED, FAILED, FAILED, WEB, NO_COM]);
    SYSTEM.assert(&lab, &[], Warning, &["127.0.0.11: galeradb.service.consul SERVFAIL: is Consul's DNS up there?"]);
    let said = [
        "and its upstream 127.0.0.11:8600 fails too (connection refused)",
        "127.0.0.11:8600: galeradb.service.consul connection refused",
    ];
    SYSTEM.assert(&lab, &["--upstream", "127.0.0.11:8600"], Warning, &said);
    let theirs = "check_dns -H gone.service.consul -s 127.0.0.11 -n";
    assert_eq!(other(&lab, theirs), Some(0), "a server that fails proves to them that a name is absent");
    let absent = Check { service: "SPLIT_DNS", command: "check_split_dns -n gone.service.consul -H 127.0.0.11" };
    absent.assert(&lab, &[], Critical, &["gone.service.consul SERVFAIL"]);
    assert_row(&lab, "Consul's DNS refuses behind the first BIND");
}

#[test]
fn consul_silent_behind_a_server() {
    let lab = Lab::shared();
    lab.break_(Fault::ConsulDnsBlackhole(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), [SILENT, SILENT, SILENT, SILENT, WEB, NO_COM]);
    let said = [
        "127.0.0.11: galeradb.service.consul no answer within 4.0 s, so each lookup of it here waits 1 s",
        "external names are answered: is Consul's DNS silent there?",
    ];
    SYSTEM.assert(&lab, &[], Critical, &said);
    assert_row(&lab, "packets to Consul's DNS dropped behind the first BIND");
}

#[test]
fn a_zone_that_is_too_narrow() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsNarrow(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), [NODES, NODES, FAILED, "NXDOMAIN", WEB, NO_COM]);
    let said = [
        "127.0.0.11: galeradb.service.consul AAAA SERVFAIL: is its zone narrower than consul, whose SOA it gets?",
        "NXDOMAIN without SOA",
        "forward zone \"consul\" in its named.conf",
    ];
    SYSTEM.assert(&lab, &[], Warning, &said);
    assert_row(&lab, "the first BIND forwards service.consul alone");
}

#[test]
fn private_addresses_filtered() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsFilter(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), [FAILED, FAILED, NO_DATA, NO_NAME, WEB, NO_COM]);
    let said = [
        "127.0.0.11: galeradb.service.consul A SERVFAIL (clients take the NODATA); random names there are denied as they should be",
        "deny-answer-addresses",
    ];
    SYSTEM.assert(&lab, &[], Critical, &said);
    assert_row(&lab, "`deny-answer-addresses` on the first BIND");
}

#[test]
fn an_address_from_elsewhere() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsForeign(Node::Db3)).unwrap();
    let foreign = "NOERROR 192.0.2.66 AA";
    let (no_data, no_name) = ("NOERROR AA SOA consul.", "NXDOMAIN AA SOA consul.");
    assert_signature(&lab, Node::Db3.address(), [foreign, foreign, no_data, no_name, WEB, NO_COM]);
    let said = "127.0.0.13: galeradb.service.consul A has unexpected address 192.0.2.66 (not in 127.0.0.0/8)";
    SYSTEM.assert(&lab, &[], Critical, &[said]);
    let theirs = "check_dig -H 127.0.0.13 -l galeradb.service.consul -a 127.0.0.13";
    assert_eq!(other(&lab, theirs), Some(0), "dig names the server below the answer");
    assert_row(&lab, "the last BIND has a zone of its own with another address");
}

#[test]
fn a_wildcard_in_the_internal_zone() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsHijackInternal(Node::Db1)).unwrap();
    let invented = "NOERROR 93.184.215.66 AA";
    let no_data = "NOERROR AA SOA consul.";
    assert_signature(&lab, Node::Db1.address(), [invented, invented, no_data, invented, WEB, NO_COM]);
    let said = ["(random).service.consul has address 93.184.215.66", "galeradb.service.consul A has address"];
    let by_class = Check { service: "SPLIT_DNS", command: "check_split_dns -i galeradb.service.consul" };
    by_class.assert(&lab, &["--internal-net", "127.0.0.0/8"], Critical, &said);
    assert_row(&lab, "the first BIND invents internal addresses");
}

#[test]
fn stale_answers() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsStale(Node::Db1)).unwrap();
    let stale = "NOERROR 127.0.0.11 127.0.0.12 127.0.0.13 EDE 3";
    assert_signature(&lab, Node::Db1.address(), [stale, stale, FAILED, FAILED, WEB, NO_COM]);
    let said = ["127.0.0.11: galeradb.service.consul stale (EDE 3", "'stale'=1;"];
    SYSTEM.assert(&lab, &[], Warning, &said);
    assert_row(&lab, "stale answers of the first BIND, Consul's DNS down");
}

#[test]
fn a_denial_from_before() {
    let lab = Lab::shared();
    lab.break_(Fault::DnsNegative(Node::Db1)).unwrap();
    assert_signature(&lab, Node::Db1.address(), [NO_NAME, NO_NAME, NO_NAME, NO_NAME, WEB, NO_COM]);
    assert_kept(&lab, Node::Db1.address(), 600);
    let said = "127.0.0.11: galeradb.service.consul NXDOMAIN from zone consul (cached ";
    SYSTEM.assert(&lab, &[], Critical, &[said, "but other servers have it: an old denial"]);
    SYSTEM.assert(&lab, &["--upstream", "127.0.0.11:8600"], Critical, &[said, ", but 127.0.0.11:8600 has it"]);
    assert_row(&lab, "the service is back, the first BIND still denies it");
}
