//! A table with a row for each name and a column for each server.

use common::dns::{FailureKind, Reading};
use common::text;

use crate::model::{Lookup, Resolution};
use crate::name::plain;
use crate::record::records;

/// The rows, in aligned columns.
pub(super) fn rows(resolution: &Resolution) -> Vec<String> {
    let mut rows = vec![vec!["name".to_owned()]];
    rows.extend(resolution.subjects.iter().map(|subject| vec![subject.name.clone()]));
    for server in &resolution.servers {
        let column = std::iter::once(server.asked.server.label().to_owned()).chain(server.lookups.iter().map(cell));
        for (row, cell) in rows.iter_mut().zip(column) {
            // Cleaned now, because cleaning may change the width.
            row.push(text::line(&cell));
        }
    }
    aligned(&rows)
}

/// `3 found`, `!NXDOMAIN(.)`: `!` marks a fault.
fn cell(lookup: &Lookup) -> String {
    let count: usize = lookup.latest().map(found).sum();
    let is_faulty = lookup.faults.iter().any(|(_, fault)| !fault.kind.is_ours());
    let mut words = Vec::new();
    if count > 0 {
        words.push(format!("{count} found"));
    }
    if count == 0 || is_faulty {
        let others = lookup.latest().filter_map(without_records);
        for word in others {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    let mark = if lookup.faults.is_empty() { "" } else { "!" };
    format!("{mark}{}", words.join(" "))
}

fn found(reading: &Reading) -> usize {
    match reading {
        Reading::Found(answer) => records(answer).len(),
        _ => 0,
    }
}

/// The answer or failure in a word, if there are no records.
fn without_records(reading: &Reading) -> Option<String> {
    Some(match reading {
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
