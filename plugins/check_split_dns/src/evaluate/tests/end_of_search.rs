//! Where a client's search ends (glibc 2.36, measured), and where answers that look wrong are not.

use common::ServiceState::{Critical, Ok, Warning};
use common::dns::{Rcode, RecordType, parse_name};

use super::check::{
    MEMBERS, Names, answer, answered, checked, closed, denied, found, healthy, no_data, nx_domain, prohibited, rcode,
    servfail, silent, with,
};
use crate::probe::Side;

/// A good second server does not help.
#[test]
fn clients_stop_at_every_response_code_but_three() {
    for (code, state) in
        [(1, Critical), (6, Critical), (9, Critical), (10, Critical), (2, Warning), (4, Warning), (5, Warning)]
    {
        let check = healthy().answers(1, Names::Internal, &rcode(Rcode(code)));
        assert_eq!(check.state(), state, "{code}");
    }
    let format_error = healthy().answers(1, Names::Internal, &rcode(Rcode(1)));
    assert_eq!(
        format_error.finding("wrong-answer").0,
        "10.0.0.12: galeradb.service.consul FORMERR, where clients stop"
    );
    // The first answers, so that nobody waits for the third.
    let first = healthy().answers(0, Names::Internal, &rcode(Rcode(1))).answers(1, Names::Internal, &silent());
    assert!(!first.ids().contains(&"first-server-silent"), "{:?}", first.ids());
    let one_family = healthy().answers_of(1, Names::Internal, RecordType::Aaaa, &rcode(Rcode(1)));
    assert_eq!(one_family.state(), Warning, "the other family has addresses");
}

/// Measured: 15 s with one server and with two.
#[test]
fn a_family_that_is_silent_is_waited_for_although_the_other_is_there() {
    let late = |check: super::check::Check| check.answers_of(0, Names::Internal, RecordType::Aaaa, &silent());
    let alone = late(checked(&["-i", "galeradb.service.consul", "-H", "10.0.0.11"]));
    assert_eq!((alone.state(), alone.value("servers_ok").as_deref()), (Critical, Some("1")));
    assert!(
        alone.finding("first-server-silent").0.contains("galeradb.service.consul AAAA no answer within 4.0 s, so each")
    );
    let second = healthy().answers_of(1, Names::Internal, RecordType::Aaaa, &silent());
    assert_eq!(second.state(), Warning, "nobody asks it while the first answers");
}

/// A name that must not be there is looked up by somebody, too.
#[test]
fn a_silent_first_server_is_waited_for_whatever_it_is_asked() {
    let absent =
        checked(&["-n", "old.example.com", "-H", "10.0.0.11,10.0.0.12,10.0.0.13"]).answers(0, Names::All, &silent());
    assert!(absent.ids().contains(&"first-server-silent"), "{:?}", absent.ids());
}

/// The SOA behind an alias is that of the alias's target (RFC 2308, section 2.1).
#[test]
fn an_internal_alias_into_another_zone_is_no_leak() {
    let mut aaaa = denied(Rcode::NOERROR, "consul", 0);
    aaaa.cnames = vec![parse_name("galeradb.service.consul").unwrap()];
    let corp = checked(&["-i", "db.corp.example.com", "-z", "corp.example.com", "-H", "10.0.0.11,10.0.0.12"]);
    let alias = corp.all_answer_of(Names::Internal, RecordType::Aaaa, &answered(aaaa));
    assert_eq!((alias.state(), alias.ids()), (Ok, vec![]));
}

/// `--severity internal-wildcard=ok` is for those.
#[test]
fn a_wildcard_that_is_meant_costs_no_server() {
    let wildcard = healthy()
        .all_answer(Names::RandomInternal, &found(&["10.0.0.99"]))
        .ruled(&["--severity", "internal-wildcard=ok"]);
    assert_eq!((wildcard.state(), wildcard.value("servers_ok").as_deref()), (Ok, Some("3")));
    let and_closed = wildcard.answers(2, Names::All, &closed());
    assert_eq!(and_closed.state(), Warning);
    assert!(!healthy().answers(1, Names::RandomInternal, &servfail()).first_line().contains("no leak"), "nobody knows");
}

/// Our own time limit may leave it no time.
#[test]
fn a_recheck_that_brings_nothing_does_not_overrule_the_first() {
    let differing = healthy()
        .answers_of(1, Names::Internal, RecordType::A, &found(&MEMBERS[..2]))
        .rechecked()
        .recheck_answers(1, &silent());
    assert_eq!((differing.state(), differing.ids()), (Ok, vec![]));
}

/// Consul resolves no external hosts: its external services are aliases.
#[test]
fn a_source_that_knows_the_alias_alone_denies_nothing() {
    let mut alias = answer(Rcode::NOERROR, &[]);
    alias.cnames = vec![parse_name("db.example.com").unwrap()];
    let check = with(&["--upstream", "127.0.0.1"]).upstream_answers(None, &answered(alias)).rechecked();
    assert_eq!((check.state(), check.ids()), (Ok, vec![]));
}

/// Consul without recursors refuses what is not its own.
#[test]
fn a_source_of_one_zone_may_refuse_another() {
    let two = ["-i", "db.service.consul", "-i", "ldap.lan", "-z", "lan", "--upstream", "127.0.0.1", "-H", "10.0.0.11"];
    let check = checked(&two).upstream_answers_at(1, &prohibited());
    assert_eq!((check.state(), check.ids()), (Ok, vec![]));
    let nowhere = checked(&two).upstream_answers(None, &prohibited());
    assert_eq!(nowhere.finding("upstream-fails").0, "127.0.0.1:8600: db.service.consul REFUSED (EDE 18)");
}

/// What was found out about one zone is not true of another.
#[test]
fn a_diagnosis_is_of_its_own_zone() {
    let two = checked(&["-i", "db.service.consul", "-i", "ldap.lan", "-z", "lan", "-H", "10.0.0.11"]);
    let check = two.answers(0, Names::Side(Side::Internal), &servfail()).diagnosed(
        0,
        Side::Internal,
        &found(&MEMBERS),
        &servfail(),
    );
    let report = check.report();
    let told = |zone: &str| {
        report.findings().iter().any(|finding| finding.text.ends_with(&format!("DNSSEC rejects zone {zone}")))
    };
    assert!(told("consul") && !told("lan"), "{:#?}", report.findings());
}

/// Nothing of Consul's is advised for what Consul does not serve.
#[test]
fn other_zones_have_other_remedies() {
    let corp =
        || checked(&["-i", "db.corp.example.com", "-z", "corp.example.com", "-H", "10.0.0.11,10.0.0.12,10.0.0.13"]);
    for reply in
        [nx_domain("com", 900), nx_domain("corp.example.com", 60), servfail(), silent(), no_data("corp.example.com")]
    {
        let check = corp().answers(1, Names::Side(Side::Internal), &reply);
        for finding in check.report().findings() {
            let said = format!("{} {}", finding.text, finding.remedy);
            assert!(!said.contains("onsul") && !said.contains("8600"), "{said}");
        }
    }
}
