//! Servers that differ from each other and from the source of the inside names, and what is asked again for that.

use common::ServiceState::{Critical, Ok, Warning};
use common::dns::{Answer, OtherRecord, Question, Rcode, RecordType};

use super::scene::{
    MEMBERS, Names, OUTSIDE, Scene, UPSTREAM, answer, answered, checked, closed, found, healthy, no_data, not_asked,
    nx_domain, prohibited, servfail, silent, with,
};
use crate::probe::Side;
use crate::snapshot::Place;

/// This server says so of the addresses (A) of the inside name.
fn says(scene: Scene, server: usize, addresses: &[&str]) -> Scene {
    scene.says_of(server, Names::Inside, RecordType::A, &found(addresses))
}

/// Two of three members.
fn some() -> &'static [&'static str] {
    &MEMBERS[..2]
}

fn sentences(scene: &Scene, id: &str) -> Vec<String> {
    let report = scene.report();
    let found = report.findings().into_iter().filter(|finding| finding.id == Some(id));
    found.map(|finding| finding.text.clone()).collect()
}

#[test]
fn who_differs_twice_alike_disagrees() {
    let scene = says(healthy(), 1, some()).settled();
    assert_eq!(scene.state(), Warning);
    assert_eq!(
        sentences(&scene, "disagreement"),
        ["10.0.0.12: galeradb.service.consul A lacks 10.0.0.13, unlike 10.0.0.11 and 10.0.0.13"]
    );
    let other = says(healthy(), 0, &["10.0.0.11", "10.0.0.14", "10.0.0.13"]).settled();
    assert_eq!(
        sentences(&other, "disagreement"),
        ["10.0.0.11: galeradb.service.consul A lacks 10.0.0.12, has 10.0.0.14, unlike 10.0.0.12 and 10.0.0.13"]
    );
    let family = healthy().says_of(2, Names::Inside, RecordType::Aaaa, &found(&["fd00::1"])).settled();
    assert_eq!(
        sentences(&family, "disagreement"),
        ["10.0.0.13: galeradb.service.consul AAAA has fd00::1, unlike 10.0.0.11 and 10.0.0.12"]
    );
    let but_one = healthy().all_say_of(Names::Inside, RecordType::Aaaa, &found(&["fd00::1"]));
    let but_one = but_one.says_of(2, Names::Inside, RecordType::Aaaa, &no_data("consul")).settled();
    assert_eq!(
        sentences(&but_one, "disagreement"),
        ["10.0.0.13: galeradb.service.consul AAAA lacks fd00::1, unlike 10.0.0.11 and 10.0.0.12"]
    );
}

/// What changes in a catalogue reaches its copies one after the other.
#[test]
fn what_differs_once_is_no_disagreement() {
    for scene in [
        says(healthy(), 1, some()),
        says(healthy(), 1, some()).settled().again(1, &found(&MEMBERS)),
        // It changes, but is not there yet.
        says(healthy(), 1, some()).settled().again(1, &found(&MEMBERS[..1])),
        // It was not asked again: there was no time left.
        says(healthy(), 1, some()).settled().again(1, &not_asked()),
        says(healthy(), 1, some()).settled().again(1, &silent()),
        // The others change.
        says(healthy(), 1, some()).settled().again(0, &found(some())).again(2, &found(some())),
    ] {
        assert_eq!(sentences(&scene, "disagreement"), [""; 0]);
        assert_eq!(scene.value("disagree").as_deref(), Some("0"));
    }
}

/// Consul's `a_record_limit`: each answer is another random part.
#[test]
fn random_parts_of_many_are_no_disagreement() {
    let part = |server: usize| [MEMBERS[server], MEMBERS[(server + 1) % 3]];
    let scene = (0..3).fold(healthy(), |scene, server| says(scene, server, &part(server))).settled();
    let scene = (0..3).fold(scene, |scene, server| scene.again(server, &found(&part((server + 1) % 3))));
    assert_eq!(scene.state(), Ok, "{:#?}", scene.report().findings());
    // Nor is one that is given twice by chance.
    assert_eq!(scene.again(1, &found(&part(1))).state(), Ok);
}

#[test]
fn the_order_of_the_records_is_nobodys_business() {
    let scene = says(healthy(), 1, &["10.0.0.13", "10.0.0.11", "10.0.0.12", "10.0.0.11"]).settled();
    assert_eq!(scene.state(), Ok);
}

