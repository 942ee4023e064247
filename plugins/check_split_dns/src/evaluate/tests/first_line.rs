//! What a phone shows at 3 a.m.: who is missing from a count and why, and whose number it is.

use std::collections::BTreeSet;
use std::time::Duration;

use common::ServiceState::{self, Ok, Warning};
use common::dns::{Rcode, Reply};
use common::{Report, Subject};
use proptest::prelude::*;

use super::check::{
    Check, EXTERNAL, INTERNAL, MEMBERS, Names, SERVERS, UPSTREAM, checked, closed, found, healthy, nx_domain, rcode,
    servfail, silent, with,
};
use super::properties::{any_change, any_reply, changed, everything};
use super::{findings, measures};
use crate::CATALOGUE;
use crate::probe::Side;

/// Every check of the tests of findings and of metrics.
fn checks() -> Vec<Check> {
    let of_findings = findings::cases().into_iter().flat_map(|case| [case.1, case.2]);
    of_findings.chain(measures::cases().into_iter().map(|case| case.1)).collect()
}

/// The first line without the service and without perfdata.
fn first(check: &Check, args: &[&str]) -> String {
    let (_, text) = check.report_with(args).render();
    let line = text.lines().next().unwrap().split('|').next().unwrap().trim_end().to_owned();
    line.strip_prefix("SPLIT_DNS is ").unwrap().to_owned()
}

fn dead(check: Check, servers: &[usize], reply: &Reply) -> Check {
    servers.iter().fold(check, |check, server| check.answers(*server, Names::All, reply))
}

#[test]
fn a_dead_server_is_named_beside_a_critical_number() {
    let check = dead(healthy(), &[2], &closed());
    let slow = "CRITICAL: 10.0.0.11 took 0.0041 s to answer for galeradb.service.consul, above the limit 0.004";
    assert_eq!(
        first(&check, &["-c", "time=0.004"]),
        format!("{slow}; 10.0.0.13: connection refused; 2/3 name servers right")
    );
    let counted = first(&check, &["-c", "time=0.004", "-w", "servers_ok=3:"]);
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
    let check = dead(dead(healthy(), &[0], &silent()), &[1], &closed());
    let because = "10.0.0.11 no answer within 4.0 s, so each lookup waits 5 s, 10.0.0.12 connection refused";
    let counted = "CRITICAL: 1 of 3 name servers right, at least 2 needed";
    assert_eq!(first(&check, &[]), format!("{counted}: {because}; slowest answer 4.1 ms"));
}

/// The wrong one harms clients while others are right, and is told with its cause.
#[test]
fn a_wrong_server_comes_before_the_count_of_the_dead() {
    let check = dead(healthy(), &[2], &closed()).answers(1, Names::Internal, &nx_domain("consul", 0));
    let wrong = "10.0.0.12: galeradb.service.consul NXDOMAIN from zone consul, but other servers have it: \
                 does its source lag behind, or hide it?";
    assert_eq!(first(&check, &[]), format!("CRITICAL: {wrong}; 10.0.0.13 closed; slowest answer 4.1 ms"));
    let denied = check.answers(1, Names::Internal, &rcode(Rcode(1)));
    let counted = "1 of 3 name servers right, at least 2 needed: 10.0.0.13 connection refused";
    let wrong = "10.0.0.12: galeradb.service.consul FORMERR, where clients stop";
    assert_eq!(first(&denied, &[]), format!("CRITICAL: {wrong}; {counted}; slowest answer 4.1 ms"));
    let both = denied.answers(1, Names::External, &servfail());
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
        healthy().answers(1, names, &Reply { rtt: Some(Duration::from_millis(millis)), ..reply })
    };
    let internal = slow(Names::Internal, found(&MEMBERS), 900);
    for (metric, words) in [
        ("time", "10.0.0.12 took 0.9 s to answer for galeradb.service.consul"),
        ("internal_time", "10.0.0.12 took 0.9 s to answer for galeradb.service.consul"),
        ("tcp_time", "10.0.0.12 took 0.9 s to answer for galeradb.service.consul over TCP"),
    ] {
        let line = first(&internal, &["-w", &format!("{metric}=0.5")]);
        assert!(line.starts_with(&format!("WARNING: {words}, above the limit 0.5")), "{line}");
    }
    let random = slow(Names::RandomExternal, nx_domain("com", 900), 47);
    let line = first(&random, &["-w", "uncached_time=0.03"]);
    assert!(
        line.starts_with("WARNING: 10.0.0.12 took 0.047 s to answer for (random).com, above the limit 0.03"),
        "{line}"
    );
}

