//! Every metric of the catalogue: where it is measured, and where not.

use std::collections::BTreeSet;
use std::time::Duration;

use common::ServiceState::{Critical, Ok, Warning};
use common::dns::{Answer, OtherRecord, Rcode, RecordType, Reply};

use super::check::{
    Check, MEMBERS, Names, SERVERS, UPSTREAM, answer, answered, checked, closed, found, healthy, no_data, not_asked,
    nx_domain, servfail, silent, truncated, with, with_reason,
};
use crate::CATALOGUE;

/// A metric, a check, and its value there.
pub(super) struct Case(&'static str, pub(super) Check, Option<&'static str>);

fn slow(reply: Reply, millis: u64) -> Reply {
    Reply { rtt: Some(Duration::from_millis(millis)), ..reply }
}

fn kept(seconds: u32) -> Reply {
    answered(Answer { min_ttl: Some(seconds), ..answer(Rcode::NOERROR, &MEMBERS) })
}

fn all(names: Names, reply: &Reply) -> Check {
    healthy().all_answer(names, reply)
}

fn second(names: Names, reply: &Reply) -> Check {
    healthy().answers(1, names, reply)
}

fn of_time() -> Vec<Case> {
    let mut cases = Vec::new();
    for id in ["time", "internal_time", "external_time", "uncached_time", "tcp_time"] {
        cases.push(Case(id, healthy(), Some("0.0041")));
        cases.push(Case(id, all(Names::All, &silent()), None));
    }
    let internal = || second(Names::Internal, &slow(found(&MEMBERS), 70));
    let over_tcp = || healthy().answers_over_tcp(1, Names::Internal, &slow(found(&MEMBERS), 90));
    cases.extend(vec![
        Case("time", internal(), Some("0.07")),
        Case("internal_time", internal(), Some("0.07")),
        Case("external_time", internal(), Some("0.0041")),
        Case("uncached_time", internal(), Some("0.0041")),
        Case("tcp_time", internal(), Some("0.07")),
        Case("time", over_tcp(), Some("0.09")),
        Case("internal_time", over_tcp(), Some("0.0041")),
        Case("tcp_time", over_tcp(), Some("0.09")),
        Case("external_time", second(Names::External, &slow(found(&["1.1.1.1"]), 80)), Some("0.08")),
        Case("uncached_time", second(Names::RandomExternal, &slow(nx_domain("com", 900), 60)), Some("0.06")),
        // A failure takes its time too, and is an answer.
        Case("internal_time", second(Names::Internal, &slow(servfail(), 1900)), Some("1.9")),
        Case("external_time", checked(&["-i", "x.consul", "-H", "10.0.0.11"]), None),
        Case("internal_time", checked(&["-e", "www.example.com", "-H", "10.0.0.11"]), None),
    ]);
    cases
}

/// Of each server six questions over UDP, for two names both families and two random names, and four over TCP.
fn of_traffic() -> Vec<Case> {
    let again = || Reply { sent: 2, lost: 1, ..nx_domain("consul", 0) };
    vec![
        Case("queries", healthy(), Some("30")),
        Case("queries", all(Names::All, &not_asked()), Some("0")),
        Case("queries", second(Names::All, &silent()), Some("36")),
        Case("retries", healthy(), Some("0")),
        Case("retries", second(Names::All, &silent()), Some("6")),
        Case("retries", all(Names::RandomInternal, &again()), Some("3")),
        Case("loss", healthy(), Some("0")),
        // 12 of 24 datagrams.
        Case("loss", second(Names::All, &silent()), Some("50")),
        // 1 of 19 is 5.3 %, and never none.
        Case("loss", second(Names::RandomInternal, &again()), Some("6")),
        Case("loss", all(Names::All, &silent()), Some("100")),
        Case("loss", all(Names::All, &not_asked()), None),
        Case("failed", healthy(), Some("0")),
        Case("failed", second(Names::All, &closed()), Some("6")),
        Case("failed", second(Names::Internal, &nx_domain("consul", 0)), Some("2")),
        Case("failed", second(Names::Internal, &no_data("consul")), Some("2")),
        Case("failed", healthy().answers_of(1, Names::Internal, RecordType::Aaaa, &servfail()), Some("1")),
        Case("failed", second(Names::RandomInternal, &servfail()), Some("1")),
        Case("failed", second(Names::All, &not_asked()), None),
    ]
}