#[test]
fn of_two_groups_of_equal_size_the_one_that_clients_ask_first_is_the_measure() {
    let four = checked(&["-i", "x.consul", "-H", "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4"]);
    let four = says(says(four, 1, some()), 3, some()).settled();
    assert_eq!(
        sentences(&four, "disagreement"),
        [
            "10.0.0.2: x.consul A lacks 10.0.0.13, unlike 10.0.0.1 and 10.0.0.3",
            "10.0.0.4: x.consul A lacks 10.0.0.13, unlike 10.0.0.1 and 10.0.0.3",
        ]
    );
    assert_eq!(four.value("disagree").as_deref(), Some("2"));
    let two = says(checked(&["-i", "x.consul", "-H", "10.0.0.1,10.0.0.2"]), 0, some()).settled();
    assert_eq!(sentences(&two, "disagreement"), ["10.0.0.2: x.consul A has 10.0.0.13, unlike 10.0.0.1"]);
}

/// One that is wrong by itself is told so, and is no measure for the others.
#[test]
fn who_is_wrong_is_not_compared() {
    let public = ["198.51.100.1"];
    let scene = says(says(healthy(), 0, &public), 1, &public).settled();
    assert_eq!(sentences(&scene, "disagreement"), [""; 0]);
    assert_eq!(sentences(&scene, "internal-public").len(), 2);
    let denying = healthy().says(0, Names::Inside, &nx_domain("consul", 0)).settled();
    assert_eq!((denying.state(), denying.ids()), (Critical, vec!["wrong-answer"]));
}

/// A CDN answers each resolver otherwise; the serial of Consul's SOA is the time of day.
#[test]
fn outside_names_and_soa_records_may_differ() {
    let outside = healthy().says_of(1, Names::Outside, RecordType::A, &found(&["1.1.1.1"])).settled();
    assert_eq!(outside.state(), Ok);
    assert!(outside.doubts().is_empty());
    let soa = |serial: u32| {
        let text = format!("ns.consul. hostmaster.consul. {serial} 3600 600 86400 0");
        answered(Answer { others: vec![OtherRecord { text, host: None, ttl: 0 }], ..answer(Rcode::NOERROR, &[]) })
    };
    let scene = |rtype: &str| {
        let scene = checked(&["-i", &format!("consul/{rtype}"), "-H", "10.0.0.1,10.0.0.2"]);
        scene.says(0, Names::Inside, &soa(1)).says(1, Names::Inside, &soa(2)).settled()
    };
    assert_eq!((scene("SOA").state(), scene("TXT").state()), (Ok, Warning));
}

#[test]
fn servers_that_differ_from_the_source_are_told() {
    let all = (0..3).fold(with(&UPSTREAM), |scene, server| says(scene, server, some())).settled();
    assert_eq!(all.state(), Warning);
    assert_eq!(
        sentences(&all, "upstream-differs")[0],
        "10.0.0.11: galeradb.service.consul A lacks 10.0.0.13, unlike 127.0.0.1:8600"
    );
    assert_eq!((sentences(&all, "upstream-differs").len(), all.value("disagree").as_deref()), (3, Some("3")));
    // Who differs from everybody is told once.
    let one = says(with(&UPSTREAM), 1, some()).settled();
    assert_eq!(one.ids(), ["disagreement"]);
    assert_eq!(with(&UPSTREAM).settled().state(), Ok);
    // The source changes.
    let changing = (0..3).fold(with(&UPSTREAM), |scene, server| says(scene, server, some())).settled();
    assert_eq!(changing.upstream_again(&found(&MEMBERS[..1])).state(), Ok);
}

#[test]
fn what_the_source_does_not_have_any_more_is_stale() {
    let gone = with(&UPSTREAM).upstream_says(None, &nx_domain("consul", 0));
    let scene = says(gone, 0, &["10.0.0.13"]).settled();
    assert_eq!(scene.state(), Warning);
    let stale = sentences(&scene, "stale-answer");
    assert_eq!(stale[0], "10.0.0.11: galeradb.service.consul A has 10.0.0.13, but 127.0.0.1:8600 denies it");
    assert_eq!((stale.len(), scene.value("stale").as_deref()), (3, Some("3")));
    let healed = with(&UPSTREAM).upstream_says(None, &nx_domain("consul", 0)).settled();
    assert_eq!(healed.upstream_again(&found(&MEMBERS)).state(), Ok);
}

#[test]
fn a_source_that_fails_is_told_and_nothing_is_compared_with_it() {
    for (reply, words) in [
        (closed(), "127.0.0.1:8600: galeradb.service.consul connection refused"),
        (silent(), "127.0.0.1:8600: galeradb.service.consul no answer within 4.0 s"),
        (servfail(), "127.0.0.1:8600: galeradb.service.consul SERVFAIL"),
        (prohibited(), "127.0.0.1:8600: galeradb.service.consul REFUSED (EDE 18)"),
    ] {
        let scene = with(&UPSTREAM).upstream_says(None, &reply).settled();
        assert_eq!((scene.state(), scene.ids()), (Warning, vec!["upstream-fails"]));
        assert_eq!(sentences(&scene, "upstream-fails"), [words]);
    }
    let own = with(&UPSTREAM).upstream_says(None, &not_asked());
    assert_eq!(own.finding("not-asked").0, "127.0.0.1:8600 was not asked: too many open files");
    assert_eq!(own.ids(), ["not-asked"]);
}

