//! What a phone shows at 3 a.m.: who is missing from a count and why, and whose number it is.

use std::collections::BTreeSet;
use std::time::Duration;

use common::ServiceState::{self, Ok, Warning};
use common::dns::{Rcode, Reply};
use common::{Report, Subject};
use proptest::prelude::*;

use super::properties::{any_change, any_reply, changed, everything};
use super::scene::{
    INSIDE, MEMBERS, Names, OUTSIDE, SERVERS, Scene, UPSTREAM, checked, closed, found, healthy, nx_domain, rcode,
    servfail, silent, with,
};
use super::{findings, measures};
use crate::CATALOGUE;
use crate::probe::Side;

/// Every scene of the tests of findings and of metrics.
fn scenes() -> Vec<Scene> {
    let of_findings = findings::cases().into_iter().flat_map(|case| [case.1, case.2]);
    of_findings.chain(measures::cases().into_iter().map(|case| case.1)).collect()
}

/// The first line without the service and without perfdata.
fn first(scene: &Scene, args: &[&str]) -> String {
    let (_, text) = scene.report_with(args).render();
    let line = text.lines().next().unwrap().split('|').next().unwrap().trim_end().to_owned();
    line.strip_prefix("SPLIT_DNS is ").unwrap().to_owned()
}

fn dead(scene: Scene, servers: &[usize], reply: &Reply) -> Scene {
    servers.iter().fold(scene, |scene, server| scene.says(*server, Names::All, reply))
}

#[test]
fn a_dead_server_is_named_beside_a_critical_number() {
    let scene = dead(healthy(), &[2], &closed());
    let slow = "CRITICAL: 10.0.0.11 took 0.0041 s to answer for galeradb.service.consul, above the limit 0.004";
    assert_eq!(
        first(&scene, &["-c", "time=0.004"]),
        format!("{slow}; 10.0.0.13: connection refused; 2/3 name servers right")
    );
    let counted = first(&scene, &["-c", "time=0.004", "-w", "servers_ok=3:"]);
    assert_eq!(counted, format!("{slow}; 2/3 name servers right: 10.0.0.13 connection refused"));
}

#[test]
fn two_dead_servers_are_both_named() {
    let counted = "CRITICAL: 1 of 3 name servers right, at least 2 needed";
    let alike = dead(healthy(), &[1, 2], &closed());
    let well = "slowest answer 4.1 ms";
    assert_eq!(first(&alike, &[]), format!("{counted}: 10.0.0.12 and 10.0.0.13 connection refused; {well}"));
    let other = dead(dead(healthy(), &[1], &closed()), &[2], &silent());
    let because = "10.0.0.12 connection refused, 10.0.0.13 no answer within 4.0 s";
    assert_eq!(first(&other, &[]), format!("{counted}: {because}; {well}"));
    let overruled = first(&alike, &["--severity", "server-dead=ok"]);
    assert_eq!(overruled, format!("{counted}: 10.0.0.12 and 10.0.0.13 connection refused; {well}"));
    let all = dead(healthy(), &[0, 1, 2], &silent());
    let because = "10.0.0.11, 10.0.0.12 and 10.0.0.13 no answer within 4.0 s";
    assert_eq!(first(&all, &[]), format!("CRITICAL: 0 of 3 name servers right, at least 2 needed: {because}"));
}

/// What each lookup suffers is part of the reason.
#[test]
fn a_count_keeps_the_wait_of_the_clients() {
    let scene = dead(dead(healthy(), &[0], &silent()), &[1], &closed());
    let because = "10.0.0.11 no answer within 4.0 s, so each lookup waits 5 s, 10.0.0.12 connection refused";
    let counted = "CRITICAL: 1 of 3 name servers right, at least 2 needed";
    assert_eq!(first(&scene, &[]), format!("{counted}: {because}; slowest answer 4.1 ms"));
}

