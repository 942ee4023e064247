//! From a report to the text that Icinga, Nagios and Consul read.

use nagiosplugin::{CheckResult, PerfData, Resource, ServiceState, ToPerfString};

use crate::report::{Finding, Metric, Report};
use crate::{CheckError, Number, Range, text};

/// The first line stays within this, in bytes; the guidelines want less than 80, Icinga DB Web cuts at 1000.
const FIRST_LINE_BUDGET: usize = 200;

/// Consul keeps the last 4096 bytes, Nagios the first 8192; within both, nothing is lost. The line break that ends the
/// output is the 4000th byte.
const OUTPUT_BUDGET: usize = 3999;

impl Report {
    /// The state and the whole output without its last line break.
    ///
    /// State and perfdata never depend on `verbosity`: 0 shows what is wrong and the items, 1 every finding, 2 the
    /// notes too. Below 1 the output keeps within 4000 bytes: long lines are dropped from the
    /// end, the first line and the perfdata never.
    pub fn render(&self, verbosity: u8) -> (ServiceState, String) {
        let first = self.first_line();
        let lines = self.long_lines(verbosity, &first);
        if verbosity > 0 {
            return self.resource(&first, &lines).nagios_result();
        }
        let fixed = self.resource(&first, &[]).nagios_result().1.len();
        self.resource(&first, &within(lines, OUTPUT_BUDGET.saturating_sub(fixed))).nagios_result()
    }

    fn resource(&self, first: &str, lines: &[String]) -> Resource {
        let mut resource = Resource::new(self.rules.service());
        if self.findings.is_empty() {
            resource = resource.with_fixed_state(ServiceState::Unknown);
        }
        for finding in &self.findings {
            resource.push_result(CheckResult::new().with_state(finding.state));
        }
        for metric in self.metrics() {
            resource.push_result(CheckResult::new().with_perf_data(perf_data(metric)));
        }
        // In the description, because the crate puts an empty line before messages.
        let mut description = first.to_owned();
        for line in lines {
            description.push('\n');
            description.push_str(line);
        }
        resource.with_description(description)
    }

    /// The worst findings, then how many others there are, then the summary, as far as they fit.
    fn first_line(&self) -> String {
        let findings = self.findings();
        let Some(first) = findings.first() else { return "nothing could be judged".to_owned() };
        let room = FIRST_LINE_BUDGET - self.rules.service().len() - "\u{20}is CRITICAL: ".len();
        // What is not shown is counted, so room for the count of all is enough.
        let reserve = others(&findings).map_or(0, |counts| counts.len() + "; ".len());
        let (mut line, shown) = worst(&findings, first.state, room - reserve);
        if let Some(others) = others(findings.get(shown..).unwrap_or_default()) {
            append(&mut line, &others);
        }
        // A report without a summary says of what is fine the first.
        let summary = if line.is_empty() && self.summary.is_empty() { &first.text } else { &self.summary };
        let summary = shorten(text::line(summary), room);
        // Where it does not fit it has a line of its own below.
        if line.is_empty() || line.len() + summary.len() + 2 <= room {
            append(&mut line, &summary);
        }
        line
    }

    fn long_lines(&self, verbosity: u8, first: &str) -> Vec<String> {
        if self.first_line_only && verbosity == 0 {
            return Vec::new();
        }
        let findings = self.findings();
        let wrong = findings.iter().filter(|finding| finding.state != ServiceState::Ok).count();
        let said = |finding: &Finding| {
            let bare = finding.remedy.is_empty() && finding.limit.is_empty();
            wrong == 1 && bare && first.starts_with(&text::line(&finding.text))
        };
        let shown = |finding: &&&Finding| verbosity > 0 || finding.state != ServiceState::Ok && !said(finding);
        let summary = text::line(&self.summary);
        let unsaid =
            Some(summary).filter(|summary| wrong > 0 && !summary.is_empty() && !first.ends_with(summary.as_str()));
        let mut lines: Vec<_> = findings.iter().filter(shown).map(|finding| long_line(finding)).collect();
        lines.extend(unsaid);
        lines.extend(self.items.iter().map(|item| format!("[{}] {}", item.state, text::line(&item.text))));
        lines.extend(self.notes.iter().filter(|note| note.verbosity <= verbosity).map(|note| text::line(&note.text)));
        lines
    }
}

