//! A judgement that is not complete without words.

use std::fmt::Display;

use nagiosplugin::ServiceState;

use super::subject::{Named, Subject};
use super::{Cause, Finding, Metric, Reason, Report};
use crate::catalogue::{FindingSpec, MetricSpec};
use crate::{Label, MetricUnit, Number};

/// A judgement without words. Only [`Draft::words`] puts it into the report.
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

    /// Names the subject of the judgement, whose line then shows the state. May be repeated.
    pub fn of(mut self, subject: &(impl Subject + ?Sized)) -> Self {
        self.subjects.push(Named::new(subject));
        self
    }

    /// Names several subjects of the judgement.
    pub fn of_all<'s, S: Subject + ?Sized + 's>(mut self, subjects: impl IntoIterator<Item = &'s S>) -> Self {
        self.subjects.extend(subjects.into_iter().map(Named::new));
        self
    }

    /// The natural maximum of a number, in its own unit. Ignored for a fact.
    pub fn up_to(mut self, most: impl Into<Number>) -> Self {
        if let Judged::Number { max, .. } = &mut self.judged {
            *max = Some(most.into());
        }
        self
    }

    /// The sentence, with its subject and its number.
    ///
    /// The sentence of a metric is rendered only if the metric is outside its range.
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

/// Records the number as perfdata. Returns a finding without words if it is outside its range.
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
        // Readers know that percentages are 0 to 100. No other number here is negative.
        min: Some(Number::from(0_u32)).filter(|_| spec.unit != MetricUnit::Percent),
        max,
    });
    let range = violated?;
    let limit = range.violation(value, spec.higher_is_better);
    Some(Finding { state, limit, is_excess: spec.higher_is_better && range.is_below(value), ..Finding::default() })
}

/// A judgement in the report. For a metric within its range, all further details are dropped.
#[derive(Debug)]
pub struct Said<'r> {
    report: &'r mut Report,
    found: Option<usize>,
}

#[expect(clippy::return_self_not_must_use, reason = "the judgement is in the report already")]
impl Said<'_> {
    /// The next step for the operator. Not needed if the sentence suffices.
    pub fn remedy(mut self, remedy: impl Display) -> Self {
        if let Some(finding) = self.finding() {
            finding.remedy = remedy.to_string();
        }
        self
    }

    /// The reason without its subject: `connection refused`, and in one word `down`.
    ///
    /// A count that this finding explains shows it after the subject's name.
    pub fn reason(mut self, words: impl Display, word: &'static str) -> Self {
        if let Some(finding) = self.finding() {
            finding.reason = Some(Reason { words: words.to_string(), word });
        }
        self
    }

    /// The subjects that explain this judgement, such as the missing members of a count.
    ///
    /// The first line names them with the reasons of their own findings, which may be made later. They are ignored for
    /// a number that is above its limit although more is better.
    pub fn because<C: Into<Cause>>(mut self, causes: impl IntoIterator<Item = C>) -> Self {
        if let Some(finding) = self.finding().filter(|finding| !finding.is_excess) {
            finding.causes = causes.into_iter().map(Into::into).collect();
        }
        self
    }

    /// Drops the limit from the first line, as the sentence implies it: `cannot survive another crash`.
    pub fn self_evident(mut self) -> Self {
        if let Some(finding) = self.finding() {
            finding.is_self_evident = true;
        }
        self
    }

    /// A part of the first line that is shown while this judgement is OK, after all that is wrong.
    pub fn well(self, part: impl Display) -> Self {
        if self.state() == ServiceState::Ok {
            self.report.well(part);
        }
        self
    }

    /// The state that it gives to the service.
    pub fn state(&self) -> ServiceState {
        let found = self.found.and_then(|found| self.report.findings.get(found));
        found.map_or(ServiceState::Ok, |finding| finding.state)
    }

    fn finding(&mut self) -> Option<&mut Finding> {
        self.report.findings.get_mut(self.found?)
    }
}
