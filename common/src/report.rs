//! What a check concluded.

mod draft;
mod subject;

use std::collections::BTreeMap;
use std::fmt::Display;

use nagiosplugin::ServiceState;

pub use draft::{Draft, Said};
pub(crate) use subject::Named;
pub use subject::Subject;

use crate::catalogue::{FindingSpec, MetricSpec};
use crate::{Label, MetricUnit, Number, Rules, Thresholds};

/// The conclusion of a check: findings, metrics, a line for each target, and what is well.
///
/// Text, target, cause and judgement are made together:
///
/// ```no_run
/// # use common::{Report, FindingSpec, MetricSpec, Subject};
/// # fn judge(report: &mut Report, members: &MetricSpec, down: &FindingSpec, db3: &impl Subject) {
/// report.finding(down).of(db3).words("db3 unreachable: connection refused").reason("connection refused", "down");
/// report.metric(members, 2_u32).up_to(3_u32).words("2/3 members").remedy("start db3").because([db3]);
/// report.line(db3, "db3 127.0.0.13:3306 unreachable, last known seqno 7");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) rules: Rules,
    pub(crate) well: Vec<String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) remarks: Vec<String>,
    pub(crate) lines: Vec<(String, String)>,
    pub(crate) details: Vec<String>,
    pub(crate) first_line_only: bool,
    /// Whether some metric has a threshold, so that something was judged even if nothing was found.
    pub(crate) is_judged: bool,
}

/// A judged fact, or a metric outside its range, with its sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// The catalogue's id; `None` for a fact that is simply fine, or for a metric outside its range.
    pub id: Option<&'static str>,
    /// What it means for the service.
    pub state: ServiceState,
    /// The sentence, naming the target and the number.
    pub text: String,
    /// The limit that a metric violates; empty for a fact.
    pub limit: String,
    /// The next step for the operator; empty when the sentence says it all.
    pub remedy: String,
    pub(crate) subjects: Vec<Named>,
    pub(crate) reason: Option<Reason>,
    pub(crate) causes: Vec<Cause>,
    pub(crate) is_self_evident: bool,
    /// Whether a number is too high of which more is better.
    pub(crate) is_excess: bool,
}

/// Why a target is wrong, said behind its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) words: String,
    pub(crate) word: &'static str,
}

/// A subject that explains a count, or a finding about several targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub(crate) subject: Named,
    pub(crate) reason: Option<Reason>,
}

impl Cause {
    /// The subject with a reason of its own, for one that has no finding: `no answer for 3 s`, and in a word `silent`.
    pub fn with_reason(subject: &(impl Subject + ?Sized), words: impl Display, word: &'static str) -> Self {
        Self { subject: Named::new(subject), reason: Some(Reason { words: words.to_string(), word }) }
    }
}

impl<S: Subject + ?Sized> From<&S> for Cause {
    fn from(subject: &S) -> Self {
        Self { subject: Named::new(subject), reason: None }
    }
}

/// A number with its thresholds, as perfdata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The perfdata label.
    pub label: Label,
    /// The value, in the unit of the catalogue.
    pub value: Number,
    /// The index in the catalogue; metrics without one come after all others.
    pub(crate) position: usize,
    pub(crate) unit: MetricUnit,
    pub(crate) thresholds: Thresholds,
    pub(crate) min: Option<Number>,
    pub(crate) max: Option<Number>,
}

/// How often `-v` must be given for details to be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `-v`
    Verbose = 1,
    /// `-vv`: requests and answers
    Requests = 2,
    /// `-vvv`: raw values
    Raw = 3,
}

impl Report {
    /// An empty report, which is UNKNOWN until something was judged.
    pub fn new(rules: &Rules) -> Self {
        Self {
            rules: rules.clone(),
            well: Vec::new(),
            findings: Vec::new(),
            metrics: Vec::new(),
            remarks: Vec::new(),
            lines: Vec::new(),
            details: Vec::new(),
            first_line_only: false,
            is_judged: false,
        }
    }

    /// A fact of the catalogue. The rules say what it means.
    pub fn finding<'r>(&'r mut self, spec: &'r FindingSpec) -> Draft<'r> {
        Draft::fact(self, Some(spec))
    }

