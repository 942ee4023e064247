//! Whether all servers, and the source of the internal names, give the same records.
//!
//! A change in a catalogue takes a moment to reach all servers, so a server must differ twice, with the same records. A
//! server that gives a random part of many records hardly ever gives the same part twice.

use std::collections::BTreeSet;

use common::{Report, wording};

use crate::catalogue::{DISAGREEMENT, STALE_ANSWER, UPSTREAM_DIFFERS};
use crate::model::{Lookup, Records, Resolution, SharedQuestion, Statement};
use crate::snapshot::{Asked, ServerId};

/// The state of a server that differs from the others, in one word.
const DIFFERING: &str = "differing";

/// The servers that differ, for the numbers.
#[derive(Debug, Default)]
pub(super) struct Differences {
    /// From the others or from the source.
    pub(super) differ: BTreeSet<usize>,
    /// Because of records that the source has no longer.
    pub(super) stale: BTreeSet<usize>,
}

pub(super) fn judge(report: &mut Report, first: Option<&Resolution>, last: &Resolution) -> Differences {
    let mut differences = Differences::default();
    let Some(first) = first else { return differences };
    for question in SharedQuestion::all(last.subjects) {
        let mut statements = last.statements(question);
        // A wrong answer is reported as such, and is no measure for the other servers.
        statements.retain(|statement| is_settled(first, question, statement) && !is_wrong(last, question, statement));
        let name = format!("{} {}", question.subject.name, question.question.rtype());
        judge_servers(report, &mut differences, &statements, &name);
        judge_by_upstream(report, &mut differences, &statements, &name);
    }
    differences
}

/// Whether the server gave the same records before.
fn is_settled(first: &Resolution, question: SharedQuestion, statement: &Statement) -> bool {
    let before = first.server(statement.id).map(|server| question.over_each_transport(server)).unwrap_or_default();
    statement.is_rechecked && !before.is_empty() && before.iter().all(|before| *before == statement.records)
}

fn is_wrong(last: &Resolution, question: SharedQuestion, statement: &Statement) -> bool {
    let server = statement.server().and_then(|index| last.servers.get(index));
    server.and_then(|server| server.lookups.get(question.index)).is_some_and(Lookup::is_wrong)
}

/// Compares each server with most of them.
fn judge_servers(report: &mut Report, differences: &mut Differences, statements: &[Statement], name: &str) {
    // A denial that is not wrong by itself is of one family, which others have.
    let none = Records::new();
    let answers: Vec<_> = statements
        .iter()
        .filter_map(|statement| Some((statement, statement.records.as_ref().unwrap_or(&none), statement.server()?)))
        .collect();
    let votes = |records: &Records| answers.iter().filter(|(_, other, _)| *other == records).count();
    // If two groups are of equal size, the one that clients ask first counts.
    let Some(most) = answers.iter().rev().map(|(_, records, _)| *records).max_by_key(|records| votes(records)) else {
        return;
    };
    let alike = answers.iter().filter(|(_, records, _)| *records == most);
    let alike = wording::list(&alike.map(|(statement, ..)| statement.asked.server.name.as_str()).collect::<Vec<_>>());
    for (statement, records, index) in answers.iter().filter(|(_, records, _)| *records != most) {
        differences.differ.insert(*index);
        let Asked { server, .. } = statement.asked;
        let reason = format!("{name} {}", difference(records, most));
        let words = format!("{}: {reason}, unlike {alike}", server.name);
        let said = report.finding(&DISAGREEMENT).of(statement.asked).words(words).reason(&reason, DIFFERING);
        said.remedy(format_args!(
            "a cache (rndc flushname), another source, or one that lags behind (consul members)? {}",
            server.dig(name)
        ));
    }
}

/// Compares each server with the source.
fn judge_by_upstream(report: &mut Report, differences: &mut Differences, statements: &[Statement], name: &str) {
    let Some(upstream) = statements.iter().find(|statement| statement.id == ServerId::Upstream) else { return };
    let source = &upstream.asked.server.name;
    let none = Records::new();
    for statement in statements {
        let Some(index) = statement.server() else { continue };
        let records = statement.records.as_ref().unwrap_or(&none);
        let server = &statement.asked.server;
        match &upstream.records {
            right if right.as_ref().unwrap_or(&none) == records => {}
            // A server that differs from the others, too, is reported already.
            Some(_) if differences.differ.contains(&index) => {}
            Some(right) => {
                differences.differ.insert(index);
                let reason = format!("{name} {}", difference(records, right));
                let words = format!("{}: {reason}, unlike {source}", server.name);
                let said = report.finding(&UPSTREAM_DIFFERS).of(statement.asked).words(words);
                said.reason(&reason, DIFFERING)
                    .remedy(format_args!("does it forward to {source}? {}", server.dig(name)));
            }
            None => {
                differences.stale.insert(index);
                let records: Vec<_> = records.iter().collect();
                let reason = format!("{name} has {}, but {source} denies it", wording::list(&records));
                let words = format!("{}: {reason}", server.name);
                let said = report.finding(&STALE_ANSWER).of(statement.asked).words(words).reason(&reason, "stale");
                said.remedy(format_args!("a cache, or another source? rndc flushname there; {}", server.dig(name)));
            }
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
