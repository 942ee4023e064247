//! Zones, and names that nobody has asked for before.

use common::dns::parse_name;

use super::*;

fn name(text: &str) -> Name {
    parse_name(text).unwrap()
}

#[test]
fn the_zone_is_the_longest_that_holds_the_name_or_its_last_label() {
    let zones = ["example.com", "corp.example.com", "consul"].map(name);
    for (asked, zone) in [
        ("db.service.consul", "consul"),
        ("consul", "consul"),
        ("db.corp.example.com", "corp.example.com"),
        ("corp.example.com", "corp.example.com"),
        ("DB.Corp.Example.Com", "corp.example.com"),
        ("www.example.com", "example.com"),
        ("db.notcorp.example.com", "example.com"),
        ("db.xcorp.example.net", "net"),
        ("localhost", "localhost"),
    ] {
        assert_eq!(zone_of(&name(asked), &zones), name(zone), "{asked}");
        let reversed: Vec<_> = zones.iter().rev().cloned().collect();
        assert_eq!(zone_of(&name(asked), &reversed), name(zone), "{asked}");
    }
    assert_eq!(zone_of(&name("db.service.consul"), &[]), name("consul"));
}

#[test]
fn a_random_label_is_asked_for_beside_the_name() {
    for (asked, zone, parent) in [
        ("db.service.consul", "consul", "service.consul"),
        ("db.service.consul", "service.consul", "service.consul"),
        ("db.service.consul", "db.service.consul", "db.service.consul"),
        ("consul", "consul", "consul"),
        ("db.Service.Consul", "consul", "service.consul"),
        ("www.example.com", "consul", "consul"),
    ] {
        assert_eq!(canary_parent(&name(asked), &name(zone)), name(parent), "{asked} in {zone}");
    }
}

/// 64 random bits, as a cache must never have seen the name; nobody has a host of that name.
#[test]
fn a_random_name_is_another_one_each_time() {
    let asked = || random_question(&name("service.consul")).unwrap().name().to_ascii();
    let names: std::collections::BTreeSet<_> = (0..100).map(|_| asked()).collect();
    assert_eq!(names.len(), 100);
    for name in names {
        let label = name.strip_prefix("csd-").and_then(|rest| rest.strip_suffix(".service.consul."));
        let label = label.unwrap_or_else(|| panic!("{name}"));
        assert!(label.len() == 16 && label.chars().all(|c| c.is_ascii_hexdigit()), "{name}");
    }
}

/// RFC 1035, section 2.3.4: 255 octets with the lengths of the labels, the root's too.
#[test]
fn a_random_name_must_fit() {
    let parent = |length: usize| {
        let labels: Vec<_> = std::iter::repeat_n("a".repeat(49), 4).chain(["b".repeat(length)]).collect();
        labels.join(".")
    };
    // 4 * 50 + (1 + 32) + 1 octets, and 21 for the random label.
    assert!(random_question(&name(&parent(32))).is_ok());
    assert!(random_question(&name(&parent(33))).is_err());
}

#[test]
fn names_are_printed_without_the_dot_at_their_end() {
    assert_eq!((plain(&name("db.consul.")), plain(&Name::root())), ("db.consul".to_owned(), String::new()));
}
