//! A report in the making, and which node fares how.

use std::collections::BTreeMap;

use common::{FindingSpec, MetricSpec, Report, Rules, ServiceState, Thresholds};

use crate::cluster::Node;
use crate::policy::{Expectation, Mode};

/// A report that knows of every node the worst that was found about it.
pub(super) struct Judge {
    pub(super) report: Report,
    pub(super) mode: Mode,
    /// How many members the cluster should have.
    pub(super) expected: Option<u32>,
    rules: Rules,
    worst: BTreeMap<String, ServiceState>,
    /// What the first line says of what is fine.
    fine: Vec<String>,
}

impl Judge {
    pub(super) fn new(expectation: &Expectation) -> Self {
        Self {
            report: Report::new(&expectation.rules),
            mode: expectation.mode,
            expected: expectation.members,
            rules: expectation.rules.clone(),
            worst: BTreeMap::new(),
            fine: Vec::new(),
        }
    }

    /// A finding about a node.
    pub(super) fn on(&mut self, node: &Node, spec: &FindingSpec, text: impl Into<String>, remedy: impl Into<String>) {
        self.worsen(node, self.rules.severity(spec));
        self.report.finding(spec, text, remedy);
    }

    /// Notes what a metric means for the node that it was read from.
    pub(super) fn worsen(&mut self, node: &Node, state: ServiceState) {
        let worst = self.worst.entry(node.key.clone()).or_insert(ServiceState::Ok);
        *worst = state.max(*worst);
    }

    pub(super) fn thresholds(&self, spec: &MetricSpec) -> Thresholds {
        self.rules.thresholds(spec)
    }

    pub(super) fn state_of(&self, node: &Node) -> ServiceState {
        self.worst.get(&node.key).copied().unwrap_or(ServiceState::Ok)
    }

    /// A part of the first line when it is fine; what is outside its range is a finding, and said as such.
    pub(super) fn summarize(&mut self, state: ServiceState, part: impl Into<String>) {
        if state == ServiceState::Ok {
            self.fine.push(part.into());
        }
    }

    pub(super) fn into_report(mut self) -> Report {
        self.report.summary(self.fine.join("; "));
        self.report
    }
}
