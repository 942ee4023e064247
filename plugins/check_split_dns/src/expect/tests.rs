//! What EXPECT takes, and how answers differ from it.

use common::dns::{Address, Answer, Flags, OtherRecord, Rcode, RecordType, Srv, parse_name};
use proptest::prelude::*;

use super::{Expect, Mismatch};

fn expect(text: &str) -> Expect {
    text.parse().unwrap()
}

fn empty() -> Answer {
    Answer {
        rcode: Rcode::NOERROR,
        flags: Flags { aa: false, tc: false, rd: true, ra: true, ad: false, cd: false },
        cnames: Vec::new(),
        addresses: Vec::new(),
        srv: Vec::new(),
        others: Vec::new(),
        min_ttl: None,
        soa: None,
        extended_errors: Vec::new(),
    }
}

fn addresses(addresses: &[&str]) -> Answer {
    let address = |ip: &&str| Address { ip: ip.parse().unwrap(), ttl: 0 };
    Answer { addresses: addresses.iter().map(address).collect(), ..empty() }
}

/// An answer with these aliases before its one address.
fn aliased(cnames: &[&str]) -> Answer {
    Answer { cnames: cnames.iter().map(|name| parse_name(name).unwrap()).collect(), ..addresses(&["192.0.2.1"]) }
}

fn services(targets: &[&str]) -> Answer {
    let srv = |target: &&str| Srv { priority: 1, weight: 2, port: 3306, target: parse_name(target).unwrap(), ttl: 0 };
    Answer { srv: targets.iter().map(srv).collect(), ..empty() }
}

/// An answer with records of any other type: the text and the host that it holds.
fn others(records: &[(&str, Option<&str>)]) -> Answer {
    let other = |(text, host): &(&str, Option<&str>)| {
        let host = host.map(|host| parse_name(host).unwrap());
        OtherRecord { text: (*text).to_owned(), host, ttl: 0 }
    };
    Answer { others: records.iter().map(other).collect(), ..empty() }
}

