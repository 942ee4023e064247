//! What every output of every plugin satisfies, whoever runs it.
#![allow(clippy::missing_panics_doc, reason = "these functions are assertions")]

use test_support::oracle::{Page, is_hidden, parse_check_output, split_perfdata};
use test_support::plugin::Output;

/// The columns of a line of `--help`, whose lists are not wrapped.
pub const HELP_WIDTH: usize = 100;

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
    assert_nothing_lost(output);
    assert_nothing_forged(output);
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

/// No server wrote a line, a state, a direction or an entity: Icinga DB Web shows what the plugin wrote.
#[track_caller]
pub fn assert_nothing_forged(output: &Output) {
    let unseen: Vec<_> = output.stdout.chars().filter(|c| *c != '\n' && is_hidden(*c)).collect();
    assert!(unseen.is_empty(), "nobody sees {unseen:?}: {output:?}");
    let page = Page::of(&output.stdout);
    assert!(!page.html, "Icinga DB Web would take it for HTML: {output:?}");
    assert!(page.entities.is_empty(), "entities {:?}: {output:?}", page.entities);
    assert!(page.hidden.is_empty(), "a tab from \\t: {output:?}");
    assert_eq!(page.lines.len(), output.stdout.split('\n').count(), "lines from \\n: {output:?}");
    // The words of a label stay words.
    for ball in Page::of(&output.text()).balls {
        assert!(ball.line > 0 && ball.column == 0, "a state within a line, {ball:?}: {output:?}");
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::time::Duration;

    use super::*;

    fn says(stdout: &str) -> Output {
        let (stdout, stderr) = (format!("TEST is OK: {stdout}\n"), String::new());
        Output {
            code: Some(0),
            signal: None,
            core_dumped: false,
            stdout,
            stderr,
            elapsed: Duration::ZERO,
            peak_rss_bytes: None,
        }
    }

    #[test]
    fn an_output_in_order_passes() {
        for text in [
            "all is well",
            "all is well|'a [OK]'=1;;;;",
            "a & b, a < b\n[OK] db1 \\ n\n[CRITICAL] db2 & #10; 2/3|'a'=1;;;;",
        ] {
            assert_plugin_output("TEST", &says(text));
        }
    }

    #[test]
    fn forged_text_is_noticed() {
        for forged in [
            r"a\nb",
            r"a\tb",
            "&#10;",
            "&#8238;",
            "&lt;",
            "&amp;nbsp;",
            "<b>",
            "[OK]",
            "(OK)",
            "[CRITICAL]",
            "(UNKNOWN]",
            "\u{202e}",
            "\u{2066}",
            "\u{200b}",
            "\u{e000}",
            "\u{2800}",
            "\u{2028}",
            "\u{378}",
            "\u{feff}",
            "\u{ad}",
            "\t",
            "\x1b",
        ] {
            for output in [says(&format!("a {forged} b")), says(&format!("a\n[OK] {forged}"))] {
                assert!(catch_unwind(|| assert_plugin_output("TEST", &output)).is_err(), "{output:?}");
            }
        }
        for output in [says("[OK] a"), says("a|'\u{200b}'=1;;;;"), says("a|'b\\nc'=1;;;;"), says("a|'&lt;'=1;;;;")] {
            assert!(catch_unwind(|| assert_plugin_output("TEST", &output)).is_err(), "{output:?}");
        }
    }
}
