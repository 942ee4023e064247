//! What each kind of name must get: families, EXPECT, classes of addresses, zones, absent and random names.

use common::ServiceState::{self, Critical, Ok, Warning};
use common::dns::{Answer, Rcode, RecordType, Reply, parse_name};

use super::check::{
    Check, EXTERNAL, INTERNAL, MEMBERS, Names, SERVERS, answer, answered, checked, closed, denied, found, healthy,
    no_data, nx_domain, prohibited, rcode, servfail, silent, with,
};

/// The only server, asked for an internal name with this EXPECT, with these addresses.
fn expecting(expect: &str, addresses: &[&str]) -> Check {
    let check = checked(&["-i", &format!("x.consul{expect}"), "-H", "10.0.0.11"]);
    check.answers_of(0, Names::Internal, RecordType::A, &found(addresses))
}

/// The second server says so of both families of the internal name.
fn families(a: &Reply, aaaa: &Reply) -> Check {
    healthy().answers_of(1, Names::Internal, RecordType::A, a).answers_of(1, Names::Internal, RecordType::Aaaa, aaaa)
}

/// RFC 2308: NODATA denies a type, NXDOMAIN the name with all its types (RFC 8020).
#[test]
fn one_family_of_addresses_is_enough_but_none_may_deny_the_name() {
    let (v4, v6) = (found(&MEMBERS), found(&["fd00::11", "fd00::12"]));
    let (lacks, denies) = (no_data("consul"), nx_domain("consul", 0));
    for (a, aaaa, state, ids) in [
        (&v4, &v6, Ok, &[][..]),
        (&v4, &lacks, Ok, &[]),
        (&lacks, &v6, Ok, &[]),
        (&v4, &denies, Critical, &["family-denied"]),
        (&denies, &v6, Critical, &["family-denied"]),
        (&lacks, &lacks, Critical, &["wrong-answer"]),
        (&denies, &denies, Critical, &["wrong-answer"]),
        (&v4, &servfail(), Warning, &["no-answer-for-name"]),
        (&v4, &silent(), Warning, &["no-answer-for-name"]),
        (&denies, &servfail(), Critical, &["wrong-answer", "no-answer-for-name"]),
    ] {
        let check = families(a, aaaa);
        let mut ids_found = check.ids();
        ids_found.retain(|id| *id != "disagreement");
        assert_eq!((check.state(), ids_found.as_slice()), (state, ids), "{a:?} {aaaa:?}");
    }
    let (text, _) = families(&v4, &denies).finding("family-denied");
    assert_eq!(text, "10.0.0.12: galeradb.service.consul AAAA NXDOMAIN from zone consul, which denies the whole name");
}

#[test]
fn a_type_that_was_asked_for_by_name_must_be_there() {
    let check = |rtype: &str, reply: &Reply| {
        checked(&["-i", &format!("x.consul/{rtype}"), "-H", "10.0.0.11"]).answers(0, Names::Internal, reply)
    };
    assert_eq!(check("AAAA", &found(&["fd00::11"])).state(), Ok);
    for rtype in ["A", "AAAA", "SRV", "TXT"] {
        let check = check(rtype, &no_data("consul"));
        assert_eq!(check.state(), Critical);
        let (text, remedy) = check.finding("wrong-answer");
        assert!(text.starts_with(&format!("10.0.0.11: x.consul {rtype} NODATA from zone consul")), "{text}");
        let dig = if rtype == "A" {
            "dig @10.0.0.11 x.consul".to_owned()
        } else {
            format!("dig @10.0.0.11 x.consul {rtype}")
        };
        assert!(remedy.ends_with(&dig), "{remedy}");
    }
}

#[test]
fn what_is_not_as_expected_is_named_with_its_server() {
    for (expect, addresses, said) in [
        ("", &MEMBERS[..], None),
        ("=10.0.0.11,10.0.0.12,10.0.0.13", &MEMBERS, None),
        ("=10.0.0.8/29,exact", &MEMBERS, None),
        ("=min:3,max:3", &MEMBERS, None),
        ("=10.0.0.11,10.0.0.12", &MEMBERS, Some("A has unexpected address 10.0.0.13 (not in 10.0.0.11 or 10.0.0.12)")),
        ("=10.0.0.14,10.0.0.8/29,exact", &MEMBERS, Some("A lacks 10.0.0.14")),
        ("=min:4", &MEMBERS, Some("A has 3 addresses, at least 4 needed")),
        ("=max:2", &MEMBERS, Some("A has 3 addresses, at most 2 allowed")),
        (
            "=node1.node.consul.",
            &MEMBERS[..1],
            Some("A has unexpected address 10.0.0.11 (expected node1.node.consul.)"),
        ),
        ("=~10\\.0\\.0\\.1[12]", &MEMBERS, Some("A has unexpected address 10.0.0.13 (expected ~10\\.0\\.0\\.1[12])")),
    ] {
        let check = expecting(expect, addresses);
        match said {
            None => assert_eq!(check.state(), Ok, "{expect}"),
            Some(said) => {
                let text = check.finding("wrong-answer").0;
                assert_eq!((check.state(), text), (Critical, format!("10.0.0.11: x.consul {said}")), "{expect}");
            }
        }
    }
    let alias =
        Answer { cnames: vec![parse_name("node1.node.consul").unwrap()], ..answer(Rcode::NOERROR, &MEMBERS[..1]) };
    assert_eq!(
        expecting("=node1.node.consul.", &[]).answers_of(0, Names::Internal, RecordType::A, &answered(alias)).state(),
        Ok
    );
}

