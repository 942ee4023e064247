//! The output of a report.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::borrow::Cow;
use std::fmt;

use common::{
    Catalogue, CommonArgs, Default, FindingSpec, Level, MetricSpec, MetricUnit, Number, Range, Report, Rules,
    ServiceState, Subject, Thresholds,
};
use proptest::prelude::*;
use test_support::oracle;

static MEMBERS: MetricSpec =
    MetricSpec::judged("members", MetricUnit::None, Default::Range("3:"), Default::Range("2:"), "nodes in the group")
        .higher_is_better();
static TIME: MetricSpec =
    MetricSpec::judged("time", MetricUnit::Seconds, Default::None, Default::Range("~:"), "slowest answer");
static SHARE: MetricSpec =
    MetricSpec::judged("share", MetricUnit::Percent, Default::Derived("from --expect"), Default::None, "a share")
        .from_history();
static DOWN: FindingSpec = FindingSpec::critical("node-down", "a node does not answer");
static ODD: FindingSpec = FindingSpec::warning("odd", "something is odd");
static BLIND: FindingSpec = FindingSpec::unknown("blind", "nothing to see");
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
    report_with(&[])
}

fn report_with(args: &[&str]) -> Report {
    Report::new(&rules(args).unwrap())
}

fn render(report: &Report) -> String {
    report.render().1
}

struct Node(&'static str);

impl Subject for Node {
    fn key(&self) -> Cow<'_, str> {
        format!("node {}", self.0).into()
    }

    fn label(&self) -> Cow<'_, str> {
        self.0.into()
    }
}

const DB1: Node = Node("db1");
const DB2: Node = Node("db2");

#[test]
fn nothing_judged_is_unknown() {
    let mut report = report();
    report.metric(&SHARE, 1_u32).words("a number without thresholds");
    let (state, text) = report.render();
    assert_eq!(state, ServiceState::Unknown);
    assert_eq!(text, "TEST is UNKNOWN: nothing could be judged|'share'=1%;;;;");
}

#[test]
fn a_number_within_its_range_is_judged() {
    let mut report = report();
    report.metric(&MEMBERS, 3_u32).words("3 of 3 members");
    assert_eq!(report.render(), (ServiceState::Ok, "TEST is OK: nothing is wrong|'members'=3;3:;2:;0;".to_owned()));
    // A range that never alerts judges nothing.
    let mut report = self::report();
    report.metric(&TIME, 3_u32).words("3 s");
    assert_eq!(report.state(), ServiceState::Unknown);
}

#[test]
fn all_well_is_one_line() {
    let fill = |mut report: Report| {
        report.fine().words("db1 is synced");
        report.well("3 nodes synced");
        report.metric(&MEMBERS, 3_u32).up_to(3_u32).words("3 of 3 members").remedy("none");
        render(&report)
    };
    assert_eq!(fill(report()), "TEST is OK: 3 nodes synced|'members'=3;3:;2:;0;3");
    assert_eq!(fill(report_with(&["-v"])), "TEST is OK: 3 nodes synced\n[OK] db1 is synced|'members'=3;3:;2:;0;3");
}

#[test]
fn a_fine_fact_is_shown_if_nothing_else_is() {
    let mut report = report();
    report.fine().words("db1 is synced");
    assert_eq!(render(&report), "TEST is OK: db1 is synced");
    report.finding(&ODD).words("db2 is odd");
    assert_eq!(render(&report), "TEST is WARNING: db2 is odd");
}

#[test]
fn each_finding_has_a_line_with_its_remedy_the_worst_first() {
    let mut report = report();
    report.finding(&BLIND).words("db2 denies access").remedy("grant USAGE");
    report.finding(&ODD).words("db1 is odd");
    report.finding(&DOWN).words("db3 does not answer").remedy("start it");
    report.well("1 synced");
    assert_eq!(
        render(&report).lines().collect::<Vec<_>>(),
        [
            "TEST is CRITICAL: db3 does not answer; db1 is odd; db2 denies access; 1 synced",
            "[CRITICAL] db3 does not answer -> start it",
            "[WARNING] db1 is odd",
            "[UNKNOWN] db2 denies access -> grant USAGE",
        ]
    );
}

