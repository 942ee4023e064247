//! What names the command line takes, and which zones they are in.

use common::dns::{Name, Question, RecordType, parse_name};
use proptest::prelude::*;

use super::{Absent, AbsentAs, Probe, Side};
use crate::name::{canary_parent, zone_of};

fn name(text: &str) -> Name {
    parse_name(text).unwrap()
}

fn asked(questions: &[Question]) -> Vec<(String, RecordType)> {
    questions.iter().map(|question| (question.name().to_ascii(), question.rtype())).collect()
}

#[test]
fn a_name_is_asked_for_addresses_unless_it_has_a_type() {
    let addresses = &[RecordType::A, RecordType::Aaaa][..];
    for (text, name, rtypes, are_addresses) in [
        ("db.consul", "db.consul", addresses, true),
        (" db.consul. ", "db.consul", addresses, true),
        ("bücher.example", "xn--bcher-kva.example", addresses, true),
        ("db.consul/A", "db.consul", &[RecordType::A], true),
        ("db.consul/aaaa", "db.consul", &[RecordType::Aaaa], true),
        ("_mysql._tcp.consul/SRV", "_mysql._tcp.consul", &[RecordType::Srv], false),
        ("example.com/mx=mx.example.com.", "example.com", &[RecordType::Mx], false),
        ("example.com/TYPE257", "example.com", &[RecordType::Other(257)], false),
        ("db.consul=~10/8", "db.consul", addresses, true),
        ("db.consul/A=10.0.0.0/8", "db.consul", &[RecordType::A], true),
    ] {
        let probe = Probe::internal(text).unwrap();
        let expected: Vec<_> = rtypes.iter().map(|rtype| (format!("{name}."), *rtype)).collect();
        assert_eq!((probe.side, probe.name.as_str()), (Side::Internal, name), "{text}");
        assert_eq!(asked(&probe.questions), expected, "{text}");
        assert_eq!(probe.question_name(), &self::name(name), "{text}");
        assert_eq!(super::are_for_addresses(&probe.questions), are_addresses, "{text}");
    }
    assert_eq!(Probe::external("www.example.com").unwrap().side, Side::External);
}

/// The examples of RFC 1035, section 3.5, and RFC 3596, section 2.5.
#[test]
fn an_address_is_asked_for_by_its_name() {
    for (text, name) in [
        ("10.2.0.52/PTR", "52.0.2.10.in-addr.arpa"),
        ("52.0.2.10.in-addr.arpa/PTR", "52.0.2.10.in-addr.arpa"),
        (
            "4321:0:1:2:3:4:567:89ab/ptr=db1.node.consul.",
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
        ),
    ] {
        let probe = Probe::internal(text).unwrap();
        assert_eq!(probe.name, name);
        assert_eq!(asked(&probe.questions), [(format!("{name}."), RecordType::Ptr)]);
    }
}

#[test]
fn the_wrong_part_is_named() {
    for (text, said) in [
        ("", "the name is empty"),
        ("=10.0.0.1", "the name is empty"),
        ("/A", "the name is empty"),
        ("db..consul", "one dot too many"),
        ("db.consul/", "\"\" is no record type: known are A, AAAA, SRV"),
        ("db.consul/B", "\"B\" is no record type: known are A, AAAA, SRV"),
        ("db.consul/A/SRV", "the label 'consul/A'"),
        // RFC 2317, section 4; with its type.
        ("1.0/25.2.0.192.in-addr.arpa", "the label '0/25'"),
        ("1.0/25.2.0.192.in-addr.arpa/PTR", "the label '0/25'"),
        ("10.0.0.11", "\"10.0.0.11\" is an address; 10.0.0.11/PTR asks for its name"),
        ("fd00::1/AAAA", "\"fd00::1\" is an address"),
        ("10.0.0.0/24", "\"24\" is no record type"),
        ("db.consul=", "\"\" is not an address"),
        ("db.consul=10.0.0", "\"10.0.0\" is not an address"),
        ("db.consul/SRV=10.0.0.11", "only A and AAAA have addresses"),
        ("db.consul/TXT=min:1,10.0.0.0/8", "only A and AAAA have addresses"),
    ] {
        let error = Probe::internal(text).unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn what_is_expected_follows_the_first_equals_sign() {
    for (text, lists_addresses) in
        [("db.consul=10.0.0.0/8", true), ("db.consul=~a=b,10.0.0.1", false), ("db.consul", false)]
    {
        assert_eq!(Probe::external(text).unwrap().expect.lists_addresses(), lists_addresses, "{text}");
    }
}

#[test]
fn an_absent_name_may_be_absent_in_three_ways() {
    for (text, expect, word) in [
        ("old.consul", AbsentAs::NxDomain, "NXDOMAIN"),
        ("old.consul=nxdomain", AbsentAs::NxDomain, "NXDOMAIN"),
        ("old.consul/TXT=NoData", AbsentAs::NoData, "NODATA"),
        ("10.0.0.11/PTR= refused", AbsentAs::Refused, "REFUSED"),
    ] {
        let absent: Absent = text.parse().unwrap();
        assert_eq!((absent.expect, absent.expect.to_string().as_str()), (expect, word), "{text}");
    }
    let absent: Absent = "old.consul.".parse().unwrap();
    assert_eq!((absent.name.as_str(), absent.question_name()), ("old.consul", &name("old.consul")));
    assert_eq!(
        asked(&absent.questions),
        [("old.consul.".to_owned(), RecordType::A), ("old.consul.".to_owned(), RecordType::Aaaa)]
    );
    for (text, said) in [
        ("", "the name is empty"),
        ("old.consul/B", "no record type"),
        ("old.consul=", "\"\" is not one of nxdomain, nodata and refused"),
        ("old.consul=servfail", "\"servfail\" is not one of nxdomain"),
    ] {
        let error = text.parse::<Absent>().unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(
        text in any::<String>(),
        likely in "([a-z0-9:._-]{1,12}|/|=|,|PTR|SRV|TYPE1|~|exact|min:1){0,8}",
    ) {
        for text in [text, likely] {
            let _: Result<Absent, _> = text.parse();
            let Ok(probe) = Probe::external(&text) else { continue };
            prop_assert!(!probe.questions.is_empty());
            let zone = zone_of(probe.question_name(), &[]);
            prop_assert!(zone.zone_of(&canary_parent(probe.question_name(), &zone)));
        }
    }
}
