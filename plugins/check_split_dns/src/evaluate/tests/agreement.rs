//! Servers that differ from each other and from the source of the internal names, and what is asked again for that.

use common::ServiceState::{Critical, Ok, Warning};
use common::dns::{Answer, OtherRecord, Question, Rcode, RecordType};

use super::check::{
    Check, EXTERNAL, MEMBERS, Names, UPSTREAM, answer, answered, checked, closed, found, healthy, no_data, not_asked,
    nx_domain, prohibited, servfail, silent, with,
};
use crate::probe::Side;
use crate::snapshot::ServerId;

/// The server answers with these addresses (A) of the internal name.
fn answers(check: Check, server: usize, addresses: &[&str]) -> Check {
    check.answers_of(server, Names::Internal, RecordType::A, &found(addresses))
}

/// Two of three members.
fn some() -> &'static [&'static str] {
    &MEMBERS[..2]
}

fn sentences(check: &Check, id: &str) -> Vec<String> {
    let report = check.report();
    let found = report.findings().into_iter().filter(|finding| finding.id == Some(id));
    found.map(|finding| finding.text.clone()).collect()
}

#[test]
fn who_differs_twice_alike_disagrees() {
    let check = answers(healthy(), 1, some()).rechecked();
    assert_eq!(check.state(), Warning);
    assert_eq!(
        sentences(&check, "disagreement"),
        ["10.0.0.12: galeradb.service.consul A lacks 10.0.0.13, unlike 10.0.0.11 and 10.0.0.13"]
    );
    let other = answers(healthy(), 0, &["10.0.0.11", "10.0.0.14", "10.0.0.13"]).rechecked();
    assert_eq!(
        sentences(&other, "disagreement"),
        ["10.0.0.11: galeradb.service.consul A lacks 10.0.0.12, has 10.0.0.14, unlike 10.0.0.12 and 10.0.0.13"]
    );
    let family = healthy().answers_of(2, Names::Internal, RecordType::Aaaa, &found(&["fd00::1"])).rechecked();
    assert_eq!(
        sentences(&family, "disagreement"),
        ["10.0.0.13: galeradb.service.consul AAAA has fd00::1, unlike 10.0.0.11 and 10.0.0.12"]
    );
    let but_one = healthy().all_answer_of(Names::Internal, RecordType::Aaaa, &found(&["fd00::1"]));
    let but_one = but_one.answers_of(2, Names::Internal, RecordType::Aaaa, &no_data("consul")).rechecked();
    assert_eq!(
        sentences(&but_one, "disagreement"),
        ["10.0.0.13: galeradb.service.consul AAAA lacks fd00::1, unlike 10.0.0.11 and 10.0.0.12"]
    );
}

/// What changes in a catalogue reaches its copies one after the other.
#[test]
fn what_differs_once_is_no_disagreement() {
    for check in [
        answers(healthy(), 1, some()),
        answers(healthy(), 1, some()).rechecked().recheck_answers(1, &found(&MEMBERS)),
        // It changes, but is not there yet.
        answers(healthy(), 1, some()).rechecked().recheck_answers(1, &found(&MEMBERS[..1])),
        // It was not asked again: there was no time left.
        answers(healthy(), 1, some()).rechecked().recheck_answers(1, &not_asked()),
        answers(healthy(), 1, some()).rechecked().recheck_answers(1, &silent()),
        // The others change.
        answers(healthy(), 1, some()).rechecked().recheck_answers(0, &found(some())).recheck_answers(2, &found(some())),
    ] {
        assert_eq!(sentences(&check, "disagreement"), [""; 0]);
        assert_eq!(check.value("disagree").as_deref(), Some("0"));
    }
}

/// Consul's `a_record_limit`: each answer is another random part.
#[test]
fn random_parts_of_many_are_no_disagreement() {
    let part = |server: usize| [MEMBERS[server], MEMBERS[(server + 1) % 3]];
    let check = (0..3).fold(healthy(), |check, server| answers(check, server, &part(server))).rechecked();
    let check = (0..3).fold(check, |check, server| check.recheck_answers(server, &found(&part((server + 1) % 3))));
    assert_eq!(check.state(), Ok, "{:#?}", check.report().findings());
    // Nor is one that is given twice by chance.
    assert_eq!(check.recheck_answers(1, &found(&part(1))).state(), Ok);
}

#[test]
fn the_order_of_the_records_is_nobodys_business() {
    let check = answers(healthy(), 1, &["10.0.0.13", "10.0.0.11", "10.0.0.12", "10.0.0.11"]).rechecked();
    assert_eq!(check.state(), Ok);
}