/// The wrong one harms clients while others are right, and is told with its cause.
#[test]
fn a_wrong_server_comes_before_the_count_of_the_dead() {
    let scene = dead(healthy(), &[2], &closed()).says(1, Names::Inside, &nx_domain("consul", 0));
    let wrong = "10.0.0.12: galeradb.service.consul NXDOMAIN from zone consul, but other servers have it: \
                 does its source lag behind, or hide it?";
    assert_eq!(first(&scene, &[]), format!("CRITICAL: {wrong}; 10.0.0.13 closed; slowest answer 4.1 ms"));
    let denied = scene.says(1, Names::Inside, &rcode(Rcode(1)));
    let counted = "1 of 3 name servers right, at least 2 needed: 10.0.0.13 connection refused";
    let wrong = "10.0.0.12: galeradb.service.consul FORMERR, where clients stop";
    assert_eq!(first(&denied, &[]), format!("CRITICAL: {wrong}; {counted}; slowest answer 4.1 ms"));
    let both = denied.says(1, Names::Outside, &servfail());
    assert!(!both.first_line().contains("needed: 10.0.0.12"), "{}", both.first_line());
    let overruled = first(&both, &["--severity", "wrong-answer=ok"]);
    assert!(overruled.contains("needed: 10.0.0.12 "), "{overruled}");
}

#[test]
fn an_upper_limit_that_was_meant_as_a_lower_one_is_told() {
    for (metric, words) in [
        ("servers_ok", "3/3 name servers right"),
        ("servers", "3 name servers asked"),
        ("internal_addresses", "galeradb.service.consul has 3 addresses"),
    ] {
        let line = first(&healthy(), &["-w", &format!("{metric}=3"), "-c", &format!("{metric}=2")]);
        let expected = format!("CRITICAL: {words}, above the limit 0:2 (write 2: for at least 2)");
        assert!(line.starts_with(&expected), "{line}");
    }
}

#[test]
fn a_slow_server_is_named() {
    let slow = |names: Names, reply: Reply, millis: u64| {
        healthy().says(1, names, &Reply { rtt: Some(Duration::from_millis(millis)), ..reply })
    };
    let inside = slow(Names::Inside, found(&MEMBERS), 900);
    for (metric, words) in [
        ("time", "10.0.0.12 took 0.9 s to answer for galeradb.service.consul"),
        ("internal_time", "10.0.0.12 took 0.9 s to answer for galeradb.service.consul"),
        ("tcp_time", "10.0.0.12 took 0.9 s to answer for galeradb.service.consul over TCP"),
    ] {
        let line = first(&inside, &["-w", &format!("{metric}=0.5")]);
        assert!(line.starts_with(&format!("WARNING: {words}, above the limit 0.5")), "{line}");
    }
    let random = slow(Names::RandomOutside, nx_domain("com", 900), 47);
    let line = first(&random, &["-w", "uncached_time=0.03"]);
    assert!(
        line.starts_with("WARNING: 10.0.0.12 took 0.047 s to answer for (random).com, above the limit 0.03"),
        "{line}"
    );
}

/// A name of the operator's is known to who reads.
#[test]
fn an_alias_stands_for_its_server() {
    let scene = dead(checked(&["-i", INSIDE, "-H", "ns1=10.0.0.11,ns2=10.0.0.12"]), &[1], &closed());
    let line = first(&scene, &[]);
    assert!(
        line.starts_with("CRITICAL: 1 of 2 name servers right, at least 2 needed: ns2 connection refused"),
        "{line}"
    );
}