fn of_servers() -> Vec<Case> {
    let invented = found(&["198.51.100.7"]);
    let stranger = || with(&["--external-server", "192.0.2.53"]).external_server_answers(&nx_domain("consul", 0));
    let stale = answered(with_reason(answer(Rcode::NOERROR, &MEMBERS), 3, ""));
    let differs =
        |server: usize, check: Check| check.answers_of(server, Names::Internal, RecordType::A, &found(&MEMBERS[..2]));
    let gone = || with(&UPSTREAM).upstream_answers(None, &nx_domain("consul", 0));
    vec![
        Case("servers", healthy(), Some("3")),
        Case("servers", all(Names::All, &silent()), Some("3")),
        Case("servers_ok", healthy(), Some("3")),
        Case("servers_ok", second(Names::All, &closed()), Some("2")),
        Case("servers_ok", second(Names::External, &servfail()), Some("2")),
        Case("servers_ok", second(Names::RandomInternal, &nx_domain(".", 300)), Some("2")),
        Case("servers_ok", second(Names::RandomExternal, &invented), Some("2")),
        Case("servers_ok", second(Names::RandomInternal, &servfail()), Some("3")),
        Case("servers_ok", healthy().answers_of(1, Names::Internal, RecordType::Aaaa, &servfail()), Some("3")),
        Case("servers_ok", all(Names::All, &silent()), Some("0")),
        Case("servers_ok", second(Names::Internal, &not_asked()), None),
        Case("leaks", healthy(), Some("0")),
        Case("leaks", all(Names::Internal, &nx_domain(".", 300)), Some("3")),
        Case("leaks", stranger().answers(1, Names::All, &nx_domain(".", 300)), Some("2")),
        Case("hijacks", healthy(), Some("0")),
        Case(
            "hijacks",
            second(Names::RandomExternal, &invented).answers(2, Names::RandomInternal, &invented),
            Some("2"),
        ),
        Case("disagree", differs(1, healthy()).rechecked(), Some("1")),
        Case("disagree", differs(1, healthy()), Some("0")),
        Case("disagree", differs(0, differs(1, differs(2, with(&UPSTREAM)))).rechecked(), Some("3")),
        Case("stale", healthy(), Some("0")),
        Case("stale", healthy().answers_of(1, Names::Internal, RecordType::A, &stale), Some("1")),
        // Told by the server and by the source, it is one server.
        Case("stale", gone().answers_of(1, Names::Internal, RecordType::A, &stale).rechecked(), Some("3")),
    ]
}

