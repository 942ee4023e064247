//! What a phone shows at 3 a.m., and that every number has words.

use std::collections::BTreeSet;
use std::time::Duration;

use common::{Finding, MetricSpec, Report, ServiceState, Subject, text};
use proptest::prelude::*;
use proptest::sample::select;

use super::dns::{forwarder, lost, names, names_for, own};
use super::properties::records;
use super::scene::{Scene, check, fail, healthy, recorded, refused, silent, wrong};
use super::{findings, measures};
use crate::CATALOGUE;
use crate::snapshot::{Check, Failure, Scope, Status};

fn slow() -> Scene {
    healthy().agent(1, |asked| asked.leader.time = Duration::from_millis(47))
}

/// The leader has not been heard of for so long that DNS answers from the past.
fn cut_off(scene: Scene) -> Scene {
    scene.agent(0, |asked| asked.stale.result.as_mut().unwrap().last_contact = Some(Duration::from_secs(40)))
}

fn failing(places: &[usize]) -> Scene {
    let check = |place: usize| Check {
        output: format!("dial tcp 127.0.0.1{}:3306: connect: connection refused", place + 1),
        ..check("galera", Scope::Service, Status::Critical)
    };
    places
        .iter()
        .fold(healthy(), |scene, place| scene.instance(*place, |instance| instance.checks = vec![check(*place)]))
}

#[test]
fn instances_in_maintenance_are_named() {
    let scene = recorded!("maintenance");
    scene.assert_first(
        &["--expect", "3"],
        "CONSUL is CRITICAL: galeradb: 1/3 passing: db2 and db3 in maintenance; leader 127.0.0.12",
    );
    scene.assert_first(
        &["-w", "instances_maintenance=1"],
        "CONSUL is WARNING: 2 instances are in maintenance: db2 and db3 in maintenance; galeradb: 1/3 passing; leader 127.0.0.12",
    );
}

#[test]
fn two_that_are_lost_are_named_with_their_checks() {
    failing(&[0, 2]).assert_first(
        &["--expect", "3"],
        "CONSUL is CRITICAL: galeradb: 1/3 passing: db1 and db3 critical: service check galera; \
         leader 127.0.0.11, may lose 1 server",
    );
}

/// Also while another number is worse.
#[test]
fn a_dead_target_is_named_while_something_else_is_critical() {
    cut_off(failing(&[2])).assert_first(
        &["--expect", "3"],
        "CONSUL is CRITICAL: agent 127.0.0.11: its server last heard from a leader 40.0 s ago, above the limit 30; \
         galeradb: 2/3 passing: db3 critical; leader 127.0.0.11, may lose 1 server",
    );
    let scene = cut_off(healthy().agent(1, |asked| fail(asked, &refused())));
    scene.assert_first(
        &["-w", "agents_up=2:"],
        "CONSUL is CRITICAL: agent 127.0.0.11: its server last heard from a leader 40.0 s ago, above the limit 30; \
         1 of 2 agents up: 127.0.0.21 connection refused; galeradb: 3/3 passing",
    );
}

#[test]
fn a_limit_that_was_meant_the_other_way_is_explained() {
    healthy().assert_first(
        &["-w", "3", "-c", "2"],
        "CONSUL is CRITICAL: galeradb: 3/3 passing, above the limit 0:2 (write 2: for at least 2); \
         leader 127.0.0.11, may lose 1 server",
    );
}

#[test]
fn who_is_slow_is_named() {
    let time = Duration::from_micros(47_123);
    let text = healthy().agent(1, |asked| asked.leader.time = time).verdict(&["-w", "api_time=0.03"]).1;
    assert!(text.contains("took 0.047 s to answer, ") && text.contains("'api_time'=0.047123s;"), "{text}");
    slow().assert_first(
        &["-w", "api_time=0.03"],
        "CONSUL is WARNING: agent 127.0.0.21 took 0.047 s to answer, above the limit 0.03; galeradb: 3/3 passing; \
         leader 127.0.0.11, may lose 1 server",
    );
    healthy().told(vec![own(names(&[1, 2, 3]))]).assert_first(
        &["-w", "dns_time=0.001"],
        "CONSUL is WARNING: name server 127.0.0.21:8600 took 0.002 s to answer, above the limit 0.001; \
         galeradb: 3/3 passing; DNS agrees on 1 server; leader 127.0.0.11, may lose 1 server",
    );
}

/// What is 0 because there is nothing of the kind says so.
#[test]
fn a_number_that_is_nothing_has_words() {
    let first = "CONSUL is WARNING: no instance is in maintenance, below the limit 1:; galeradb: 3/3 passing; ";
    let text = healthy().verdict(&["-w", "maintenance_age=1:"]).1;
    assert!(text.starts_with(first), "{text}");
    let changes = ["-w", "status_changes=1:", "-c", "~:", "--severity", "not-registered=ok"];
    for scene in [healthy(), recorded!("deregistered")] {
        let text = scene.verdict(&changes).1;
        let first = "CONSUL is WARNING: no instance changed its status within an hour, below the limit 1:; ";
        assert!(text.starts_with(first), "{text}");
    }
}

