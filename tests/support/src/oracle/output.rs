//! From the bytes of a plugin to its text and its performance data.

use super::perfdata::unquote;

/// Splits an output into the text and the performance data.
///
/// A line is cut at its first `|`, but only if a `=` follows on the same line. The performance data of several lines
/// are joined with blanks.
pub fn parse_check_output(output: &str) -> (String, String) {
    let mut text = String::new();
    let mut perfdata = String::new();
    for line in output.trim_matches(is_space).split(['\r', '\n']) {
        let (shown, measured) = split_line(line);
        push_separated(&mut text, '\n', shown);
        if let Some(measured) = measured {
            push_separated(&mut perfdata, ' ', measured);
        }
    }
    (text, perfdata.trim_matches(is_space).to_owned())
}

/// Splits performance data into its items, each as `label=value…`, or as `'label'=value…` if the label has a blank.
///
/// The part of a label before its last `::` is also the prefix of all labels after it, up to the next label with `::`:
/// `disk::used=1 free=2` become `disk::used` and `disk::free`.
pub fn split_perfdata(perfdata: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut prefix = String::new();
    let mut rest = perfdata;
    while let Some((label, after)) = rest.split_once('=') {
        let (value, next) = after.split_once(' ').unwrap_or((after, ""));
        let label = unquote(label.trim_matches(is_space));
        let label = match label.rsplit_once("::") {
            Some((group, _)) => {
                group.clone_into(&mut prefix);
                label.to_owned()
            }
            None if prefix.is_empty() => label.to_owned(),
            None => format!("{prefix}::{label}"),
        };
        items.push(if label.contains(' ') { format!("'{label}'={value}") } else { format!("{label}={value}") });
        rest = next;
    }
    items
}

fn split_line(line: &str) -> (&str, Option<&str>) {
    match line.split_once('|') {
        Some((text, perfdata)) if perfdata.contains('=') => (text, Some(perfdata)),
        _ => (line, None),
    }
}

fn push_separated(all: &mut String, separator: char, part: &str) {
    if !all.is_empty() {
        all.push(separator);
    }
    all.push_str(part);
}

/// C's `isspace`. Unlike Rust's ASCII white space it includes the vertical tab.
fn is_space(c: char) -> bool {
    c == '\x0b' || c.is_ascii_whitespace()
}