/// A name of the operator's is known to who reads.
#[test]
fn an_alias_stands_for_its_server() {
    let check = dead(checked(&["-i", INTERNAL, "-H", "ns1=10.0.0.11,ns2=10.0.0.12"]), &[1], &closed());
    let line = first(&check, &[]);
    assert!(
        line.starts_with("CRITICAL: 1 of 2 name servers right, at least 2 needed: ns2 connection refused"),
        "{line}"
    );
}

#[test]
fn each_count_names_the_servers_behind_it() {
    let invented = found(&["198.51.100.7"]);
    let fewer = found(&MEMBERS[..2]);
    let external = || with(&["--external-server", "192.0.2.53"]).external_server_answers(&nx_domain("consul", 0));
    for (check, metric, said) in [
        (
            healthy().answers(1, Names::External, &servfail()),
            "servers_ok",
            "2/3 name servers right: 10.0.0.12 www.example.com SERVFAIL",
        ),
        (dead(healthy(), &[1], &closed()), "failed", "6 of 18 questions failed: 10.0.0.12 connection refused"),
        (external(), "leaks", "an internal zone leaks at 1 name server: 192.0.2.53 (external) knows zone consul"),
        (
            healthy().answers(1, Names::RandomExternal, &invented),
            "hijacks",
            "random names have addresses at 1 name server: 10.0.0.12 (random).com has address 198.51.100.7",
        ),
        (
            healthy().answers_of(1, Names::Internal, common::dns::RecordType::A, &fewer).rechecked(),
            "disagree",
            "different records at 1 name server: 10.0.0.12 galeradb.service.consul A lacks 10.0.0.13",
        ),
        (dead(healthy(), &[1], &silent()), "retries", "6 datagrams sent again to 10.0.0.12"),
        (dead(healthy(), &[1], &silent()), "loss", "50 % of the datagrams lost, to 10.0.0.12"),
    ] {
        let line = first(&check, &["-c", &format!("{metric}=@~:")]);
        assert!(line.starts_with(&format!("CRITICAL: {said}")), "{metric}: {line}");
    }
}

/// A number that is 0, or as it should be, can be judged too.
#[test]
fn every_number_has_words() {
    let mut measured = BTreeSet::new();
    for (index, check) in checks().iter().enumerate() {
        for metric in check.report().metrics() {
            let label = metric.label.to_string();
            let Some(spec) = CATALOGUE.metrics.iter().find(|spec| spec.id == label) else { continue };
            measured.insert(spec.id);
            let report = check.report_with(&["-w", &format!("{label}=@~:")]);
            let judged: Vec<_> = report.findings().into_iter().filter(|finding| !finding.limit.is_empty()).collect();
            let [finding] = judged.as_slice() else { panic!("{index}: {label}: {judged:?}") };
            assert_eq!((finding.id, finding.state), (None, Warning), "{index}: {label}");
            let names_target = targets(check).iter().any(|target| finding.text.contains(target.as_str()));
            let names_number = finding.text.contains(&metric.value.to_string());
            assert!(names_target || names_number, "{index}: {label}: {}", finding.text);
        }
    }
    assert_eq!(measured, CATALOGUE.metrics.iter().map(|metric| metric.id).collect());
}

/// The servers and names that a number may be of.
fn targets(check: &Check) -> Vec<String> {
    let servers = check.snapshot.servers.iter().map(|asked| asked.server.name.clone());
    servers.chain(check.target.subjects.iter().map(|subject| subject.name.clone())).collect()
}