#[test]
fn each_count_names_the_servers_behind_it() {
    let invented = found(&["198.51.100.7"]);
    let fewer = found(&MEMBERS[..2]);
    let outside = || with(&["--external-server", "192.0.2.53"]).outside_says(&nx_domain("consul", 0));
    for (scene, metric, said) in [
        (
            healthy().says(1, Names::Outside, &servfail()),
            "servers_ok",
            "2/3 name servers right: 10.0.0.12 www.example.com SERVFAIL",
        ),
        (dead(healthy(), &[1], &closed()), "failed", "6 of 18 questions failed: 10.0.0.12 connection refused"),
        (outside(), "leaks", "an internal zone leaks at 1 name server: 192.0.2.53 (outside) knows zone consul"),
        (
            healthy().says(1, Names::RandomOutside, &invented),
            "hijacks",
            "random names have addresses at 1 name server: 10.0.0.12 (random).com has address 198.51.100.7",
        ),
        (
            healthy().says_of(1, Names::Inside, common::dns::RecordType::A, &fewer).settled(),
            "disagree",
            "different records at 1 name server: 10.0.0.12 galeradb.service.consul A lacks 10.0.0.13",
        ),
        (dead(healthy(), &[1], &silent()), "retries", "6 datagrams sent again to 10.0.0.12"),
        (dead(healthy(), &[1], &silent()), "loss", "50 % of the datagrams lost, to 10.0.0.12"),
    ] {
        let line = first(&scene, &["-c", &format!("{metric}=@~:")]);
        assert!(line.starts_with(&format!("CRITICAL: {said}")), "{metric}: {line}");
    }
}

/// A number that is 0, or as it should be, can be judged too.
#[test]
fn every_number_has_words() {
    let mut measured = BTreeSet::new();
    for (place, scene) in scenes().iter().enumerate() {
        for metric in scene.report().metrics() {
            let label = metric.label.to_string();
            let Some(spec) = CATALOGUE.metrics.iter().find(|spec| spec.id == label) else { continue };
            measured.insert(spec.id);
            let report = scene.report_with(&["-w", &format!("{label}=@~:")]);
            let judged: Vec<_> = report.findings().into_iter().filter(|finding| !finding.limit.is_empty()).collect();
            let [finding] = judged.as_slice() else { panic!("{place}: {label}: {judged:?}") };
            assert_eq!((finding.id, finding.state), (None, Warning), "{place}: {label}");
            let names_target = targets(scene).iter().any(|target| finding.text.contains(target.as_str()));
            let names_number = finding.text.contains(&metric.value.to_string());
            assert!(names_target || names_number, "{place}: {label}: {}", finding.text);
        }
    }
    assert_eq!(measured, CATALOGUE.metrics.iter().map(|metric| metric.id).collect());
}

/// The servers and names that a number may be of.
fn targets(scene: &Scene) -> Vec<String> {
    let servers = scene.snapshot.servers.iter().map(|asked| asked.server.name.clone());
    servers.chain(scene.target.subjects.iter().map(|subject| subject.name.clone())).collect()
}

const COUNTS: [&str; 6] = ["servers_ok", "failed", "leaks", "hijacks", "disagree", "stale"];

/// One count outside its range, and all of them.
fn counts_outside() -> Vec<Vec<String>> {
    let ranges = COUNTS.map(|count| format!("-c{count}=@~:"));
    ranges.iter().map(|range| vec![range.clone()]).chain([ranges.to_vec(), Vec::new()]).collect()
}

/// Whether a label in the line is followed by a reason, or by other labels that are.
fn is_explained(line: &str, label: &str, labels: &BTreeSet<String>) -> bool {
    line.match_indices(label).any(|(start, _)| {
        let mut rest = &line[start + label.len()..];
        while let Some(next) = labels.iter().find_map(|other| {
            let rest = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(" and "))?;
            rest.strip_prefix(other.as_str())
        }) {
            rest = next;
        }
        let reason = rest.strip_prefix(": ").or_else(|| rest.strip_prefix(' ')).unwrap_or_default();
        !reason.is_empty() && !reason.starts_with("and ")
    })
}

/// The labels behind the counts that are outside their ranges, where they are few and short.
fn causes(report: &Report) -> Option<BTreeSet<String>> {
    let findings = report.findings();
    let wrong = findings.iter().filter(|finding| finding.state != Ok);
    let labels: BTreeSet<_> = wrong.flat_map(|finding| finding.causes()).map(str::to_owned).collect();
    Some(labels).filter(|labels| (1..=3).contains(&labels.len()) && labels.iter().all(|label| label.len() <= 20))
}

