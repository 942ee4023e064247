//! What a report says, from the outside.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use common::{
    Catalogue, CommonArgs, Default, FindingSpec, Label, MetricSpec, MetricUnit, Number, Report, Rules, ServiceState,
};
use proptest::prelude::*;
use test_support::oracle;

static MEMBERS: MetricSpec = MetricSpec {
    id: "members",
    unit: MetricUnit::None,
    help: "nodes in the group",
    warning: Default::Range("3:"),
    critical: Default::Range("2:"),
};
static TIME: MetricSpec = MetricSpec {
    id: "time",
    unit: MetricUnit::Seconds,
    help: "slowest answer",
    warning: Default::None,
    critical: Default::Range("~:"),
};
static SHARE: MetricSpec = MetricSpec {
    id: "share",
    unit: MetricUnit::Percent,
    help: "a share",
    warning: Default::Derived("from --expect"),
    critical: Default::None,
};
static DOWN: FindingSpec =
    FindingSpec { id: "node-down", severity: ServiceState::Critical, help: "a node does not answer" };
static ODD: FindingSpec = FindingSpec { id: "odd", severity: ServiceState::Warning, help: "something is odd" };
static BLIND: FindingSpec = FindingSpec { id: "blind", severity: ServiceState::Unknown, help: "nothing to see" };
static CATALOGUE: Catalogue =
    Catalogue { service: "TEST", metrics: &[&MEMBERS, &TIME, &SHARE], findings: &[&DOWN, &ODD, &BLIND] };

#[derive(clap::Parser)]
struct Cli {
    #[command(flatten)]
    common: CommonArgs,
}

fn rules(args: &[&str]) -> Result<Rules, common::CheckError> {
    let cli: Cli = clap::Parser::parse_from([&["test"], args].concat());
    Rules::new(&CATALOGUE, &cli.common)
}

fn report() -> Report {
    Report::new(&rules(&[]).unwrap())
}

fn render(report: &Report) -> String {
    report.render(0).1
}

#[test]
fn nothing_found_is_unknown() {
    let (state, text) = report().render(0);
    assert_eq!(state, ServiceState::Unknown);
    assert_eq!(text, "TEST is UNKNOWN: nothing could be judged");
}

#[test]
fn all_well_is_one_line() {
    let mut report = report();
    report.fine("db1 is synced");
    report.summary("3 nodes synced");
    report.metric_up_to(&MEMBERS, 3_u32, 3_u32, "3 of 3 members");
    assert_eq!(render(&report), "TEST is OK: 3 nodes synced|'members'=3;3:;2:;0;3");
    assert_eq!(report.render(1).1, "TEST is OK: 3 nodes synced\n[OK] db1 is synced|'members'=3;3:;2:;0;3");
}

#[test]
fn the_first_line_starts_with_the_worst_and_counts_the_rest() {
    let mut report = report();
    report.finding(&BLIND, "db2 denies access", "grant USAGE");
    report.finding(&ODD, "db1 is odd", "");
    report.finding(&DOWN, "db3 does not answer", "start it");
    report.summary("1 synced");
    let text = render(&report);
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "TEST is CRITICAL: db3 does not answer; 1 warning, 1 unknown more; 1 synced",
            "[CRITICAL] db3 does not answer -> start it",
            "[WARNING] db1 is odd",
            "[UNKNOWN] db2 denies access -> grant USAGE",
        ]
    );
}

#[test]
fn items_stand_below_the_findings_and_judge_nothing() {
    let mut report = report();
    report.fine("fine");
    report.item(ServiceState::Critical, "db1 down");
    report.item(ServiceState::Ok, "db2 Synced");
    report.summary("2 nodes");
    assert_eq!(
        report.render(0),
        (ServiceState::Ok, "TEST is OK: 2 nodes\n[CRITICAL] db1 down\n[OK] db2 Synced".to_owned())
    );
    report.first_line_only();
    assert_eq!(render(&report), "TEST is OK: 2 nodes");
    assert!(report.render(1).1.contains("db1 down"));
}

#[test]
fn a_series_comes_after_the_metrics_and_is_judged_by_nothing() {
    let mut report = report();
    report.fine("fine");
    report.series(Label::new("db1_share").unwrap(), MetricUnit::Percent, 99_u32);
    report.metric(&MEMBERS, 3_u32, "");
    assert!(render(&report).ends_with("|'members'=3;3:;2:;0; 'db1_share'=99%;;;;"), "{}", render(&report));
}

#[test]
fn a_derived_severity_gives_way_to_the_operators() {
    let mut derived = rules(&["--severity", "odd=ok"]).unwrap();
    derived.derive_severity(&ODD, ServiceState::Critical);
    derived.derive_severity(&BLIND, ServiceState::Warning);
    assert_eq!((derived.severity(&ODD), derived.severity(&BLIND)), (ServiceState::Ok, ServiceState::Warning));
}

