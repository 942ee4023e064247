//! The rules of a run, from the catalogue and the operator.

use nagiosplugin::ServiceState;

use crate::args::{SeverityArg, ThresholdArg};
use crate::catalogue::{Catalogue, Default, FindingSpec, MetricSpec};
use crate::{CheckError, CommonArgs, Range, Thresholds, text, wording};

/// The thresholds and severities of one run: the catalogue's defaults, overruled by the arguments.
#[derive(Clone, Debug)]
pub struct Rules {
    catalogue: &'static Catalogue,
    thresholds: Vec<Rule<Thresholds>>,
    severities: Vec<Rule<Severity>>,
    /// Ids of the metrics on which the operator set a threshold that can alert.
    wishes: Vec<&'static str>,
    verbosity: u8,
}

#[derive(Clone, Debug)]
struct Rule<T> {
    id: &'static str,
    value: T,
}

#[derive(Clone, Copy, Debug)]
struct Severity {
    state: ServiceState,
    /// Whether the operator set the state.
    given: bool,
}

impl Rules {
    /// The catalogue's rules, overruled by the arguments.
    ///
    /// # Errors
    /// A usage error if an argument names an unknown metric or finding. It suggests the nearest names and points to
    /// `--help`.
    pub fn new(catalogue: &'static Catalogue, args: &CommonArgs) -> Result<Self, CheckError> {
        let mut rules = Self::of(catalogue)?;
        for arg in args.warning.iter().flat_map(|list| &list.0) {
            rules.wish(arg)?.warning = Some(arg.range);
        }
        for arg in args.critical.iter().flat_map(|list| &list.0) {
            rules.wish(arg)?.critical = Some(arg.range);
        }
        rules.verbosity = args.verbose;
        for arg in &args.severity {
            *rules.severity_of(arg)? = Severity { state: arg.state, given: true };
        }
        Ok(rules)
    }

    /// The catalogue's rules alone.
    ///
    /// # Errors
    /// A default range of the catalogue is malformed.
    pub fn of(catalogue: &'static Catalogue) -> Result<Self, CheckError> {
        let mut thresholds = Vec::new();
        for metric in catalogue.metrics {
            let value = Thresholds { warning: default(metric.warning)?, critical: default(metric.critical)? };
            thresholds.push(Rule { id: metric.id, value });
        }
        let severity = |finding: &&FindingSpec| Severity { state: finding.severity, given: false };
        let severities = catalogue.findings.iter().map(|finding| Rule { id: finding.id, value: severity(finding) });
        let severities = severities.collect();
        Ok(Self { catalogue, thresholds, severities, wishes: Vec::new(), verbosity: 0 })
    }

    /// Sets thresholds that follow from other arguments, unless the operator set them.
    pub fn derive(&mut self, metric: &MetricSpec, derived: Thresholds) {
        if let Some(rule) = self.thresholds.iter_mut().find(|rule| rule.id == metric.id) {
            rule.value.warning = rule.value.warning.or(derived.warning);
            rule.value.critical = rule.value.critical.or(derived.critical);
        }
    }

    /// Sets the state of a finding in a mode where the catalogue's default does not fit, unless the operator set it.
    pub fn derive_severity(&mut self, finding: &FindingSpec, derived: ServiceState) {
        if let Some(rule) = self.severities.iter_mut().find(|rule| rule.id == finding.id && !rule.value.given) {
            rule.value.state = derived;
        }
    }

    /// The metrics on which the operator set a threshold that can alert.
    pub fn wishes(&self) -> impl Iterator<Item = &'static MetricSpec> {
        self.catalogue.metrics.iter().copied().filter(|metric| self.wishes.contains(&metric.id))
    }

    /// The number of `-v`.
    pub fn verbosity(&self) -> u8 {
        self.verbosity
    }

    /// The name at the start of the first line.
    pub fn service(&self) -> &'static str {
        self.catalogue.service
    }

    /// The index of a metric in the catalogue; `usize::MAX` if it is not in it.
    pub(crate) fn position(&self, metric: &MetricSpec) -> usize {
        self.catalogue.metrics.iter().position(|known| known.id == metric.id).unwrap_or(usize::MAX)
    }

    /// The thresholds of a metric.
    pub fn thresholds(&self, metric: &MetricSpec) -> Thresholds {
        let rule = self.thresholds.iter().find(|rule| rule.id == metric.id);
        rule.map_or_else(Thresholds::default, |rule| rule.value)
    }

    /// The state of a finding.
    pub fn severity(&self, finding: &FindingSpec) -> ServiceState {
        let rule = self.severities.iter().find(|rule| rule.id == finding.id);
        rule.map_or(finding.severity, |rule| rule.value.state)
    }

    fn wish(&mut self, arg: &ThresholdArg) -> Result<&mut Thresholds, CheckError> {
        let known: Vec<_> = self.thresholds.iter().map(|rule| rule.id).collect();
        let wanted = arg.metric.as_deref().or(known.first().copied()).unwrap_or_default();
        match self.thresholds.iter_mut().find(|rule| rule.id == wanted) {
            Some(rule) => {
                // A range that never alerts needs no measurement.
                self.wishes.extend(Some(rule.id).filter(|_| !arg.range.never_alerts()));
                Ok(&mut rule.value)
            }
            None => Err(unknown("metric", wanted, &known)),
        }
    }

    fn severity_of(&mut self, arg: &SeverityArg) -> Result<&mut Severity, CheckError> {
        let known: Vec<_> = self.severities.iter().map(|rule| rule.id).collect();
        match self.severities.iter_mut().find(|rule| rule.id == arg.finding) {
            Some(rule) => Ok(&mut rule.value),
            None => Err(unknown("finding", &arg.finding, &known)),
        }
    }
}

/// The least similarity of a suggested name; 1 means equal (normalised Damerau-Levenshtein).
const ALIKE: f64 = 0.5;

/// The most names that are suggested.
const SUGGESTED: usize = 3;

fn unknown(kind: &str, name: &str, known: &[&str]) -> CheckError {
    let name = text::quote(name);
    let likeness = |known: &str| {
        let is_part = !name.is_empty() && known.contains(name.as_str());
        if is_part { 1.0 } else { strsim::normalized_damerau_levenshtein(known, &name) }
    };
    let mut alike: Vec<_> = known.iter().map(|known| (likeness(known), *known)).collect();
    alike.retain(|(likeness, _)| *likeness >= ALIKE);
    alike.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let nearest: Vec<_> = alike.into_iter().take(SUGGESTED).map(|(_, known)| known).collect();
    let help = format!("--help lists all {kind}s");
    let remedy = if nearest.is_empty() { help } else { format!("did you mean {}? {help}", wording::any(&nearest)) };
    CheckError::local(format!("unknown {kind} \"{name}\""), remedy)
}

fn default(default: Default) -> Result<Option<Range>, CheckError> {
    match default {
        Default::None | Default::Derived(_) => Ok(None),
        Default::Range(text) => match text.parse() {
            Ok(range) => Ok(Some(range)),
            Err(error) => Err(CheckError::local(format!("default range: {error}"), "please report this")),
        },
    }
}
