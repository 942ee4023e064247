//! The first line of a report, which a phone shows at 3 a.m.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::borrow::Cow;
use std::collections::BTreeSet;

use common::{
    Catalogue, Cause, CommonArgs, Default, FindingSpec, MetricSpec, MetricUnit, Report, Rules, ServiceState, Subject,
};
use proptest::prelude::*;

static MEMBERS: MetricSpec =
    MetricSpec::judged("members", MetricUnit::None, Default::Range("3:"), Default::Range("2:"), "nodes in the group")
        .higher_is_better();
static SYNCED: MetricSpec =
    MetricSpec::judged("synced", MetricUnit::None, Default::Range("3:"), Default::Range("2:"), "nodes that serve")
        .higher_is_better();
static WINDOW: MetricSpec =
    MetricSpec::judged("window", MetricUnit::Seconds, Default::None, Default::Range("900:"), "time to come back");
static TIME: MetricSpec =
    MetricSpec::judged("time", MetricUnit::Seconds, Default::Range("0.03"), Default::None, "slowest answer");
static TOLERABLE: MetricSpec =
    MetricSpec::judged("tolerable", MetricUnit::None, Default::Range("1:"), Default::None, "failures to survive")
        .higher_is_better();
static SPLIT: FindingSpec = FindingSpec::critical("split", "two halves");
static DOWN: FindingSpec = FindingSpec::warning("down", "a node does not answer");
static ODD: FindingSpec = FindingSpec::warning("odd", "something is odd");
static BLIND: FindingSpec = FindingSpec::unknown("blind", "nothing to see");
static CATALOGUE: Catalogue = Catalogue {
    service: "TEST",
    metrics: &[&MEMBERS, &SYNCED, &WINDOW, &TIME, &TOLERABLE],
    findings: &[&SPLIT, &DOWN, &ODD, &BLIND],
};

#[derive(clap::Parser)]
struct Cli {
    #[command(flatten)]
    common: CommonArgs,
}

fn report(args: &[&str]) -> Report {
    let cli: Cli = clap::Parser::parse_from([&["test"], args].concat());
    Report::new(&Rules::new(&CATALOGUE, &cli.common).unwrap())
}

struct Node(String);

impl Subject for Node {
    fn key(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }

    fn label(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

fn node(name: &str) -> Node {
    Node(name.to_owned())
}

fn down(report: &mut Report, node: &Node, reason: &str) {
    let text = format!("{} unreachable: {reason}", node.0);
    report.finding(&DOWN).of(node).words(text).reason(reason, "down").remedy("start it");
}

/// The first line without service and state.
fn first(report: &Report) -> String {
    let (state, text) = report.render();
    let first = text.lines().next().unwrap().split('|').next().unwrap().to_owned();
    assert!(first.len() <= 200, "{} bytes: {first}", first.len());
    first.strip_prefix(&format!("TEST is {state}: ")).unwrap().to_owned()
}

#[test]
fn a_count_names_the_missing_targets_and_their_reasons() {
    let mut report = report(&[]);
    let [db2, db3] = ["db2", "db3"].map(node);
    report.metric(&MEMBERS, 1_u32).up_to(3_u32).words("lab: 1/3 members").because([&db2, &db3]);
    report.metric(&SYNCED, 1_u32).up_to(3_u32).words("1 of 3 asked synced").because([&db2, &db3]);
    down(&mut report, &db2, "connection refused");
    down(&mut report, &db3, "no answer for 3 s");
    report.metric(&TOLERABLE, 0_u32).words("cannot survive another crash").self_evident();
    assert_eq!(
        first(&report),
        "lab: 1/3 members: db2 connection refused, db3 no answer for 3 s; cannot survive another crash"
    );
}

#[test]
fn targets_with_one_reason_are_named_together() {
    let mut report = report(&[]);
    let [db2, db3] = ["db2", "db3"].map(node);
    report.metric(&MEMBERS, 1_u32).words("1/3 members").because([&db2, &db3]);
    down(&mut report, &db2, "connection refused");
    down(&mut report, &db3, "connection refused");
    assert_eq!(first(&report), "1/3 members: db2 and db3 connection refused");
}

#[test]
fn a_critical_number_does_not_hide_the_dead_node() {
    let mut report = report(&[]);
    let db3 = node("db3");
    report.metric(&MEMBERS, 2_u32).words("2/3 members").because([&db3]);
    down(&mut report, &db3, "connection refused");
    for odd in 0..30 {
        report.finding(&ODD).words(format!("node {odd} is odd in some way that needs many words"));
    }
    report.metric(&WINDOW, 120_u32).words("IST window ~2 min");
    let first = first(&report);
    let expected = "IST window ~2 min, below the limit 900:; 2/3 members: db3 connection refused; node 0 is odd";
    assert!(first.starts_with(expected), "{first}");
    assert!(first.ends_with("; 29 more warnings"), "{first}");
}

#[test]
fn a_cause_is_named_even_if_the_operator_overruled_it() {
    let mut report = report(&["--severity", "down=ok"]);
    let db3 = node("db3");
    report.metric(&MEMBERS, 2_u32).words("2/3 members").because([&db3]);
    down(&mut report, &db3, "connection refused");
    assert_eq!(report.state_of(&db3), ServiceState::Ok);
    assert_eq!(first(&report), "2/3 members: db3 connection refused");
}

#[test]
fn a_worse_cause_stands_once_and_before_the_count() {
    let mut report = report(&["--severity", "down=critical"]);
    let db3 = node("db3");
    report.metric(&MEMBERS, 2_u32).words("2/3 members").because([&db3]);
    down(&mut report, &db3, "connection refused");
    assert_eq!(first(&report), "db3 unreachable: connection refused; 2/3 members");
}

#[test]
fn a_worse_cause_is_not_lost_behind_a_long_sentence() {
    let mut report = report(&["--severity", "down=critical"]);
    let db3 = node("db3");
    report.finding(&SPLIT).words("x".repeat(500));
    down(&mut report, &db3, "connection refused");
    report.metric(&MEMBERS, 2_u32).words("2/3 members").because([&db3]);
    let first = first(&report);
    assert!(first.ends_with("…; db3 unreachable: connection refused; 2/3 members"), "{first}");
}

#[test]
fn a_finding_about_several_targets_is_not_swallowed_by_a_count() {
    let mut report = report(&["-c", "3:"]);
    let [db1, db2] = ["db1", "db2"].map(node);
    report.finding(&SPLIT).of_all([&db1, &db2]).words("split brain");
    report.metric(&MEMBERS, 1_u32).words("1/3 members").because([&db1, &db2]);
    assert_eq!(first(&report), "split brain; 1/3 members");
}

#[test]
fn a_later_count_names_only_new_causes() {
    let mut report = report(&[]);
    let [db2, db3] = ["db2", "db3"].map(node);
    report.metric(&MEMBERS, 2_u32).words("2/3 members").because([&db3]);
    report.metric(&SYNCED, 1_u32).words("1/3 synced").because([&db2, &db3]);
    down(&mut report, &db3, "connection refused");
    report.finding(&ODD).of(&db2).words("db2 is odd: it rejects queries").reason("rejects queries", "rejecting");
    assert_eq!(first(&report), "1/3 synced: db2 rejects queries, db3 connection refused");

    let mut report = self::report(&["-c", "members=3:"]);
    report.metric(&MEMBERS, 2_u32).words("2/3 members").because([&db3]);
    report.metric(&SYNCED, 2_u32).words("2/3 synced").because([&db2, &db3]);
    down(&mut report, &db3, "connection refused");
    assert_eq!(first(&report), "2/3 members: db3 connection refused; 2/3 synced: db2");
}

#[test]
fn a_cause_without_a_finding_has_a_reason_of_its_own() {
    let mut report = report(&[]);
    let [db1, db2, db3] = ["db1", "db2", "db3"].map(node);
    let causes = [Cause::with_reason(&db1, "refused", "down"), Cause::with_reason(&db2, "silent for 3 s", "silent")];
    report.finding(&SPLIT).of_all([&db1, &db2, &db3]).words("no node answers").because(causes);
    assert_eq!(first(&report), "no node answers: db1 refused, db2 silent for 3 s");
    assert_eq!(report.state_of(&db3), ServiceState::Critical);
}

#[test]
fn a_finding_with_another_reason_is_shown_beside_the_count() {
    let mut report = report(&[]);
    let [db1, db2] = ["db1", "db2"].map(node);
    report.finding(&SPLIT).words("no leader").because([Cause::with_reason(&db1, "knew none", "leaderless")]);
    report.finding(&ODD).of(&db1).words("db1 is odd: 404").reason("404", "odd");
    assert_eq!(first(&report), "no leader: db1 knew none; db1 is odd: 404");
    let mut report = self::report(&[]);
    report.finding(&SPLIT).words("no leader").because([Cause::with_reason(&db1, "connection refused", "down")]);
    down(&mut report, &db1, "connection refused");
    down(&mut report, &db2, "connection refused");
    assert_eq!(first(&report), "no leader: db1 connection refused; db2 unreachable: connection refused");
}

#[test]
fn a_sentence_about_several_targets_explains_a_count_once() {
    let mut report = report(&[]);
    let [db1, db2] = ["db1", "db2"].map(node);
    report.metric(&MEMBERS, 1_u32).words("1/3 members").because([&db1, &db2]);
    report.finding(&ODD).of_all([&db1, &db2]).words("db1 and db2 are odd");
    assert_eq!(first(&report), "1/3 members: db1 and db2 are odd");
}

#[test]
fn missing_targets_do_not_explain_too_many() {
    let mut report = report(&["-c", "2"]);
    let db3 = node("db3");
    report.metric(&MEMBERS, 3_u32).words("3/4 members").because([&db3]);
    down(&mut report, &db3, "refused");
    let expected = "3/4 members, above the limit 0:2 (write 2: for at least 2); db3 unreachable: refused";
    assert_eq!(first(&report), expected);
}

#[test]
fn a_number_within_a_forbidden_range_is_explained() {
    let mut report = report(&["-c", "@0:2"]);
    let db3 = node("db3");
    report.metric(&MEMBERS, 2_u32).words("2/3 members").because([&db3]);
    down(&mut report, &db3, "refused");
    assert_eq!(first(&report), "2/3 members: db3 refused");
}

#[test]
fn a_finding_without_a_reason_explains_by_its_sentence() {
    let mut report = report(&[]);
    let db3 = node("db3");
    report.metric(&MEMBERS, 2_u32).words("2/3 members").because([&db3]);
    report.finding(&ODD).of(&db3).words("db3 is odd");
    assert_eq!(first(&report), "2/3 members: db3 is odd");
}

#[test]
fn the_first_of_many_causes_are_named() {
    let mut report = report(&[]);
    let nodes: Vec<_> = (1..=9).map(|number| node(&format!("db{number}"))).collect();
    report.metric(&MEMBERS, 1_u32).words("1/10 members").because(&nodes);
    for node in &nodes {
        down(&mut report, node, "connection refused");
    }
    assert_eq!(first(&report), "1/10 members: db1, db2 and 7 more connection refused");
}

#[test]
fn a_number_shows_its_limit() {
    let mut report = report(&["-w", "3", "-c", "2"]);
    report.metric(&MEMBERS, 3_u32).words("3/3 members");
    report.metric(&TIME, common::Number::try_from(0.047).unwrap()).words("agent db2 took 0.047 s to answer");
    assert_eq!(
        first(&report),
        "3/3 members, above the limit 0:2 (write 2: for at least 2); \
         agent db2 took 0.047 s to answer, above the limit 0.03"
    );
}

#[test]
fn well_parts_come_last_and_only_if_there_is_room() {
    let mut report = report(&[]);
    report.metric(&MEMBERS, 3_u32).words("3/3 members").well("3/3 members");
    report.well("cluster lab");
    assert_eq!(first(&report), "3/3 members; cluster lab");
    report.finding(&ODD).words("db1 is odd");
    report.finding(&BLIND).words("db2 denies access");
    assert_eq!(first(&report), "db1 is odd; db2 denies access; 3/3 members; cluster lab");
    report.finding(&SPLIT).words("x".repeat(140));
    assert!(first(&report).ends_with("x; db1 is odd; db2 denies access"), "{}", first(&report));
    assert!(report.render().1.contains("\n3/3 members; cluster lab|"), "{}", report.render().1);
}

/// 182 bytes are left behind service and state.
#[test]
fn well_parts_fit_to_the_last_byte() {
    for (found, well, is_shown) in
        [(60, 120, true), (60, 121, false), (100, 80, true), (20, 160, true), (20, 161, false)]
    {
        let mut report = report(&[]);
        report.finding(&ODD).words("x".repeat(found));
        report.well("w".repeat(well));
        report.well("end");
        let first = first(&report);
        assert_eq!(first.contains(&"w".repeat(well)), is_shown, "{found} {well}: {first}");
        assert_eq!(first.ends_with("x; end"), !is_shown, "a part that fits is shown: {first}");
    }
}

#[test]
fn reasons_shrink_to_a_word_before_names_are_cut() {
    let long = |first: char| node(&format!("{first}{}", "-database-server.example.org".repeat(2)));
    let nodes = ['a', 'b', 'c'].map(long);
    let mut report = report(&[]);
    report.metric(&MEMBERS, 0_u32).words("lab: 0/3 members").because(&nodes[..2]);
    for (node, seconds) in nodes.iter().zip(1..) {
        down(&mut report, node, &format!("no answer for {seconds} s"));
    }
    assert_eq!(first(&report), format!("lab: 0/3 members: {} and {} down; 1 more warning", nodes[0].0, nodes[1].0));
    let mut report = self::report(&[]);
    report.metric(&MEMBERS, 0_u32).words("lab: 0/3 members").because(&nodes);
    for node in &nodes {
        down(&mut report, node, "no answer");
    }
    let first = first(&report);
    for node in &nodes {
        assert!(first.contains(&node.0[..20]) && first.matches('…').count() == 3 && first.ends_with("down"), "{first}");
    }
}

#[test]
fn names_that_are_cut_stay_different() {
    let nodes =
        ['1', '2', '3'].map(|number| node(&format!("database-server-{number}-of-the-cluster.{}", "x".repeat(40))));
    let mut report = report(&[]);
    report.metric(&MEMBERS, 0_u32).words("0/3 members").because(&nodes);
    for node in &nodes {
        down(&mut report, node, "no answer");
    }
    let first = first(&report);
    let names: Vec<_> = first.split([',', ' ']).filter(|word| word.starts_with("data")).collect();
    assert_eq!((names.len(), names.iter().collect::<BTreeSet<_>>().len()), (3, 3), "{first}");
}

/// Three counts with three causes each do not fit. The worst keeps its words, and its causes keep theirs.
#[test]
fn the_least_needed_part_shrinks_first() {
    let mut report = report(&[]);
    report.finding(&SPLIT).words("x".repeat(500));
    for (metric, group) in [(&MEMBERS, "a"), (&SYNCED, "b"), (&TOLERABLE, "c")] {
        let nodes: Vec<_> = (1..=3).map(|number| node(&format!("{group}{number}-{}", "n".repeat(30)))).collect();
        report.metric(metric, 0_u32).words("0/3").because(&nodes);
        for node in &nodes {
            down(&mut report, node, "connection refused");
        }
    }
    let first = first(&report);
    assert!(first.starts_with(&"x".repeat(40)), "{first}");
    for name in ["a1-", "a2-", "a3-"] {
        assert!(first.contains(name), "{first}");
    }
}

#[test]
fn ten_thousand_findings_fit() {
    let mut report = report(&[]);
    let nodes: Vec<_> = (0..10_000).map(|number| node(&format!("web{number}"))).collect();
    report.metric(&SYNCED, 1_u32).words("1/10001 synced").because(&nodes);
    for node in &nodes {
        report.finding(&ODD).words(format!("{} is odd", node.0));
        down(&mut report, node, "connection refused");
    }
    let first = first(&report);
    assert!(first.starts_with("1/10001 synced: web0, web1 and 9998 more connection refused; web0 is odd"), "{first}");
    assert!(first.ends_with(" more warnings"), "{first}");
}

#[test]
fn a_sentence_shrinks_before_it_is_left_out() {
    let mut report = report(&[]);
    report.finding(&SPLIT).words("x".repeat(130));
    down(&mut report, &node("db3"), &"no answer after a very long time, ".repeat(3));
    assert_eq!(first(&report), format!("{}; db3 down", "x".repeat(130)));
}

#[test]
fn an_endless_sentence_leaves_room_for_the_cause() {
    let mut report = report(&[]);
    let db3 = node("db3");
    report.finding(&SPLIT).words("x".repeat(500));
    report.metric(&MEMBERS, 2_u32).words("2/3 members").because([&db3]);
    down(&mut report, &db3, "connection refused");
    report.finding(&ODD).words("y".repeat(200));
    report.finding(&BLIND).words("z".repeat(200));
    let first = first(&report);
    assert!(first.starts_with("xxx"), "{first}");
    assert!(first.contains("…; 2/3 members: db3 connection refused; 1 more warning, 1 more unknown"), "{first}");
}

/// A report with a count, up to three causes and other findings.
#[derive(Clone, Debug)]
struct Case {
    labels: Vec<String>,
    reasons: Vec<String>,
    others: Vec<(u8, String)>,
    service_name: String,
}

fn case() -> impl Strategy<Value = Case> {
    let labels = prop::collection::btree_set("[a-z0-9][a-z0-9.-]{0,18}[a-z0-9]", 1..=3);
    let reasons = prop::collection::vec("(connection refused|no answer for [0-9]{1,3} s|[a-z ]{1,80})", 3);
    let others = prop::collection::vec((0..3_u8, ".{1,300}"), 0..12);
    (labels, reasons, others, "[a-z]{0,60}").prop_map(|(labels, reasons, others, service_name)| Case {
        labels: labels.into_iter().collect(),
        reasons,
        others,
        service_name,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// If a count is outside its range because of up to three targets, each is named with its reason.
    #[test]
    fn each_of_three_causes_is_named(case in case(), is_first: bool) {
        let mut report = report(&[]);
        let nodes: Vec<_> = case.labels.iter().map(|label| node(label)).collect();
        let count = |report: &mut Report| {
            let words = format!("{}: 2/3 members", case.service_name);
            report.metric(&MEMBERS, 2_u32).words(words).because(&nodes);
        };
        if is_first {
            count(&mut report);
        }
        for (kind, text) in &case.others {
            let spec = [&SPLIT, &ODD, &BLIND][usize::from(*kind)];
            report.finding(spec).words(text);
        }
        for (node, reason) in nodes.iter().zip(&case.reasons) {
            down(&mut report, node, reason);
        }
        if !is_first {
            count(&mut report);
        }
        let first = first(&report);
        for (node, reason) in nodes.iter().zip(&case.reasons) {
            prop_assert!(first.contains(&node.0), "{} in {first}", node.0);
            prop_assert!(first.contains(reason.trim()) || first.contains("down"), "{reason} in {first}");
        }
    }
}