#[test]
fn those_that_are_gone_are_named_by_the_count_that_misses_them() {
    let shrunk = healthy().instances(|instances| {
        instances.pop();
    });
    let gone = healthy().then(90.0, shrunk);
    gone.assert_first(
        &["--expect", "3"],
        "CONSUL is WARNING: galeradb: 2/3 passing, 2 registered: db3 (127.0.0.13:3306) last seen 1 min ago; \
         leader 127.0.0.11, may lose 1 server",
    );
    gone.assert(
        &["--expect", "3"],
        ServiceState::Warning,
        &[
            "[WARNING] 1 instance vanished (above the limit 0) -> ",
            "[WARNING] db3 (127.0.0.13:3306) no longer registered, ",
        ],
    );
    let half = failing(&[0]).instances(|instances| {
        instances.pop();
    });
    healthy().then(90.0, half).assert_first(
        &["--expect", "3"],
        "CONSUL is CRITICAL: galeradb: 1/3 passing, 2 registered: db1 critical: service check galera, \
         db3 (127.0.0.13:3306) last seen 1 min ago; leader 127.0.0.11, may lose 1 server",
    );
}

#[test]
fn name_servers_that_are_wrong_are_named_by_the_count() {
    let scene = lost().told(vec![own(names(&[1, 3])), forwarder(1, names(&[1])), forwarder(2, names(&[1]))]);
    scene.assert_first(
        &["-c", "dns_servers_right=2:"],
        "CONSUL is CRITICAL: 1 of 3 name servers right: 127.0.0.11 and 127.0.0.12 did not name db3 (127.0.0.13:3306); \
         db2 critical: service check web; galeradb: 2/3 passing",
    );
}

/// In the finding as in the count, also of what is handed out within its TTL.
#[test]
fn a_name_server_that_hands_out_what_is_dead_is_told_once() {
    let dead = |ttl| lost().told(vec![own(names(&[1, 3])), forwarder(1, names_for(&[1, 2, 3], ttl))]);
    let counted = "1 of 2 name servers right: 127.0.0.11 handed out db2 (127.0.0.12:3306), which is critical; ";
    for (ttl, severity) in [(0, "dns-dead=warning"), (24, "dns-stale=warning")] {
        let text = dead(ttl).verdict(&["-w", "dns_servers_right=2:", "--severity", severity]).1;
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("CONSUL is WARNING: ") && first.contains(counted), "{first}");
        assert_eq!(first.matches("which is critical").count(), 1, "{first}");
    }
    let text = dead(0).verdict(&["-c", "dns_servers_right=2:"]).1;
    assert!(text.starts_with(&format!("CONSUL is CRITICAL: {counted}")), "{text}");
    assert!(text.contains("[CRITICAL] name server 127.0.0.11 hands out db2"), "{text}");
}

/// Everything that these tests know.
fn scenes() -> Vec<(Scene, &'static [&'static str])> {
    let found = findings::cases().into_iter().flat_map(|case| [(case.1, case.2), (case.3, case.4)]);
    let measured = measures::cases().into_iter().map(|case| (case.1, case.2));
    records().into_iter().map(|(_, scene)| (scene, &[][..])).chain(found).chain(measured).collect()
}

fn first_line(report: &Report) -> String {
    report.render().1.lines().next().unwrap().split('|').next().unwrap().to_owned()
}

/// The targets by which counts outside their ranges are explained, as the output shows them.
fn causes(report: &Report) -> BTreeSet<String> {
    let wrong = report.findings().into_iter().filter(|finding| finding.state != ServiceState::Ok);
    wrong.flat_map(|finding| finding.causes().map(text::line).collect::<Vec<_>>()).collect()
}

/// Whether a reason follows the name, or the list in which the name is: `a, b and c down`.
fn has_reason(line: &str, label: &str, labels: &BTreeSet<String>) -> bool {
    let after = |rest: &str, before: &str| -> Option<String> {
        let rest = rest.strip_prefix(before)?;
        labels.iter().rev().find_map(|label| rest.strip_prefix(label.as_str())).map(str::to_owned)
    };
    line.match_indices(label).any(|(at, _)| {
        let rest = line[at + label.len()..].to_owned();
        let listed = after(&rest, ", ").and_then(|rest| after(&rest, " and "));
        let rest = listed.or_else(|| after(&rest, " and ")).unwrap_or(rest);
        let mut reason = rest.trim_start_matches(':').chars();
        reason.next() == Some(' ') && reason.next().is_some_and(|c| !c.is_whitespace())
    })
}

