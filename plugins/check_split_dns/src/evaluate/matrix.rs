//! One row for each name, one column for each server.

use std::time::Duration;

use common::dns::{FailureKind, Reading};
use common::text;

use super::scene::Scene;
use super::verdict::Judged;
use crate::record::records;
use crate::subject::plain;

/// The rows, in aligned columns.
pub(super) fn rows(scene: &Scene) -> Vec<String> {
    let mut rows = vec![vec!["name".to_owned()]];
    rows.extend(scene.policy.subjects.iter().map(|subject| vec![subject.name.clone()]));
    for verdict in &scene.verdicts {
        let cells = verdict.names.iter().map(|name| cell(name, scene.snapshot.patience));
        let column = std::iter::once(verdict.asked.server.label().to_owned()).chain(cells);
        for (row, cell) in rows.iter_mut().zip(column) {
            // What is cleaned only when it is printed may take another width then.
            row.push(text::line(&cell));
        }
    }
    aligned(&rows)
}

/// `3 found`, `!NXDOMAIN(.)`: with `!` where something is wrong.
fn cell(name: &Judged, patience: Duration) -> String {
    let said: Vec<_> = name.said(patience).collect();
    let count: usize = said.iter().map(found).sum();
    let is_fault_told = name.faults.iter().any(|(_, fault)| !fault.kind.is_ours());
    let mut words = Vec::new();
    if count > 0 {
        words.push(format!("{count} found"));
    }
    if count == 0 || is_fault_told {
        let others = said.iter().filter_map(without_records);
        for word in others {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    let mark = if name.faults.is_empty() { "" } else { "!" };
    format!("{mark}{}", words.join(" "))
}

fn found(said: &Reading) -> usize {
    match said {
        Reading::Found(answer) => records(answer).len(),
        _ => 0,
    }
}

/// What there is instead of records.
fn without_records(said: &Reading) -> Option<String> {
    Some(match said {
        Reading::Found(_) => return None,
        Reading::Truncated(_) => "truncated".to_owned(),
        Reading::OwnSide(_) => "not asked".to_owned(),
        Reading::Failed(failure) => match failure.kind {
            FailureKind::Other(rcode) => rcode.to_string(),
            kind => kind.word().to_owned(),
        },
        Reading::Denied(denial, answer) => {
            let from = answer.soa.as_ref().map(|soa| plain(&soa.owner));
            match from.as_deref() {
                None => denial.to_string(),
                Some("") => format!("{denial}(.)"),
                Some(owner) => format!("{denial}({})", text::name(owner)),
            }
        }
    })
}

fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
