//! Answers that are wrong, or doubtful: what each is called and what is to be done.

use test_support::message::{A, AAAA, Message};
use test_support::oracle::State::{self, Critical, Ok, Warning};
use test_support::plugin::assert_says;

use crate::names::{EXTERNAL, INTERNAL, Names, Query, REFUSED, because, code, denied, found, no_data};
use crate::{ask, assert_worst, second, value};

/// A fault of the second of three servers, and what is said of it.
struct Case {
    /// What it says instead.
    says: fn(&Query) -> Option<Message>,
    state: State,
    /// After its address.
    said: &'static str,
    remedy: &'static str,
    /// How many servers are right.
    right: f64,
}

fn assert_all(cases: impl IntoIterator<Item = Case>) {
    let begin = |case: Case| {
        let server = Names::but(case.says);
        (second(server.addr(), &[]), server, case)
    };
    // Some wait before they ask once more, so all begin before one is waited for.
    let running: Vec<_> = cases.into_iter().map(begin).collect();
    for (run, server, case) in running {
        let output = run.wait();
        assert_worst(&output, case.state, &format!("{}: {}", server.addr(), case.said), case.remedy);
        assert_eq!(value(&output, "servers_ok"), Some(case.right), "{output:?}");
    }
}

#[test]
fn healthy_servers_are_each_asked_for_every_name_over_both_transports() {
    let servers = [Names::healthy(), Names::healthy(), Names::healthy()];
    let output = ask(&servers.each_ref().map(Names::addr), &[]);
    let said = "SPLIT_DNS is OK: 3/3 name servers: 1 internal and 1 external name right, no leak; slowest answer ";
    assert_says(&output, Ok, said);
    assert_eq!(output.text().lines().count(), 1, "{output:?}");
    for server in &servers {
        for (name, rtype) in [(INTERNAL, A), (INTERNAL, AAAA), (EXTERNAL, A), (EXTERNAL, AAAA)] {
            let is_such = |query: &Query| query.is_for(name) && query.rtype == rtype;
            assert_eq!(server.count(|query| is_such(query) && query.is_udp()), 1, "{name} {rtype}");
            assert_eq!(server.count(|query| is_such(query) && !query.is_udp()), 1, "{name} {rtype}");
        }
        assert_eq!(server.count(|query| query.is_random_internal() && query.is_udp()), 1);
        assert_eq!(server.count(|query| query.is_random_external() && query.is_udp()), 1);
        assert_eq!(server.heard().len(), 10, "nothing else: {:?}", server.heard());
        assert!(server.heard().iter().all(|query| !query.is_unchecked));
    }
}

/// No cache has what was never asked before.
#[test]
fn random_names_are_others_each_time() {
    let server = Names::healthy();
    for _ in 0..2 {
        ask(&[server.addr()], &[]);
    }
    let mut names: Vec<_> = server.heard().into_iter().filter(Query::is_random).map(|query| query.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4, "{names:?}");
}

#[test]
fn a_denial_from_above_the_zone_is_a_leak() {
    assert_all([
        Case {
            says: |query| query.is_internal().then(|| denied(".", 10_757)),
            state: Critical,
            said: "galeradb.service.consul NXDOMAIN from the root (SOA \".\", cached for 2 h 59 min more): is \"forward only;\" missing \
                   in zone \"consul\"?",
            remedy: "zone \"consul\" { type forward; forward only; forwarders { 127.0.0.1 port 8600; }; }; then rndc reconfig",
            right: 2.0,
        },
        Case {
            says: |query| query.is_internal().then(|| Message { authentic: true, ..denied(".", 10_800) }),
            state: Critical,
            said: "galeradb.service.consul NXDOMAIN from the root",
            remedy: "and validate-except { \"consul\"; }; then rndc reconfig",
            right: 2.0,
        },
    ]);
}

#[test]
fn a_denial_of_a_known_name_is_believed_and_so_critical() {
    assert_all([
        Case {
            says: |query| query.is_for(INTERNAL).then(|| denied("consul", 0)),
            state: Critical,
            said: "galeradb.service.consul NXDOMAIN from zone consul, but other servers have it: does its source lag behind, or hide it?",
            remedy: "compare its source with the others",
            right: 2.0,
        },
        Case {
            says: |query| query.is_internal().then(|| code(3)),
            state: Critical,
            said: "galeradb.service.consul NXDOMAIN without SOA: is its zone narrower than consul?",
            remedy: "forward zone \"consul\" in its named.conf",
            right: 2.0,
        },
        Case {
            says: |query| query.is_for(EXTERNAL).then(|| denied("com", 900)),
            state: Critical,
            said: "www.example.com NXDOMAIN from zone com (cached for 15 min more)",
            remedy: "does the name still exist",
            right: 2.0,
        },
        Case {
            says: |query| (!query.is_internal()).then(|| Message { no_recursion: true, ..code(0) }),
            state: Critical,
            said: "www.example.com NODATA without SOA and no recursion offered (RA=0): does it not resolve names for this host?",
            remedy: "allow-recursion",
            right: 2.0,
        },
    ]);
}

