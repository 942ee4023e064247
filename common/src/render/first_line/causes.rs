//! The targets that explain a count, each with its reason, named once.

use std::collections::{BTreeMap, BTreeSet};

use nagiosplugin::ServiceState;

use super::NAMED;
use crate::report::{Cause, Finding, Reason};
use crate::text;

/// The causes of each finding, and those that earlier sentences have named. Findings are known by their index.
pub(super) struct Told<'f> {
    /// The causes of each finding.
    explained: Vec<Vec<Explained<'f>>>,
    /// For each finding about one target, the index of the count that it explains, if both have the same state.
    counts: BTreeMap<usize, usize>,
    /// Findings that explain a count with few causes.
    reasons: BTreeSet<usize>,
    /// Findings that were shown, by their own sentences or as causes.
    findings: BTreeSet<usize>,
    /// Keys of the targets that a count has named.
    named: BTreeSet<&'f str>,
}

impl<'f> Told<'f> {
    pub(super) fn new(findings: &[&'f Finding]) -> Self {
        let mut about: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
        // A number outside its range is no reason for a target to be missing.
        for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| finding.limit.is_empty()) {
            for subject in &finding.subjects {
                about.entry(&subject.key).or_default().push((index, finding));
            }
        }
        let explain = |(index, finding): (usize, &&'f Finding)| {
            finding.causes.iter().map(|cause| Explained::new(cause, index, &about)).collect::<Vec<_>>()
        };
        let explained: Vec<_> = findings.iter().enumerate().map(explain).collect();
        let (counts, reasons) = claims(findings, &explained);
        Self { explained, counts, reasons, findings: BTreeSet::new(), named: BTreeSet::new() }
    }

    pub(super) fn has(&self, index: usize) -> bool {
        self.findings.contains(&index)
    }

    /// Whether a finding explains a count with few causes, so that the line needs it.
    pub(super) fn is_reason(&self, index: usize) -> bool {
        self.reasons.contains(&index)
    }

    /// The count that a finding explains, if neither has been shown yet.
    pub(super) fn count_of(&self, index: usize) -> Option<usize> {
        self.counts.get(&index).copied().filter(|count| !self.has(*count) && !self.has(index))
    }

    /// The causes of a finding that no sentence has named yet.
    pub(super) fn untold(&self, index: usize) -> Vec<Explained<'f>> {
        let causes = self.explained.get(index).into_iter().flatten();
        let told = |cause: &Explained| self.named.contains(cause.key) || cause.finding.is_some_and(|of| self.has(of));
        causes.filter(|cause| !told(cause)).cloned().collect()
    }

    /// Whether earlier counts have named all causes of this one.
    pub(super) fn is_explained(&self, finding: &Finding) -> bool {
        let mut causes = finding.causes.iter().map(|cause| cause.subject.key.as_str()).peekable();
        causes.peek().is_some() && causes.all(|key| self.named.contains(key))
    }

    pub(super) fn remember(&mut self, index: usize, causes: &[Explained<'f>]) {
        self.named.extend(causes.iter().map(|cause| cause.key));
        self.findings.insert(index);
        self.findings.extend(causes.iter().filter_map(|cause| cause.finding));
    }
}

/// The count that each finding explains, and the findings that explain a count with few causes.
fn claims(findings: &[&Finding], explained: &[Vec<Explained>]) -> (BTreeMap<usize, usize>, BTreeSet<usize>) {
    let (mut counts, mut reasons) = (BTreeMap::new(), BTreeSet::new());
    for (index, (count, causes)) in findings.iter().zip(explained).enumerate() {
        for cause in causes.iter().filter_map(|cause| cause.finding) {
            let is_as_bad = |finding: &&Finding| finding.state == count.state && finding.subjects.len() == 1;
            if findings.get(cause).is_some_and(is_as_bad) {
                counts.entry(cause).or_insert(index);
            }
            if count.state != ServiceState::Ok && causes.len() <= NAMED {
                reasons.insert(cause);
            }
        }
    }
    (counts, reasons)
}

/// A target that explains a count.
#[derive(Clone)]
pub(super) struct Explained<'f> {
    key: &'f str,
    pub(super) label: String,
    /// The words after the label; `None` if its finding has no reason apart from its sentence.
    pub(super) reason: Option<String>,
    /// The whole sentence of its finding.
    sentence: Option<String>,
    pub(super) word: String,
    finding: Option<usize>,
}

impl<'f> Explained<'f> {
    /// Takes the cause's own reason, otherwise that of the target's worst finding with a reason, otherwise the whole
    /// sentence of its worst finding. A finding whose reason is used counts as shown.
    fn new(cause: &'f Cause, count: usize, about: &BTreeMap<&str, Vec<(usize, &Finding)>>) -> Self {
        let key = cause.subject.key.as_str();
        let own = about.get(key).into_iter().flatten().filter(|(index, _)| *index != count);
        let same = |finding: &Finding| cause.reason.is_none() || finding.reason == cause.reason;
        let with_reason = own.clone().find(|(_, finding)| finding.reason.is_some() && same(finding));
        let finding = with_reason.or_else(|| own.clone().find(|_| cause.reason.is_none())).copied();
        let reason = cause.reason.as_ref().or_else(|| finding?.1.reason.as_ref());
        let said = |reason: &Reason| (text::line(&reason.words), reason.word.to_owned());
        let (reason, word) = reason.map(said).unzip();
        Self {
            key,
            label: text::line(&cause.subject.label),
            reason,
            sentence: finding.map(|(_, finding)| text::line(&finding.text)),
            word: word.or_else(|| finding?.1.id.map(str::to_owned)).unwrap_or_default(),
            finding: finding.map(|(index, _)| index),
        }
    }

    pub(super) fn sentence(&self) -> String {
        match (&self.reason, &self.sentence) {
            (None, Some(sentence)) => sentence.clone(),
            _ => self.label.clone(),
        }
    }
}