/// RFC 1918, 6598 and 4193 for internal names, globally reachable according to IANA for external ones.
#[test]
fn addresses_must_be_of_their_side() {
    for (address, internal, external) in [
        ("10.0.0.1", Ok, Critical),
        ("192.168.1.1", Ok, Critical),
        ("100.64.0.1", Ok, Critical),
        ("fd00::1", Ok, Critical),
        ("93.184.215.14", Critical, Ok),
        ("2606:4700::1", Critical, Ok),
        ("0.0.0.0", Critical, Critical),
        ("127.0.0.1", Critical, Critical),
        ("::1", Critical, Critical),
        ("fe80::1", Critical, Critical),
        ("169.254.0.1", Critical, Critical),
    ] {
        let rtype = if address.contains(':') { RecordType::Aaaa } else { RecordType::A };
        let state = |names, args: &[&str]| {
            let check = checked(&[&["-i", INTERNAL, "-e", EXTERNAL, "-H", "10.0.0.11"], args].concat());
            check.answers_of(0, names, rtype, &found(&[address])).state()
        };
        assert_eq!((state(Names::Internal, &[]), state(Names::External, &[])), (internal, external), "{address}");
        let any = ["--internal-net", "any", "--external-net", "any"];
        assert_eq!((state(Names::Internal, &any), state(Names::External, &any)), (Ok, Ok), "{address}");
    }
    let rogue = healthy().answers_of(1, Names::Internal, RecordType::A, &found(&["10.0.0.11", "1.1.1.1", "10.0.0.13"]));
    let text = rogue.finding("internal-public").0;
    assert!(text.starts_with("10.0.0.12: galeradb.service.consul A has address 1.1.1.1 (not in private)"), "{text}");
}

#[test]
fn addresses_that_are_expected_are_of_the_right_side() {
    for (expect, address, state) in [
        ("=198.51.100.7", "198.51.100.7", Ok),
        ("=198.51.100.0/24", "198.51.100.7", Ok),
        ("=198.51.100.0/24", "10.0.0.11", Critical),
        ("=min:1", "198.51.100.7", Critical),
        ("=~198.*", "198.51.100.7", Critical),
    ] {
        assert_eq!(expecting(expect, &[address]).state(), state, "{expect} {address}");
    }
    let external = checked(&["-e", "vpn.example.com=10.9.0.0/16", "-H", "10.0.0.11"]);
    assert_eq!(external.answers_of(0, Names::External, RecordType::A, &found(&["10.9.0.1"])).ids(), ["wrong-answer"]);
    let external = checked(&["-e", "vpn.example.com/A=10.9.0.0/16", "-H", "10.0.0.11"]);
    assert_eq!(external.answers(0, Names::External, &found(&["10.9.0.1"])).state(), Ok);
}

/// RFC 2308, section 3: the SOA's owner is the zone that denies; one above the internal zone is not an internal one.
#[test]
fn a_denial_from_above_the_zone_is_a_leak() {
    for (zone, name, owner, is_leak) in [
        (None, "db.service.consul", "consul", false),
        (None, "db.service.consul", "service.consul", false),
        (None, "db.service.consul", ".", true),
        (None, "db.service.consul", "com", true),
        (Some("corp.example.com"), "db.corp.example.com", "corp.example.com", false),
        (Some("corp.example.com"), "db.corp.example.com", "CORP.example.COM", false),
        (Some("corp.example.com"), "db.corp.example.com", "db.corp.example.com", false),
        (Some("corp.example.com"), "db.corp.example.com", "example.com", true),
        (Some("corp.example.com"), "db.corp.example.com", "com", true),
        (Some("corp.example.com"), "db.corp.example.com", "xcorp.example.com", true),
    ] {
        let zone: Vec<_> = zone.into_iter().flat_map(|zone| ["-z", zone]).collect();
        let check = checked(&[&["-i", name, "-H", "10.0.0.11"], &zone[..]].concat()).answers(
            0,
            Names::All,
            &nx_domain(owner, 60),
        );
        assert_eq!((check.state(), check.ids().contains(&"leak")), (Critical, is_leak), "{name} from {owner}");
    }
}

