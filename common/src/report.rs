//! What a check concluded.

use nagiosplugin::ServiceState;

use crate::catalogue::{FindingSpec, MetricSpec};
use crate::{Label, MetricUnit, Number, Rules, Thresholds};

/// The conclusion of a check: findings, metrics and what to say when all is well.
///
/// Built by `evaluate`, turned into text by [`Report::render`].
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) rules: Rules,
    pub(crate) summary: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) items: Vec<Item>,
    pub(crate) notes: Vec<Note>,
    pub(crate) first_line_only: bool,
}

/// A judged fact with its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The catalogue's id; none for a fact that is simply fine, or for a metric outside its range.
    pub id: Option<&'static str>,
    /// What it means.
    pub state: ServiceState,
    /// The sentence, naming the node and the number.
    pub text: String,
    /// The limit that a metric violates, for those who read past the first line.
    pub limit: String,
    /// What to do about it; empty when the sentence says it all.
    pub remedy: String,
}

/// A number with its thresholds, as perfdata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The perfdata label.
    pub label: Label,
    /// The value, in the unit of the catalogue.
    pub value: Number,
    /// The place in the catalogue; those without one come after all others.
    pub(crate) position: usize,
    pub(crate) unit: MetricUnit,
    pub(crate) thresholds: Thresholds,
    pub(crate) min: Option<Number>,
    pub(crate) max: Option<Number>,
}

/// A line about one of the things that the check looked at, shown however it fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) state: ServiceState,
    pub(crate) text: String,
}

/// A line that only those see who ask for more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) verbosity: u8,
    pub(crate) text: String,
}

impl Report {
    /// An empty report, which is UNKNOWN until something was found.
    pub fn new(rules: &Rules) -> Self {
        Self {
            rules: rules.clone(),
            summary: String::new(),
            findings: Vec::new(),
            metrics: Vec::new(),
            items: Vec::new(),
            notes: Vec::new(),
            first_line_only: false,
        }
    }

    /// What the first line says when nothing is wrong, and after what is wrong.
    pub fn summary(&mut self, text: impl Into<String>) {
        self.summary = text.into();
    }

    /// A fact that is as it should be.
    pub fn fine(&mut self, text: impl Into<String>) {
        self.push(None, ServiceState::Ok, text.into(), String::new(), String::new());
    }

    /// A fact of the catalogue, with what to do about it. The rules say what it means.
    pub fn finding(&mut self, spec: &FindingSpec, text: impl Into<String>, remedy: impl Into<String>) {
        self.push(Some(spec.id), self.rules.severity(spec), text.into(), String::new(), remedy.into());
    }

    /// How one of the things fares that the check looked at, in a line of its own below the findings.
    ///
    /// It judges nothing: what is wrong with the thing is a finding.
    pub fn item(&mut self, state: ServiceState, text: impl Into<String>) {
        self.items.push(Item { state, text: text.into() });
    }

    /// Leaves off all lines but the first unless more is asked for, for who keeps no more than one.
    pub fn first_line_only(&mut self) {
        self.first_line_only = true;
    }

    /// A number of the catalogue; `sentence` is said when it is outside its range. Returns what it means.
    pub fn metric(&mut self, spec: &MetricSpec, value: impl Into<Number>, sentence: &str) -> ServiceState {
        self.measure(spec, value.into(), None, (sentence, ""))
    }

    /// The same, with what to do about it.
    pub fn metric_with_remedy(
        &mut self,
        spec: &MetricSpec,
        value: impl Into<Number>,
        sentence: &str,
        remedy: &str,
    ) -> ServiceState {
        self.measure(spec, value.into(), None, (sentence, remedy))
    }

    /// The same for a number that has a natural maximum.
    pub fn metric_up_to(
        &mut self,
        spec: &MetricSpec,
        value: impl Into<Number>,
        max: impl Into<Number>,
        sentence: &str,
    ) -> ServiceState {
        self.measure(spec, value.into(), Some(max.into()), (sentence, ""))
    }

    fn measure(
        &mut self,
        spec: &MetricSpec,
        value: Number,
        max: Option<Number>,
        (sentence, remedy): (&str, &str),
    ) -> ServiceState {
        let thresholds = self.rules.thresholds(spec);
        let (state, violated) = thresholds.judge(value);
        if let Some(range) = violated {
            self.push(None, state, sentence.to_owned(), range.violation(), remedy.to_owned());
        }
        self.metrics.push(Metric {
            label: Label::known(spec.id),
            value,
            position: self.rules.position(spec),
            unit: spec.unit,
            thresholds,
            // Readers know that percent are 0 to 100; nothing else that is measured here is negative.
            min: Some(Number::from(0_u32)).filter(|_| spec.unit != MetricUnit::Percent),
            max,
        });
        state
    }

    /// A number of one of the things that the check looked at, which no threshold judges.
    pub fn series(&mut self, label: Label, unit: MetricUnit, value: impl Into<Number>) {
        let (value, thresholds) = (value.into(), Thresholds::default());
        let min = Some(Number::from(0_u32)).filter(|_| unit != MetricUnit::Percent);
        self.metrics.push(Metric { label, value, position: usize::MAX, unit, thresholds, min, max: None });
    }

    /// A line for who gave `-v` that often.
    pub fn note(&mut self, verbosity: u8, text: impl Into<String>) {
        self.notes.push(Note { verbosity, text: text.into() });
    }

    /// The state of the whole: the worst finding, UNKNOWN when there is none.
    ///
    /// CRITICAL outranks WARNING, WARNING outranks UNKNOWN: a proven fault must not be masked by a blind spot.
    pub fn state(&self) -> ServiceState {
        self.findings.iter().map(|finding| finding.state).max().unwrap_or(ServiceState::Unknown)
    }

    /// The findings, worst first, in the order of their discovery among equals.
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

    fn push(&mut self, id: Option<&'static str>, state: ServiceState, text: String, limit: String, remedy: String) {
        self.findings.push(Finding { id, state, text, limit, remedy });
    }
}
