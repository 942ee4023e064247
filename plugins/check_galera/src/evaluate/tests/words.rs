//! What is said of each number and each node: any threshold may judge any number, and a node's line shows the worst of
//! what is said about it.

use std::collections::{BTreeMap, BTreeSet};

use common::{Finding, Metric, Report, ServiceState, wording};

use super::properties::records;
use super::situation::{Situation, all_situations, healthy, recorded, same};
use crate::CATALOGUE;
use crate::model;

use ServiceState::{Critical, Ok as Fine, Warning};

/// A range that always alerts, another one for each metric, so that its sentence can be told from the others.
fn always(metric: &str) -> String {
    let place = CATALOGUE.metrics.iter().position(|spec| spec.id == metric).unwrap_or(99);
    format!("@~:1000000000000000000000{place:02}")
}

/// With each number alerting.
fn alerting(situation: &Situation, args: &[&str]) -> Report {
    let ranges: Vec<_> = CATALOGUE.metrics.iter().map(|spec| format!("-c{}={}", spec.id, always(spec.id))).collect();
    situation.report(&[args, &ranges.iter().map(String::as_str).collect::<Vec<_>>()].concat())
}

fn labels(situation: &Situation) -> BTreeSet<String> {
    model::cluster(&situation.snapshot, &situation.history).nodes.into_iter().map(|node| node.label).collect()
}

/// Whether a sentence says the number, exactly or rounded, or that there is none; or whose it is.
fn says(text: &str, metric: &Metric, labels: &BTreeSet<String>) -> bool {
    let value: f64 = metric.value.to_string().parse().unwrap();
    let is_none = value == 0.0 && ["no ", "cannot "].iter().any(|word| text.contains(word));
    let forms = [metric.value.to_string(), format!("{value:.0}"), wording::age(value), wording::estimate(value)];
    let is_said = forms.iter().any(|form| text.contains(form.as_str()));
    is_none || is_said || labels.iter().any(|label| text.contains(label.as_str()))
}

#[test]
fn every_number_has_words() {
    let mut measured = BTreeSet::new();
    for (situation, args) in all_situations() {
        let (report, labels) = (alerting(&situation, &args), labels(&situation));
        let findings = report.findings();
        for metric in report.metrics() {
            let label = metric.label.to_string();
            let limit = format!("within {}", always(&label));
            let said: Vec<_> = findings.iter().filter(|finding| finding.limit == limit).collect();
            assert_eq!(said.len(), 1, "{label}");
            let text = said[0].text.trim();
            assert!(said[0].id.is_none() && says(text, metric, &labels), "{label}={}: {text:?}", metric.value);
            measured.insert(label);
        }
    }
    let known: BTreeSet<_> = CATALOGUE.metrics.iter().map(|spec| spec.id.to_owned()).collect();
    assert_eq!(measured, known);
}

/// The states of the nodes' own lines, by their addresses.
fn lines(situation: &Situation, report: &Report) -> BTreeMap<String, ServiceState> {
    let text = report.render().1;
    let lines: Vec<_> = text.lines().rev().collect();
    let state = |address: &str, label: &str| {
        let of_node = |line: &str| {
            [Critical, Warning, ServiceState::Unknown, Fine].into_iter().find(|state| {
                let names = [format!("[{state}] {label} {address} "), format!("[{state}] {address} ")];
                names.iter().any(|name| line.starts_with(name.as_str()))
            })
        };
        lines.iter().find_map(|line| of_node(line)).unwrap_or_else(|| panic!("{address} not in {text}"))
    };
    let cluster = model::cluster(&situation.snapshot, &situation.history);
    let states = cluster.nodes.iter().map(|node| {
        let state = state(&node.asked.address, &node.label);
        assert_eq!(state, report.state_of(node), "{} in {text}", node.label);
        (node.label.clone(), state)
    });
    states.collect()
}

/// The node with whose name a sentence begins.
fn subject<'l>(finding: &Finding, labels: impl Iterator<Item = &'l String>) -> Option<&'l String> {
    let names = labels
        .filter(|label| finding.text.strip_prefix(label.as_str()).is_some_and(|rest| rest.starts_with([' ', ':'])));
    names.max_by_key(|label| label.len())
}

/// The worst that is said of each node in sentences that begin with its name; those about several are left out.
fn assert_lines_show_the_worst(situation: &Situation, args: &[&str]) {
    // With `-v` no line is dropped.
    let report = situation.report(&[args, &["-v"]].concat());
    let lines = lines(situation, &report);
    let of_several = [
        "split-brain",
        "no-primary",
        "all-desynced",
        "cluster-down",
        "node-evicted",
        "access-denied",
        "identity-conflict",
    ];
    let several = report.findings().into_iter().any(|finding| finding.id.is_some_and(|id| of_several.contains(&id)));
    let names_nodes = |finding: &&Finding| {
        let is_of_class = [" donor or desynced: ", " joining: "].iter().any(|what| finding.text.contains(what));
        finding.text.starts_with("flow control") || is_of_class
    };
    let several = several || report.findings().iter().any(|finding| finding.state != Fine && names_nodes(finding));
    for (label, state) in &lines {
        let findings = report.findings();
        let about = findings.iter().filter(|finding| subject(finding, lines.keys()) == Some(label));
        let worst = about.map(|finding| finding.state).max().unwrap_or(Fine);
        assert!(*state == worst || several && *state > worst, "{label} is {worst} in {}", report.render().1);
    }
}

#[test]
fn a_nodes_line_shows_the_worst_of_what_is_said_about_it() {
    for (situation, args) in all_situations() {
        assert_lines_show_the_worst(&situation, &args);
    }
    // Each number that is of one node.
    for (_, situation) in records() {
        let situation = situation.later(60, same);
        for spec in CATALOGUE.metrics {
            assert_lines_show_the_worst(&situation, &[&format!("-c{}=@~:", spec.id)]);
        }
    }
}

#[test]
fn the_node_that_is_slow_on_average_is_not_called_fine() {
    let slow = healthy().with(1, "wsrep_evs_repl_latency", "0/0.5/0.9/0/99");
    slow.assert_with(
        &["-w", "evs_latency_avg=0.2"],
        Warning,
        &["[OK] node1 ", "[WARNING] node2 db2:3306 ", "[OK] node3 "],
    );
}

#[test]
fn a_finding_of_several_nodes_is_of_each() {
    recorded!("split-brain").assert(Critical, &["[CRITICAL] node1 ", "[CRITICAL] node2 ", "[CRITICAL] node3 "]);
    recorded!("two-killed").assert(Critical, &["[CRITICAL] node1 ", "[WARNING] db2:3306 ", "[WARNING] db3:3306 "]);
    Situation::of("").assert(Critical, &["[CRITICAL] db1:3306 ", "[CRITICAL] db2:3306 ", "[CRITICAL] db3:3306 "]);
    let announced = ["--expect-down", "db3"];
    Situation::of("").assert_with(&announced, Critical, &["[CRITICAL] db2:3306 ", "[OK] db3:3306 "]);
}

/// By its name alone, which an earlier run knew.
#[test]
fn a_node_that_was_evicted_is_told_from_others() {
    let process = "00000003-0000-11ee-8001-000000000003";
    let gone = recorded!("node3-killed").with(0, "wsrep_evs_evict_list", process);
    let known = healthy().with(2, "wsrep_gcomm_uuid", process).then(60.0, gone);
    known.assert(
        Critical,
        &["the group has evicted node3; lab: 2/3 members; ", "[CRITICAL] node3 db3:3306 unreachable", "[OK] node1 "],
    );
}
