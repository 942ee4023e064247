//! What every output of every plugin satisfies, whoever runs it.
#![allow(clippy::missing_panics_doc, reason = "these functions are assertions")]

use test_support::oracle::{looks_like_html, parse_check_output, split_perfdata};
use test_support::plugin::Output;

/// The budget of an output without `-v`, in bytes.
const BUDGET: usize = 4000;

/// Asserts that an output is one that Icinga, Nagios and Consul read as it was meant.
#[track_caller]
pub fn assert_plugin_output(service: &str, output: &Output) {
    assert_eq!(output.stderr, "", "Icinga puts standard error before the output");
    let state = output.state();
    let prefix = format!("{service} is {}: ", format!("{state:?}").to_uppercase());
    assert!(output.first_line().starts_with(&prefix), "the first line names service and state: {output:?}");
    assert!(output.first_line().len() <= 200, "the first line is short: {output:?}");
    assert!(output.stdout.ends_with('\n') && !output.stdout.ends_with("\n\n"), "one line break at the end: {output:?}");
    assert!(output.stdout.len() <= BUDGET, "{} bytes: {output:?}", output.stdout.len());
    assert!(output.stdout.matches('|').count() <= 1, "one | at most: {output:?}");
    assert!(!looks_like_html(&output.stdout), "Icinga DB Web would take it for HTML: {output:?}");
    assert_nothing_lost(output);
}

/// Icinga's reading of the output is all of it.
#[track_caller]
fn assert_nothing_lost(output: &Output) {
    let (text, perfdata) = parse_check_output(&output.stdout);
    let (said, measured) = output.stdout.trim_end().split_once('|').unwrap_or((output.stdout.trim_end(), ""));
    assert_eq!((text.trim_end(), perfdata.as_str()), (said.trim_end(), measured));
    assert_eq!(split_perfdata(measured).len(), measured.matches('=').count(), "{output:?}");
    // Panics where Icinga rejects a value.
    let labels: Vec<_> = output.perfdata().into_iter().map(|value| value.label).collect();
    let mut unique = labels.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), labels.len(), "labels are unique: {labels:?}");
}