fn of_internal() -> Vec<Case> {
    let names = |more: &[&str]| checked(&[&["-i", "a.consul", "-H", &SERVERS.join(",")], more].concat());
    let of_a = |check: Check, name: usize, reply: &Reply| {
        (0..3).fold(check, |check, server| check.answers_of(server, Names::At(name), RecordType::A, reply))
    };
    let record = OtherRecord { text: "hi".to_owned(), host: None, ttl: 60 };
    let text = answered(Answer { others: vec![record], min_ttl: Some(60), ..answer(Rcode::NOERROR, &[]) });
    let cut = all(Names::Internal, &no_data("consul"));
    let cut = (0..3).fold(cut, |check, server| {
        check.answers_over_udp(server, Names::Internal, &truncated(&[])).answers_over_tcp(
            server,
            Names::Internal,
            &found(&MEMBERS),
        )
    });
    vec![
        Case("internal_addresses", healthy(), Some("3")),
        Case("internal_addresses", of_a(names(&["-i", "b.consul"]), 1, &found(&MEMBERS[..2])), Some("2")),
        Case("internal_addresses", all(Names::Internal, &nx_domain("consul", 0)), Some("0")),
        // Of all servers together.
        Case(
            "internal_addresses",
            healthy().answers_of(1, Names::Internal, RecordType::A, &found(&["10.0.0.14"])),
            Some("4"),
        ),
        Case(
            "internal_addresses",
            healthy().answers_of(1, Names::Internal, RecordType::Aaaa, &found(&["fd00::1"])),
            Some("4"),
        ),
        Case("internal_addresses", second(Names::All, &servfail()), Some("3")),
        Case("internal_addresses", all(Names::Internal, &servfail()), None),
        Case("internal_addresses", all(Names::All, &silent()), None),
        Case("internal_addresses", cut, Some("3")),
        Case("internal_addresses", of_a(names(&["-i", "b.consul/TXT"]), 0, &found(&MEMBERS)), Some("3")),
        Case(
            "internal_addresses",
            checked(&["-i", "b.consul/TXT", "-H", "10.0.0.11"]).all_answer(Names::Internal, &text),
            None,
        ),
        Case("internal_addresses", checked(&["-e", "www.example.com", "-H", "10.0.0.11"]), None),
        Case("internal_ttl", healthy(), Some("0")),
        Case("internal_ttl", healthy().answers_of(1, Names::Internal, RecordType::A, &kept(30)), Some("30")),
        Case("internal_ttl", healthy().answers_of(1, Names::External, RecordType::A, &kept(300)), Some("0")),
        Case(
            "internal_ttl",
            checked(&["-i", "b.consul/TXT", "-H", "10.0.0.11"]).all_answer(Names::Internal, &text),
            Some("60"),
        ),
        Case("internal_ttl", all(Names::Internal, &nx_domain("consul", 0)), None),
        Case("internal_ttl", all(Names::All, &silent()), None),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    [of_time(), of_traffic(), of_servers(), of_internal()].into_iter().flatten().collect()
}

#[test]
fn each_is_measured_where_it_can_be() {
    for (index, Case(id, check, value)) in cases().into_iter().enumerate() {
        assert_eq!(check.value(id).as_deref(), value, "{index}: {id} in {}", check.output(1).1);
    }
}

/// A new metric needs its checks.
#[test]
fn none_is_left_out() {
    let shown: BTreeSet<_> = cases().iter().filter(|case| case.2.is_some()).map(|case| case.0).collect();
    let known: BTreeSet<_> = CATALOGUE.metrics.iter().map(|metric| metric.id).collect();
    assert_eq!(shown, known);
}

fn labels(check: &Check) -> Vec<String> {
    check.report().metrics().iter().map(|metric| metric.label.to_string()).collect()
}

#[test]
fn they_come_in_the_order_of_the_catalogue() {
    let known: Vec<_> = CATALOGUE.metrics.iter().map(|metric| metric.id).collect();
    assert_eq!(labels(&healthy()), known);
    assert_eq!(labels(&with(&UPSTREAM).answers(1, Names::All, &closed())), known);
}

/// No number has limits of its own: what is wrong, the findings say.
#[test]
fn a_range_judges_where_one_is_given() {
    for (range, check, state, said) in [
        ("-winternal_addresses=3:", healthy(), Ok, ""),
        ("-winternal_addresses=4:", healthy(), Warning, "galeradb.service.consul has 3 addresses"),
        ("-cinternal_addresses=4:", healthy(), Critical, "galeradb.service.consul has 3 addresses"),
        (
            "-winternal_ttl=29",
            healthy().answers_of(1, Names::Internal, RecordType::A, &kept(30)),
            Warning,
            "galeradb.service.consul may be cached for 30 s",
        ),
        ("-wtime=0.004", healthy(), Warning, "10.0.0.11 took 0.0041 s to answer for galeradb.service.consul"),
        ("-w0.004", healthy(), Warning, "10.0.0.11 took 0.0041 s to answer for galeradb.service.consul"),
        (
            "-closs=5",
            second(Names::RandomInternal, &Reply { sent: 2, lost: 1, ..nx_domain("consul", 0) }),
            Critical,
            "6 % of the datagrams lost, to 10.0.0.12",
        ),
    ] {
        let check = check.ruled(&[range]);
        let report = check.report();
        assert_eq!(report.state(), state, "{range}");
        let is_said = report.findings().iter().any(|finding| finding.text.contains(said) && finding.state == state);
        assert!(is_said, "{range}: {:#?}", report.findings());
    }
}

#[test]
fn servers_and_names_have_series_only_when_asked_for() {
    let asked = |check: Check| {
        let all = labels(&check);
        all.into_iter().skip_while(|label| label != "internal_ttl").skip(1).collect::<Vec<_>>()
    };
    assert_eq!(asked(healthy()), [""; 0]);
    let args = ["-i", "x.consul", "-e", "www.example.com", "-H", "10.0.0.1,10.0.0.2", "--perfdata-per-server"];
    let metrics = ["ok", "internal_time", "external_time", "uncached_time", "tcp_time", "loss"];
    let of = |server: &str| metrics.map(|metric| format!("{metric}_{server}")).to_vec();
    let names = vec!["internal_addresses_x_consul".to_owned(), "internal_ttl_x_consul".to_owned()];
    assert_eq!(asked(checked(&args)), [of("10_0_0_1"), of("10_0_0_2"), names.clone()].concat());
    // What was not measured is left out.
    let dead = checked(&args).answers(1, Names::All, &silent());
    let rest = vec!["ok_10_0_0_2".to_owned(), "loss_10_0_0_2".to_owned()];
    assert_eq!(asked(checked(&args).answers(1, Names::All, &silent())), [of("10_0_0_1"), rest, names].concat());
    assert_eq!((dead.value("ok_10_0_0_1").as_deref(), dead.value("ok_10_0_0_2").as_deref()), (Some("1"), Some("0")));
    assert_eq!(
        (dead.value("loss_10_0_0_1").as_deref(), dead.value("loss_10_0_0_2").as_deref()),
        (Some("0"), Some("100"))
    );
    assert_eq!(
        (dead.value("internal_addresses_x_consul").as_deref(), dead.value("internal_ttl_x_consul").as_deref()),
        (Some("3"), Some("0"))
    );
    let own = checked(&args).all_answer(Names::All, &not_asked());
    assert_eq!(asked(own), [""; 0]);
}
