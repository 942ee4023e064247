//! The answers of nodes at some moment, and the report on them.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use common::{Label, Report, Rules, ServiceState};

use super::findings::cases;
use super::limits::limits;
use super::properties::{faults, records};
use crate::CATALOGUE;
use crate::cli::Cli;
use crate::evaluate::{evaluate, readiness};
use crate::history::History;
use crate::model;
use crate::policy::Policy;
use crate::snapshot::facts::Facts;
use crate::snapshot::{Answer, AskedNode, FailureKind, Outcome, Snapshot};

const NODES: [&str; 3] = ["db1", "db2", "db3"];

/// When the first run is, in seconds since 1970.
const START: f64 = 1_800_000_000.0;

/// The situation in a record of `testdata`: the rows of `SHOW` on each node, in that state of real servers.
macro_rules! recorded {
    ($state:literal) => {
        $crate::evaluate::tests::situation::Situation::of(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/",
            $state,
            ".tsv"
        )))
    };
}
pub(super) use recorded;

/// A cluster at some moment, with what was seen before.
#[derive(Clone)]
pub(super) struct Situation {
    /// The answers before the second look, where there was one.
    first: Option<Snapshot>,
    pub(super) snapshot: Snapshot,
    pub(super) history: History,
}

/// Its thousand rows help nobody to understand a test that failed.
impl fmt::Debug for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a situation")
    }
}

impl Situation {
    /// Three nodes, of which those that are not in the record refuse.
    pub(super) fn of(record: &str) -> Self {
        let nodes = NODES.iter().zip(11_u8..).map(|(node, host)| asked(record, node, host)).collect();
        Self {
            first: None,
            snapshot: Snapshot { nodes, at: START, has_open_password: false },
            history: History::default(),
        }
    }

    /// The same with some text of the record replaced, once.
    pub(super) fn edited(record: &str, edits: &[(&str, &str)]) -> Self {
        let edit = |record: String, (from, to): &(&str, &str)| {
            assert!(record.contains(from), "{from:?} is not in the record");
            record.replacen(from, to, 1)
        };
        Self::of(&edits.iter().fold(record.to_owned(), edit))
    }

    /// One of the nodes alone.
    pub(super) fn only(mut self, node: usize) -> Self {
        self.snapshot.nodes = vec![self.snapshot.nodes.swap_remove(node)];
        self
    }

    /// The situation `next`, this many seconds later, with the history that this one leaves. Records begin a few seconds
    /// after the start of the servers; here they go on running.
    pub(super) fn then(self, seconds: f64, next: Self) -> Self {
        let next = (0..next.snapshot.nodes.len()).fold(next, |next, node| {
            let before = if node < self.snapshot.nodes.len() { self.number(node, "uptime") } else { None };
            match (before, next.number(node, "uptime")) {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
                (Some(before), Some(now)) if now <= before && seconds > 0.0 => {
                    next.with(node, "uptime", &before.saturating_add(seconds as u64).to_string())
                }
                _ => next,
            }
        });
        let next = self.caught_up(next);
        self.followed_by(seconds, next)
    }

    /// Records are of a cluster that is being written to. Nodes that are synced apply what they lacked at that moment.
    fn caught_up(&self, next: Self) -> Self {
        let seqno = |situation: &Self, node| situation.number(node, "wsrep_last_committed");
        let known = 0..self.snapshot.nodes.len().min(next.snapshot.nodes.len());
        let highest = known.clone().filter_map(|node| seqno(self, node)).max();
        known.fold(next, |next, node| {
            let is_same = seqno(self, node).is_some_and(|before| seqno(&next, node) == Some(before));
            match highest {
                Some(highest) if is_same && next.number(node, "wsrep_local_state") == Some(4) => {
                    next.with(node, "wsrep_last_committed", &highest.to_string())
                }
                _ => next,
            }
        })
    }

    fn followed_by(self, seconds: f64, next: Self) -> Self {
        let history = model::next_history(&model::cluster(&self.snapshot, &self.history));
        let at = self.snapshot.at + seconds;
        Self { first: None, snapshot: Snapshot { at, ..next.snapshot }, history }
    }

    /// The same nodes so many seconds later, with the servers' own clocks gone on, and what `change` does.
    pub(super) fn later(self, seconds: u32, change: impl FnOnce(Self) -> Self) -> Self {
        let next = (0..self.snapshot.nodes.len()).fold(self.clone(), |situation, node| {
            let uptime = situation.number(node, "uptime").map(|uptime| uptime.saturating_add(u64::from(seconds)));
            uptime.map_or(situation.clone(), |uptime| situation.with(node, "uptime", &uptime.to_string()))
        });
        let next = self.caught_up(next);
        self.followed_by(f64::from(seconds), change(next))
    }