/// All mismatches, in words.
fn judge(expect: &str, rtype: RecordType, answer: &Answer) -> String {
    let mismatches = self::expect(expect).judge(rtype, answer);
    mismatches.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn assert_judged(rtype: RecordType, answer: &Answer, expected: &[(&str, &str)]) {
    for (text, words) in expected {
        assert_eq!(judge(text, rtype, answer), *words, "{text}");
    }
}

#[test]
fn every_address_must_be_in_one_of_the_networks() {
    let answer = addresses(&["10.0.0.12", "10.0.0.11"]);
    assert_judged(
        RecordType::A,
        &answer,
        &[
            ("10.0.0.11,10.0.0.12", ""),
            ("10.0.0.0/24", ""),
            ("10.0.0.11/24", ""),
            (" 10.0.0.11 , 10.0.0.12 ", ""),
            ("fd00::/8,10.0.0.0/8", ""),
            ("10.0.0.11,10.0.0.12,10.0.0.13", ""),
            ("10.0.0.11", "has unexpected address 10.0.0.12 (not in 10.0.0.11)"),
            ("192.0.2.0/24", "has unexpected addresses 10.0.0.11 and 10.0.0.12 (not in 192.0.2.0/24)"),
            ("::/0", "has unexpected addresses 10.0.0.11 and 10.0.0.12 (not in ::/0)"),
        ],
    );
    let six = addresses(&["fd00::1", "2001:db8::1"]);
    assert_judged(
        RecordType::Aaaa,
        &six,
        &[
            ("fd00::/8,2001:db8::/32", ""),
            ("fd00::/8", "has unexpected address 2001:db8::1 (not in fd00::/8)"),
            ("0.0.0.0/0", "has unexpected addresses 2001:db8::1 and fd00::1 (not in 0.0.0.0/0)"),
        ],
    );
}

#[test]
fn anything_will_do_when_nothing_is_listed() {
    let expect = Expect::default();
    for (rtype, answer) in [
        (RecordType::A, addresses(&["192.0.2.1", "192.0.2.1"])),
        (RecordType::A, empty()),
        (RecordType::Srv, services(&["db1.node.consul"])),
        (RecordType::Txt, others(&[("x", None)])),
    ] {
        assert_eq!(expect.judge(rtype, &answer), []);
    }
}

#[test]
fn only_the_first_few_of_many_records_are_told() {
    let many = addresses(&["10.0.0.9", "10.0.0.10", "10.0.0.1", "10.0.0.2", "10.0.0.1"]);
    let words = "has unexpected addresses 10.0.0.1, 10.0.0.2 and 2 more (not in 192.0.2.1)";
    assert_judged(RecordType::A, &many, &[("192.0.2.1", words)]);
}

#[test]
fn a_host_is_an_alias_on_the_way_or_what_the_record_points_to() {
    assert_judged(
        RecordType::A,
        &aliased(&["www.example.net", "cdn.example.net"]),
        &[
            ("cdn.example.net.", ""),
            ("WWW.example.net.", ""),
            ("192.0.2.1", ""),
            ("example.net.", "has unexpected address 192.0.2.1 (expected example.net.)"),
            ("198.51.100.1,a.example.", "has unexpected address 192.0.2.1 (expected 198.51.100.1 or a.example.)"),
        ],
    );
    assert_judged(
        RecordType::Srv,
        &services(&["db1.node.consul", "db2.node.consul"]),
        &[
            ("db1.node.consul.,DB2.node.consul.", ""),
            ("db1.node.consul.", "has unexpected SRV record 1 2 3306 db2.node.consul. (expected db1.node.consul.)"),
        ],
    );
    assert_judged(
        RecordType::Mx,
        &others(&[("10 mx.example.com.", Some("mx.example.com"))]),
        &[
            ("mx.example.com.", ""),
            ("mx.example.net.", "has unexpected MX record 10 mx.example.com. (expected mx.example.net.)"),
        ],
    );
    // A text that reads like a host points to none.
    let text = others(&[("mx.example.com.", None)]);
    assert_judged(
        RecordType::Txt,
        &text,
        &[("mx.example.com.", "has unexpected TXT record mx.example.com. (expected mx.example.com.)")],
    );
}

#[test]
fn a_regular_expression_matches_whole_texts() {
    assert_judged(
        RecordType::Txt,
        &others(&[("v=spf1 a,b -all", None)]),
        &[
            ("~v=spf1 .*", ""),
            ("~V=SPF1 A,B -ALL", ""),
            ("~x|v=spf1.*", ""),
            ("min:1, ~.{3,20}", ""),
            ("~v=spf1", "has unexpected TXT record v=spf1 a,b -all (expected ~v=spf1)"),
            ("~.*a|x", "has unexpected TXT record v=spf1 a,b -all (expected ~.*a|x)"),
            ("~-all", "has unexpected TXT record v=spf1 a,b -all (expected ~-all)"),
        ],
    );
    let srv = services(&["db1.node.consul"]);
    assert_judged(RecordType::Srv, &srv, &[(r"~1 2 3306 db\d\.node\.consul\.", "")]);
    assert_judged(RecordType::A, &addresses(&["10.0.0.11"]), &[(r"~10\.0\.0\.1[1-3]", ""), (r"192.0.2.1,~10\..*", "")]);
}

#[test]
fn exact_wants_every_item() {
    let answer = addresses(&["10.0.0.11", "10.0.0.13"]);
    assert_judged(
        RecordType::A,
        &answer,
        &[
            ("10.0.0.11,10.0.0.13,exact", ""),
            ("exact,10.0.0.0/24", ""),
            ("10.0.0.11,10.0.0.12,10.0.0.13", ""),
            ("10.0.0.11,10.0.0.12,10.0.0.13,exact", "lacks 10.0.0.12"),
            (
                "10.0.0.11,10.0.0.12,exact",
                "has unexpected address 10.0.0.13 (not in 10.0.0.11 or 10.0.0.12); lacks 10.0.0.12",
            ),
            (r"10.0.0.11,exact,~10\..*3", ""),
            (r"10.0.0.0/24,exact,~10\..*2", r"lacks ~10\..*2"),
        ],
    );
    let srv = services(&["db1.node.consul"]);
    assert_judged(RecordType::Srv, &srv, &[("db1.node.consul.,db2.node.consul.,exact", "lacks db2.node.consul.")]);
}

/// A name is asked for A and AAAA alike.
#[test]
fn an_address_is_missing_among_its_own_kind_only() {
    for (text, v4, v6) in [
        ("10.0.0.11,fd00::11,exact", "", "lacks fd00::11"),
        ("10.0.0.11,exact", "", ""),
        ("10.0.0.0/8,192.0.2.1,fd00::/8,exact", "lacks 192.0.2.1", "lacks fd00::/8"),
        ("10.0.0.11,cdn.example.net.,exact", "lacks cdn.example.net.", ""),
        (r"10.0.0.11,exact,~192\..*", r"lacks ~192\..*", ""),
    ] {
        assert_judged(RecordType::A, &addresses(&["10.0.0.11"]), &[(text, v4)]);
        assert_judged(RecordType::Aaaa, &empty(), &[(text, v6)]);
    }
    assert_judged(RecordType::Aaaa, &addresses(&["fd00::11"]), &[("10.0.0.11,fd00::11,exact", "")]);
}

#[test]
fn distinct_records_are_counted() {
    let two = addresses(&["10.0.0.11", "10.0.0.12", "10.0.0.11"]);
    assert_judged(
        RecordType::A,
        &two,
        &[
            ("min:2", ""),
            ("max:2", ""),
            ("min:2,max:2", ""),
            ("min:3", "has 2 addresses, at least 3 needed"),
            ("max:1", "has 2 addresses, at most 1 allowed"),
            (
                "192.0.2.1,max:1",
                "has unexpected addresses 10.0.0.11 and 10.0.0.12 (not in 192.0.2.1); has 2 addresses, at most 1 allowed",
            ),
        ],
    );
    assert_judged(RecordType::A, &addresses(&["10.0.0.11"]), &[("min:2", "has 1 address, at least 2 needed")]);
    let srv = services(&["db1.node.consul", "db2.node.consul"]);
    assert_judged(RecordType::Srv, &srv, &[("min:3", "has 2 SRV records, at least 3 needed")]);
    // That the name has none at all is told as NODATA, or is right for one kind of addresses.
    assert_judged(RecordType::Aaaa, &empty(), &[("min:3", "")]);
}

#[test]
fn texts_of_the_server_are_quoted() {
    let hostile = format!("evil|x=1\n<b>{}", "x".repeat(1000));
    let mismatches = expect("~good").judge(RecordType::Txt, &others(&[(&hostile, None)]));
    let [Mismatch::Unexpected { records, .. }] = mismatches.as_slice() else { panic!("{mismatches:?}") };
    assert!(records[0].starts_with("evil x=1; < b>xxx"), "{records:?}");
    assert_eq!(records[0].chars().count(), 200);
}

#[test]
fn networks_decide_about_the_class_of_addresses() {
    for (text, lists) in [
        ("10.0.0.11", true),
        ("cdn.example.net.,fd00::/8", true),
        ("cdn.example.net.", false),
        ("min:2", false),
        (r"~10\..*", false),
    ] {
        assert_eq!(expect(text).lists_addresses(), lists, "{text}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (text, said) in [
        ("", "\"\" is not an address, network, host with a dot at its end, min:N"),
        ("10.0.0.1,", "\"\" is not an address"),
        ("10.0.0.0/33", "\"10.0.0.0/33\" is not an address"),
        ("10.0.0", "\"10.0.0\" is not an address"),
        ("db1.node.consul", "host with a dot at its end"),
        (".", "\".\" is not an address"),
        ("a..b.", "\"a..b.\": the name has an empty label"),
        ("min:", "\"min:\" needs a number from 1 to 65535"),
        ("min:0", "\"min:0\" needs"),
        ("max:-1", "\"max:-1\" needs"),
        ("max:65536", "\"max:65536\" needs"),
        ("min:1,min:2", "\"min:2\" is given twice"),
        ("min:3,max:2", "min:3 is more than max:2"),
        ("exact", "\"exact\" also needs "),
        ("exact,min:2", "\"exact\" also needs "),
        ("~(", "~(: unclosed group"),
        ("~a)|(b", "~a)|(b: unopened group"),
        ("~a{1000}{50}", "size limit"),
    ] {
        let error = text.parse::<Expect>().unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
        assert!(!error.contains('\n'), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_parser_or_judge_panic(
        text in any::<String>(),
        list in "(min:|max:|exact|~|[a-c0-9.:/()|*{}]{1,12}|,){0,8}",
    ) {
        for text in [text, list] {
            let Ok(expect) = text.parse::<Expect>() else { continue };
            for answer in [empty(), addresses(&["10.0.0.1", "fd00::1"]), services(&["a.b"]), others(&[("a", None)])] {
                for mismatch in expect.judge(RecordType::A, &answer) {
                    prop_assert!(!mismatch.to_string().is_empty());
                }
            }
        }
    }
}
