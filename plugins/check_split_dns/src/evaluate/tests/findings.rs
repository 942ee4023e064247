//! Every finding of the catalogue, and the neighbouring state in which it must not be found.

use std::collections::BTreeSet;

use common::ServiceState;
use common::dns::{Rcode, RecordType};
use test_support::catalogue::{self, Suite};

use super::check::{
    Check, MEMBERS, Names, UPSTREAM, answer, answered, checked, closed, found, healthy, no_data, not_asked, nx_domain,
    prohibited, rcode, servfail, silent, truncated, with, with_reason,
};
use crate::CATALOGUE;

/// A finding, a check that shows it, and one beside it that does not; checks hold their arguments.
pub(super) struct Case(pub(super) &'static str, pub(super) Check, pub(super) Check);

const INVENTED: [&str; 1] = ["198.51.100.7"];
const OLD: [&str; 2] = ["-n", "old.service.consul"];
const STRANGER: [&str; 2] = ["--external-server", "192.0.2.53"];

/// Two of three members.
fn some() -> common::dns::Reply {
    found(&MEMBERS[..2])
}

fn stale(code: u16) -> Check {
    let answer = with_reason(answer(Rcode::NOERROR, &MEMBERS), code, "");
    healthy().answers_of(1, Names::Internal, RecordType::A, &answered(answer))
}

/// One that answers, but does not resolve external names.
fn without_recursion(names: Names) -> Check {
    let mut answer = answer(Rcode::NOERROR, &["93.184.215.14"]);
    answer.flags.ra = false;
    healthy().answers_of(1, names, RecordType::A, &answered(answer))
}

fn of_answers() -> Vec<Case> {
    let second = |names, reply| healthy().answers(1, names, &reply);
    let family = |rtype, reply| healthy().answers_of(1, Names::Internal, rtype, &reply);
    vec![
        Case("wrong-answer", second(Names::Internal, nx_domain("consul", 0)), second(Names::Internal, servfail())),
        Case("wrong-answer", second(Names::External, nx_domain("com", 900)), second(Names::External, silent())),
        Case("wrong-answer", second(Names::Internal, no_data("consul")), family(RecordType::Aaaa, no_data("consul"))),
        Case("wrong-answer", with(&["-i", "x.consul=10.0.0.11,10.0.0.12"]), with(&["-i", "x.consul=10.0.0.8/29"])),
        Case("wrong-answer", family(RecordType::A, servfail()), family(RecordType::A, silent())),
        Case("leak", second(Names::Internal, nx_domain(".", 300)), second(Names::Internal, nx_domain("consul", 300))),
        Case("leak", second(Names::RandomInternal, nx_domain(".", 300)), second(Names::RandomInternal, servfail())),
        Case(
            "negative-cache",
            with(&UPSTREAM).answers(1, Names::Internal, &nx_domain("consul", 57)),
            with(&UPSTREAM)
                .answers(1, Names::Internal, &nx_domain("consul", 57))
                .upstream_answers(None, &nx_domain("consul", 0)),
        ),
        Case(
            "hijack",
            second(Names::RandomExternal, found(&INVENTED)),
            second(Names::RandomInternal, found(&INVENTED)),
        ),
        Case(
            "hijack",
            second(Names::RandomExternal, found(&INVENTED)),
            second(Names::RandomExternal, rcode(Rcode::NOERROR)),
        ),
        Case(
            "internal-wildcard",
            second(Names::RandomInternal, found(&MEMBERS)),
            second(Names::RandomExternal, found(&MEMBERS)),
        ),
        Case("internal-public", family(RecordType::A, found(&INVENTED)), family(RecordType::A, found(&["172.16.0.1"]))),
        Case(
            "external-private",
            healthy().answers_of(1, Names::External, RecordType::A, &found(&["0.0.0.0"])),
            healthy().answers_of(1, Names::External, RecordType::A, &found(&["1.1.1.1"])),
        ),
        Case(
            "family-denied",
            family(RecordType::Aaaa, nx_domain("consul", 0)),
            second(Names::Internal, nx_domain("consul", 0)),
        ),
        Case("family-denied", family(RecordType::Aaaa, nx_domain("consul", 0)), healthy()),
        Case("not-absent", with(&OLD).answers(1, Names::At(2), &found(&MEMBERS)), with(&OLD)),
        Case(
            "not-absent",
            with(&OLD).answers(1, Names::At(2), &no_data("consul")),
            with(&OLD).answers(1, Names::At(2), &silent()),
        ),
        Case("stale-answer", stale(3), stale(18)),
        Case("stale-answer", stale(19), healthy()),
        Case(
            "odd-denial",
            second(Names::RandomInternal, no_data("consul")),
            second(Names::RandomExternal, no_data("com")),
        ),
        Case("odd-denial", second(Names::RandomInternal, rcode(Rcode::NXDOMAIN)), healthy()),
    ]
}

fn of_failures() -> Vec<Case> {
    let second = |names, reply| healthy().answers(1, names, &reply);
    let two_of_three = || healthy().answers(1, Names::All, &closed()).answers(2, Names::All, &closed());
    vec![
        Case("first-server-silent", healthy().answers(0, Names::All, &silent()), second(Names::All, silent())),
        Case(
            "first-server-silent",
            healthy().answers(0, Names::Internal, &silent()),
            healthy().answers(0, Names::All, &closed()),
        ),
        Case(
            "first-server-silent",
            healthy().answers(0, Names::All, &silent()),
            healthy().answers(0, Names::All, &silent()).rotating(),
        ),
        Case("too-few-servers", two_of_three(), second(Names::All, closed())),
        Case("too-few-servers", with(&["--min-servers", "4"]), with(&["--min-servers", "3"])),
        Case("server-dead", second(Names::All, closed()), second(Names::All, servfail())),
        Case("no-answer-for-name", second(Names::Internal, servfail()), second(Names::RandomInternal, servfail())),
        Case("no-answer-for-name", second(Names::Internal, silent()), second(Names::All, silent())),
        Case("recursion-refused", second(Names::All, prohibited()), second(Names::All, servfail())),
        Case("recursion-refused", without_recursion(Names::External), without_recursion(Names::Internal)),
        Case("uncached-fails", second(Names::RandomInternal, servfail()), second(Names::All, servfail())),
        Case("not-asked", second(Names::All, not_asked()), second(Names::All, closed())),
        Case("not-asked", second(Names::Internal, not_asked()), healthy()),
        Case("tcp-broken", healthy().answers_over_tcp(1, Names::All, &silent()), second(Names::All, silent())),
        Case("truncated", healthy().answers_over_udp(1, Names::Internal, &truncated(&MEMBERS)), healthy()),
    ]
}

fn of_comparison() -> Vec<Case> {
    let second = |check: Check, reply| check.answers_of(1, Names::Internal, RecordType::A, &reply);
    let all = |check: Check, reply: common::dns::Reply| {
        (0..3).fold(check, |check, server| check.answers_of(server, Names::Internal, RecordType::A, &reply))
    };
    let external = |reply| with(&STRANGER).external_server_answers(&reply);
    let gone = || with(&UPSTREAM).upstream_answers(None, &nx_domain("consul", 0));
    let stub = || checked(&["-i", "x.consul", "-H", "127.0.0.53"]);
    vec![
        Case("disagreement", second(healthy(), some()).rechecked(), second(healthy(), some())),
        Case("disagreement", second(healthy(), some()).rechecked(), all(healthy(), some()).rechecked()),
        Case("upstream-differs", all(with(&UPSTREAM), some()).rechecked(), all(with(&UPSTREAM), some())),
        Case("upstream-differs", all(with(&UPSTREAM), some()).rechecked(), with(&UPSTREAM).rechecked()),
        Case("stale-answer", gone().rechecked(), gone()),
        Case("upstream-fails", with(&UPSTREAM).upstream_answers(None, &silent()), gone()),
        Case("external-server-knows", external(nx_domain("consul", 0)), external(nx_domain(".", 3600))),
        Case("external-server-fails", external(silent()), external(prohibited())),
        Case("server-unused", healthy().of_file(&["line 5 is past the third"]), healthy().of_file(&[])),
        Case("no-attempts", healthy().of_file(&[]).attempting(0), healthy().of_file(&[]).attempting(1)),
        Case("local-stub", stub().of_file(&[]), stub()),
        Case("servers-unexpected", with(&["--expect-servers", "2"]), with(&["--expect-servers", "3"])),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    [of_answers(), of_failures(), of_comparison()].into_iter().flatten().collect()
}

fn suite() -> Suite<Check> {
    let case = |Case(id, check, neighbour)| catalogue::Case(id, check, &[], neighbour, &[]);
    let cases = cases().into_iter().map(case).collect();
    Suite { catalogue: &CATALOGUE, cases, report: Check::report_with, healthy: healthy(), fine: &[] }
}

test_support::test_findings!(suite());

/// The states of the domain, not those of the catalogue.
#[test]
fn each_means_what_the_operator_expects() {
    use ServiceState::{Critical, Ok, Unknown, Warning};
    let known = [
        (
            Critical,
            "family-denied first-server-silent hijack leak negative-cache no-attempts not-absent external-server-knows external-private \
             internal-public too-few-servers internal-wildcard wrong-answer",
        ),
        (
            Warning,
            "disagreement local-stub no-answer-for-name odd-denial external-server-fails recursion-refused server-dead \
             server-unused servers-unexpected stale-answer tcp-broken truncated uncached-fails upstream-differs \
             upstream-fails",
        ),
        (Unknown, "not-asked"),
    ];
    for (state, ids) in known {
        let of = CATALOGUE.findings.iter().filter(|finding| finding.severity == state);
        let of: BTreeSet<_> = of.map(|finding| finding.id).collect();
        assert_eq!(of, ids.split(' ').collect(), "{state:?}");
    }
    assert!(CATALOGUE.findings.iter().all(|finding| finding.severity != Ok));
}

#[test]
fn healthy_servers_are_one_sentence() {
    assert_eq!(
        healthy().first_line(),
        "SPLIT_DNS is OK: 3/3 name servers: 1 internal and 1 external name right, no leak; slowest answer 4.1 ms"
    );
}

/// A zone that an external server knows has leaked, however well the judged servers serve it.
#[test]
fn there_is_no_word_of_no_leak_where_the_zone_is_known_external() {
    assert!(with(&STRANGER).first_line().contains("no leak"));
    let known = with(&STRANGER).external_server_answers(&nx_domain("consul", 0)).output(0).1;
    assert!(known.contains("192.0.2.53 (external) knows zone consul") && !known.contains("no leak"), "{known}");
}