#[test]
fn of_two_groups_of_equal_size_the_one_that_clients_ask_first_is_the_measure() {
    let four = checked(&["-i", "x.consul", "-H", "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4"]);
    let four = answers(answers(four, 1, some()), 3, some()).rechecked();
    assert_eq!(
        sentences(&four, "disagreement"),
        [
            "10.0.0.2: x.consul A lacks 10.0.0.13, unlike 10.0.0.1 and 10.0.0.3",
            "10.0.0.4: x.consul A lacks 10.0.0.13, unlike 10.0.0.1 and 10.0.0.3",
        ]
    );
    assert_eq!(four.value("disagree").as_deref(), Some("2"));
    let two = answers(checked(&["-i", "x.consul", "-H", "10.0.0.1,10.0.0.2"]), 0, some()).rechecked();
    assert_eq!(sentences(&two, "disagreement"), ["10.0.0.2: x.consul A has 10.0.0.13, unlike 10.0.0.1"]);
}

/// One that is wrong by itself is told so, and is no measure for the others.
#[test]
fn who_is_wrong_is_not_compared() {
    let public = ["198.51.100.1"];
    let check = answers(answers(healthy(), 0, &public), 1, &public).rechecked();
    assert_eq!(sentences(&check, "disagreement"), [""; 0]);
    assert_eq!(sentences(&check, "internal-public").len(), 2);
    let denying = healthy().answers(0, Names::Internal, &nx_domain("consul", 0)).rechecked();
    assert_eq!((denying.state(), denying.ids()), (Critical, vec!["wrong-answer"]));
}

/// A CDN answers each resolver otherwise; the serial of Consul's SOA is the time of day.
#[test]
fn external_names_and_soa_records_may_differ() {
    let external = healthy().answers_of(1, Names::External, RecordType::A, &found(&["1.1.1.1"])).rechecked();
    assert_eq!(external.state(), Ok);
    assert!(external.doubtful().is_empty());
    let soa = |serial: u32| {
        let text = format!("ns.consul. hostmaster.consul. {serial} 3600 600 86400 0");
        answered(Answer { others: vec![OtherRecord { text, host: None, ttl: 0 }], ..answer(Rcode::NOERROR, &[]) })
    };
    let check = |rtype: &str| {
        let check = checked(&["-i", &format!("consul/{rtype}"), "-H", "10.0.0.1,10.0.0.2"]);
        check.answers(0, Names::Internal, &soa(1)).answers(1, Names::Internal, &soa(2)).rechecked()
    };
    assert_eq!((check("SOA").state(), check("TXT").state()), (Ok, Warning));
}

#[test]
fn servers_that_differ_from_the_source_are_told() {
    let all = (0..3).fold(with(&UPSTREAM), |check, server| answers(check, server, some())).rechecked();
    assert_eq!(all.state(), Warning);
    assert_eq!(
        sentences(&all, "upstream-differs")[0],
        "10.0.0.11: galeradb.service.consul A lacks 10.0.0.13, unlike 127.0.0.1:8600"
    );
    assert_eq!((sentences(&all, "upstream-differs").len(), all.value("disagree").as_deref()), (3, Some("3")));
    // Who differs from everybody is told once.
    let one = answers(with(&UPSTREAM), 1, some()).rechecked();
    assert_eq!(one.ids(), ["disagreement"]);
    assert_eq!(with(&UPSTREAM).rechecked().state(), Ok);
    // The source changes.
    let changing = (0..3).fold(with(&UPSTREAM), |check, server| answers(check, server, some())).rechecked();
    assert_eq!(changing.upstream_recheck_answers(&found(&MEMBERS[..1])).state(), Ok);
}

#[test]
fn what_the_source_does_not_have_any_more_is_stale() {
    let gone = with(&UPSTREAM).upstream_answers(None, &nx_domain("consul", 0));
    let check = answers(gone, 0, &["10.0.0.13"]).rechecked();
    assert_eq!(check.state(), Warning);
    let stale = sentences(&check, "stale-answer");
    assert_eq!(stale[0], "10.0.0.11: galeradb.service.consul A has 10.0.0.13, but 127.0.0.1:8600 denies it");
    assert_eq!((stale.len(), check.value("stale").as_deref()), (3, Some("3")));
    let healed = with(&UPSTREAM).upstream_answers(None, &nx_domain("consul", 0)).rechecked();
    assert_eq!(healed.upstream_recheck_answers(&found(&MEMBERS)).state(), Ok);
}

#[test]
fn a_source_that_fails_is_told_and_nothing_is_compared_with_it() {
    for (reply, words) in [
        (closed(), "127.0.0.1:8600: galeradb.service.consul connection refused"),
        (silent(), "127.0.0.1:8600: galeradb.service.consul no answer within 4.0 s"),
        (servfail(), "127.0.0.1:8600: galeradb.service.consul SERVFAIL"),
        (prohibited(), "127.0.0.1:8600: galeradb.service.consul REFUSED (EDE 18)"),
    ] {
        let check = with(&UPSTREAM).upstream_answers(None, &reply).rechecked();
        assert_eq!((check.state(), check.ids()), (Warning, vec!["upstream-fails"]));
        assert_eq!(sentences(&check, "upstream-fails"), [words]);
    }
    let own = with(&UPSTREAM).upstream_answers(None, &not_asked());
    assert_eq!(own.finding("not-asked").0, "127.0.0.1:8600 was not asked: too many open files");
    assert_eq!(own.ids(), ["not-asked"]);
}