const COUNTS: [&str; 6] = ["servers_ok", "failed", "leaks", "hijacks", "disagree", "stale"];

/// One count outside its range, and all of them.
fn counts_out_of_range() -> Vec<Vec<String>> {
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

/// The labels behind the counts that are out of range, if they are few and short.
fn causes(report: &Report) -> Option<BTreeSet<String>> {
    let findings = report.findings();
    let wrong = findings.iter().filter(|finding| finding.state != Ok);
    let labels: BTreeSet<_> = wrong.flat_map(|finding| finding.causes()).map(str::to_owned).collect();
    Some(labels).filter(|labels| (1..=3).contains(&labels.len()) && labels.iter().all(|label| label.len() <= 20))
}

fn unexplained(check: &Check) -> Option<String> {
    counts_out_of_range().iter().find_map(|args| {
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let report = check.report_with(&args);
        let labels = causes(&report)?;
        let line = first(check, &args);
        let unexplained = labels.iter().find(|label| !is_explained(&line, label, &labels))?;
        Some(format!("{unexplained} in {line} with {args:?}"))
    })
}

#[test]
fn whoever_is_missing_from_a_count_is_named_with_the_reason() {
    let mut counted = 0;
    for (index, check) in checks().iter().enumerate() {
        counted += usize::from(causes(&check.report_with(&["-cservers_ok=@~:"])).is_some());
        assert_eq!(unexplained(check), None, "{index}");
    }
    assert!(counted > 50, "{counted}");
}

/// The worst of what is said of each server is its state, and nothing that is not said.
fn assert_states(check: &Check, report: &Report) {
    for asked in &check.snapshot.servers {
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
    for check in checks() {
        for args in [&[][..], &["-wtime=@~:", "-closs=@~:"], &["--severity", "server-dead=critical"]] {
            assert_states(&check, &check.report_with(args));
        }
    }
    let slow = healthy().answers(
        1,
        Names::Side(Side::Internal),
        &Reply { rtt: Some(Duration::from_secs(1)), ..found(&MEMBERS) },
    );
    let report = slow.report_with(&["-wtime=0.5"]);
    let states: Vec<_> = slow.snapshot.servers.iter().map(|asked| report.state_of(asked)).collect();
    assert_eq!(states[1], ServiceState::Critical, "a random name has an address");
    let slow = healthy().answers(1, Names::Internal, &Reply { rtt: Some(Duration::from_secs(1)), ..found(&MEMBERS) });
    let report = slow.report_with(&["-wtime=0.5"]);
    assert_eq!(slow.snapshot.servers.iter().map(|asked| report.state_of(asked)).collect::<Vec<_>>(), [Ok, Warning, Ok]);
}

/// The same server may be asked in several parts.
#[test]
fn no_two_targets_have_one_key() {
    let args =
        ["-i", "a.consul/A", "-i", "a.consul/AAAA", "-e", EXTERNAL, "-H", SERVERS[0], "--external-server", SERVERS[0]];
    let check = checked(&[&args[..], &["--upstream", "10.0.0.11:53", "-z", "consul"]].concat());
    let everybody = check.snapshot.servers.iter().chain(&check.snapshot.upstream).chain(&check.snapshot.external);
    let keys = everybody.map(|asked| asked.key().into_owned());
    let keys: Vec<_> = keys.chain(check.target.subjects.iter().map(|subject| subject.key().into_owned())).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{keys:?}");
    assert_eq!(with(&UPSTREAM).snapshot.upstream.unwrap().label(), "127.0.0.1:8600");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_servers_say_the_causes_are_named_and_the_states_derived(
        changes in prop::collection::vec(any_change(), 0..4), upstream in any_reply(), external in any_reply()
    ) {
        for check in [changed(healthy(), changes.clone()), changed(everything(), changes).upstream_answers(None, &upstream).external_server_answers(&external).rechecked()] {
            prop_assert_eq!(unexplained(&check), None);
            assert_states(&check, &check.report());
        }
    }
}
