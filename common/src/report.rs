//! The result of a check.

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

/// The result of a check: findings, metrics, a line for each target, and all that is well.
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
    /// Whether some metric has a threshold. Then the report is judged even without a finding.
    pub(crate) is_judged: bool,
}

/// A judged fact, or a metric outside its range, with its sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// The catalogue's id; `None` for a fact that is fine, and for a metric outside its range.
    pub id: Option<&'static str>,
    /// The state that it gives to the service.
    pub state: ServiceState,
    /// The sentence, with the target and the number.
    pub text: String,
    /// The wording of the violated limit of a metric; empty for a fact.
    pub limit: String,
    /// The next step for the operator; empty if the sentence suffices.
    pub remedy: String,
    pub(crate) subjects: Vec<Named>,
    pub(crate) reason: Option<Reason>,
    pub(crate) causes: Vec<Cause>,
    pub(crate) is_self_evident: bool,
    /// Whether the number is above its limit although more is better.
    pub(crate) is_excess: bool,
}

/// The reason for the state of a target, in words and in one word, to follow its name.
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
    /// A subject without a finding, with a reason of its own: `no answer for 3 s`, and in one word `silent`.
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
    /// The index in the catalogue. Metrics that are not in it come last.
    pub(crate) position: usize,
    pub(crate) unit: MetricUnit,
    pub(crate) thresholds: Thresholds,
    pub(crate) min: Option<Number>,
    pub(crate) max: Option<Number>,
}

/// The number of `-v` that details need.
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
    /// An empty report. It is UNKNOWN until something is judged.
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

    /// A fact of the catalogue. The rules determine its state.
    pub fn finding<'r>(&'r mut self, spec: &'r FindingSpec) -> Draft<'r> {
        Draft::fact(self, Some(spec))
    }

    /// A fact that is fine.
    pub fn fine(&mut self) -> Draft<'_> {
        Draft::fact(self, None)
    }

    /// A number of the catalogue. Its words are shown only if it is outside its range.
    pub fn metric<'r>(&'r mut self, spec: &'r MetricSpec, value: impl Into<Number>) -> Draft<'r> {
        Draft::number(self, spec, value.into())
    }

    /// A part of the first line that says what is well. It comes after all that is wrong. Parts are joined by `; `.
    pub fn well(&mut self, part: impl Display) {
        self.well.push(part.to_string());
    }

    /// A line of the long output about a subject, whatever its state.
    ///
    /// Its state is the worst of the findings and metrics that are `of` the subject, including later ones.
    pub fn line(&mut self, subject: &(impl Subject + ?Sized), text: impl Display) {
        self.lines.push((subject.key().into_owned(), text.to_string()));
    }

    /// A line of the long output that judges nothing and is always shown.
    pub fn remark(&mut self, text: impl Display) {
        self.remarks.push(text.to_string());
    }

    /// Lines that are shown only at this verbosity. `lines` runs at once, or never.
    pub fn details<I: IntoIterator<Item: Display>>(&mut self, level: Level, lines: impl FnOnce() -> I) {
        if self.shows(level) {
            self.details.extend(lines().into_iter().map(|line| line.to_string()));
        }
    }

    /// Whether details of this level are shown.
    pub fn shows(&self, level: Level) -> bool {
        self.rules.verbosity() >= level as u8
    }

    /// Drops all lines but the first unless `-v` was given, for readers that keep only one.
    pub fn first_line_only(&mut self) {
        self.first_line_only = true;
    }

    /// A number of one target, which has no threshold: `time_10_0_0_1`. If the label is taken, a number follows it.
    ///
    /// `target` is the name that people use for the target.
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

    /// Refuses the operator's thresholds on metrics that need history and were not measured. Each becomes UNKNOWN, with
    /// `reason`.
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

    /// The state of the whole: that of the worst finding. Without findings it is OK if some metric was judged,
    /// otherwise UNKNOWN.
    ///
    /// CRITICAL outranks WARNING, and WARNING outranks UNKNOWN: a blind spot must not mask a proven problem.
    pub fn state(&self) -> ServiceState {
        let nothing = if self.is_judged { ServiceState::Ok } else { ServiceState::Unknown };
        self.findings.iter().map(|finding| finding.state).max().unwrap_or(nothing)
    }

    /// The worst state of the findings and metrics that are `of` a subject; OK if there are none.
    pub fn state_of(&self, subject: &(impl Subject + ?Sized)) -> ServiceState {
        self.states().get(&*subject.key()).copied().unwrap_or(ServiceState::Ok)
    }

    /// The worst state of each subject, by its key.
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

    /// The findings, the worst first. Equal states keep the order in which they were made.
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
    /// The labels of the subjects that explain the finding.
    pub fn causes(&self) -> impl Iterator<Item = &str> {
        self.causes.iter().map(|cause| cause.subject.label.as_str())
    }
}