#[test]
fn each_zone_has_a_random_name_of_its_own() {
    let check = checked(&[
        "-i",
        "db.service.consul",
        "-i",
        "web.service.consul",
        "-i",
        "git.corp.example.com",
        "-z",
        "corp.example.com",
        "-z",
        "lan",
        "-e",
        EXTERNAL,
        "-H",
        "10.0.0.11",
    ]);
    let random = check.target.subjects.iter().filter(|subject| subject.is_random());
    let random: Vec<_> = random.map(|subject| subject.name.as_str()).collect();
    assert_eq!(random, ["(random).service.consul", "(random).corp.example.com", "(random).lan", "(random).com"]);
    let check =
        check.answers(0, Names::At(5), &nx_domain("com", 900)).answers(0, Names::At(6), &nx_domain(".", 10_800));
    let report = check.report();
    let leaks: Vec<_> = report.findings().into_iter().filter(|finding| finding.id == Some("leak")).collect();
    assert_eq!((leaks.len(), check.ids()), (2, vec!["leak"]));
    for (leak, words, zone) in [
        (
            leaks[0],
            "(random).corp.example.com NXDOMAIN from zone com (cached for 15 min more): ",
            "zone \"corp.example.com\"",
        ),
        (leaks[1], "(random).lan NXDOMAIN from the root (SOA \".\", cached for 3 h more): ", "zone \"lan\""),
    ] {
        assert!(leak.text.starts_with(&format!("10.0.0.11: {words}")) && leak.text.contains(zone), "{leak:?}");
        assert!(leak.remedy.contains(zone), "{leak:?}");
    }
    assert_eq!(check.value("leaks").as_deref(), Some("1"));
}

#[test]
fn an_absent_name_must_be_denied_as_it_was_said() {
    let absent =
        |how: &str, reply: &Reply| with(&["-n", &format!("old.service.consul{how}")]).answers(1, Names::At(2), reply);
    let (denies, lacks) = (nx_domain("consul", 0), no_data("consul"));
    for (how, reply, state, said) in [
        ("", &denies, Ok, ""),
        ("=nxdomain", &denies, Ok, ""),
        ("", &lacks, Critical, "NODATA from zone consul instead of NXDOMAIN"),
        ("", &prohibited(), Warning, "REFUSED (EDE 18)"),
        ("", &found(&["10.0.0.9"]), Critical, "exists: address 10.0.0.9"),
        ("=nodata", &lacks, Ok, ""),
        ("=nodata", &denies, Critical, "NXDOMAIN from zone consul instead of NODATA"),
        ("=nodata", &prohibited(), Warning, "REFUSED (EDE 18)"),
        ("=nodata", &found(&["10.0.0.8", "10.0.0.9"]), Critical, "exists: addresses 10.0.0.8 and 10.0.0.9"),
        ("=refused", &prohibited(), Ok, ""),
        ("=refused", &denies, Critical, "NXDOMAIN from zone consul instead of REFUSED"),
        ("=refused", &lacks, Critical, "NODATA from zone consul instead of REFUSED"),
        ("=refused", &found(&["10.0.0.9"]), Critical, "exists: address 10.0.0.9"),
    ] {
        // All others say what is wanted.
        let wanted = if how == "=refused" {
            prohibited()
        } else if how == "=nodata" {
            no_data("consul")
        } else {
            nx_domain("consul", 0)
        };
        let check = absent(how, reply).answers(0, Names::At(2), &wanted).answers(2, Names::At(2), &wanted);
        assert_eq!(check.state(), state, "{how} {reply:?}: {:#?}", check.report().findings());
        let report = check.report();
        let is_said = report.findings().iter().any(|finding| {
            finding.text.contains("old.service.consul")
                && finding.text.contains("10.0.0.12: ")
                && finding.text.contains(said)
        });
        assert!(said.is_empty() || is_said, "{how}: no {said:?} in {:#?}", report.findings());
        // check_dns --expect-nxdomain (2.3.3) is OK with these.
        for nothing in [
            servfail(),
            silent(),
            closed(),
            super::check::reply(common::dns::Outcome::NotUnderstood("junk".to_owned())),
        ] {
            let check = absent(how, &nothing).answers(0, Names::At(2), &wanted).answers(2, Names::At(2), &wanted);
            assert_eq!((check.state(), check.ids()), (Warning, vec!["no-answer-for-name"]), "{how} {nothing:?}");
            assert_eq!(check.value("servers_ok").as_deref(), Some("2"), "{how} {nothing:?}");
        }
    }
    let leaking = absent("", &nx_domain(".", 300));
    assert_eq!((leaking.state(), leaking.ids()), (Critical, vec!["leak"]));
}

