//! Which names, types and addresses may be expected of healthy servers.

use lab::{Fault, Lab, Node};
use test_support::oracle::State::{Critical, Ok as Fine};

use super::SYSTEM;

#[test]
fn a_service_that_lost_an_instance_is_still_right() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    SYSTEM.assert(
        &lab,
        &["-v"],
        Fine,
        &["galeradb.service.consul 127.0.0.11 and 127.0.0.12;", "'internal_addresses'=2;"],
    );
    let two = ["-i", "galeradb.service.consul=127.0.0.0/8,min:3"];
    SYSTEM.assert(&lab, &two, Critical, &["galeradb.service.consul A has 2 addresses, at least 3 needed"]);
}

#[test]
fn names_that_must_not_be_there() {
    let lab = Lab::shared();
    let absent = ["-n", "nothing.example.org", "-n", "mx.example.org/MX", "-n", "nobody.service.consul"];
    SYSTEM.assert(&lab, &absent, Fine, &["1 internal, 1 external and 3 absent names right"]);
    SYSTEM.assert(&lab, &["-n", "www.example.org"], Critical, &["www.example.org A exists: address 93.184.215.14"]);
    let no_data = ["-n", "www.example.org/MX=nodata", "-n", "nothing.example.org=nodata"];
    SYSTEM.assert(
        &lab,
        &no_data,
        Critical,
        &["nothing.example.org NXDOMAIN from zone example.org (cached ", "instead of NODATA"],
    );
}

#[test]
fn records_of_other_types() {
    let lab = Lab::shared();
    let records = [
        "-i",
        "galeradb.service.consul/SRV=min:3,exact,~1 1 3306 7f00000[bcd]\\.addr\\.dc1\\.consul\\.",
        "-e",
        "example.org/SOA=ns.internet.",
        "-e",
        "example.org/NS=ns.internet.,max:1",
    ];
    SYSTEM.assert(&lab, &records, Fine, &["3/3 name servers: 2 internal and 3 external names right"]);
    let other_port = ["-i", "galeradb.service.consul/SRV=~1 1 3307 .*"];
    let said = "galeradb.service.consul SRV has unexpected SRV records 1 1 3306 7f00000b.addr.dc1.consul., 1 1 3306 ";
    SYSTEM.assert(&lab, &other_port, Critical, &[said]);
}