#[test]
fn a_single_sentence_on_the_first_line_is_not_repeated() {
    let mut report = report();
    report.finding(&ODD).words("db1 is odd");
    assert_eq!(render(&report), "TEST is WARNING: db1 is odd");
    report.finding(&ODD).words("db2 is odd");
    assert_eq!(render(&report).lines().count(), 3, "{}", render(&report));
}

#[test]
fn a_line_has_the_worst_state_of_its_target() {
    let mut report = report();
    report.line(&DB1, "db1 up");
    report.line(&DB2, "db2 up");
    report.finding(&BLIND).of(&DB1).words("db1 is not seen");
    report.finding(&ODD).of(&DB1).words("db1 is odd");
    report.metric(&MEMBERS, 1_u32).words("1 member").because([&DB2]);
    let text = render(&report);
    assert!(text.contains("\n[WARNING] db1 up\n[OK] db2 up"), "{text}");
    report.metric(&TIME, 1_u32).of(&DB2).words("db2 took 1 s");
    assert!(render(&report).contains("[OK] db2 up"), "a number in its range marks nothing");
    let mut report = report_with(&["-c", "time=0.5"]);
    report.metric(&TIME, 1_u32).of(&DB2).words("db2 took 1 s");
    assert_eq!((report.state_of(&DB1), report.state_of(&DB2)), (ServiceState::Ok, ServiceState::Critical));
    report.finding(&DOWN).of_all([&DB1, &DB2]).words("both are down");
    assert_eq!(report.state_of(&DB1), ServiceState::Critical);
}

#[test]
fn remarks_follow_the_findings_and_lines_follow_the_remarks() {
    let fill = |args: &[&str]| {
        let mut report = report_with(args);
        report.fine().words("fine");
        report.line(&DB1, "db1 up");
        report.remark("nothing is remembered");
        report.well("2 nodes");
        report.first_line_only();
        render(&report)
    };
    assert_eq!(fill(&[]), "TEST is OK: 2 nodes");
    assert_eq!(fill(&["-v"]), "TEST is OK: 2 nodes\n[OK] fine\nnothing is remembered\n[OK] db1 up");
}

#[test]
fn details_are_made_only_on_request() {
    for (args, levels) in [(&[][..], 0), (&["-v"], 1), (&["-vv"], 2), (&["-vvv"], 3)] {
        let mut report = report_with(args);
        let mut made = 0;
        for level in [Level::Verbose, Level::Requests, Level::Raw] {
            report.details(level, || {
                made += 1;
                [format!("detail {}", level as u8)]
            });
        }
        report.fine().words("fine");
        assert_eq!(made, levels, "{args:?}");
        assert_eq!(render(&report).matches("\ndetail ").count(), levels, "{args:?}");
    }
}

#[test]
fn a_series_comes_after_the_metrics_and_is_not_judged() {
    let mut report = report();
    report.fine().words("fine");
    for value in [99_u32, 98, 97] {
        report.series("share", "db.1", MetricUnit::Percent, value);
    }
    report.metric(&MEMBERS, 3_u32).words("3 members");
    let perfdata = "|'members'=3;3:;2:;0; 'share_db_1'=99%;;;; 'share_db_1_2'=98%;;;; 'share_db_1_3'=97%;;;;";
    assert!(render(&report).ends_with(perfdata), "{}", render(&report));
}

#[test]
fn perfdata_of_single_targets_are_dropped_and_counted() {
    for args in [&[][..], &["-v"]] {
        let mut report = report_with(args);
        report.metric(&MEMBERS, 3_u32).words("3 members");
        for node in 0..200 {
            report.series("time", &format!("a-node-with-a-long-name-{node:03}"), MetricUnit::Seconds, node);
        }
        let text = render(&report);
        let (said, perfdata) = text.split_once('|').unwrap();
        let kept = perfdata.split(' ').count() - 1;
        assert!(said.contains(&format!("\n{} numbers of single targets do not fit", 200 - kept)), "{text}");
        assert!((3600..=3672).contains(&perfdata.len()) && text.len() <= 3999, "{} {}", perfdata.len(), text.len());
        assert!(
            perfdata.contains("'time_a_node_with_a_long_name_000'=0s;;;0; 'time_a_node_with_a_long_name_001'"),
            "{text}"
        );
    }
}