/// NODATA for one family is as it should be; NXDOMAIN denies the other family too.
#[test]
fn a_family_may_be_missing_but_not_be_denied_with_the_name() {
    assert_all([Case {
        says: |query| (query.is_for(INTERNAL) && query.rtype == AAAA).then(|| denied("consul", 0)),
        state: Critical,
        said: "galeradb.service.consul AAAA NXDOMAIN from zone consul, which denies the whole name",
        remedy: "must answer NODATA for a type that the name does not have",
        right: 2.0,
    }]);
    let only_v6 = |query: &Query| match (query.is_for(INTERNAL), query.rtype) {
        (true, AAAA) => Some(found(&["fd00::11"])),
        (true, _) => Some(no_data()),
        _ => None,
    };
    let output = ask(&[Names::but(only_v6).addr()], &[]);
    assert_says(&output, Ok, "1 internal and 1 external name right");
}

#[test]
fn addresses_of_the_other_side_are_critical() {
    assert_all([
        Case {
            says: |query| (query.is_for(INTERNAL) && query.rtype == A).then(|| found(&["93.184.216.34", "10.0.0.11"])),
            state: Critical,
            said: "galeradb.service.consul A has address 93.184.216.34 (not in private): who answers for it?",
            remedy: "forwarders of zone consul in its named.conf, or widen --internal-net",
            right: 2.0,
        },
        Case {
            says: |query| (query.is_for(EXTERNAL) && query.rtype == A).then(|| found(&["192.168.1.1", "0.0.0.0"])),
            state: Critical,
            said: "www.example.com A has addresses 0.0.0.0 and 192.168.1.1 (not in public): rebinding, a captive portal \
                   or a filter?",
            remedy: "widen --external-net",
            right: 2.0,
        },
    ]);
}

#[test]
fn an_address_for_a_random_name_is_invented() {
    assert_all([
        Case {
            says: |query| query.is_random_internal().then(|| found(&["10.0.0.99"])),
            state: Critical,
            said: "(random).service.consul has address 10.0.0.99: a wildcard, or does somebody invent it?",
            remedy: "--severity internal-wildcard=ok",
            right: 3.0,
        },
        Case {
            says: |query| query.is_random_external().then(|| found(&["198.51.100.7", "198.51.100.8"])),
            state: Critical,
            said: "(random).com has addresses 198.51.100.7 and 198.51.100.8: who invents it?",
            remedy: "redirect or wildcard zone in its named.conf",
            right: 2.0,
        },
    ]);
    let server = Names::but(|query| query.is_random_internal().then(|| found(&["10.0.0.99"])));
    let output = ask(&[server.addr()], &["--severity", "internal-wildcard=ok"]);
    assert_eq!(output.state(), Ok, "{output:?}");
}

#[test]
fn a_doubtful_denial_of_a_random_internal_name_is_a_warning() {
    assert_all([Case {
        says: |query| query.is_random_internal().then(|| code(3)),
        state: Warning,
        said: "(random).service.consul NXDOMAIN without SOA: is its zone narrower than consul?",
        remedy: "forward zone \"consul\" in its named.conf",
        right: 3.0,
    }]);
}

#[test]
fn who_does_not_resolve_for_us_says_so() {
    assert_all([
        Case {
            says: |_| Some(Message { no_recursion: true, ..because(REFUSED, 18, "Prohibited") }),
            state: Warning,
            said: "galeradb.service.consul and www.example.com REFUSED (EDE 18: Prohibited): does its allow-query or \
                   allow-recursion leave this host out?",
            remedy: "let this host in with allow-query and allow-recursion",
            right: 2.0,
        },
        Case {
            says: |query| {
                let right = crate::names::right(query);
                (!query.is_internal()).then_some(Message { no_recursion: true, ..right })
            },
            state: Warning,
            said: "no recursion offered (RA=0)",
            remedy: "recursion yes; and allow-recursion in its named.conf",
            right: 3.0,
        },
    ]);
}

#[test]
fn a_stale_answer_says_so_itself() {
    let stale = |code| {
        move |query: &Query| match (query.is_for(INTERNAL), query.rtype) {
            (true, A) => Some(Message {
                ttl: 30,
                extended_error: Some((code, "client timeout".to_owned())),
                ..found(&crate::names::MEMBERS)
            }),
            _ => None,
        }
    };
    for code in [3, 19] {
        let server = Names::but(stale(code));
        let output = ask(&[server.addr()], &[]);
        let said = format!(
            "{}: {INTERNAL} stale (EDE {code}: client timeout), ttl 30: is the server that it forwards to down?",
            server.addr()
        );
        assert_worst(&output, Warning, &said, "stale-answer-enable");
        assert_eq!(value(&output, "stale"), Some(1.0));
    }
    // Forged Answer (RFC 8914, section 4.5).
    let output = ask(&[Names::but(stale(4)).addr()], &[]);
    assert_eq!((output.state(), value(&output, "stale")), (Ok, Some(0.0)), "{output:?}");
}
