//! Turns a report into the text that Icinga, Nagios and Consul read.

mod first_line;

use nagiosplugin::{CheckResult, PerfData, Resource, ServiceState, ToPerfString};

use crate::report::{Finding, Level, Metric, Report};
use crate::{CheckError, Number, Range, text, wording};
use first_line::shorten;

/// The longest first line, in bytes. The guidelines want fewer than 80, and Icinga DB Web cuts at 1000.
const FIRST_LINE_BUDGET: usize = 200;

/// The longest output, in bytes. Consul keeps the last 4096 bytes and Nagios the first 8192, so neither cuts this. The
/// line break that ends the output is the 4000th byte.
const OUTPUT_BUDGET: usize = 3999;

/// The most perfdata, in bytes. They leave room for the first line, and for the line that counts the missing ones.
const PERFDATA_BUDGET: usize = OUTPUT_BUDGET - FIRST_LINE_BUDGET - 128;

impl Report {
    /// The state, and the whole output without its last line break.
    ///
    /// State and perfdata do not depend on the verbosity. By default the output shows all that is wrong, the remarks
    /// and a line for each target; `-v` adds every other finding and the details. Without `-v` the output stays within
    /// 4000 bytes: long lines are dropped from the end, but never the first line or the perfdata.
    pub fn render(&self) -> (ServiceState, String) {
        let first = self.first_line();
        let (metrics, left_out) = within_budget(&self.metrics());
        let lines = self.long_lines(&first, left_out);
        if self.shows(Level::Verbose) {
            return self.resource(&first, &lines, metrics).nagios_result();
        }
        let fixed = self.resource(&first, &[], metrics.clone()).nagios_result().1.len();
        self.resource(&first, &within(lines, OUTPUT_BUDGET.saturating_sub(fixed)), metrics).nagios_result()
    }

    fn resource(&self, first: &str, lines: &[String], metrics: Vec<PerfData<PerfField>>) -> Resource {
        let mut resource = Resource::new(self.rules.service()).with_fixed_state(self.state());
        for perf_data in metrics {
            resource.push_result(CheckResult::new().with_perf_data(perf_data));
        }
        // The lines are in the description because the crate puts an empty line before messages.
        let mut description = first.to_owned();
        for line in lines {
            description.push('\n');
            description.push_str(line);
        }
        resource.with_description(description)
    }

    fn first_line(&self) -> String {
        let findings = self.findings();
        // If nothing is marked as well, the first finding that is OK stands in.
        let fine = findings.iter().find(|finding| finding.state == ServiceState::Ok);
        let well = match (self.well.is_empty(), fine) {
            (true, Some(finding)) if self.state() == ServiceState::Ok => vec![finding.text.clone()],
            _ => self.well.clone(),
        };
        let line = first_line::compose(&findings, &well, room(self.rules.service()));
        match (line.is_empty(), self.is_judged) {
            (false, _) => line,
            (true, true) => "nothing is wrong".to_owned(),
            (true, false) => "nothing could be judged".to_owned(),
        }
    }

    fn long_lines(&self, first: &str, left_out: usize) -> Vec<String> {
        let is_verbose = self.shows(Level::Verbose);
        if self.first_line_only && !is_verbose {
            return Vec::new();
        }
        let findings = self.findings();
        let is_wrong = |finding: &Finding| finding.state != ServiceState::Ok;
        let wrong = findings.iter().filter(|finding| is_wrong(finding)).count();
        // A finding that the first line shows completely needs no line of its own.
        let is_said = |finding: &Finding| {
            wrong == 1 && finding.remedy.is_empty() && first.starts_with(text::line(&sentence(finding)).as_str())
        };
        let shown = |finding: &&&Finding| is_verbose || is_wrong(finding) && !is_said(finding);
        let mut lines: Vec<_> = findings.iter().filter(shown).map(|finding| long_line(finding)).collect();
        let well = text::line(&self.well.join("; "));
        lines.extend(Some(well).filter(|well| wrong > 0 && !well.is_empty() && !first.ends_with(well.as_str())));
        lines.extend(self.remarks.iter().map(|remark| text::line(remark)));
        lines.extend((left_out > 0).then(|| {
            let numbers = wording::count(left_out, "number of a single target does", "numbers of single targets do");
            format!("{numbers} not fit into the perfdata")
        }));
        let states = self.states();
        let state = |key: &String| states.get(key.as_str()).copied().unwrap_or(ServiceState::Ok);
        lines.extend(self.lines.iter().map(|(key, line)| format!("[{}] {}", state(key), text::line(line))));
        lines.extend(self.details.iter().map(|line| text::line(line)));
        lines
    }
}