    /// The same nodes a moment later, at the second look.
    pub(super) fn rechecked(self, change: impl FnOnce(Self) -> Self) -> Self {
        let last = change(self.clone());
        Self { first: Some(self.snapshot), ..last }
    }

    /// Whether a node says what it is.
    pub(super) fn speaks(&self, node: usize) -> bool {
        self.snapshot.nodes[node].outcome.facts().is_some()
    }

    fn number(&self, node: usize, name: &str) -> Option<u64> {
        self.snapshot.nodes[node].outcome.facts()?.setting(name)?.parse().ok()
    }

    /// With a counter of a node grown by so much.
    pub(super) fn grown(self, node: usize, name: &str, by: u64) -> Self {
        let value = self.number(node, name).unwrap() + by;
        self.with(node, name, &value.to_string())
    }

    /// With a row of all nodes set to another value.
    pub(super) fn with_all(self, name: &str, value: &str) -> Self {
        (0..self.snapshot.nodes.len()).fold(self, |situation, node| situation.with(node, name, value))
    }

    /// With a row of all nodes that answer set to another value.
    pub(super) fn with_all_known(self, name: &str, value: &str) -> Self {
        let nodes: Vec<_> = (0..self.snapshot.nodes.len()).filter(|node| self.speaks(*node)).collect();
        nodes.into_iter().fold(self, |situation, node| situation.with(node, name, value))
    }

    /// Without a row of a node.
    pub(super) fn without(mut self, node: usize, name: &str) -> Self {
        self.change(node, |rows| rows.retain(|(row, _)| row != name));
        self
    }

    /// With a row of a node set to another value.
    pub(super) fn with(mut self, node: usize, name: &str, value: &str) -> Self {
        self.change(node, |rows| rows.push((name.to_owned(), value.to_owned())));
        self
    }

    /// With a provider option of a node set to another value.
    pub(super) fn with_option(self, node: usize, name: &str, value: &str) -> Self {
        let facts = self.snapshot.nodes[node].outcome.facts().unwrap();
        let options = facts.setting("wsrep_provider_options").unwrap_or_default();
        let options = format!("{options} {name} = {value};");
        self.with(node, "wsrep_provider_options", &options)
    }

    fn change(&mut self, node: usize, change: impl FnOnce(&mut Vec<(String, String)>)) {
        let Outcome::Answered(said) = &mut self.snapshot.nodes[node].outcome else {
            panic!("node {node} says nothing")
        };
        let mut rows: Vec<_> =
            said.facts.rows.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        change(&mut rows);
        said.facts = Facts::new(rows.into_iter().collect());
    }

    /// With the answer of a node asked for and come so many seconds after those of the others.
    pub(super) fn answered(mut self, node: usize, asked: f64, answered: f64) -> Self {
        let Outcome::Answered(answer) = &mut self.snapshot.nodes[node].outcome else {
            panic!("node {node} says nothing")
        };
        (answer.asked_at, answer.answered_at) = (START + asked, START + answered);
        self
    }

    /// With another answer of a node.
    pub(super) fn answering(mut self, node: usize, answer: Outcome) -> Self {
        self.snapshot.nodes[node].outcome = answer;
        self
    }

    pub(super) fn report(&self, args: &[&str]) -> Report {
        // The recorded clusters use rsync, which is a finding of its own.
        self.report_as_given(&[&["--severity", "sst-blocks=ok"], args].concat())
    }

    pub(super) fn report_as_given(&self, args: &[&str]) -> Report {
        let policy = self.policy(args);
        let first = self.first.as_ref().map(|first| model::cluster(first, &self.history));
        evaluate(first.as_ref(), &model::cluster(&self.snapshot, &self.history), &policy)
    }

    fn policy(&self, args: &[&str]) -> Policy {
        let hosts: Vec<_> = self.snapshot.nodes.iter().map(|asked| asked.address.as_str()).collect();
        let hosts = hosts.join(",");
        let cli = Cli::parse_from([&["check_galera", "-u", "monitor", "-H", &hosts], args].concat());
        Policy::new(&cli, Rules::new(&CATALOGUE, &cli.common).unwrap())
    }

    pub(super) fn verdict(&self, args: &[&str]) -> (ServiceState, String) {
        self.report(args).render()
    }

    #[track_caller]
    pub(super) fn assert(&self, state: ServiceState, said: &[&str]) {
        self.assert_with(&[], state, said);
    }