    /// A fact that is as it should be.
    pub fn fine(&mut self) -> Draft<'_> {
        Draft::fact(self, None)
    }

    /// A number of the catalogue. Its words are said when it is outside its range.
    pub fn metric<'r>(&'r mut self, spec: &'r MetricSpec, value: impl Into<Number>) -> Draft<'r> {
        Draft::number(self, spec, value.into())
    }

    /// What the first line says when nothing is wrong, and behind what is wrong; parts are joined by `; `.
    pub fn well(&mut self, part: impl Display) {
        self.well.push(part.to_string());
    }

    /// A line of the long output about a subject, however it fares.
    ///
    /// Its state is the worst of the findings and metrics that are `of` the subject, also of those that follow.
    pub fn line(&mut self, subject: &(impl Subject + ?Sized), text: impl Display) {
        self.lines.push((subject.key().into_owned(), text.to_string()));
    }

    /// A line of the long output that judges nothing and that everybody should see.
    pub fn remark(&mut self, text: impl Display) {
        self.remarks.push(text.to_string());
    }

    /// Lines for readers who gave `-v` often enough; `lines` runs at once, or never.
    pub fn details<I: IntoIterator<Item: Display>>(&mut self, level: Level, lines: impl FnOnce() -> I) {
        if self.shows(level) {
            self.details.extend(lines().into_iter().map(|line| line.to_string()));
        }
    }

    /// Whether details of this level are printed.
    pub fn shows(&self, level: Level) -> bool {
        self.rules.verbosity() >= level as u8
    }

    /// Leaves off all lines but the first unless `-v` was given, for readers that keep no more than one.
    pub fn first_line_only(&mut self) {
        self.first_line_only = true;
    }

    /// A number of one target, which no threshold judges: `time_10_0_0_1`. A label that is taken gets a number.
    ///
    /// `target` is the name by which people know the target.
    pub fn series(&mut self, metric: &str, target: &str, unit: MetricUnit, value: impl Into<Number>) {
        let is_taken = |label: &Label| self.metrics.iter().any(|metric| metric.label == *label);
        let label = Label::component(&format!("{metric}_{target}"));
        let label = label.filter(|label| !is_taken(label)).or_else(|| {
            let mut numbered = (2..).map_while(|number| Label::component(&format!("{metric}_{target}_{number}")));
            numbered.find(|label| !is_taken(label))
        });
        let Some(label) = label else { return };
        let (value, thresholds) = (value.into(), Thresholds::default());
        let min = Some(Number::from(0_u32)).filter(|_| unit != MetricUnit::Percent);
        self.metrics.push(Metric { label, value, position: usize::MAX, unit, thresholds, min, max: None });
    }

    /// Refuses the operator's thresholds on metrics that need earlier runs and were not measured: UNKNOWN, with the
    /// reason why nothing is remembered.
    pub fn refuse_wishes(&mut self, reason: &str, remedy: &str) {
        let unmeasured: Vec<_> = self.rules.wishes().filter(|spec| spec.needs_history && !self.has(spec)).collect();
        for spec in unmeasured {
            let text = format!("{} cannot be measured: {reason}", spec.id);
            let (state, remedy) = (ServiceState::Unknown, remedy.to_owned());
            self.findings.push(Finding { state, text, remedy, ..Finding::default() });
        }
    }

    /// Whether a metric was measured.
    pub fn has(&self, spec: &MetricSpec) -> bool {
        self.metrics.iter().any(|metric| metric.position == self.rules.position(spec))
    }

    /// The state of the whole: the worst finding; OK when there is none and some metric was judged, else UNKNOWN.
    ///
    /// CRITICAL outranks WARNING, WARNING outranks UNKNOWN: a proven fault must not be masked by a blind spot.
    pub fn state(&self) -> ServiceState {
        let nothing = if self.is_judged { ServiceState::Ok } else { ServiceState::Unknown };
        self.findings.iter().map(|finding| finding.state).max().unwrap_or(nothing)
    }

    /// The worst state of what is `of` a subject; OK when nothing is.
    pub fn state_of(&self, subject: &(impl Subject + ?Sized)) -> ServiceState {
        self.states().get(&*subject.key()).copied().unwrap_or(ServiceState::Ok)
    }

    /// The worst state of what is `of` each subject, by its key.
    pub(crate) fn states(&self) -> BTreeMap<&str, ServiceState> {
        let mut states = BTreeMap::new();
        for finding in &self.findings {
            for subject in &finding.subjects {
                let state = states.entry(subject.key.as_str()).or_insert(ServiceState::Ok);
                *state = finding.state.max(*state);
            }
        }
        states
    }

    /// The findings, worst first, in the order of their making among equals.
    pub fn findings(&self) -> Vec<&Finding> {
        let mut findings: Vec<_> = self.findings.iter().collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.state));
        findings
    }

    /// The metrics in the order of the catalogue.
    pub fn metrics(&self) -> Vec<&Metric> {
        let mut metrics: Vec<_> = self.metrics.iter().collect();
        metrics.sort_by_key(|metric| metric.position);
        metrics
    }
}

impl Finding {
    /// The names of the subjects that explain it, as the output shows them.
    pub fn causes(&self) -> impl Iterator<Item = &str> {
        self.causes.iter().map(|cause| cause.subject.label.as_str())
    }
}
