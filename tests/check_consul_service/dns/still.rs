//! Only what stood still is compared, and what is wrong must be so twice.

use test_support::oracle::State;
use test_support::plugin::assert_says;
use test_support::server::HttpReply;

use super::names::{Names, compare, named};
use super::{ALL, ONLY_DNS, assert_finds, assert_right};
use crate::consul::{Ask, Consul, Script, failing, health, instance};
use crate::value;

/// Three instances of which c is well or not, as of this index.
fn at(index: &str, c_is_well: bool) -> HttpReply {
    let c = if c_is_well { instance("c") } else { failing("c", "critical", "gone") };
    let answer = health(&[instance("a"), instance("b"), c]);
    let headers = answer.headers.iter().filter(|(name, _)| name != "X-Consul-Index").cloned().collect();
    HttpReply { headers, ..answer }.header("X-Consul-Index", index)
}

/// An agent that says this when it is asked first, and so on.
fn turns(answers: impl IntoIterator<Item = HttpReply>) -> Consul {
    Script::healthy().turns(Ask::Consistent, answers).start()
}

/// Names c or not, at the first look and so on.
fn looks(is_named: &'static [bool]) -> Names {
    Names::saying(move |query| {
        let is_named = is_named.get(query.turn).or(is_named.last()).unwrap();
        Some(named(query, if *is_named { ALL } else { &["a", "b"] }, 0))
    })
}

/// c died while DNS was asked: what was said of it before may be right, and so may be what was said later.
#[test]
fn instances_that_moved_once_are_asked_about_again() {
    let consul = turns([at("1", true), at("2", false)]);
    let names = looks(&[false]);
    assert_right(&compare(&consul, &[&names], ONLY_DNS), "1 server");
    assert_eq!((names.looks(), consul.asked(Ask::Consistent)), (2, 4));

    // What was read last is judged, everywhere.
    let (consul, names) = (turns([at("1", true), at("2", false)]), looks(&[true]));
    let output = compare(&consul, &[&names], ONLY_DNS);
    assert_finds(&output, State::Critical, &format!("name server {} hands out c (192.0.2.99:80)", names.addr()));
    assert_eq!((value(&output, "instances_critical"), names.looks()), (Some(1.0), 3));

    let (consul, names) = (turns([at("1", false), at("2", true)]), looks(&[false, true]));
    assert_right(&compare(&consul, &[&names], &[]), "1 server");
}

#[test]
fn instances_that_never_stand_still_are_not_compared() {
    let answers = || (0..10).map(|turn| at(&turn.to_string(), turn % 2 == 0));
    for names in [Names::of(ALL, 0), Names::of(&["a", "b"], 0), Names::of(&["x"], 0)] {
        let output = compare(&turns(answers()), &[&names], ONLY_DNS);
        let said = "DNS was not judged: the instances kept changing while DNS was asked";
        assert_finds(&output, State::Unknown, said);
        assert_says(&output, State::Unknown, "DNS was asked on 1 server, but not judged");
        assert!(!output.text().contains("name server "), "{output:?}");
        assert_eq!((value(&output, "dns_servers"), value(&output, "dns_servers_right")), (Some(1.0), None));
        assert_eq!((value(&output, &names.label("missing")), names.looks()), (None, 3));
        assert!(value(&output, &names.label("addresses")).is_some(), "{output:?}");
    }
    let output =
        compare(&turns(answers()), &[&Names::of(ALL, 0)], &[ONLY_DNS, &["--severity", "dns-unsettled=ok"]].concat());
    assert_says(&output, State::Ok, "but not judged");
}

/// Of a large service some check's output changes all the time, which changes no instance.
#[test]
fn words_that_change_move_no_instance() {
    let restless = || turns((0..10).map(|turn| at(&turn.to_string(), true)));
    assert_right(&compare(&restless(), &[&Names::of(ALL, 0)], &[]), "1 server");
    let names = looks(&[false]);
    let output = compare(&restless(), &[&names], &[]);
    assert_finds(&output, State::Warning, &format!("name server {} does not name c (192.0.2.99:80)", names.addr()));
    // Once is not enough there either, whenever it is.
    for wrong in [&[false, true][..], &[true, false, true], &[true, true, false]] {
        let names = looks(wrong);
        assert_right(&compare(&restless(), &[&names], &[]), "1 server");
    }
}

/// Of many servers some may have a bad moment at each look.
#[test]
fn servers_that_are_wrong_in_turn_are_each_wrong_once() {
    let (one, other) = (looks(&[false, true]), looks(&[true, false, true]));
    assert_right(&compare(&Consul::healthy(), &[&one, &other], &[]), "2 servers");
    assert_eq!((one.looks(), other.looks()), (3, 3));
    let (one, other) = (looks(&[false]), looks(&[true, false, true]));
    let output = compare(&Consul::healthy(), &[&one, &other], &[]);
    assert_finds(&output, State::Warning, &format!("name server {} does not name c (192.0.2.99:80)", one.addr()));
}

/// A server before 0.7 or a proxy that removes what it does not know.
#[test]
fn without_an_index_the_instances_tell() {
    let bare = |c_is_well| {
        let answer = at("1", c_is_well);
        let headers = answer.headers.iter().filter(|(name, _)| name != "X-Consul-Index").cloned().collect();
        HttpReply { headers, ..answer }
    };
    let names = looks(&[true]);
    assert_right(&compare(&turns([bare(true)]), &[&names], &[]), "1 server");
    assert_eq!(names.looks(), 1);
    let output = compare(&turns((0..10).map(|turn| bare(turn % 2 == 0))), &[&looks(&[true])], ONLY_DNS);
    assert_finds(&output, State::Unknown, "DNS was not judged: the instances kept changing");
}

/// Without a leader the stale reads are compared, which DNS answers from.
#[test]
fn without_a_leader_dns_is_compared_with_what_was() {
    let stale = crate::consul::health_of("false", "6400", &[instance("a"), failing("b", "critical", "gone")]);
    let script = || {
        let no_leader = crate::consul::error(500, "No cluster leader");
        Script::healthy().on(Ask::Consistent, no_leader).on(Ask::Stale, stale.clone().header("X-Consul-Index", "7"))
    };
    let (consul, names) = (script().start(), Names::of(&["a"], 0));
    let output = compare(&consul, &[&names], &[]);
    assert_says(&output, State::Critical, "CONSUL is CRITICAL: no leader, ");
    assert_eq!((value(&output, "dns_servers_right"), names.looks()), (Some(1.0), 1));
    let names = Names::of(&["a", "b"], 0);
    let output = compare(&script().start(), &[&names], &[]);
    let said = format!("[CRITICAL] name server {} hands out b (192.0.2.98:80), which is critical", names.addr());
    crate::assert_shows(&output, &said);
}

/// Who has no answer of the API has nothing to compare with.
#[test]
fn without_an_answer_of_the_api_dns_is_not_asked() {
    let (consul, names) = (Consul::saying(HttpReply::new(500, "oops")), Names::of(ALL, 0));
    let output = compare(&consul, &[&names], &[]);
    assert_says(&output, State::Critical, "CONSUL is CRITICAL: agent ");
    assert_eq!((names.heard().len(), value(&output, "dns_servers")), (0, None));
}
