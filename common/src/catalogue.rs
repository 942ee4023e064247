//! The metrics and findings of a plugin: part of its public interface.
//!
//! This is the one source of `--help`, the manual pages and the tables in `docs/`. Words in `backticks` are code there;
//! `--help` prints them plain.

use std::fmt::Write;

use nagiosplugin::{ServiceState, Unit};

/// A judged number.
#[derive(Debug)]
pub struct MetricSpec {
    /// The stable perfdata label, `snake_case`.
    pub id: &'static str,
    /// The base unit.
    pub unit: MetricUnit,
    /// The quantity, on one line of `--help`.
    pub help: &'static str,
    /// More about it, in whole sentences, for the manual page and `docs/`; empty if the line says all.
    pub explanation: &'static str,
    /// The default warning range as an operator would type it, or a word that says how it is derived.
    pub warning: Default,
    /// The default critical range, likewise.
    pub critical: Default,
    /// Whether more is better, so that its limits are lower ones: `3:`.
    pub higher_is_better: bool,
    /// Whether it is measured against what earlier runs saw.
    pub needs_history: bool,
}

impl MetricSpec {
    /// A number that is judged unless the operator says otherwise.
    pub const fn judged(
        id: &'static str,
        unit: MetricUnit,
        warning: Default,
        critical: Default,
        help: &'static str,
    ) -> Self {
        Self { id, unit, help, explanation: "", warning, critical, higher_is_better: false, needs_history: false }
    }

    /// The same for a number of which more is better: a threshold without a colon is then an upper limit that was
    /// probably meant as a lower one.
    #[must_use]
    pub const fn higher_is_better(self) -> Self {
        Self { higher_is_better: true, ..self }
    }

    /// The same for a number that is measured against what earlier runs saw: where nothing can be remembered, a
    /// threshold on it is refused.
    #[must_use]
    pub const fn from_history(self) -> Self {
        Self { needs_history: true, ..self }
    }

    /// The same with what the line of `--help` has no room for.
    #[must_use]
    pub const fn explained(self, explanation: &'static str) -> Self {
        Self { explanation, ..self }
    }

    /// A number without default thresholds.
    pub const fn plain(id: &'static str, unit: MetricUnit, help: &'static str) -> Self {
        Self::judged(id, unit, Default::None, Default::None, help)
    }

    /// The options that would set the default thresholds, such as `-w 3:`; none where there are no defaults.
    pub fn defaults(&self) -> impl Iterator<Item = String> {
        let option = |name, default: Default| default.text().map(|text| format!("{name} {text}"));
        [option("-w", self.warning), option("-c", self.critical)].into_iter().flatten()
    }
}

/// How a metric's default threshold comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// No threshold.
    None,
    /// This range.
    Range(&'static str),
    /// Derived from other arguments; the text says how and stands in `--help`.
    Derived(&'static str),
}

impl Default {
    fn text(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Range(text) | Self::Derived(text) => Some(text),
        }
    }
}

/// The units that metrics have; base units only, since readers disagree about all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricUnit {
    /// A plain number.
    None,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Percent.
    Percent,
    /// A counter that only grows.
    Counter,
}

impl MetricUnit {
    /// The unit as people write it; empty for a plain number.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Seconds => "s",
            Self::Bytes => "B",
            Self::Percent => "%",
            Self::Counter => "counter",
        }
    }
}

impl From<MetricUnit> for Unit {
    fn from(unit: MetricUnit) -> Self {
        match unit {
            MetricUnit::None => Self::None,
            MetricUnit::Seconds => Self::Seconds,
            MetricUnit::Bytes => Self::Bytes,
            MetricUnit::Percent => Self::Percentage,
            MetricUnit::Counter => Self::Counter,
        }
    }
}

/// A judged fact.
#[derive(Debug)]
pub struct FindingSpec {
    /// The stable name, `kebab-case`, as in `--severity`.
    pub id: &'static str,
    /// The state that it means for the service unless the operator says otherwise.
    pub severity: ServiceState,
    /// The fact, on one line of `--help`.
    pub help: &'static str,
    /// More about it, in whole sentences, for the manual page and `docs/`; empty if the line says all.
    pub explanation: &'static str,
}

impl FindingSpec {
    const fn new(id: &'static str, severity: ServiceState, help: &'static str) -> Self {
        Self { id, severity, help, explanation: "" }
    }

    /// The same with what the line of `--help` has no room for.
    #[must_use]
    pub const fn explained(self, explanation: &'static str) -> Self {
        Self { explanation, ..self }
    }

    /// The state that it has unless the operator says otherwise, as `--severity` takes it.
    pub fn state(&self) -> String {
        self.severity.to_string().to_lowercase()
    }

    /// A fact that is critical unless the operator says otherwise.
    pub const fn critical(id: &'static str, help: &'static str) -> Self {
        Self::new(id, ServiceState::Critical, help)
    }

    /// A fact that is a warning unless the operator says otherwise.
    pub const fn warning(id: &'static str, help: &'static str) -> Self {
        Self::new(id, ServiceState::Warning, help)
    }

    /// A fact that leaves us in the dark unless the operator says otherwise.
    pub const fn unknown(id: &'static str, help: &'static str) -> Self {
        Self::new(id, ServiceState::Unknown, help)
    }

    /// A fact that is fine unless the operator says otherwise.
    pub const fn ok(id: &'static str, help: &'static str) -> Self {
        Self::new(id, ServiceState::Ok, help)
    }
}

/// Everything that a plugin can say, and under which name it says it.
#[derive(Debug)]
pub struct Catalogue {
    /// The name at the start of the first line, such as `GALERA`.
    pub service: &'static str,
    /// The metrics, in the order of the perfdata. The first is the one that a bare range means.
    pub metrics: &'static [&'static MetricSpec],
    /// The findings, in the order of the help.
    pub findings: &'static [&'static FindingSpec],
}

impl Catalogue {
    /// The part of `--help` that lists metrics and findings, one line for each.
    pub fn help(&self) -> String {
        let mut help = String::from("Metrics (-w, -c):\n");
        let default_metric = self.metrics.first().map_or("", |metric| metric.id);
        // Writing to a string cannot fail.
        for metric in self.metrics {
            let unit = unit_suffix(metric.unit);
            let _ = writeln!(help, "  {}{unit}: {}{}", metric.id, plain(metric.help), defaults(metric));
        }
        let _ = writeln!(help, "  A range without METRIC= is for {default_metric}.");
        help.push_str("\nFindings (--severity):\n");
        for finding in self.findings {
            let _ = writeln!(help, "  {} [{}]: {}", finding.id, finding.state(), plain(finding.help));
        }
        help.push_str(EXIT_CODES);
        help
    }
}

const EXIT_CODES: &str = "
Ranges are [@][START:]END: alert outside START to END (0 and infinity when left out, ~ is minus
infinity), with @ inside.
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (also help, version, usage).";

/// Without the marks of code.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn unit_suffix(unit: MetricUnit) -> String {
    match unit.symbol() {
        "" => String::new(),
        symbol => format!(" ({symbol})"),
    }
}

fn defaults(metric: &MetricSpec) -> String {
    let defaults: Vec<_> = metric.defaults().collect();
    if defaults.is_empty() { String::new() } else { format!(" [{}]", defaults.join(", ")) }
}