fn unexplained(scene: &Scene) -> Option<String> {
    counts_outside().iter().find_map(|args| {
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let report = scene.report_with(&args);
        let labels = causes(&report)?;
        let line = first(scene, &args);
        let unexplained = labels.iter().find(|label| !is_explained(&line, label, &labels))?;
        Some(format!("{unexplained} in {line} with {args:?}"))
    })
}

#[test]
fn whoever_is_missing_from_a_count_is_named_with_the_reason() {
    let mut counted = 0;
    for (place, scene) in scenes().iter().enumerate() {
        counted += usize::from(causes(&scene.report_with(&["-cservers_ok=@~:"])).is_some());
        assert_eq!(unexplained(scene), None, "{place}");
    }
    assert!(counted > 50, "{counted}");
}

/// The worst of what is said of each server is its state, and nothing that is not said.
fn assert_states(scene: &Scene, report: &Report) {
    for asked in &scene.snapshot.servers {
        let name = asked.server.name.as_str();
        let worst = |is_such: &dyn Fn(&str) -> bool| {
            let findings = report.findings();
            let such = findings.iter().filter(|finding| is_such(&finding.text)).map(|finding| finding.state);
            such.max().unwrap_or(Ok)
        };
        let begins = worst(&|text| text.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ' '])));
        let (state, told) = (report.state_of(asked), worst(&|text| text.contains(name)));
        assert!(begins <= state && state <= told, "{name}: {begins:?} {state:?} {told:?} {:#?}", report.findings());
    }
}

#[test]
fn a_server_is_as_bad_as_the_worst_that_is_said_of_it() {
    for scene in scenes() {
        for args in [&[][..], &["-wtime=@~:", "-closs=@~:"], &["--severity", "server-dead=critical"]] {
            assert_states(&scene, &scene.report_with(args));
        }
    }
    let slow =
        healthy().says(1, Names::Side(Side::Internal), &Reply { rtt: Some(Duration::from_secs(1)), ..found(&MEMBERS) });
    let report = slow.report_with(&["-wtime=0.5"]);
    let states: Vec<_> = slow.snapshot.servers.iter().map(|asked| report.state_of(asked)).collect();
    assert_eq!(states[1], ServiceState::Critical, "a random name has an address");
    let slow = healthy().says(1, Names::Inside, &Reply { rtt: Some(Duration::from_secs(1)), ..found(&MEMBERS) });
    let report = slow.report_with(&["-wtime=0.5"]);
    assert_eq!(slow.snapshot.servers.iter().map(|asked| report.state_of(asked)).collect::<Vec<_>>(), [Ok, Warning, Ok]);
}

/// The same server may be asked in several parts.
#[test]
fn no_two_targets_have_one_key() {
    let args =
        ["-i", "a.consul/A", "-i", "a.consul/AAAA", "-e", OUTSIDE, "-H", SERVERS[0], "--external-server", SERVERS[0]];
    let scene = checked(&[&args[..], &["--upstream", "10.0.0.11:53", "-z", "consul"]].concat());
    let everybody = scene.snapshot.servers.iter().chain(&scene.snapshot.upstream).chain(&scene.snapshot.outside);
    let keys = everybody.map(|asked| asked.key().into_owned());
    let keys: Vec<_> = keys.chain(scene.target.subjects.iter().map(|subject| subject.key().into_owned())).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{keys:?}");
    assert_eq!(with(&UPSTREAM).snapshot.upstream.unwrap().label(), "127.0.0.1:8600");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_servers_say_the_causes_are_named_and_the_states_derived(
        changes in prop::collection::vec(any_change(), 0..4), upstream in any_reply(), outside in any_reply()
    ) {
        for scene in [changed(healthy(), changes.clone()), changed(everything(), changes).upstream_says(None, &upstream).outside_says(&outside).settled()] {
            prop_assert_eq!(unexplained(&scene), None);
            assert_states(&scene, &scene.report());
        }
    }
}