fn assert_names_its_causes(report: &Report) -> Result<bool, TestCaseError> {
    let (line, causes) = (first_line(report), causes(report));
    if !(1..=3).contains(&causes.len()) || causes.iter().any(|label| label.len() > 20) {
        return Ok(false);
    }
    for label in &causes {
        prop_assert!(has_reason(&line, label, &causes), "{label} has no reason in {line}");
    }
    Ok(true)
}

/// Ranges that every metric violates, with the limits that the output shows for them.
fn always() -> Vec<(&'static MetricSpec, String, String)> {
    let ranges = (1_000_000..).zip(CATALOGUE.metrics);
    ranges.map(|(end, metric)| (*metric, format!("{}=@~:{end}", metric.id), format!("within @~:{end}"))).collect()
}

/// What is said of each metric that is measured when all are outside their ranges.
fn alerts(scene: &Scene, args: &[&str]) -> Vec<(&'static MetricSpec, Finding)> {
    let always = always();
    let ranges: Vec<_> = always.iter().flat_map(|(_, range, _)| ["-w", range, "-c", range]).collect();
    let report = scene.report(&[args, &ranges].concat());
    let of =
        |limit: &String| report.findings().into_iter().find(|one| one.id.is_none() && one.limit == *limit).cloned();
    let found = always.iter().filter(|(metric, ..)| report.has(metric));
    found.map(|(metric, _, limit)| (*metric, of(limit).unwrap_or_else(|| panic!("{} is silent", metric.id)))).collect()
}

#[test]
fn every_count_names_its_causes() {
    let mut named = BTreeSet::new();
    for (scene, args) in scenes() {
        assert_names_its_causes(&scene.report(args)).unwrap();
        for (metric, found) in alerts(&scene, args) {
            let range = format!("{}=@~:", metric.id);
            let is_explained = found.causes().next().is_some();
            if is_explained && assert_names_its_causes(&scene.report(&[args, &["-c", &range]].concat())).unwrap() {
                named.insert(metric.id);
            }
        }
    }
    let counts = [
        "agents_up",
        "dns_servers",
        "dns_servers_right",
        "instances_critical",
        "instances_maintenance",
        "instances_passing",
        "instances_warning",
        "passing_percent",
        "raft_peers_alive",
    ];
    assert_eq!(named, BTreeSet::from(counts));
}

fn any_failure() -> impl Strategy<Value = Failure> {
    select(vec![refused(), silent(), wrong(), Failure::Leaderless("\"No cluster leader\"".to_owned())])
}

/// A check that fails, with short or long words.
fn any_checks() -> impl Strategy<Value = Vec<Check>> {
    let id = select(vec!["web", "serfHealth", "_node_maintenance", "_service_maintenance:galeradb"]);
    let status = select(vec![Status::Passing, Status::Warning, Status::Critical]);
    let check = (id, status, "[a-z ]{0,300}").prop_map(|(id, status, words)| Check {
        output: words.clone(),
        notes: words,
        ..check(id, if id == "web" { Scope::Service } else { Scope::Node }, status)
    });
    prop::collection::vec(check, 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_lost_is_named_with_its_reason(
        (_, scene) in select(records()), checks in prop::collection::vec(any_checks(), 3),
        failures in prop::collection::vec(prop::option::weighted(0.3, any_failure()), 3),
        said in prop::option::of(prop::collection::vec(prop::sample::subsequence(vec![1, 2, 3], 0..=3), 1..3)),
        metric in select(CATALOGUE.metrics.to_vec()), expect in select(vec!["1", "3", "5"]),
    ) {
        let mut scene = scene.instances(|instances| {
            for (instance, checks) in instances.iter_mut().zip(&checks) {
                instance.checks.clone_from(checks);
            }
        });
        for (asked, failure) in scene.snapshot.agents.iter_mut().zip(&failures) {
            if let Some(failure) = failure {
                fail(asked, failure);
            }
        }
        if let Some(said) = said {
            scene = scene.told((1..).zip(said).map(|(number, said)| forwarder(number, names(&said))).collect());
        }
        assert_names_its_causes(&scene.report(&["--expect", expect, "-c", &format!("{}=@~:", metric.id)]))?;
    }
}

/// Whatever range the operator sets on it.
#[test]
fn every_number_has_words_that_name_it_or_its_target() {
    let mut measured = BTreeSet::new();
    for (scene, args) in scenes() {
        let values = scene.metrics(args);
        for (metric, found) in alerts(&scene, args) {
            let (value, words) = (&values[metric.id], &found.text);
            let agents = scene.snapshot.agents.iter().map(|asked| asked.label().into_owned());
            let mut names = agents.chain([value.clone(), "leader".to_owned(), "db1".to_owned()]);
            let is_named = names.any(|name| words.contains(&name)) || *value == "0" && words.contains("no ");
            assert!(is_named, "{} is {value}: {words}", metric.id);
            measured.insert(metric.id);
        }
    }
    assert_eq!(measured, CATALOGUE.metrics.iter().map(|metric| metric.id).collect());
}