#[test]
fn metrics_of_the_catalogue_are_never_dropped() {
    let mut report = report();
    report.series("x", &"x".repeat(58), MetricUnit::None, 1_u32);
    for _ in 0..300 {
        report.metric(&MEMBERS, 3_u32).words("3 members");
    }
    assert_eq!(render(&report).matches("'members'").count(), 300);
    assert!(!render(&report).contains("xxx"));
}

#[test]
fn a_threshold_that_needs_history_is_refused_without_one() {
    for (args, is_refused) in [
        (&[][..], false),
        (&["-w", "share=5"], true),
        (&["-c", "share=5"], true),
        (&["-w", "share=~:"], false),
        (&["-w", "time=5"], false),
    ] {
        let mut report = report_with(args);
        report.fine().words("fine");
        report.refuse_wishes("no place for a history", "make one");
        let (state, text) = report.render();
        let expected = "TEST is UNKNOWN: share cannot be measured: no place for a history\n\
                        [UNKNOWN] share cannot be measured: no place for a history -> make one";
        assert_eq!(state == ServiceState::Unknown, is_refused, "{args:?}");
        assert_eq!(text == expected, is_refused, "{args:?} {text}");
    }
    let mut report = report_with(&["-w", "share=5"]);
    report.metric(&SHARE, 1_u32).words("measured anyway");
    assert!(report.has(&SHARE) && !report.has(&MEMBERS));
    report.refuse_wishes("no place", "");
    assert_eq!(report.state(), ServiceState::Ok);
}

#[test]
fn the_operators_severity_overrules_a_derived_one() {
    let mut derived = rules(&["--severity", "odd=ok"]).unwrap();
    derived.derive_severity(&ODD, ServiceState::Critical);
    derived.derive_severity(&BLIND, ServiceState::Warning);
    assert_eq!((derived.severity(&ODD), derived.severity(&BLIND)), (ServiceState::Ok, ServiceState::Warning));
}

#[test]
fn the_operators_threshold_overrules_a_derived_one() {
    let mut derived = rules(&["-w", "share=5"]).unwrap();
    derived.derive(&SHARE, Thresholds::majority(3));
    let thresholds = derived.thresholds(&SHARE);
    assert_eq!([thresholds.warning, thresholds.critical], [Some(Range::at_most(5_u32)), Some(Range::at_least(2_u32))]);
}

#[test]
fn a_warning_outranks_a_blind_spot() {
    let mut report = report();
    report.finding(&BLIND).words("blind");
    report.finding(&ODD).words("odd");
    report.fine().words("fine");
    assert_eq!(report.state(), ServiceState::Warning);
}

#[test]
fn a_metric_outside_its_range_shows_its_limit() {
    let mut report = report();
    let said = report.metric(&MEMBERS, 2_u32).words("2 of 3 members");
    assert_eq!(said.state(), ServiceState::Warning);
    assert_eq!(
        report.render(),
        (ServiceState::Warning, "TEST is WARNING: 2 of 3 members, below the limit 3:|'members'=2;3:;2:;0;".to_owned())
    );
    report.metric(&MEMBERS, 1_u32).words("1 of 3 members").remedy("start them").well("never said");
    let text = render(&report);
    assert!(text.contains("\n[CRITICAL] 1 of 3 members (below the limit 2:) -> start them\n[WARNING]"), "{text}");
    assert!(!text.contains("never said"), "{text}");
}

#[test]
fn words_are_rendered_only_if_they_are_shown() {
    struct Never;
    impl fmt::Display for Never {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("rendered")
        }
    }
    report().metric(&MEMBERS, 3_u32).words(Never).remedy(Never).reason(Never, "never");
}

