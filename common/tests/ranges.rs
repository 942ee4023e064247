//! Range test rows of other implementations. The column `strict`, where it is set, overrules their expectation.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use common::{Number, Range, ServiceState, Thresholds};

#[derive(Debug)]
struct Row {
    input: String,
    value: String,
    expected: String,
    kind: String,
}

/// The rows, with the results of a strict parser.
fn rows() -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(include_str!("data/range_cases.csv").as_bytes());
    let rows: Vec<Row> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let field = |index: usize| record.get(index).unwrap().to_owned();
            // input,value,expected,source,kind,strict,note
            let (expected, strict, note) = (field(2), field(5), field(6));
            // A user interface that shows the raw text says nothing about ranges.
            let raw = note == "UI renders the raw text" && field(0) != "~:";
            let expected = if raw {
                "invalid".to_owned()
            } else if strict.is_empty() {
                expected
            } else {
                strict
            };
            Row { input: field(0), value: field(1), expected, kind: field(4) }
        })
        .collect();
    assert_eq!(rows.len(), 330, "a row was lost");
    rows
}

fn number(text: &str) -> Number {
    match text {
        "PHP_INT_MAX" => Number::from(i64::MAX),
        "~PHP_INT_MAX" => Number::from(!i64::MAX),
        // Our numbers are finite, so the largest one stands for infinity.
        "inf" => Number::try_from(f64::MAX).unwrap(),
        text => match text.split_once('/') {
            // "a/b": a quotient that has no short decimal form.
            Some((a, b)) => Number::try_from(a.parse::<f64>().unwrap() / b.parse::<f64>().unwrap()).unwrap(),
            None => text.parse().unwrap_or_else(|_| panic!("{text}")),
        },
    }
}

/// Whether a part of a range is as expected, found from the values at which it alerts.
fn part(range: &Range, part: &str, expected: &str) -> bool {
    let text = range.to_string();
    let (inside, bounds) = match text.strip_prefix('@') {
        Some(bounds) => ("true", bounds.to_owned()),
        None => ("false", text),
    };
    let (start, end) = match bounds.split_once(':') {
        Some((start, end)) => (start.to_owned(), end.to_owned()),
        None => ("0".to_owned(), bounds),
    };
    match (part, expected) {
        ("inside", expected) => inside == expected,
        ("start", "-inf") => start == "~",
        ("end", "inf") => end.is_empty(),
        ("start", expected) => start.parse::<Number>() == expected.parse(),
        ("end", expected) => end.parse::<Number>() == expected.parse(),
        (part, _) => panic!("unknown part {part}"),
    }
}

fn state(row: &Row) -> ServiceState {
    let (warning, critical) = row.input.split_once(';').unwrap();
    let range = |text: &str, name: &str| {
        let text = text.strip_prefix(name).unwrap();
        if text.is_empty() { None } else { Some(text.parse().unwrap()) }
    };
    let thresholds = Thresholds { warning: range(warning, "w="), critical: range(critical, "c=") };
    thresholds.judge(number(&row.value)).0
}

fn holds(row: &Row) -> bool {
    if row.kind == "status" {
        return state(row).to_string() == row.expected;
    }
    let range = row.input.parse::<Range>();
    match (row.kind.as_str(), row.value.as_str(), row.expected.as_str(), range) {
        ("check", value, "error", _) => value.parse::<Number>().is_err(),
        (_, _, "invalid", range) | ("parse", "valid", "false", range) => range.is_err(),
        ("parse", "valid", "true", range) => range.is_ok(),
        ("check", value, expected, Ok(range)) => range.alerts(number(value)) == (expected == "alert"),
        ("parse", name, expected, Ok(range)) => part(&range, name, expected),
        ("display", _, expected, Ok(range)) => range.to_string() == expected,
        (_, _, _, _) => false,
    }
}

#[test]
fn every_row_of_other_implementations_holds() {
    let failed: Vec<_> = rows().into_iter().filter(|row| !holds(row)).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
