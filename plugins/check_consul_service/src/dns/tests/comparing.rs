//! What of an answer agrees with the API.

use common::CheckError;
use common::dns::{Answer, Outcome, Rcode, parse_name};

use super::super::Condition::{Critical, Maintenance, Passing, Warning};
use super::*;

fn text(comparison: &Comparison) -> String {
    let fault = comparison.fault.as_ref().map(|fault| format!("fault {}", fault.words));
    let split = comparison.split.as_ref().map(|split| format!("split {split}"));
    let not_asked = comparison.not_asked.as_ref().map(|fault| format!("not asked {}", fault.parts().0));
    let dead = comparison.dead.iter().map(|one| format!("dead {} {}", one.place, one.instances.join("+")));
    let missing = comparison
        .missing
        .iter()
        .map(|one| format!("missing {}{}", one.instance, if one.only_srv { " by SRV" } else { "" }));
    let foreign = comparison.foreign.iter().map(|one| format!("foreign {one}"));
    let parts = fault.into_iter().chain(split).chain(not_asked).chain(dead).chain(missing).chain(foreign);
    parts.collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn assert_says(said: [Both; 3], expected: &Expected, words: &str) {
    let comparison = compare(&own(said), expected);
    assert_eq!(text(&comparison), words);
    assert_eq!(comparison.agrees(), words.is_empty());
    assert_eq!(comparison.is_wrong(), !words.is_empty() && !words.starts_with("not asked"));
}

#[test]
fn the_band_between_passing_and_passing_or_warning_is_right() {
    let instances = expected(&[Passing, Passing, Warning, Critical, Maintenance]);
    let (one, two) = ("db1 (10.0.0.1:3306)", "db2 (10.0.0.2:3306)");
    for (named, words) in [
        (&[1, 2][..], String::new()),
        (&[1, 2, 3], String::new()),
        (&[1], format!("missing {two}")),
        (&[3], format!("missing {one}; missing {two}")),
        (&[1, 2, 4], "dead 10.0.0.4 db4 (10.0.0.4:3306)".to_owned()),
        (&[1, 2, 3, 5], "dead 10.0.0.5 db5 (10.0.0.5:3306)".to_owned()),
        (&[2, 1, 9], "foreign 10.0.0.9".to_owned()),
        (&[4], format!("dead 10.0.0.4 db4 (10.0.0.4:3306); missing {one}; missing {two}")),
        (&[], format!("fault NXDOMAIN; missing {one}; missing {two}")),
    ] {
        assert_says(names(named), &instances, &words);
    }
}

#[test]
fn a_denial_is_right_when_nothing_passes() {
    for standings in [&[Critical, Maintenance][..], &[], &[Warning]] {
        for outcome in [nx_domain(), no_data()] {
            assert_says(all(&outcome), &expected(standings), "");
        }
    }
    let [a, aaaa, srv] = names(&[1]);
    for srv in [srv, both(&nx_domain())] {
        assert_says([a.clone(), aaaa.clone(), srv], &expected(&[Warning]), "");
    }
}

#[test]
fn the_dead_of_one_address_are_told_in_one_order() {
    let mut instances = expected(&[Critical, Critical]);
    instances.instances[1].ip = known(1, Critical).ip;
    instances.instances.reverse();
    let words = "dead 10.0.0.1 db1 (10.0.0.1:3306)+db2 (10.0.0.2:3306) at 10.0.0.1";
    let [a, aaaa, _] = names(&[1]);
    assert_says([a, aaaa, both(&nx_domain())], &instances, words);
}

#[test]
fn one_family_is_enough_where_no_instance_has_the_other() {
    let mut instances = expected(&[Passing, Passing]);
    instances.instances[1].ip = Some("fd00::2".parse().unwrap());
    let v6 = both(&addresses(&["fd00::2"], 0));
    let srv = [("0a000001.addr.dc1.consul", 3306), ("fd000000000000000000000000000002.addr.dc1.consul", 3306)];
    let [a, _, _] = names(&[1]);
    assert_says([a.clone(), v6, both(&services(&srv, 0))], &instances, "");
    let without = [a.clone(), both(&no_data()), both(&services(&srv, 0))];
    assert_says(without, &instances, "missing db2 (10.0.0.2:3306) at fd00::2");
    // As BIND does when it forwards service.consul only, and so does not believe the SOA of consul.
    let failing = [a, both(&code(Rcode::SERVFAIL)), both(&services(&srv, 0))];
    assert_says(failing, &instances, "fault AAAA SERVFAIL");
}

#[test]
fn an_alias_cannot_be_compared_and_may_be_right() {
    let mut instances = expected(&[Passing]);
    instances.instances[0] = Known { ip: None, name: "db1 (db.example)".to_owned(), ..known(1, Passing) };
    let alias = |ips: &[&str]| {
        let Outcome::Answer(answer) = addresses(ips, 5) else { panic!("no answer") };
        both(&Outcome::Answer(Answer { cnames: vec![parse_name("db.example").unwrap()], ..answer }))
    };
    let srv = both(&services(&[("db.example", 3306)], 0));
    for ips in [&[][..], &["192.0.2.1"]] {
        assert_says([alias(ips), alias(&[]), srv.clone()], &instances, "");
    }
    // Without such an instance it is as wrong as any other address.
    let words = "missing db1 (10.0.0.1:3306); foreign 192.0.2.1";
    assert_says([alias(&["192.0.2.1"]), alias(&[]), srv.clone()], &expected(&[Passing]), words);
    assert_says([both(&nx_domain()), both(&nx_domain()), srv], &instances, "fault NXDOMAIN");
}

#[test]
fn an_address_that_a_usable_instance_shares_is_right() {
    let mut instances = expected(&[Passing, Critical]);
    instances.instances[1] = Known { ip: known(1, Passing).ip, port: Some(3307), ..known(2, Critical) };
    assert_says(names(&[1]), &instances, "");
    // But SRV must not offer the port.
    let [a, aaaa, _] = names(&[1]);
    let srv = services(&[("0a000001.addr.dc1.consul", 3306), ("0a000001.addr.dc1.consul", 3307)], 0);
    let words = "dead port 3307 of 10.0.0.1 by SRV db2 (10.0.0.2:3306) at 10.0.0.1";
    assert_says([a, aaaa, both(&srv)], &instances, words);
}

#[test]
fn srv_offers_the_port_of_each_passing_instance() {
    let mut instances = expected(&[Passing, Passing]);
    instances.instances[1].port = None;
    let [a, aaaa, _] = names(&[1, 2]);
    for (targets, words) in [
        (&[("0a000001.addr.dc1.consul", 3306), ("0a000002.addr.dc1.consul", 0)][..], ""),
        (&[("DB1.node.dc1.consul", 3306), ("db2.node.dc1.consul", 0)], ""),
        (&[("www.example", 3306), ("other.example", 0)], ""),
        (&[("db1.node.dc1.consul", 3306)], "missing db2 (10.0.0.2:3306) by SRV"),
        (
            &[("db1.node.dc1.consul", 3306), ("db2.node.dc1.consul", 3306)],
            "missing db2 (10.0.0.2:3306) by SRV; foreign port 3306 of db2 by SRV",
        ),
        (
            &[("db1.node.dc1.consul", 3306), ("db2.node.dc1.consul", 0), ("0a000009.addr.dc1.consul", 1)],
            "foreign port 1 of 10.0.0.9 by SRV",
        ),
    ] {
        assert_says([a.clone(), aaaa.clone(), both(&services(targets, 0))], &instances, words);
    }
    assert_says([a, aaaa, both(&no_data())], &instances, "fault SRV NODATA");
}

#[test]
fn what_a_filter_hides_may_be_handed_out() {
    let instances = Expected { whole: false, ..expected(&[Passing]) };
    assert_says(names(&[1, 9]), &instances, "");
    let hidden = compare(&own(names(&[9])), &instances);
    assert!(hidden.is_useful && !hidden.agrees());
}

#[test]
fn transports_are_compared_with_each_other() {
    let instances = expected(&[Passing, Passing, Passing, Passing]);
    let [full, aaaa, srv] = names(&[1, 2, 3, 4]);
    let (full, three) = (full.tcp.outcome, addresses(&["10.0.0.1", "10.0.0.2", "10.0.0.3"], 0));
    let mut truncated = answer(Rcode::NOERROR);
    truncated.flags.tc = true;
    let truncated = Outcome::Answer(truncated);
    for (udp, tcp, words) in [
        (&three, &full, ""),
        (&truncated, &full, ""),
        (&Outcome::Silent, &full, "split A no answer within 4.0 s over UDP"),
        (&nx_domain(), &full, "split A NXDOMAIN over UDP"),
        (&full, &Outcome::PortClosed, "split A connection refused over TCP"),
        (&full, &no_data(), "split A NODATA over TCP"),
        (&full, &truncated, "split A truncated over TCP too over TCP"),
        (&full, &three, "missing db4 (10.0.0.4:3306)"),
        (&three, &Outcome::PortClosed, "split A connection refused over TCP; missing db4 (10.0.0.4:3306)"),
        (&truncated, &Outcome::PortClosed, "fault A connection refused"),
    ] {
        assert_says([split(udp, tcp), aaaa.clone(), srv.clone()], &instances, words);
    }
    let no_tcp = names(&[1, 2, 3, 4]).map(|both| split(&both.udp.outcome, &Outcome::PortClosed));
    assert_says(no_tcp, &instances, "split connection refused over TCP");
}

#[test]
fn failures_are_faults_whatever_the_instances() {
    let garbage = Outcome::NotUnderstood("evil|text".to_owned());
    let unreachable = Outcome::Unreachable("host unreachable".to_owned());
    for (outcome, words) in [
        (code(Rcode::SERVFAIL), "SERVFAIL"),
        (code(Rcode::REFUSED), "REFUSED"),
        (code(Rcode(4)), "NOTIMP"),
        (Outcome::Silent, "no answer within 4.0 s"),
        (Outcome::PortClosed, "connection refused"),
        (unreachable, "host unreachable"),
        (garbage, "no valid answer (evil text)"),
    ] {
        assert_says(all(&outcome), &expected(&[Critical]), &format!("fault {words}"));
        let missing = compare(&own(all(&outcome)), &expected(&[Passing])).missing;
        assert_eq!(missing, [], "nothing is known of what it would name");
    }
}

#[test]
fn a_denial_tells_who_denies() {
    let instances = expected(&[Passing]);
    let comparison = compare(&own(all(&negative(Rcode::NXDOMAIN, ".", 10_800))), &instances);
    let fault = comparison.fault.unwrap();
    assert_eq!((fault.words.as_str(), fault.cached), ("NXDOMAIN from the root", 60));
}

#[test]
fn our_own_fault_is_not_the_servers() {
    let ours = Outcome::OwnSide(CheckError::local("too many open files", "raise the limit"));
    let instances = expected(&[Passing]);
    assert_says(all(&ours), &instances, "not asked too many open files");
    let comparison = compare(&own(all(&ours)), &instances);
    assert!(!comparison.is_heard && !comparison.has_answered());

    // The other transport tells as much.
    let over_tcp = names(&[1]).map(|both| split(&ours, &both.tcp.outcome));
    assert_says(over_tcp, &instances, "not asked too many open files");
    // Of IPv4 nothing is known.
    assert_says([both(&ours), both(&no_data()), both(&ours)], &instances, "not asked too many open files");
}

#[test]
fn the_smallest_ttl_and_the_slowest_answer_count() {
    let [_, aaaa, srv] = names_for(&[1], 30);
    let mut a = split(&addresses(&["10.0.0.1"], 9), &addresses(&["10.0.0.1"], 7));
    a.udp.rtt = Some(Duration::from_millis(80));
    let comparison = compare(&own([a, aaaa, srv]), &expected(&[Critical]));
    assert_eq!((comparison.ttl, comparison.dead[0].ttl), (Some(7), 7));
    assert_eq!(comparison.time, Some(Duration::from_millis(80)));
    assert!(comparison.names("10.0.0.1".parse().unwrap()) && !comparison.names("10.0.0.2".parse().unwrap()));
}

/// Of four instances two stand still; the third changed its address from 10.0.0.8, the fourth is gone.
fn moving() -> Expected {
    let was_at = |number| Known { name: "moved".to_owned(), ..known(number, Passing) };
    Expected { changed: vec![known(3, Critical), was_at(8), known(4, Passing)], ..expected(&[Passing, Passing]) }
}

#[test]
fn what_changed_may_be_named_or_not() {
    for named in [&[1, 2][..], &[1, 2, 3], &[1, 2, 8], &[1, 2, 4], &[1, 2, 3, 4, 8]] {
        assert_says(names(named), &moving(), "");
    }
    let missing = "missing db1 (10.0.0.1:3306)";
    for (named, words) in [
        (&[2, 3][..], missing.to_owned()),
        (&[1, 2, 4, 9], "foreign 10.0.0.9".to_owned()),
        (&[3, 4, 8], format!("{missing}; missing db2 (10.0.0.2:3306)")),
        (&[], format!("fault NXDOMAIN; {missing}; missing db2 (10.0.0.2:3306)")),
    ] {
        assert_says(names(named), &moving(), &words);
    }
    assert!(compare(&own(names(&[3])), &moving()).is_useful, "it may have been usable then");
}

/// Two instances share an address: one changed, so that nothing is known of the address.
#[test]
fn an_address_that_something_changed_at_is_not_judged() {
    let still = expected(&[Passing, Critical]);
    assert_says(names(&[1, 2]), &still, "dead 10.0.0.2 db2 (10.0.0.2:3306)");
    let beside = Known { node: "db9".to_owned(), port: Some(3307), ..known(2, Passing) };
    let shared = Expected { changed: vec![beside], ..still };
    let [a, aaaa, _] = names(&[1, 2]);
    let srv = |port| both(&services(&[("0a000001.addr.dc1.consul", 3306), ("0a000002.addr.dc1.consul", port)], 0));
    assert_says([a.clone(), aaaa.clone(), srv(3307)], &shared, "");
    let words = "dead port 3306 of 10.0.0.2 by SRV db2 (10.0.0.2:3306)";
    assert_says([a, aaaa, srv(3306)], &shared, words);
}

/// It may have had any address, and hides no instance that stood still.
#[test]
fn what_came_and_went_unseen_is_not_foreign() {
    let unseen = |standings: &[_]| Expected { unseen: true, ..expected(standings) };
    assert_says(names(&[1, 9]), &unseen(&[Passing]), "");
    assert_says(names(&[9]), &unseen(&[Passing]), "missing db1 (10.0.0.1:3306)");
    assert_says(names(&[1, 2]), &unseen(&[Passing, Critical]), "dead 10.0.0.2 db2 (10.0.0.2:3306)");
    assert!(unseen(&[]).is_blank() && !unseen(&[Passing]).is_blank() && !expected(&[]).is_blank());
}

/// A name that only an instance has that comes and goes is denied at one moment and found at the next.
#[test]
fn a_denial_may_be_right_where_nothing_that_passes_stood_still() {
    let [a, _, srv] = names(&[3]);
    let found_by_tcp = [split(&nx_domain(), &a.tcp.outcome), both(&nx_domain()), split(&no_data(), &srv.tcp.outcome)];
    let split_words = "fault AAAA NXDOMAIN; split A NXDOMAIN, SRV NODATA over UDP";
    for (instances, words) in [
        (Expected { changed: vec![known(3, Passing)], ..expected(&[Critical]) }, ""),
        (Expected { unseen: true, ..expected(&[]) }, ""),
        (expected(&[Critical, Critical, Passing]), split_words),
        (moving(), split_words),
    ] {
        let comparison = compare(&own(found_by_tcp.clone()), &instances);
        assert!(text(&comparison).starts_with(words) && words.is_empty() != comparison.is_wrong(), "{comparison:?}");
    }
}

#[test]
fn a_failure_and_a_denial_of_a_name_that_must_be_there_are_wrong_beside_an_instance_that_changed() {
    // One of the other family stands still.
    let moving = Expected {
        changed: vec![Known { ip: Some("fd00::3".parse().unwrap()), ..known(3, Passing) }],
        ..expected(&[Passing])
    };
    let [a, _, srv] = names(&[1]);
    let v6 = split(&no_data(), &addresses(&["fd00::3"], 0));
    assert_says([a.clone(), v6.clone(), srv.clone()], &moving, "");
    assert_says(
        [a, v6, srv],
        &Expected { changed: Vec::new(), ..moving },
        "split AAAA NODATA over UDP; foreign fd00::3",
    );
    // A failure is one, and so is a denial by the root.
    for outcome in [Outcome::Silent, negative(Rcode::NXDOMAIN, ".", 60)] {
        let mut said = names(&[3]);
        said[0].udp.outcome = outcome;
        let instances = Expected { changed: vec![known(3, Passing)], ..expected(&[]) };
        assert!(compare(&own(said), &instances).split.is_some());
    }
}

#[test]
fn what_is_wrong_is_compared_by_place_and_instance_and_not_only_by_server() {
    let instances = expected(&[Passing, Passing, Critical, Critical]);
    let at = |numbers: &[u8]| compare(&own(names(numbers)), &instances);
    for (earlier, now, left) in [
        (&[1][..], &[1][..], "missing db2 (10.0.0.2:3306)"),
        (&[2], &[1], ""),
        (&[1, 2, 3], &[1, 2, 4], ""),
        (&[1, 2, 3], &[1, 2, 3, 4], "dead 10.0.0.3 db3 (10.0.0.3:3306)"),
        (&[1, 2, 8], &[1, 2, 9], ""),
        (&[1, 2, 8, 9], &[1, 2, 9], "foreign 10.0.0.9"),
        (&[1, 2], &[1, 9], ""),
    ] {
        let (earlier, now) = (at(earlier), at(now));
        assert_eq!(now.repeats(&earlier), text(&now) == left, "{earlier:?}, {now:?}");
        assert_eq!(text(&now.only_repeated(&earlier)), left);
    }
    let fails = compare(&own(all(&code(Rcode::SERVFAIL))), &instances);
    assert!(fails.repeats(&fails) && !fails.repeats(&at(&[1, 2])));
}