#[test]
fn a_warning_outranks_a_blind_spot() {
    let mut report = report();
    report.finding(&BLIND, "blind", "");
    report.finding(&ODD, "odd", "");
    report.fine("fine");
    assert_eq!(report.render(0).0, ServiceState::Warning);
}

#[test]
fn a_metric_outside_its_range_says_so() {
    let mut report = report();
    report.fine("connected");
    report.metric(&MEMBERS, 2_u32, "2 of 3 members");
    assert_eq!(
        render(&report),
        "TEST is WARNING: 2 of 3 members\n[WARNING] 2 of 3 members (outside range 3:)|'members'=2;3:;2:;0;"
    );
    assert_eq!(report.render(0).0, ServiceState::Warning);
}

#[test]
fn metrics_keep_the_order_and_the_thresholds_of_the_catalogue() {
    let mut report = report();
    report.fine("fine");
    report.metric(&SHARE, Number::try_from(55.5).unwrap(), "");
    report.metric(&TIME, Number::try_from(0.0004).unwrap(), "");
    report.metric(&MEMBERS, 3_u32, "");
    let text = render(&report);
    // No thresholds for `~:`, which never alerts; no minimum for percent.
    assert!(text.ends_with("|'members'=3;3:;2:;0; 'time'=0.0004s;;;0; 'share'=55.5%;;;;"), "{text}");
}

#[test]
fn the_operator_overrules_thresholds_and_severities() {
    let rules = rules(&["-w", "1:", "-c", "time=-5:0.5", "--severity", "node-down=ok"]).unwrap();
    let mut report = Report::new(&rules);
    report.finding(&DOWN, "db3 is down", "");
    report.metric(&MEMBERS, 2_u32, "2 members");
    report.metric(&TIME, 1_u32, "slow");
    let (state, text) = report.render(0);
    assert_eq!(state, ServiceState::Critical);
    assert!(text.contains("\n[CRITICAL] slow (outside range -5:0.5)"), "{text}");
    assert!(text.contains("'members'=2;1:;2:;0;"), "{text}");
}

#[test]
fn unknown_names_list_the_known_ones() {
    let error = rules(&["-w", "memers=3:"]).unwrap_err();
    assert_eq!(error.parts(), ("unknown metric \"memers\"", "known are members, time, share"));
    let error = rules(&["--severity", "down=ok"]).unwrap_err();
    assert_eq!(error.parts(), ("unknown finding \"down\"", "known are node-down, odd, blind"));
}

#[test]
fn long_lines_give_way_before_the_first_line_and_the_perfdata() {
    let mut report = report();
    for node in 0..200 {
        report.finding(&ODD, format!("node {node} is odd"), "look at its log and then look again at its log");
    }
    report.metric(&MEMBERS, 3_u32, "");
    let text = render(&report);
    assert!(text.len() <= 4000, "{}", text.len());
    assert!(text.contains("more (use -v)"), "{text}");
    assert!(text.ends_with("|'members'=3;3:;2:;0;"));
    assert!(report.render(1).1.lines().count() > 200);
}

#[test]
fn the_help_lists_everything_with_its_defaults() {
    let help = CATALOGUE.help();
    for line in [
        "  members: nodes in the group [-w 3:, -c 2:]",
        "  share (%): a share [-w from --expect, -c none]",
        "  A range without METRIC= is for members.",
        "  node-down [critical]: a node does not answer",
    ] {
        assert!(help.lines().any(|known| known == line), "{line} not in {help}");
    }
}

proptest! {
    #[test]
    fn no_output_is_over_budget_or_ambiguous(
        texts in proptest::collection::vec((".{0,400}", 0..3_usize), 0..60),
        summary in ".{0,600}",
    ) {
        let mut report = report();
        report.summary(summary);
        for (text, kind) in texts {
            match kind {
                0 => report.fine(text),
                1 => report.finding(&ODD, text, ""),
                _ => report.finding(&DOWN, text.clone(), text),
            }
        }
        report.metric(&MEMBERS, 3_u32, "");
        let text = render(&report);
        prop_assert!(text.len() <= 4000, "{} bytes", text.len());
        prop_assert_eq!(text.matches('|').count(), 1);
        prop_assert!(!oracle::looks_like_html(&text));
        let (said, perfdata) = oracle::parse_check_output(&text);
        prop_assert_eq!(perfdata, "'members'=3;3:;2:;0;");
        prop_assert!(said.lines().next().unwrap().len() <= 200, "{}", said);
    }
}
