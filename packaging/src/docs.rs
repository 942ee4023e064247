//! The pages in `docs/`: written by hand, but for the tables between two comments, which are printed from the catalogue.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::plugins::{Plugin, of_finding, of_metric};

const METRICS: &str = "<!-- metrics: printed from the catalogue -->\n";
const FINDINGS: &str = "<!-- findings: printed from the catalogue -->\n";
const END: &str = "<!-- end -->\n";

/// The path of a plugin's page in the source tree.
pub fn path(plugin: &Plugin) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(format!("{}.md", plugin.name))
}

/// Prints the tables of a plugin's page anew.
///
/// # Errors
/// The page cannot be read or written, or lacks the comments around a table.
pub fn update(plugin: &Plugin) -> io::Result<()> {
    let path = path(plugin);
    let page = fs::read_to_string(&path)?;
    let printed = print(&page, plugin).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
    if printed == page { Ok(()) } else { fs::write(path, printed) }
}

/// A page with its tables as they are printed from the catalogue.
///
/// # Errors
/// The comment that is missing.
pub fn print(page: &str, plugin: &Plugin) -> Result<String, String> {
    let page = replace(page, METRICS, &metrics(plugin))?;
    replace(&page, FINDINGS, &findings(plugin))
}

fn replace(page: &str, begin: &str, table: &str) -> Result<String, String> {
    let (before, rest) = page.split_once(begin).ok_or_else(|| format!("lacks the line {}", begin.trim_end()))?;
    let (_, after) =
        rest.split_once(END).ok_or_else(|| format!("{}: lacks its {}", begin.trim_end(), END.trim_end()))?;
    Ok(format!("{before}{begin}\n{table}\n{END}{after}"))
}

fn metrics(plugin: &Plugin) -> String {
    let rows = plugin.catalogue.metrics.iter().map(|metric| {
        let defaults: Vec<_> = metric.defaults().map(|option| format!("`{option}`")).collect();
        row([&format!("`{}`", metric.id), metric.unit.symbol(), &defaults.join(" "), &of_metric(metric)])
    });
    table(["metric", "unit", "default", "meaning"], rows)
}

fn findings(plugin: &Plugin) -> String {
    let rows = plugin.catalogue.findings.iter();
    let rows = rows.map(|finding| row([&format!("`{}`", finding.id), &finding.state(), &of_finding(finding)]));
    table(["finding", "default", "meaning"], rows)
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = String>) -> String {
    let line = format!("|{}\n", "---|".repeat(N));
    [row(head), line].into_iter().chain(rows).collect()
}

fn row<const N: usize>(cells: [&str; N]) -> String {
    let cells =
        cells.map(|cell| if cell.is_empty() { " |".to_owned() } else { format!(" {} |", cell.replace('|', r"\|")) });
    format!("|{}\n", cells.concat())
}
