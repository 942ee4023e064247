//! Names of other types than addresses.

use test_support::message::{Message, SRV, wire_name};
use test_support::oracle::State::{Critical, Ok, Unknown};
use test_support::plugin::assert_says;

use crate::names::{Names, denied};
use crate::{ask_one, assert_shows, assert_worst, value};

/// A record that a server has: its type, what it is asked with, its data, what it is shown as, and an EXPECT for it.
struct Record {
    number: u16,
    asked: &'static str,
    data: Vec<u8>,
    shown: &'static str,
    expect: &'static str,
}

/// Texts as zone files have them (RFC 1035, section 5; RFC 2782; RFC 3597, section 5).
fn records() -> Vec<Record> {
    let record = |number, asked, data: Vec<u8>, shown, expect| Record { number, asked, data, shown, expect };
    vec![
        record(16, "TXT", b"\x05v=a b\x02;c".to_vec(), "v=a b;c", "~v=a b.*"),
        record(5, "CNAME", wire_name("db1.node.consul"), "db1.node.consul.", "db1.node.consul."),
        record(2, "NS", wire_name("ns1.consul"), "ns1.consul.", "ns1.consul."),
        record(15, "MX", [&[0, 10][..], &wire_name("mx.consul")].concat(), "10 mx.consul.", "mx.consul."),
        record(12, "PTR", wire_name("db1.node.consul"), "db1.node.consul.", "~db\\d.node.consul."),
        record(65280, "TYPE65280", vec![192, 0, 2, 1], "\\# 4 c0000201", "~\\\\# 4 c000.*"),
    ]
}

#[test]
fn records_of_other_types_are_asked_for_shown_and_expected() {
    for Record { number, asked, data, shown, expect } in records() {
        let say = move |query: &crate::names::Query| {
            let records = vec![(number, data.clone())];
            (query.is_for("db.consul") && query.rtype == number).then(|| Message { records, ..Message::default() })
        };
        let server = Names::but(say);
        let output = ask_one(&server, &["-v", "-i", &format!("db.consul/{asked}={expect}")]);
        assert_says(&output, Ok, "1/1 name servers: 1 internal name right");
        assert_shows(&output, &format!("[OK] {}: db.consul {shown}", server.addr()));
        assert_eq!(server.count(|query| query.is_for("db.consul")), 2, "UDP and TCP: {:?}", server.heard());
        let output = ask_one(&server, &["-i", &format!("db.consul/{}=other.example.", asked.to_lowercase())]);
        let said = format!(
            "{}: db.consul {asked} has unexpected {asked} record {shown} (expected other.example.)",
            server.addr()
        );
        assert_worst(&output, Critical, &said, &format!("-p {} db.consul {asked}", server.addr().port()));
    }
}

#[test]
fn services_are_their_targets() {
    let services = vec![("db1.node.consul".to_owned(), 3306), ("db2.node.consul".to_owned(), 3306)];
    let server = Names::but(move |query| {
        (query.rtype == SRV).then(|| Message { services: services.clone(), ttl: 7, ..Message::default() })
    });
    let ask = |expect: &str| ask_one(&server, &["-i", &format!("_db._tcp.service.consul/SRV{expect}")]);
    for expect in ["", "=db1.node.consul.,db2.node.consul.", "=~1 1 3306 db[12].*", "=min:2,max:2"] {
        let output = ask(expect);
        assert_says(&output, Ok, "1 internal name right");
        assert_eq!(
            (value(&output, "internal_ttl"), value(&output, "internal_addresses")),
            (Some(7.0), None),
            "{output:?}"
        );
    }
    let said = format!(
        "{}: _db._tcp.service.consul SRV has unexpected SRV record 1 1 3306 db2.node.consul. (expected db1.node.consul.)",
        server.addr()
    );
    assert_worst(&ask("=db1.node.consul."), Critical, &said, "SRV");
}

#[test]
fn the_name_of_an_address_is_asked_for_by_the_address() {
    let server = Names::but(|query| {
        let records = vec![(12, wire_name("db1.node.consul"))];
        query.is_for("11.0.0.10.in-addr.arpa").then(|| Message { records, ..Message::default() })
    });
    let output = ask_one(&server, &["-v", "-e", "10.0.0.11/PTR=db1.node.consul."]);
    assert_shows(&output, "11.0.0.10.in-addr.arpa db1.node.consul.");
    assert_eq!(output.state(), Ok, "{output:?}");
}

#[test]
fn a_record_that_is_denied_is_critical() {
    let server = Names::but(|_| Some(denied("consul", 0)));
    let output = ask_one(&server, &["-i", "db.consul/TXT"]);
    assert_worst(&output, Critical, &format!("{}: db.consul TXT NXDOMAIN from zone consul", server.addr()), "TXT");
}

#[test]
fn what_is_wrong_with_a_name_is_said() {
    for (arg, said) in [
        ("www..example.com", "one dot too many"),
        ("", "name"),
        ("10.0.0.11", "\"10.0.0.11\" is an address; 10.0.0.11/PTR asks for its name"),
        ("db.consul/XYZ", "XYZ"),
    ] {
        for option in ["-i", "-e", "-n"] {
            assert_says(&ask_one(&Names::healthy(), &[option, arg]), Unknown, said);
        }
    }
}