    #[track_caller]
    pub(super) fn assert_with(&self, args: &[&str], state: ServiceState, said: &[&str]) {
        let (actual, text) = self.verdict(args);
        assert_eq!(actual, state, "{text}");
        for part in said {
            assert!(text.contains(part), "{part:?} not in {text}");
        }
    }

    /// The ids of all that was found, also of what is fine.
    pub(super) fn ids(&self, args: &[&str]) -> BTreeSet<&'static str> {
        self.report(args).findings().into_iter().filter_map(|finding| finding.id).collect()
    }

    /// The value of a metric; none where it was not measured.
    pub(super) fn metric(&self, args: &[&str], id: &str) -> Option<String> {
        let report = self.report(args);
        let label = Label::new(id).unwrap();
        report.metrics().into_iter().find(|metric| metric.label == label).map(|metric| metric.value.to_string())
    }

    /// The sentences about metrics outside their ranges.
    pub(super) fn alerts(&self, args: &[&str]) -> Vec<(ServiceState, String)> {
        let report = self.report(args);
        let outside = report.findings().into_iter().filter(|finding| finding.id.is_none() && !finding.limit.is_empty());
        outside.map(|finding| (finding.state, format!("{} ({})", finding.text, finding.limit))).collect()
    }

    /// Whether the first node serves.
    pub(super) fn readiness(&self, args: &[&str]) -> (ServiceState, String) {
        let policy = self.policy(args);
        readiness::evaluate(&model::cluster(&self.snapshot, &self.history), &policy).render()
    }

    /// The ids of what was found that is not fine.
    pub(super) fn findings(&self, args: &[&str]) -> Vec<&'static str> {
        let report = self.report(args);
        let findings = report.findings();
        findings
            .into_iter()
            .filter(|finding| finding.state != ServiceState::Ok)
            .filter_map(|finding| finding.id)
            .collect()
    }
}

fn asked(record: &str, node: &str, host: u8) -> AskedNode {
    let rows: Vec<_> = record
        .lines()
        .map(|line| line.splitn(3, '\t').collect::<Vec<_>>())
        .filter(|fields| fields[0] == node)
        .map(|fields| (fields[1].to_owned(), fields[2].to_owned()))
        .collect();
    let outcome = if rows.is_empty() { refused() } else { said(rows) };
    AskedNode::given(format!("{node}:3306"), Some(SocketAddr::from(([127, 0, 0, host], 3306))), outcome)
}

pub(super) fn refused() -> Outcome {
    Outcome::failed(FailureKind::PortClosed, "connection refused")
}

pub(super) fn silent() -> Outcome {
    Outcome::failed(FailureKind::Silent, "no login within 3.0 s")
}

fn said(rows: Vec<(String, String)>) -> Outcome {
    Outcome::Answered(Box::new(Answer {
        facts: Facts::new(rows.into_iter().collect()),
        sample: None,
        asked_at: START,
        answered_at: START,
        login_time: Duration::from_millis(3),
        total_time: Duration::from_millis(4),
        by_extra_port: false,
    }))
}

/// Three synced nodes.
pub(super) fn healthy() -> Situation {
    recorded!("healthy")
}

/// Nothing new.
pub(super) fn same(situation: Situation) -> Situation {
    situation
}

/// A minute in which the first node did so much.
pub(super) fn minute(counters: &[(&str, u64)]) -> Situation {
    healthy()
        .later(60, |situation| counters.iter().fold(situation, |situation, (name, by)| situation.grown(0, name, *by)))
}

/// A situation with the arguments under which it is judged.
pub(super) type Judged = (Situation, Vec<&'static str>);

/// Every state that was recorded, as it is and a minute later, and one node of it alone; every situation of the findings and
/// the limits; each two faults at once, every other one of a cluster that was healthy a minute ago.
pub(super) fn all_situations() -> Vec<Judged> {
    let records = records().into_iter().map(|(_, situation)| situation);
    let recorded =
        records.flat_map(|situation| [situation.clone(), situation.clone().later(60, same), situation.only(0)]);
    let limits = limits().into_iter().flat_map(|limit| limit.2).map(|(situation, _)| situation);
    let faults = faults();
    let pairs =
        faults.iter().enumerate().flat_map(|(place, first)| faults[place..].iter().map(move |second| (first, second)));
    let both = pairs.enumerate().map(|(place, (first, second))| {
        let situation = second.1(first.1(healthy(), 1), 2);
        if place % 2 == 0 { situation } else { healthy().then(60.0, situation) }
    });
    let found = cases().into_iter().map(|case| (case.1, case.2.to_vec()));
    recorded.chain(limits).chain(both).map(|situation| (situation, Vec::new())).chain(found).collect()
}
