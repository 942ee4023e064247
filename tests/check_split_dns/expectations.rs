//! EXPECT, and where addresses must be: one of each kind, the rest is tested beside the code.

use test_support::message::{A, AAAA};
use test_support::oracle::State::{Critical, Ok, Unknown};
use test_support::plugin::assert_says;

use crate::names::{INTERNAL, Names, found, no_data};
use crate::{ask_one, assert_worst};

#[test]
fn the_internal_name_has_what_is_expected() {
    for (expect, said) in [
        ("10.0.0.0/24,exact,min:3", None),
        (
            "10.0.0.13,192.0.2.0/24",
            Some("has unexpected addresses 10.0.0.11 and 10.0.0.12 (not in 10.0.0.13 or 192.0.2.0/24)"),
        ),
        ("exact,10.0.0.0/24,10.0.0.14", Some("lacks 10.0.0.14")),
        ("10.0.0.0/24,max:2", Some("has 3 addresses, at most 2 allowed")),
        ("~10\\.0\\.0\\.1[1,2]", Some("has unexpected address 10.0.0.13 (expected ~10\\.0\\.0\\.1[1,2])")),
        (
            "db1.node.consul.",
            Some("has unexpected addresses 10.0.0.11, 10.0.0.12 and 10.0.0.13 (expected db1.node.consul.)"),
        ),
    ] {
        let server = Names::healthy();
        let output = ask_one(&server, &["-i", &format!("{INTERNAL}={expect}")]);
        match said {
            None => assert_says(&output, Ok, "1/1 name servers: 1 internal name right"),
            Some(said) => {
                let said = format!("{}: {INTERNAL} A {said}", server.addr());
                assert_worst(&output, Critical, &said, "who answers there, and is EXPECT right? dig @127.0.0.1");
            }
        }
    }
}

#[test]
fn both_families_are_held_to_it() {
    let server = Names::but(|query| match (query.is_for(INTERNAL), query.rtype) {
        (true, AAAA) => Some(found(&["fd00::11", "2606:2800::1"])),
        _ => None,
    });
    let said = format!(
        "{}: {INTERNAL} AAAA has unexpected address 2606:2800::1 (not in 10.0.0.0/8 or fd00::/8)",
        server.addr()
    );
    let output = ask_one(&server, &["-i", &format!("{INTERNAL}=10.0.0.0/8,fd00::/8")]);
    assert_worst(&output, Critical, &said, "EXPECT");
}

/// The address is listed, so that its class does not matter.
#[test]
fn listed_addresses_may_be_of_any_class() {
    let server = Names::but(|query| match (query.is_for(INTERNAL), query.rtype) {
        (true, A) => Some(found(&["93.184.216.34"])),
        (true, _) => Some(no_data()),
        _ => None,
    });
    for (args, state) in [
        (&["-i", "galeradb.service.consul=93.184.216.34"][..], Ok),
        (&["-i", "galeradb.service.consul=~.*"], Critical),
        (&["-i", INTERNAL, "--internal-net", "private,93.184.216.0/24"], Ok),
    ] {
        assert_eq!(ask_one(&server, args).state(), state, "{args:?}");
    }
}

#[test]
fn what_is_wrong_with_an_expectation_is_said() {
    let server = Names::healthy();
    for option in ["-i", "-e"] {
        let output = ask_one(&server, &[option, "galeradb.service.consul=10.0.0.11/33"]);
        assert_says(&output, Unknown, "\"10.0.0.11/33\" is not an address, network, host with a dot at its end");
    }
    assert_eq!(server.heard(), []);
}