/// RFC 2308, section 5: a cache may deny for as long as the SOA says, however healthy the source is.
#[test]
fn a_cache_that_still_denies_is_told_apart_from_a_source_that_does() {
    let denying = |check: Check| check.answers(1, Names::Internal, &nx_domain("consul", 57));
    let cached = denying(with(&UPSTREAM)).rechecked();
    assert_eq!((cached.state(), cached.ids()), (Critical, vec!["negative-cache"]));
    let (text, _) = cached.finding("negative-cache");
    assert!(text.contains("NXDOMAIN from zone consul (cached for 57 s more), but 127.0.0.1:8600 has it"), "{text}");
    let gone = denying(with(&UPSTREAM).upstream_answers(None, &nx_domain("consul", 0))).rechecked();
    let (text, _) = gone.finding("wrong-answer");
    assert!(text.contains("as 127.0.0.1:8600 does"), "{text}");
    let unknown = denying(with(&UPSTREAM).upstream_answers(None, &silent())).rechecked();
    assert_eq!(unknown.ids(), ["wrong-answer", "upstream-fails"]);
    // It was over when asked again.
    let one_type = checked(&[&["-i", "x.consul/A", "-H", "10.0.0.11,10.0.0.12"], &UPSTREAM[..]].concat());
    let healed = denying(one_type).rechecked().recheck_answers(1, &found(&MEMBERS));
    assert_eq!(healed.state(), Ok, "{:#?}", healed.report().findings());
}

#[test]
fn healthy_servers_leave_no_doubt() {
    assert!(healthy().doubtful().is_empty());
    assert!(with(&UPSTREAM).doubtful().is_empty());
    assert!(with(&["-n", "old.consul", "--external-server", "192.0.2.53"]).doubtful().is_empty());
}

#[test]
fn all_who_answer_are_asked_again_for_what_differs() {
    let servers = |indices: &[usize]| indices.iter().map(|index| (ServerId::Judged(*index), 0)).collect::<Vec<_>>();
    for (check, names) in [
        (answers(healthy(), 1, some()), servers(&[0, 1, 2])),
        (healthy().answers(1, Names::Internal, &nx_domain("consul", 57)), servers(&[0, 1, 2])),
        (answers(healthy(), 1, some()).answers(0, Names::All, &silent()), servers(&[1, 2])),
        (answers(with(&UPSTREAM), 0, some()), [servers(&[0, 1, 2]), vec![(ServerId::Upstream, 0)]].concat()),
        (with(&UPSTREAM).upstream_answers(None, &closed()), Vec::new()),
        (healthy().answers(0, Names::All, &closed()).answers(1, Names::All, &prohibited()), Vec::new()),
    ] {
        assert_eq!(check.doubtful().names, names);
        assert!(check.doubtful().failing.is_empty());
    }
}

/// DNSSEC makes SERVFAIL of an answer, and of nothing else.
#[test]
fn the_cause_of_servfail_is_looked_for_at_internal_names_first() {
    let question = |check: &Check, name: usize| check.target.subjects[name].questions[0].clone();
    let failing = |check: &Check| -> Vec<(ServerId, Question)> { check.doubtful().failing };
    for (names, diagnosed) in [
        (Names::All, 0),
        (Names::Side(Side::Internal), 0),
        (Names::External, 1),
        (Names::Side(Side::External), 1),
        (Names::RandomInternal, 2),
        (Names::RandomExternal, 3),
    ] {
        let check = healthy().answers(1, names, &servfail());
        assert_eq!(failing(&check), [(ServerId::Judged(1), question(&check, diagnosed))], "{names:?}");
    }
    let check = healthy().answers_of(1, Names::Internal, RecordType::Aaaa, &servfail());
    assert_eq!(failing(&check), [(ServerId::Judged(1), check.target.subjects[0].questions[1].clone())]);
    // Each server has a cause of its own.
    let check = healthy().answers(0, Names::External, &servfail()).answers(2, Names::All, &servfail());
    let expected = [(ServerId::Judged(0), question(&check, 1)), (ServerId::Judged(2), question(&check, 0))];
    assert_eq!(failing(&check), expected);
    for reply in [prohibited(), silent(), closed(), nx_domain(".", 300), not_asked()] {
        assert_eq!(failing(&healthy().answers(1, Names::All, &reply)), []);
    }
}

/// At most two more questions of a server: the same without validation, and a fresh one with it.
#[test]
fn one_question_of_a_server_is_looked_into() {
    let names: Vec<_> = (0..20).map(|number| format!("s{number}.consul")).collect();
    let names: Vec<_> = names.iter().flat_map(|name| ["-i", name]).collect();
    let check = checked(&[&names[..], &["-e", EXTERNAL, "-H", "10.0.0.11"]].concat());
    assert_eq!(check.answers(0, Names::All, &servfail()).doubtful().failing.len(), 1);
}
