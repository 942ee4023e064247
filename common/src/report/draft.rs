//! A judgement in the making: it cannot be made without words.

use std::fmt::Display;

use nagiosplugin::ServiceState;

use super::subject::{Named, Subject};
use super::{Cause, Finding, Metric, Reason, Report};
use crate::catalogue::{FindingSpec, MetricSpec};
use crate::{Label, MetricUnit, Number};

/// A judgement that still lacks its words; only [`Draft::words`] puts it into the report.
#[must_use = "a judgement without words is not in the report"]
#[derive(Debug)]
pub struct Draft<'r> {
    report: &'r mut Report,
    judged: Judged<'r>,
    subjects: Vec<Named>,
}

#[derive(Clone, Copy, Debug)]
enum Judged<'r> {
    Fact(Option<&'r FindingSpec>),
    Number { spec: &'r MetricSpec, value: Number, max: Option<Number> },
}

impl<'r> Draft<'r> {
    pub(super) fn fact(report: &'r mut Report, spec: Option<&'r FindingSpec>) -> Self {
        Self { report, judged: Judged::Fact(spec), subjects: Vec::new() }
    }

    pub(super) fn number(report: &'r mut Report, spec: &'r MetricSpec, value: Number) -> Self {
        Self { report, judged: Judged::Number { spec, value, max: None }, subjects: Vec::new() }
    }

    /// Names the subject that the judgement is about, so that its line shows the state; may be repeated.
    pub fn of(mut self, subject: &(impl Subject + ?Sized)) -> Self {
        self.subjects.push(Named::new(subject));
        self
    }

    /// Names several subjects that the judgement is about.
    pub fn of_all<'s, S: Subject + ?Sized + 's>(mut self, subjects: impl IntoIterator<Item = &'s S>) -> Self {
        self.subjects.extend(subjects.into_iter().map(Named::new));
        self
    }

    /// The natural maximum of a number, in its own unit; a fact has none.
    pub fn up_to(mut self, most: impl Into<Number>) -> Self {
        if let Judged::Number { max, .. } = &mut self.judged {
            *max = Some(most.into());
        }
        self
    }

    /// The sentence, which names its subject and its number.
    ///
    /// The sentence of a metric is rendered only when the metric is outside its range.
    pub fn words(self, sentence: impl Display) -> Said<'r> {
        let Self { report, judged, subjects } = self;
        let judged = match judged {
            Judged::Fact(None) => Some(Finding { state: ServiceState::Ok, ..Finding::default() }),
            Judged::Fact(Some(spec)) => {
                Some(Finding { id: Some(spec.id), state: report.rules.severity(spec), ..Finding::default() })
            }
            Judged::Number { spec, value, max } => measure(report, spec, value, max),
        };
        let Some(judged) = judged else { return Said { report, found: None } };
        let found = report.findings.len();
        report.findings.push(Finding { text: sentence.to_string(), subjects, ..judged });
        Said { report, found: Some(found) }
    }
}

/// Keeps the number as perfdata; a finding without words if it is outside its range.
fn measure(report: &mut Report, spec: &MetricSpec, value: Number, max: Option<Number>) -> Option<Finding> {
    let thresholds = report.rules.thresholds(spec);
    let (state, violated) = thresholds.judge(value);
    report.is_judged |= thresholds.judges();
    report.metrics.push(Metric {
        label: Label::known(spec.id),
        value,
        position: report.rules.position(spec),
        unit: spec.unit,
        thresholds,
        // Readers know that percent are 0 to 100; nothing else that is measured here is negative.
        min: Some(Number::from(0_u32)).filter(|_| spec.unit != MetricUnit::Percent),
        max,
    });
    let range = violated?;
    let limit = range.violation(value, spec.higher_is_better);
    Some(Finding { state, limit, is_excess: spec.higher_is_better && range.is_below(value), ..Finding::default() })
}

/// A judgement that is in the report; what is added here is dropped where a metric is within its range.
#[derive(Debug)]
pub struct Said<'r> {
    report: &'r mut Report,
    found: Option<usize>,
}

#[expect(clippy::return_self_not_must_use, reason = "the judgement is in the report already")]
impl Said<'_> {
    /// The next step for the operator; not needed where the sentence says it all.
    pub fn remedy(mut self, remedy: impl Display) -> Self {
        if let Some(finding) = self.finding() {
            finding.remedy = remedy.to_string();
        }
        self
    }

    /// The reason alone, without its subject: `connection refused`, and the same in a word: `down`.
    ///
    /// A count that this finding explains says it behind the subject's name.
    pub fn reason(mut self, words: impl Display, word: &'static str) -> Self {
        if let Some(finding) = self.finding() {
            finding.reason = Some(Reason { words: words.to_string(), word });
        }
        self
    }

    /// The subjects that explain this judgement, such as the members that a count misses.
    ///
    /// The first line names them with the reasons of their own findings, which may be made later. They do not explain
    /// a number that is above its limit although more is better.
    pub fn because<C: Into<Cause>>(mut self, causes: impl IntoIterator<Item = C>) -> Self {
        if let Some(finding) = self.finding().filter(|finding| !finding.is_excess) {
            finding.causes = causes.into_iter().map(Into::into).collect();
        }
        self
    }

    /// Leaves the limit off the first line, where the sentence says it: `cannot survive another crash`.
    pub fn self_evident(mut self) -> Self {
        if let Some(finding) = self.finding() {
            finding.is_self_evident = true;
        }
        self
    }

    /// What the first line says of it while it is OK, behind all that is wrong.
    pub fn well(self, part: impl Display) -> Self {
        if self.state() == ServiceState::Ok {
            self.report.well(part);
        }
        self
    }

    /// What it means for the service.
    pub fn state(&self) -> ServiceState {
        let found = self.found.and_then(|found| self.report.findings.get(found));
        found.map_or(ServiceState::Ok, |finding| finding.state)
    }

    fn finding(&mut self) -> Option<&mut Finding> {
        self.report.findings.get_mut(self.found?)
    }
}
