//! Whether all servers, and the source of the inside names, give the same records.
//!
//! What changes in a catalogue takes a moment to reach all: who differs must do so twice, with the same records. Who
//! gives a random part of many is never twice the same.

use std::collections::BTreeSet;

use common::dns::{Question, Reading, RecordType};
use common::{Report, wording};

use super::look;
use super::scene::Scene;
use crate::catalogue::{DISAGREEMENT, STALE_ANSWER, UPSTREAM_DIFFERS};
use crate::probe::Side;
use crate::record::{Record, records};
use crate::snapshot::{Asked, Place, Snapshot};
use crate::subject::Subject;

/// How a server fares that does not say what the others say.
const DIFFERING: &str = "differing";

type Records<'a> = BTreeSet<Record<'a>>;

/// What somebody says to a question.
struct Saying<'a> {
    place: Place,
    asked: &'a Asked,
    /// None where it denies them.
    records: Option<Records<'a>>,
    /// Whether it has said so twice.
    is_settled: bool,
}

/// What everybody says who answers a question, the servers in order, the source last.
fn sayings<'a>(snapshot: &'a Snapshot, subject: usize, question: usize) -> Vec<Saying<'a>> {
    let servers = snapshot.servers.iter().enumerate().map(|(index, asked)| (Place::Server(index), asked));
    let upstream = snapshot.upstream.iter().map(|asked| (Place::Upstream, asked));
    let saying = |(place, asked): (Place, &'a Asked)| {
        let cell = asked.cells.get(subject)?;
        let said = look::said(cell, question, snapshot.patience)?;
        // An alias without records is no statement of the source: resolvers follow it.
        let is_alias = matches!(&said, Reading::Denied(_, answer) if !answer.cnames.is_empty());
        if place == Place::Upstream && is_alias {
            return None;
        }
        let records = answered(&said)?;
        let before =
            [look::first(cell, question, snapshot.patience), look::over_tcp(cell, question, snapshot.patience)];
        let before: Vec<_> = before.iter().flatten().filter_map(answered).collect();
        let is_settled =
            look::is_repeated(cell, question) && before.iter().all(|before| *before == records) && !before.is_empty();
        Some(Saying { place, asked, records, is_settled })
    };
    servers.chain(upstream).filter_map(saying).collect()
}

/// None without an answer; an answer without records is none inside.
#[expect(clippy::option_option, reason = "no answer is not the same as one without records")]
fn answered<'a>(said: &Reading<'a>) -> Option<Option<Records<'a>>> {
    match said {
        Reading::Found(answer) => Some(Some(records(answer))),
        Reading::Denied(..) => Some(None),
        Reading::Truncated(_) | Reading::Failed(_) | Reading::OwnSide(_) => None,
    }
}

/// The questions that all must answer alike. A serial in an SOA is the time of day with Consul.
fn questions(subjects: &[Subject]) -> impl Iterator<Item = (usize, &Subject, usize, &Question)> {
    let inside = subjects.iter().enumerate().filter(|(_, subject)| subject.is_known(Side::Internal));
    let questions = inside.flat_map(|(index, subject)| {
        subject.questions.iter().enumerate().map(move |(number, question)| (index, subject, number, question))
    });
    questions.filter(|(_, _, _, question)| question.rtype() != RecordType::Soa)
}

/// Who should be asked again, for which name: all who answer, where they do not answer alike.
pub(super) fn doubtful(snapshot: &Snapshot, subjects: &[Subject]) -> Vec<(Place, usize)> {
    let mut doubtful = Vec::new();
    for (index, _, number, _) in questions(subjects) {
        let sayings = sayings(snapshot, index, number);
        let first = sayings.first().map(|saying| &saying.records);
        if sayings.iter().any(|saying| Some(&saying.records) != first) {
            let places = sayings.iter().map(|saying| (saying.place, index));
            let new: Vec<_> = places.filter(|new| !doubtful.contains(new)).collect();
            doubtful.extend(new);
        }
    }
    doubtful
}

/// Which servers differ, for the numbers.
#[derive(Debug, Default)]
pub(super) struct Differences {
    /// From the others or from the source.
    pub(super) differ: BTreeSet<usize>,
    /// By what the source does not have any more.
    pub(super) stale: BTreeSet<usize>,
}