/// RFC 2308, section 5: a cache may deny for as long as the SOA says, however healthy the source is.
#[test]
fn a_cache_that_still_denies_is_told_apart_from_a_source_that_does() {
    let denying = |scene: Scene| scene.says(1, Names::Inside, &nx_domain("consul", 57));
    let cached = denying(with(&UPSTREAM)).settled();
    assert_eq!((cached.state(), cached.ids()), (Critical, vec!["negative-cache"]));
    let (text, _) = cached.finding("negative-cache");
    assert!(text.contains("NXDOMAIN from zone consul (cached for 57 s more), but 127.0.0.1:8600 has it"), "{text}");
    let gone = denying(with(&UPSTREAM).upstream_says(None, &nx_domain("consul", 0))).settled();
    let (text, _) = gone.finding("wrong-answer");
    assert!(text.contains("as 127.0.0.1:8600 does"), "{text}");
    let unknown = denying(with(&UPSTREAM).upstream_says(None, &silent())).settled();
    assert_eq!(unknown.ids(), ["wrong-answer", "upstream-fails"]);
    // It was over when asked again.
    let one_type = checked(&[&["-i", "x.consul/A", "-H", "10.0.0.11,10.0.0.12"], &UPSTREAM[..]].concat());
    let healed = denying(one_type).settled().again(1, &found(&MEMBERS));
    assert_eq!(healed.state(), Ok, "{:#?}", healed.report().findings());
}

#[test]
fn healthy_servers_leave_no_doubt() {
    assert!(healthy().doubts().is_empty());
    assert!(with(&UPSTREAM).doubts().is_empty());
    assert!(with(&["-n", "old.consul", "--external-server", "192.0.2.53"]).doubts().is_empty());
}

#[test]
fn all_who_answer_are_asked_again_for_what_differs() {
    let servers = |places: &[usize]| places.iter().map(|place| (Place::Server(*place), 0)).collect::<Vec<_>>();
    for (scene, cells) in [
        (says(healthy(), 1, some()), servers(&[0, 1, 2])),
        (healthy().says(1, Names::Inside, &nx_domain("consul", 57)), servers(&[0, 1, 2])),
        (says(healthy(), 1, some()).says(0, Names::All, &silent()), servers(&[1, 2])),
        (says(with(&UPSTREAM), 0, some()), [servers(&[0, 1, 2]), vec![(Place::Upstream, 0)]].concat()),
        (with(&UPSTREAM).upstream_says(None, &closed()), Vec::new()),
        (healthy().says(0, Names::All, &closed()).says(1, Names::All, &prohibited()), Vec::new()),
    ] {
        assert_eq!(scene.doubts().cells, cells);
        assert!(scene.doubts().failing.is_empty());
    }
}

/// DNSSEC makes SERVFAIL of an answer, and of nothing else.
#[test]
fn the_cause_of_servfail_is_looked_for_inside_first() {
    let question = |scene: &Scene, name: usize| scene.target.subjects[name].questions[0].clone();
    let failing = |scene: &Scene| -> Vec<(Place, Question)> { scene.doubts().failing };
    for (names, diagnosed) in [
        (Names::All, 0),
        (Names::Side(Side::Internal), 0),
        (Names::Outside, 1),
        (Names::Side(Side::External), 1),
        (Names::RandomInside, 2),
        (Names::RandomOutside, 3),
    ] {
        let scene = healthy().says(1, names, &servfail());
        assert_eq!(failing(&scene), [(Place::Server(1), question(&scene, diagnosed))], "{names:?}");
    }
    let scene = healthy().says_of(1, Names::Inside, RecordType::Aaaa, &servfail());
    assert_eq!(failing(&scene), [(Place::Server(1), scene.target.subjects[0].questions[1].clone())]);
    // Each server has a cause of its own.
    let scene = healthy().says(0, Names::Outside, &servfail()).says(2, Names::All, &servfail());
    let expected = [(Place::Server(0), question(&scene, 1)), (Place::Server(2), question(&scene, 0))];
    assert_eq!(failing(&scene), expected);
    for reply in [prohibited(), silent(), closed(), nx_domain(".", 300), not_asked()] {
        assert_eq!(failing(&healthy().says(1, Names::All, &reply)), []);
    }
}

/// At most two more questions of a server: the same without validation, and a fresh one with it.
#[test]
fn one_question_of_a_server_is_looked_into() {
    let names: Vec<_> = (0..20).map(|number| format!("s{number}.consul")).collect();
    let names: Vec<_> = names.iter().flat_map(|name| ["-i", name]).collect();
    let scene = checked(&[&names[..], &["-e", OUTSIDE, "-H", "10.0.0.11"]].concat());
    assert_eq!(scene.says(0, Names::All, &servfail()).doubts().failing.len(), 1);
}