#[test]
fn metrics_keep_the_order_and_the_thresholds_of_the_catalogue() {
    let mut report = report();
    report.metric(&SHARE, Number::try_from(55.5).unwrap()).words("");
    report.metric(&TIME, Number::try_from(0.0004).unwrap()).words("");
    report.metric(&MEMBERS, 3_u32).words("");
    let text = render(&report);
    // No thresholds for `~:`, which never alerts; no minimum for percent.
    assert!(text.ends_with("|'members'=3;3:;2:;0; 'time'=0.0004s;;;0; 'share'=55.5%;;;;"), "{text}");
}

#[test]
fn the_operator_overrules_thresholds_and_severities() {
    let mut report = report_with(&["-w", "1:", "-c", "time=-5:0.5", "--severity", "node-down=ok"]);
    report.finding(&DOWN).words("db3 is down");
    report.metric(&MEMBERS, 2_u32).words("2 members");
    report.metric(&TIME, 1_u32).words("db1 is slow");
    let (state, text) = report.render();
    assert_eq!(state, ServiceState::Critical);
    assert!(text.contains("CRITICAL: db1 is slow, above the limit -5:0.5"), "{text}");
    assert!(text.contains("'members'=2;1:;2:;0;"), "{text}");
}

#[test]
fn unknown_names_suggest_the_nearest() {
    let parts = |args: &[&str]| {
        let error = rules(args).unwrap_err();
        let (problem, remedy) = error.parts();
        format!("{problem}; {remedy}")
    };
    for (args, said) in [
        (["-w", "memers=3:"], "unknown metric \"memers\"; did you mean members? --help lists all metrics"),
        (["-c", "tme=3:"], "unknown metric \"tme\"; did you mean time? --help lists all metrics"),
        (["--severity", "down=ok"], "unknown finding \"down\"; did you mean node-down? --help lists all findings"),
        (["-c", "zzz=3:"], "unknown metric \"zzz\"; --help lists all metrics"),
        (
            ["--severity", "node-dwn=ok"],
            "unknown finding \"node-dwn\"; did you mean node-down? --help lists all findings",
        ),
    ] {
        assert_eq!(parts(&args), said);
    }
}

#[test]
fn long_lines_are_dropped_before_the_first_line_and_the_perfdata() {
    let fill = |args: &[&str]| {
        let mut report = report_with(args);
        for node in 0..200 {
            let text = format!("node {node} is odd");
            report.finding(&ODD).words(text).remedy("look at its log and then look again at its log");
        }
        report.metric(&MEMBERS, 3_u32).words("3 members");
        render(&report)
    };
    let text = fill(&[]);
    assert!((3800..4000).contains(&text.len()), "{}", text.len());
    let shown = text.matches("\n[WARNING]").count();
    assert!(text.contains(&format!("\n… {} more (use -v)|'members'=3;3:;2:;0;", 200 - shown)), "{text}");
    assert!(fill(&["-v"]).lines().count() > 200);
}

#[test]
fn the_help_lists_everything_with_its_defaults() {
    let help = CATALOGUE.help();
    for line in [
        "  members: nodes in the group [-w 3:, -c 2:]",
        "  share (%): a share [-w from --expect]",
        "  A range without METRIC= is for members.",
        "  node-down [critical]: a node does not answer",
    ] {
        assert!(help.lines().any(|known| known == line), "{line} not in {help}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_output_is_over_budget_or_ambiguous(
        texts in proptest::collection::vec((".{0,400}", 0..3_usize), 0..60),
        summary in ".{0,600}",
    ) {
        let mut report = report();
        report.well(summary);
        for (text, kind) in texts {
            match kind {
                0 => report.fine().words(text),
                1 => report.finding(&ODD).words(text),
                _ => report.finding(&DOWN).words(&text).remedy(&text),
            };
        }
        report.metric(&MEMBERS, 3_u32).words("3 members");
        let text = render(&report);
        prop_assert!(text.len() <= 4000, "{} bytes", text.len());
        prop_assert_eq!(text.matches('|').count(), 1);
        prop_assert!(!oracle::looks_like_html(&text));
        let (said, perfdata) = oracle::parse_check_output(&text);
        prop_assert_eq!(perfdata, "'members'=3;3:;2:;0;");
        prop_assert!(said.lines().next().unwrap().len() <= 200, "{}", said);
    }
}
