//! The suite of findings fails for a plugin that breaks any one of its properties.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::panic::catch_unwind;

use clap::Parser;
use common::{Catalogue, CommonArgs, FindingSpec, Report, Rules};
use test_support::catalogue::{Case, Suite};

static DOWN: FindingSpec = FindingSpec::critical("down", "a node is down");
static SLOW: FindingSpec = FindingSpec::warning("slow", "a node is slow");
static CATALOGUE: Catalogue = Catalogue { service: "TOY", metrics: &[], findings: &[&DOWN, &SLOW] };

/// What the toy plugin finds, and how it words that.
#[derive(Clone, Copy)]
struct Scene {
    down: bool,
    slow: bool,
    words: &'static str,
    remedy: &'static str,
    flaw: Option<Flaw>,
}

/// What it does when the operator overrules a finding.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    /// It does not report what shall be OK.
    Hides,
    /// It does not listen.
    Deaf,
}

const WELL: Scene = Scene { down: false, slow: false, words: "db1", remedy: "restart it", flaw: None };

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    common: CommonArgs,
}

fn report(scene: &Scene, args: &[&str]) -> Report {
    let args = if scene.flaw == Some(Flaw::Deaf) { &[] } else { args };
    let cli = Cli::parse_from([&["toy"], args].concat());
    let rules = Rules::new(&CATALOGUE, &cli.common).expect("the arguments are right");
    let mut report = Report::new(&rules);
    report.fine().words("asked");
    for (is_found, spec) in [(scene.down, &DOWN), (scene.slow, &SLOW)] {
        let is_hidden = scene.flaw == Some(Flaw::Hides) && args.contains(&format!("{}=ok", spec.id).as_str());
        if is_found && !is_hidden {
            report.finding(spec).words(format_args!("{} {}", scene.words, spec.id)).remedy(scene.remedy);
        }
    }
    report
}

fn suite() -> Suite<Scene> {
    let (down, slow) = (Scene { down: true, ..WELL }, Scene { slow: true, ..WELL });
    let cases =
        vec![Case("down", down, &[], slow, &[]), Case("slow", slow, &["--severity", "slow=critical"], down, &[])];
    Suite { catalogue: &CATALOGUE, cases, report, healthy: WELL, fine: &[] }
}

test_support::test_findings!(suite());

/// Asserts that a property holds no more once something about the first case is broken.
#[track_caller]
fn assert_fails(property: fn(&Suite<Scene>), change: fn(&mut Suite<Scene>)) {
    let mut broken = suite();
    change(&mut broken);
    assert!(catch_unwind(|| property(&broken)).is_err());
}

#[test]
fn a_finding_that_is_missed_is_noticed() {
    assert_fails(Suite::each_is_found_where_it_is_and_not_beside_it, |suite| suite.cases[0].1.down = false);
}

#[test]
fn a_finding_beside_its_scene_is_noticed() {
    assert_fails(Suite::each_is_found_where_it_is_and_not_beside_it, |suite| suite.cases[0].3.down = true);
}

#[test]
fn a_finding_without_a_case_is_noticed() {
    assert_fails(Suite::none_is_left_out, |suite| suite.cases.truncate(1));
}

#[test]
fn a_healthy_scene_that_is_not_is_noticed() {
    assert_fails(Suite::a_healthy_scene_has_none, |suite| suite.healthy.slow = true);
    assert_fails(Suite::a_healthy_scene_has_none, |suite| suite.fine = &["slow"]);
}

#[test]
fn a_missing_remedy_is_noticed() {
    assert_fails(Suite::each_has_a_remedy, |suite| suite.cases[0].1.remedy = "");
}

#[test]
fn an_overruled_finding_that_is_absent_is_noticed() {
    assert_fails(Suite::each_can_be_overruled, |suite| suite.cases[0].1.flaw = Some(Flaw::Hides));
}

#[test]
fn a_wish_that_is_not_heard_is_noticed() {
    assert_fails(Suite::each_can_be_overruled, |suite| suite.cases[0].1.flaw = Some(Flaw::Deaf));
}