pub(super) fn judge(report: &mut Report, scene: &Scene) -> Differences {
    let mut differences = Differences::default();
    for (index, subject, number, question) in questions(&scene.policy.subjects) {
        let mut sayings = sayings(scene.snapshot, index, number);
        // What is wrong by itself was told so, and is no measure for others.
        sayings.retain(|saying| !is_wrong(scene, saying, index));
        let name = format!("{} {}", subject.name, question.rtype());
        judge_servers(report, &mut differences, &sayings, &name);
        judge_by_upstream(report, &mut differences, &sayings, &name);
    }
    differences
}

fn is_wrong(scene: &Scene, saying: &Saying, subject: usize) -> bool {
    let verdict = saying.server().and_then(|place| scene.verdicts.get(place));
    let name = verdict.and_then(|verdict| verdict.names.get(subject));
    name.is_some_and(|name| name.faults.iter().any(|(_, fault)| fault.kind.is_wrong()))
}

/// Servers against the most of them.
fn judge_servers(report: &mut Report, differences: &mut Differences, sayings: &[Saying], name: &str) {
    // A denial that is not wrong by itself is of one family, which others have.
    let none = Records::new();
    let settled = sayings.iter().filter(|saying| saying.is_settled);
    let answers: Vec<_> = settled
        .filter_map(|saying| Some((saying, saying.records.as_ref().unwrap_or(&none), saying.server()?)))
        .collect();
    let votes = |records: &Records| answers.iter().filter(|(_, other, _)| *other == records).count();
    // Of equally many, those whom clients ask first.
    let Some(most) = answers.iter().rev().map(|(_, records, _)| *records).max_by_key(|records| votes(records)) else {
        return;
    };
    let alike = answers.iter().filter(|(_, records, _)| *records == most);
    let alike = wording::list(&alike.map(|(saying, ..)| saying.asked.server.name.as_str()).collect::<Vec<_>>());
    for (saying, records, server) in answers.iter().filter(|(_, records, _)| *records != most) {
        differences.differ.insert(*server);
        let Asked { server, .. } = saying.asked;
        let reason = format!("{name} {}", difference(records, most));
        let words = format!("{}: {reason}, unlike {alike}", server.name);
        let said = report.finding(&DISAGREEMENT).of(saying.asked).words(words).reason(&reason, DIFFERING);
        said.remedy(format_args!(
            "a cache (rndc flushname), another source, or one that lags behind (consul members)? {}",
            server.dig(name)
        ));
    }
}

/// Servers against the source.
fn judge_by_upstream(report: &mut Report, differences: &mut Differences, sayings: &[Saying], name: &str) {
    let Some(upstream) = sayings.iter().find(|saying| saying.place == Place::Upstream) else { return };
    let source = &upstream.asked.server.name;
    let none = Records::new();
    for saying in sayings.iter().filter(|saying| saying.is_settled && upstream.is_settled) {
        let Some(place) = saying.server() else { continue };
        let records = saying.records.as_ref().unwrap_or(&none);
        let server = &saying.asked.server;
        match &upstream.records {
            right if right.as_ref().unwrap_or(&none) == records => {}
            // Who differs from the other servers, too, was told so.
            Some(_) if differences.differ.contains(&place) => {}
            Some(right) => {
                differences.differ.insert(place);
                let reason = format!("{name} {}", difference(records, right));
                let words = format!("{}: {reason}, unlike {source}", server.name);
                let said = report.finding(&UPSTREAM_DIFFERS).of(saying.asked).words(words).reason(&reason, DIFFERING);
                said.remedy(format_args!("does it forward to {source}? {}", server.dig(name)));
            }
            None => {
                differences.stale.insert(place);
                let records: Vec<_> = records.iter().collect();
                let reason = format!("{name} has {}, but {source} denies it", wording::list(&records));
                let words = format!("{}: {reason}", server.name);
                let said = report.finding(&STALE_ANSWER).of(saying.asked).words(words).reason(&reason, "stale");
                said.remedy(format_args!("a cache, or another source? rndc flushname there; {}", server.dig(name)));
            }
        }
    }
}

impl Saying<'_> {
    /// The place of the server; none for the source.
    fn server(&self) -> Option<usize> {
        match self.place {
            Place::Server(index) => Some(index),
            Place::Upstream => None,
        }
    }
}

/// `lacks 10.0.0.13, has 10.0.0.14`.
fn difference(records: &Records, right: &Records) -> String {
    let missing: Vec<_> = right.difference(records).collect();
    let foreign: Vec<_> = records.difference(right).collect();
    let words = [("lacks", missing), ("has", foreign)];
    let words = words.iter().filter(|(_, records)| !records.is_empty());
    words.map(|(word, records)| format!("{word} {}", wording::list(records))).collect::<Vec<_>>().join(", ")
}
