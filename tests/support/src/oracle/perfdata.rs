//! One item of performance data.

use std::{error, fmt};

use super::unit::Unit;

/// A value as Icinga stores it: scaled to the base unit.
#[derive(Debug, Clone, PartialEq)]
pub struct PerfdataValue {
    /// The label without its quotes.
    pub label: String,
    /// The value in the base unit.
    pub value: f64,
    /// The base unit in Icinga's words (`seconds`, `bytes`, …). Empty for no unit, a counter, or a unit that Icinga
    /// does not know.
    pub unit: &'static str,
    /// Whether the unit was `c`.
    pub counter: bool,
    /// The warning threshold, if it is a plain number: Icinga drops ranges.
    pub warn: Option<f64>,
    /// The critical threshold, if it is a plain number.
    pub crit: Option<f64>,
    /// The least possible value.
    pub min: Option<f64>,
    /// The greatest possible value.
    pub max: Option<f64>,
}

/// An item that Icinga throws away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The item as it was printed.
    pub item: String,
    /// The reason for the rejection.
    pub reason: &'static str,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Icinga rejects {:?}: {}", self.item, self.reason)
    }
}

impl error::Error for Rejected {}

impl PerfdataValue {
    /// Reads one item, as [`split_perfdata`](super::split_perfdata) returns it.
    ///
    /// # Errors
    ///
    /// [`Rejected`] if Icinga takes no value from it: without `=`, with a `,`, with a value that is not a finite number
    /// (`U`, `nan`, `inf`, `1_000`), or with a limit such as `1-2` that has only number characters but is not a number.
    pub fn parse(item: &str) -> Result<Self, Rejected> {
        Self::read(item).map_err(|reason| Rejected { item: item.to_owned(), reason })
    }

    fn read(item: &str) -> Result<Self, &'static str> {
        let (label, rest) = item.rsplit_once('=').ok_or("no =")?;
        let (fields, _) = rest.split_once(' ').unwrap_or((rest, ""));
        if fields.contains(',') {
            return Err("a comma");
        }
        let mut fields = fields.split(';');
        let (number, uom) = split_unit(fields.next().unwrap_or_default());
        let value = finite(number).ok_or("the value is not a finite number")?;
        let unit = Unit::of(uom);
        let mut limit = || read_limit(fields.next().unwrap_or_default(), unit.factor);
        Ok(Self {
            label: unquote(label).to_owned(),
            value: value * unit.factor,
            unit: unit.name,
            counter: uom == "c",
            warn: limit()?,
            crit: limit()?,
            min: limit()?,
            max: limit()?,
        })
    }

    /// The normalised form that Icinga gives to its metric writers.
    pub fn format(&self) -> String {
        let symbol = if self.counter { "c" } else { Unit::symbol(self.unit) };
        let value = format_number(self.value);
        let label = if self.label.contains(' ') { format!("'{}'", self.label) } else { self.label.clone() };
        let limits: String = [self.warn, self.crit, self.min, self.max]
            .map(|limit| format!(";{}", limit.map(format_number).unwrap_or_default()))
            .concat();
        format!("{label}={value}{symbol}{}", limits.trim_end_matches(';'))
    }
}

/// Strips a pair of single quotes around a text that is not empty. A doubled quote inside stays doubled.
pub(super) fn unquote(label: &str) -> &str {
    label
        .strip_prefix('\'')
        .and_then(|label| label.strip_suffix('\''))
        .filter(|label| !label.is_empty())
        .unwrap_or(label)
}

/// Splits a field into value and unit. The value ends with its last digit or decimal point.
fn split_unit(field: &str) -> (&str, &str) {
    match field.rfind(|c: char| c.is_ascii_digit() || c == '.') {
        Some(last) => field.split_at(last + 1),
        None => (field, ""),
    }
}

/// Reads a limit, in the base unit. A limit that is not a plain number, such as a range, counts as absent.
fn read_limit(field: &str, factor: f64) -> Result<Option<f64>, &'static str> {
    if field.is_empty() || !field.chars().all(|c| "+-0123456789.eE".contains(c)) {
        return Ok(None);
    }
    let number = finite(field).ok_or("a limit is not a number")?;
    Ok(Some(number * factor))
}

fn finite(number: &str) -> Option<f64> {
    number.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Formats a number. Whole numbers pass through a 64 bit integer, others keep six decimals.
fn format_number(number: f64) -> String {
    const BEYOND_I64: f64 = 9_223_372_036_854_775_808.0;
    if number.fract() != 0.0 {
        return format!("{number:.6}");
    }
    if number.abs() >= BEYOND_I64 {
        // The result of the conversion instruction of x86-64, as Icinga does not check the range.
        return i64::MIN.to_string();
    }
    // The addition turns -0 into 0.
    format!("{:.0}", number + 0.0)
}
