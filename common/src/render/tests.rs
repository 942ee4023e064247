//! Perfdata test rows of other implementations. The column `strict`, where it is set, overrules their expectation.

use serde_json::Value;

use super::*;
use crate::{Label, MetricUnit, Thresholds};

/// input,value,expected,source,kind,strict,note
fn rows() -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_reader(include_str!("../../tests/data/perfdata_cases.csv").as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 30, "a row was lost");
    rows
}

/// The perfdata of a metric in JSON; `None` if it cannot be a metric.
fn rendered(input: &str) -> Option<String> {
    let metric: Value = serde_json::from_str(input).unwrap();
    let number = |name: &str| match metric.get(name)? {
        Value::String(text) => text.parse().ok(),
        value => value.to_string().parse::<Number>().ok(),
    };
    let range = |name: &str| metric.get(name)?.as_str()?.parse().ok();
    let unit = match metric.get("uom").and_then(Value::as_str) {
        None => MetricUnit::None,
        Some("s") => MetricUnit::Seconds,
        Some("B") => MetricUnit::Bytes,
        Some("%") => MetricUnit::Percent,
        Some("c") => MetricUnit::Counter,
        Some(other) => panic!("unit {other}"),
    };
    let metric = Metric {
        label: Label::new(metric["label"].as_str()?)?,
        value: number("value")?,
        position: 0,
        unit,
        thresholds: Thresholds { warning: range("warn"), critical: range("crit") },
        min: number("min"),
        max: number("max"),
    };
    let result = CheckResult::new().with_perf_data(perf_data(&metric));
    let output = Resource::new("X").with_result(result).nagios_result().1;
    Some(output.split_once('|')?.1.to_owned())
}

/// Others quote only if they must, and drop empty fields at the end. Readers take both forms.
fn same(ours: &str, theirs: &str) -> bool {
    let bare = |text: &str| text.replace('\'', "").trim_end_matches(';').to_owned();
    bare(ours) == bare(theirs)
}

#[test]
fn every_row_of_other_implementations_holds() {
    let mut failed = Vec::new();
    for row in rows() {
        let field = |index: usize| row.get(index).unwrap();
        let (input, kind) = (field(0), field(4));
        let expected = if field(5).is_empty() { field(2) } else { field(5) };
        let actual = match kind {
            "number" => input.strip_prefix("number ").unwrap().parse::<Number>().ok().map(|number| number.to_string()),
            _ => rendered(input),
        };
        let holds = match (expected, &actual) {
            ("(omitted, error)" | "(omitted)" | "(error)", actual) => actual.is_none(),
            // The other implementation refuses this label, ours cleans it.
            ("RuntimeError", actual) => actual.as_deref() == Some("'d_'=10;;;;"),
            (expected, Some(actual)) => same(actual, expected),
            (_, None) => false,
        };
        if !holds {
            failed.push(format!("{input}: {actual:?}, not {expected}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
