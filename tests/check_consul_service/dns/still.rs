//! Only instances that stood still are compared, and what is wrong must be so twice.

use serde_json::Value;
use test_support::oracle::State;
use test_support::plugin::assert_says;
use test_support::server::HttpReply;

use super::names::{Names, compare, named};
use super::{ALL, ONLY_DNS, assert_finds, assert_right};
use crate::assert_shows;
use crate::consul::{Ask, Consul, Script, With, failing, health, instance, local};
use crate::value;

/// These instances, as of this index.
fn indexed(index: u64, instances: &[Value]) -> HttpReply {
    let answer = health(instances);
    let headers = answer.headers.iter().filter(|(name, _)| name != "X-Consul-Index").cloned().collect();
    HttpReply { headers, ..answer }.header("X-Consul-Index", &index.to_string())
}

/// Three instances of which c is well or not, as of this index.
fn at(index: u64, c_is_well: bool) -> HttpReply {
    let c = if c_is_well { instance("c") } else { failing("c", "critical", "gone") };
    indexed(index, &[instance("a"), instance("b"), c])
}

/// Instances on these nodes, of which c was registered at this index; the index of all if something is gone since.
fn registered(nodes: &[&str], c_since: u64, index: u64) -> HttpReply {
    let one = |node: &&str| {
        let one = instance(node);
        if *node != "c" {
            return one;
        }
        let one = one.with("/Service/CreateIndex", c_since).with("/Service/ModifyIndex", c_since);
        one.with("/Checks/1/CreateIndex", c_since).with("/Checks/1/ModifyIndex", c_since)
    };
    indexed(index, &nodes.iter().map(one).collect::<Vec<_>>())
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

/// c died while DNS was asked: whether DNS should name it, nobody can say.
#[test]
fn an_instance_that_changed_once_is_not_judged_and_hides_no_other() {
    for names in [Names::of(ALL, 0), Names::of(&["a", "b"], 0)] {
        let (consul, args) = (turns([at(1, true), at(2, false)]), [ONLY_DNS, &["-v"]].concat());
        let output = compare(&consul, &[&names], &args);
        assert_right(&output, "1 server");
        assert_shows(&output, "c (192.0.2.99:80) changed during this check: it does not count for DNS");
        assert_eq!((names.looks(), consul.asked(Ask::Consistent)), (1, 2));
    }
    for (named, said) in [
        (&["a"][..], "does not name b (192.0.2.98:80)\n"),
        (&["a", "b", "x"], "hands out 192.0.2.120 and port 80 of x by SRV, which no instance has"),
    ] {
        let (consul, names) = (turns([at(1, true), at(2, false)]), Names::of(named, 0));
        let output = compare(&consul, &[&names], ONLY_DNS);
        assert_finds(&output, State::Warning, &format!("name server {}", names.addr()));
        assert!(output.text().replace(" ->", "\n").contains(said), "{output:?}");
        assert_eq!(names.looks(), 2, "what is read last is what is judged");
    }
}

/// Whenever it was there: in the first look of the run, in one between, or in the last.
#[test]
fn an_instance_that_is_not_in_every_look_is_not_judged() {
    let there = |index| registered(ALL, index, index);
    let gone = |index| registered(&["a", "b"], 0, index);
    for names in [Names::of(ALL, 0), Names::of(&["a", "b"], 0)] {
        for looks in [
            vec![there(31), gone(32), gone(32)],
            vec![gone(31), there(32), gone(33)],
            vec![gone(31), gone(31), there(32), gone(33)],
            vec![gone(31), there(32)],
            vec![there(31), gone(32), there(33), gone(34)],
        ] {
            assert_right(&compare(&turns(looks), &[&names], &[]), "1 server");
        }
    }
}

/// What the agent says of its own node makes the check look twice before it asks DNS.
#[test]
fn an_instance_that_only_the_first_of_several_looks_shows_is_not_judged() {
    let looks = [registered(ALL, 31, 31), registered(&["a", "b"], 0, 32)];
    let script = Script::healthy().turns(Ask::Consistent, looks).on(Ask::Local, local("a", "critical"));
    let (consul, names) = (script.start(), Names::of(ALL, 0));
    assert_right(&compare(&consul, &[&names], &["--severity", "catalog-drift=ok"]), "1 server");
    assert_eq!((names.looks(), consul.asked(Ask::Local), consul.asked(Ask::Consistent)), (1, 2, 3));
}

/// All looks show the same of it, but it was registered anew between them: it was away.
#[test]
fn an_instance_that_was_registered_anew_is_not_judged() {
    let anew = || turns((31..41).map(|index| registered(ALL, index, index)));
    assert_right(&compare(&anew(), &[&Names::of(&["a", "b"], 0)], &[]), "1 server");
    let same = || turns((31..41).map(|index| registered(ALL, 31, index)));
    let names = Names::of(&["a", "b"], 0);
    let output = compare(&same(), &[&names], &[]);
    assert_finds(&output, State::Warning, &format!("name server {} does not name c (192.0.2.99:80)", names.addr()));
}

/// No look shows it, but the index tells that something went, and it may be what DNS names.
#[test]
fn what_came_and_went_between_the_looks_is_not_foreign() {
    let gone = || turns((31..41).map(|index| registered(&["a", "b"], 0, index)));
    assert_right(&compare(&gone(), &[&Names::of(ALL, 0)], &[]), "1 server");
    let still = || turns([registered(&["a", "b"], 0, 31)]);
    let names = Names::of(ALL, 0);
    let output = compare(&still(), &[&names], &[]);
    assert_finds(&output, State::Warning, &format!("name server {} hands out 192.0.2.99", names.addr()));
}

/// Those that stand still are judged beside one that flaps, however it does.
#[test]
fn an_instance_that_is_not_named_is_found_beside_one_that_flaps() {
    let anew = (31..41).map(|index| registered(ALL, index, index));
    let in_turn = (31..41).map(|index| registered(if index % 2 == 0 { ALL } else { &["a", "b"] }, index, index));
    let unseen = (31..41).map(|index| registered(&["a", "b"], 0, index));
    let ill_in_turn = (0..10).map(|turn| at(turn, turn % 2 == 0));
    let flapping: [Vec<HttpReply>; 4] = [anew.collect(), in_turn.collect(), unseen.collect(), ill_in_turn.collect()];
    for looks in flapping {
        for named in [&["a"][..], &["a", "c"]] {
            let names = Names::of(named, 0);
            let output = compare(&turns(looks.clone()), &[&names], ONLY_DNS);
            let said = format!("name server {} does not name b (192.0.2.98:80)", names.addr());
            assert_finds(&output, State::Warning, &said);
            assert!(!output.text().contains("does not name b (192.0.2.98:80) and"), "{output:?}");
            assert!(!output.text().contains("which no instance has"), "{output:?}");
        }
    }
}

/// Where nothing stood still there is nothing to compare with.
#[test]
fn a_service_that_never_stands_still_is_not_judged() {
    let alone = |turn: u64| match turn % 2 {
        0 => registered(&["c"], 31 + turn, 31 + turn),
        _ => registered(&[], 0, 31 + turn),
    };
    let names = Names::of(&["x"], 0);
    let output = compare(&turns((0..10).map(alone)), &[&names], ONLY_DNS);
    let said = "DNS was not judged: the instances kept changing while DNS was asked";
    assert_finds(&output, State::Unknown, said);
    assert_shows(&output, "DNS was asked on 1 server, but not judged");
    assert!(!output.text().contains("name server "), "{output:?}");
    assert_eq!((value(&output, "dns_servers"), value(&output, "dns_servers_right")), (Some(1.0), None));
    assert_eq!((value(&output, &names.label("missing")), names.looks()), (None, 3));
    assert!(value(&output, &names.label("addresses")).is_some(), "{output:?}");
    let accepted = [ONLY_DNS, &["--severity", "dns-unsettled=ok"]].concat();
    assert_says(&compare(&turns((0..10).map(alone)), &[&names], &accepted), State::Ok, "but not judged");
    // It was there all the time for DNS, which agrees with what was read last.
    let anew = turns((31..41).map(|index| registered(&["c"], index, index)));
    assert_right(&compare(&anew, &[&Names::of(&["c"], 0)], &[]), "1 server");
}

/// Of a large service some check's output changes all the time, which changes no instance.
#[test]
fn words_that_change_move_no_instance() {
    let restless = || turns((0..10).map(|turn| at(turn, true)));
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
        let answer = at(1, c_is_well);
        let headers = answer.headers.iter().filter(|(name, _)| name != "X-Consul-Index").cloned().collect();
        HttpReply { headers, ..answer }
    };
    let names = looks(&[true]);
    assert_right(&compare(&turns([bare(true)]), &[&names], &[]), "1 server");
    assert_eq!(names.looks(), 1);
    let moving = || turns((0..10).map(|turn| bare(turn % 2 == 0)));
    for is_named in [&[true], &[false]] {
        assert_right(&compare(&moving(), &[&looks(is_named)], ONLY_DNS), "1 server");
    }
    let names = Names::of(&["b"], 0);
    let output = compare(&moving(), &[&names], ONLY_DNS);
    assert_finds(&output, State::Warning, &format!("name server {} does not name a (192.0.2.97:80)", names.addr()));
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

/// The same server is wrong about another instance or address each time.
#[test]
fn a_server_that_is_wrong_about_another_instance_each_time_is_wrong_once() {
    for wrong in [[&["a", "b"][..], &["b", "c"], &["a", "c"]], [&["a", "b", "c", "x"], &["a", "b", "c", "y"], ALL]] {
        let names = Names::saying(move |query| Some(named(query, wrong[query.turn.min(2)], 0)));
        assert_right(&compare(&Consul::healthy(), &[&names], &[]), "1 server");
        assert_eq!(names.looks(), 3);
    }
}

/// Who has no answer of the API has nothing to compare with.
#[test]
fn without_an_answer_of_the_api_dns_is_not_asked() {
    let (consul, names) = (Consul::saying(HttpReply::new(500, "oops")), Names::of(ALL, 0));
    let output = compare(&consul, &[&names], &[]);
    assert_says(&output, State::Critical, "CONSUL is CRITICAL: agent ");
    assert_eq!((names.heard().len(), value(&output, "dns_servers")), (0, None));
}
