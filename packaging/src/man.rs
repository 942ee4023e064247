//! Manual pages: options from the argument parser, metrics and findings from the catalogue, the rest from `man/`.

use std::io;

use clap_mangen::Man;
use roff::{Inline, Roff, bold, italic, roman};

use crate::plugins::{Plugin, of_finding, of_metric};

/// Writes the page of a plugin, in roff.
///
/// # Errors
/// Those of the writer.
pub fn write(plugin: &Plugin, out: &mut dyn io::Write) -> io::Result<()> {
    let man = Man::new((plugin.command)()).section("1");
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_options_section(out)?;
    judged(plugin).to_writer(out)?;
    out.write_all(plugin.sections.as_bytes())?;
    out.write_all(EXIT_STATUS.as_bytes())
}

fn judged(plugin: &Plugin) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["METRICS"]);
    roff.text([roman("Judged by -w and -c. A range without a metric's name is for the first.")]);
    for metric in plugin.catalogue.metrics {
        let unit = metric.unit.symbol();
        let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
        let defaults = metric.defaults().flat_map(|option| [roman(" "), italic(option)]);
        roff.control("TP", []);
        roff.text([bold(metric.id), roman(unit)].into_iter().chain(defaults).collect::<Vec<_>>());
        roff.text(inline(&of_metric(metric)));
    }
    roff.control("SH", ["FINDINGS"]);
    roff.text([roman("Overruled by --severity.")]);
    for finding in plugin.catalogue.findings {
        roff.control("TP", []);
        roff.text([bold(finding.id), roman(format!(" [{}]", finding.state()))]);
        roff.text(inline(&of_finding(finding)));
    }
    roff
}

/// Text with `code`, which a manual page shows bold.
fn inline(text: &str) -> Vec<Inline> {
    let part = |(place, part): (usize, &str)| if place % 2 == 0 { roman(part) } else { bold(part) };
    text.split('`').enumerate().map(part).collect()
}

const EXIT_STATUS: &str = ".SH EXIT STATUS
.TP
.B 0
OK
.TP
.B 1
WARNING: something is lost, but the service works
.TP
.B 2
CRITICAL: the service is lost or in danger; or a target refuses, is silent or answers nonsense
.TP
.B 3
UNKNOWN: the check could not judge: wrong arguments, an unreadable file, access denied; also help and version
";