/// The output for a check that could not be made: the remedy on the first line if both fit, else below it.
pub(crate) fn error(service: &str, error: &CheckError) -> (ServiceState, String) {
    let (problem, remedy) = error.parts();
    let (problem, remedy) = (text::line(problem), text::line(remedy));
    let room = FIRST_LINE_BUDGET - service.len() - "\u{20}is CRITICAL: ".len();
    let description = match remedy.is_empty() {
        true => shorten(problem, room),
        false if problem.len() + remedy.len() + 2 <= room => format!("{problem}; {remedy}"),
        false => format!("{}\n-> {}", shorten(problem, room), shorten(remedy, OUTPUT_BUDGET - FIRST_LINE_BUDGET - 4)),
    };
    Resource::new(service).with_fixed_state(ServiceState::Unknown).with_description(description).nagios_result()
}

/// The output of a run that could not go on.
pub(crate) fn unknown(service: &str, problem: &str) -> (ServiceState, String) {
    error(service, &CheckError::local(problem, ""))
}

/// The sentences of the findings that are as bad as the worst, and how many of them fit; none when all is well.
fn worst(findings: &[&Finding], worst: ServiceState, room: usize) -> (String, usize) {
    let mut line = String::new();
    let mut shown = 0;
    for finding in findings.iter().take_while(|finding| finding.state == worst && worst != ServiceState::Ok) {
        let sentence = text::line(&finding.text);
        if shown > 0 && line.len() + sentence.len() + 2 > room {
            break;
        }
        append(&mut line, &sentence);
        shown += 1;
    }
    (shorten(line, room), shown)
}

fn append(line: &mut String, sentence: &str) {
    if !line.is_empty() && !sentence.is_empty() {
        line.push_str("; ");
    }
    line.push_str(sentence);
}

/// `1 warning, 2 unknown more`; none when all others are fine.
fn others(findings: &[&Finding]) -> Option<String> {
    let mut counts = Vec::new();
    for state in [ServiceState::Critical, ServiceState::Warning, ServiceState::Unknown] {
        let count = findings.iter().filter(|finding| finding.state == state).count();
        if count > 0 {
            counts.push(format!("{count} {}", state.to_string().to_lowercase()));
        }
    }
    if counts.is_empty() { None } else { Some(format!("{} more", counts.join(", "))) }
}

fn long_line(finding: &Finding) -> String {
    let limit = if finding.limit.is_empty() { String::new() } else { format!(" ({})", finding.limit) };
    let remedy = text::line(&finding.remedy);
    let remedy = if remedy.is_empty() { remedy } else { format!(" -> {remedy}") };
    format!("[{}] {}{limit}{remedy}", finding.state, text::line(&finding.text))
}

/// The lines that fit into `budget` bytes, and how many did not.
fn within(mut lines: Vec<String>, budget: usize) -> Vec<String> {
    let size = |line: &String| line.len() + 1;
    let mut left = lines.iter().map(size).sum::<usize>();
    if left <= budget {
        return lines;
    }
    let total = lines.len();
    let more = |kept: usize| format!("… {} more (use -v)", total - kept);
    let room = budget.saturating_sub(size(&more(0)));
    while left > room {
        let Some(line) = lines.pop() else { break };
        left -= size(&line);
    }
    lines.push(more(lines.len()));
    lines
}

fn shorten(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", text.get(..end).unwrap_or_default().trim_end())
}

/// All fields of the crate's perfdata have one type; ours carries numbers and ranges alike.
enum PerfField {
    Number(Number),
    Range(Range),
}

impl ToPerfString for PerfField {
    fn to_perf_string(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Range(range) => range.to_string(),
        }
    }
}

fn perf_data(metric: &Metric) -> PerfData<PerfField> {
    // A range that never alerts is no threshold.
    let range = |range: Option<Range>| range.filter(|range| !range.never_alerts()).map(PerfField::Range);
    let mut data = PerfData::new(metric.label.to_string(), PerfField::Number(metric.value))
        .with_unit(metric.unit.into())
        .with_thresholds(range(metric.thresholds.warning), range(metric.thresholds.critical));
    if let Some(min) = metric.min {
        data = data.with_minimum(PerfField::Number(min));
    }
    if let Some(max) = metric.max {
        data = data.with_maximum(PerfField::Number(max));
    }
    data
}

#[cfg(test)]
mod tests;