/// The bytes of the first line that are left after service and state.
fn room(service: &str) -> usize {
    FIRST_LINE_BUDGET - service.len() - "\u{20}is CRITICAL: ".len()
}

/// The output for an error of our own side. The remedy is on the first line if both fit, otherwise below it.
pub(crate) fn error(service: &str, error: &CheckError) -> (ServiceState, String) {
    let (problem, remedy) = error.parts();
    let (problem, remedy) = (text::line(problem), text::line(remedy));
    let room = room(service);
    let description = match remedy.is_empty() {
        true => shorten(problem, room),
        false if problem.len() + remedy.len() + 2 <= room => format!("{problem}; {remedy}"),
        false => format!("{}\n-> {}", shorten(problem, room), shorten(remedy, OUTPUT_BUDGET - FIRST_LINE_BUDGET - 4)),
    };
    Resource::new(service).with_fixed_state(ServiceState::Unknown).with_description(description).nagios_result()
}

/// The output of a run that was ended early.
pub(crate) fn unknown(service: &str, problem: &str) -> (ServiceState, String) {
    error(service, &CheckError::local(problem, ""))
}

fn long_line(finding: &Finding) -> String {
    let limit = if finding.limit.is_empty() { String::new() } else { format!(" ({})", finding.limit) };
    let remedy = text::line(&finding.remedy);
    let remedy = if remedy.is_empty() { remedy } else { format!(" -> {remedy}") };
    format!("[{}] {}{limit}{remedy}", finding.state, text::line(&finding.text))
}

/// The sentence with its limit, as in the first line.
fn sentence(finding: &Finding) -> String {
    if finding.limit.is_empty() { finding.text.clone() } else { format!("{}, {}", finding.text, finding.limit) }
}

/// The perfdata of all metrics of the catalogue and, as far as they fit, of single targets; and the number of those
/// left out.
fn within_budget(metrics: &[&Metric]) -> (Vec<PerfData<PerfField>>, usize) {
    let is_single = |metric: &&&Metric| metric.position == usize::MAX;
    let mut fits = metrics.len();
    if let Some(first) = metrics.iter().position(|metric| is_single(&metric)) {
        let ends = metrics.iter().scan(0, |size, metric| {
            *size += perfdata_size(metric);
            Some(*size)
        });
        fits = ends.take_while(|end| *end <= PERFDATA_BUDGET).count().max(first);
    }
    (metrics.iter().take(fits).map(|metric| perf_data(metric)).collect(), metrics.len() - fits)
}

/// The length in bytes of `'label'=value<unit>;w;c;min;max`, with the blank or `|` before it.
fn perfdata_size(metric: &Metric) -> usize {
    let bare = || Resource::new("").with_fixed_state(ServiceState::Ok);
    let whole = bare().with_result(CheckResult::new().with_perf_data(perf_data(metric))).nagios_result().1;
    whole.len() - bare().nagios_result().1.len()
}

/// The lines that fit into `budget` bytes. The last line counts those that do not.
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

/// A perfdata field. The crate's perfdata have one type for all fields, but ours are numbers and ranges.
#[derive(Clone)]
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
