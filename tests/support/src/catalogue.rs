//! The tests that hold the findings of a plugin to its catalogue; a plugin brings only its table of cases.
//!
//! ```ignore
//! fn suite() -> Suite<Scene> {
//!     let cases = vec![Case("node-hung", healthy().silent(2), &[], healthy().refused(2), &[])];
//!     Suite { catalogue: &CATALOGUE, cases, report: Scene::report, healthy: healthy(), fine: &[] }
//! }
//!
//! test_support::test_findings!(suite());
//! ```

use std::collections::BTreeSet;

use common::{Catalogue, Finding, Report, ServiceState, text};

/// Arguments of a command line.
pub type Args = &'static [&'static str];

/// A finding, a scene that shows it, and a neighbouring one that does not, each with the arguments under which it is
/// judged.
#[derive(Clone, Debug)]
pub struct Case<S>(pub &'static str, pub S, pub Args, pub S, pub Args);

/// What a plugin's findings are held to.
#[derive(Debug)]
pub struct Suite<S> {
    /// The plugin's catalogue.
    pub catalogue: &'static Catalogue,
    /// One case or more for each finding.
    pub cases: Vec<Case<S>>,
    /// Judges a scene under these arguments.
    pub report: fn(&S, &[&str]) -> Report,
    /// A scene in which all is well.
    pub healthy: S,
    /// What is found in it, and is OK.
    pub fine: &'static [&'static str],
}

/// Makes a test of each property of a [`Suite`].
#[macro_export]
macro_rules! test_findings {
    ($suite:expr) => {
        $crate::test_findings! { $suite =>
            each_is_found_where_it_is_and_not_beside_it,
            none_is_left_out,
            a_healthy_scene_has_none,
            each_has_a_remedy,
            the_first_line_is_short_and_says_the_worst,
            each_can_be_overruled,
        }
    };
    ($suite:expr => $($property:ident),+ $(,)?) => {$(
        #[test]
        fn $property() {
            $suite.$property();
        }
    )+};
}

impl<S> Suite<S> {
    /// Each case finds its finding, and its neighbour does not.
    pub fn each_is_found_where_it_is_and_not_beside_it(&self) {
        for (position, Case(id, scene, args, neighbour, other_args)) in self.cases.iter().enumerate() {
            let (there, beside) = ((self.report)(scene, args), (self.report)(neighbour, other_args));
            assert!(ids(&there).contains(id), "{position}: {id} not in {}", there.render().1);
            assert!(!ids(&beside).contains(id), "{position}: {id} in {}", beside.render().1);
        }
    }

    /// Each finding of the catalogue has a case: a new one needs its scene.
    pub fn none_is_left_out(&self) {
        let known: BTreeSet<_> = self.catalogue.findings.iter().map(|finding| finding.id).collect();
        let shown: BTreeSet<_> = self.cases.iter().map(|case| case.0).collect();
        assert_eq!(shown, known);
    }

    /// Healthy is OK.
    pub fn a_healthy_scene_has_none(&self) {
        let report = (self.report)(&self.healthy, &[]);
        let (state, text) = report.render();
        assert_eq!(state, ServiceState::Ok, "{text}");
        assert_eq!(ids(&report), self.fine.iter().copied().collect(), "{text}");
    }

    /// Who is woken up must be told what to do. A number may leave that to what it counts, or to a finding that is as bad.
    pub fn each_has_a_remedy(&self) {
        for Case(id, scene, args, ..) in &self.cases {
            let report = (self.report)(scene, args);
            let findings = report.findings();
            let is_explained = |number: &Finding| {
                let mut facts = findings.iter().filter(|finding| finding.id.is_some());
                number.causes().next().is_some() || facts.any(|fact| fact.state >= number.state)
            };
            for finding in &findings {
                let needs_none = finding.state == ServiceState::Ok || (finding.id.is_none() && is_explained(finding));
                assert!(needs_none || !finding.remedy.is_empty(), "{id}: {}", finding.text);
            }
        }
    }

    /// The first line fits into a short message, and the output into Icinga's columns.
    pub fn the_first_line_is_short_and_says_the_worst(&self) {
        for Case(id, scene, args, ..) in &self.cases {
            let report = (self.report)(scene, args);
            let (state, text) = report.render();
            let first = first_line(&text);
            assert!(first.len() <= 200, "{id}: {} bytes: {first}", first.len());
            assert!(text.len() < 4000, "{id}: {} bytes", text.len());
            let findings = report.findings();
            let worst = findings.first().unwrap_or_else(|| panic!("{id}: nothing was found"));
            assert_eq!(worst.state, state, "{id}");
            // A count that is as bad names what explains it.
            let explains = |count: &&Finding| {
                let mut causes = count.causes();
                count.state == state
                    && is_said(count, first)
                    && causes.any(|name| first.contains(name) && worst.text.contains(name))
            };
            let is_told = is_said(worst, first) || findings.iter().any(explains);
            assert!(is_told || state == ServiceState::Ok, "{id}: {first}");
        }
    }

    /// What the operator overrules means what he says.
    pub fn each_can_be_overruled(&self) {
        for Case(id, scene, args, ..) in &self.cases {
            for (word, state) in [("critical", ServiceState::Critical), ("ok", ServiceState::Ok)] {
                let rule = format!("{id}={word}");
                let report = (self.report)(scene, &[args, &["--severity", rule.as_str()][..]].concat());
                let states: Vec<_> = with_id(&report, id).map(|finding| finding.state).collect();
                assert!(!states.is_empty(), "{rule}: not found in {}", report.render().1);
                assert!(states.iter().all(|found| *found == state), "{rule}: {states:?}");
            }
        }
    }
}

fn ids(report: &Report) -> BTreeSet<&'static str> {
    report.findings().into_iter().filter_map(|finding| finding.id).collect()
}

fn with_id<'r>(report: &'r Report, id: &str) -> impl Iterator<Item = &'r Finding> {
    report.findings().into_iter().filter(move |finding| finding.id == Some(id))
}

/// The first line without perfdata.
fn first_line(text: &str) -> &str {
    text.lines().next().and_then(|line| line.split('|').next()).unwrap_or_default()
}

/// So much of a sentence tells it from all others; its end may be cut off.
const BEGINNING: usize = 80;

fn is_said(finding: &Finding, first: &str) -> bool {
    first.contains(&text::line(&finding.text).chars().take(BEGINNING).collect::<String>())
}