#[test]
fn an_external_absent_name_may_be_denied_by_anybody() {
    let check = || checked(&["-n", "gone.example.com", "-H", &SERVERS.join(",")]);
    for owner in [".", "com", "example.com"] {
        assert_eq!(check().answers(1, Names::All, &nx_domain(owner, 60)).state(), Ok, "{owner}");
    }
    assert_eq!(check().answers(1, Names::All, &rcode(Rcode::NXDOMAIN)).state(), Ok);
    assert_eq!(check().answers(1, Names::All, &found(&["198.51.100.7"])).ids(), ["not-absent"]);
}

/// Who denies a random name, and how: an internal one its zone, an external one anybody (signed zones answer NODATA, RFC 9824).
#[test]
fn a_random_name_is_denied() {
    let mut validated = denied(Rcode::NXDOMAIN, ".", 10_800);
    validated.flags.ad = true;
    for (names, reply, state, id) in [
        (Names::RandomInternal, nx_domain("consul", 0), Ok, ""),
        (Names::RandomInternal, nx_domain("service.consul", 0), Ok, ""),
        (Names::RandomInternal, answered(validated), Critical, "leak"),
        (Names::RandomInternal, no_data("."), Critical, "leak"),
        (Names::RandomInternal, no_data("consul"), Warning, "odd-denial"),
        (Names::RandomInternal, rcode(Rcode::NXDOMAIN), Warning, "odd-denial"),
        (Names::RandomInternal, rcode(Rcode::NOERROR), Warning, "odd-denial"),
        (Names::RandomInternal, found(&["10.0.0.11"]), Critical, "internal-wildcard"),
        (Names::RandomInternal, servfail(), Warning, "uncached-fails"),
        (Names::RandomInternal, silent(), Warning, "uncached-fails"),
        (Names::RandomExternal, nx_domain("com", 900), Ok, ""),
        (Names::RandomExternal, nx_domain(".", 900), Ok, ""),
        (Names::RandomExternal, no_data("com"), Ok, ""),
        (Names::RandomExternal, rcode(Rcode::NOERROR), Ok, ""),
        (Names::RandomExternal, found(&["198.51.100.7"]), Critical, "hijack"),
        (Names::RandomExternal, found(&["0.0.0.0"]), Critical, "hijack"),
        (Names::RandomExternal, servfail(), Warning, "uncached-fails"),
    ] {
        let check = healthy().answers(1, names, &reply);
        let ids: Vec<_> = check.ids();
        let expected: Vec<_> = if id.is_empty() { Vec::new() } else { vec![id] };
        assert_eq!((check.state(), ids), (state, expected), "{names:?} {reply:?}");
    }
}

#[test]
fn a_random_name_adds_nothing_to_a_known_one_that_fares_alike() {
    for reply in [servfail(), nx_domain(".", 300)] {
        let check = healthy().answers(1, Names::Side(crate::probe::Side::Internal), &reply);
        let report = check.report();
        let told: Vec<_> = report.findings().into_iter().filter(|finding| finding.state != ServiceState::Ok).collect();
        assert!(told.len() == 1 && !told[0].text.contains("random"), "{told:#?}");
    }
}

#[test]
fn who_does_not_resolve_for_us_is_told_so_once() {
    let told = |check: &Check| {
        let report = check.report();
        report.findings().iter().filter(|finding| finding.id == Some("recursion-refused")).count()
    };
    let mut without = answer(Rcode::NOERROR, &["93.184.215.14"]);
    without.flags.ra = false;
    let check = || healthy().answers_of(1, Names::External, RecordType::A, &answered(without.clone()));
    assert_eq!(check().finding("recursion-refused").0, "10.0.0.12: no recursion offered (RA=0)");
    assert_eq!((told(&check()), told(&check().answers(1, Names::Internal, &prohibited()))), (1, 1));
}

/// Names with one fault are told together.
#[test]
fn names_that_fare_alike_share_a_sentence() {
    let check = checked(&[
        "-i",
        "a.consul",
        "-i",
        "b.consul",
        "-i",
        "c.consul",
        "-i",
        "d.consul",
        "-i",
        "e.consul",
        "-H",
        "10.0.0.11",
    ]);
    let text = check.answers(0, Names::Internal, &servfail()).finding("no-answer-for-name").0;
    assert!(text.starts_with("10.0.0.11: a.consul, b.consul and 3 more SERVFAIL"), "{text}");
}
