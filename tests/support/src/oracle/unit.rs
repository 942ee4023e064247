//! The units of measurement that Icinga knows.

/// The base unit behind a unit of measurement.
pub(super) struct Unit {
    /// Icinga's word for the base unit.
    pub(super) name: &'static str,
    /// The number of base units in it.
    pub(super) factor: f64,
}

impl Unit {
    /// Reads a unit of measurement. An unknown one counts as no unit.
    pub(super) fn of(uom: &str) -> Self {
        let (name, factor) = case_sensitive(uom)
            .or_else(|| data(uom))
            .or_else(|| electric(uom))
            .or_else(|| electric_over_time(uom))
            .or_else(|| case_insensitive(uom))
            .unwrap_or(("", 1.0));
        Self { name, factor }
    }

    /// Icinga's symbol for a base unit.
    pub(super) fn symbol(name: &str) -> &'static str {
        match name {
            "ampere-seconds" => "As",
            "amperes" => "A",
            "bits" => "b",
            "bytes" => "B",
            "decibel-milliwatts" => "dBm",
            "degrees-celsius" => "C",
            "degrees-fahrenheit" => "F",
            "degrees-kelvin" => "K",
            "grams" => "g",
            "liters" => "l",
            "lumens" => "lm",
            "ohms" => "O",
            "percent" => "%",
            "seconds" => "s",
            "volts" => "V",
            "watt-hours" => "Wh",
            "watts" => "W",
            _ => "",
        }
    }
}

type Scaled = (&'static str, f64);

fn case_sensitive(uom: &str) -> Option<Scaled> {
    match uom {
        "" | "c" => Some(("", 1.0)),
        "%" => Some(("percent", 1.0)),
        "C" => Some(("degrees-celsius", 1.0)),
        _ => None,
    }
}

/// Bits or bytes. `m` is mega here, and `i` makes a prefix binary.
fn data(uom: &str) -> Option<Scaled> {
    let (prefix, name) = match (uom.strip_suffix('b'), uom.strip_suffix('B')) {
        (Some(prefix), _) => (prefix, "bits"),
        (_, Some(prefix)) => (prefix, "bytes"),
        _ => return None,
    };
    if prefix.is_empty() {
        return Some((name, 1.0));
    }
    let (letter, base) = match prefix.strip_suffix(['i', 'I']) {
        Some(letter) => (letter, 1024_f64),
        None => (prefix, 1000_f64),
    };
    let power = match letter.to_ascii_lowercase().as_str() {
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        "e" => 6,
        "z" => 7,
        "y" => 8,
        _ => return None,
    };
    Some((name, base.powi(power)))
}

fn electric(uom: &str) -> Option<Scaled> {
    let (prefix, base) = split_last(uom)?;
    let name = match base {
        'a' => "amperes",
        'o' => "ohms",
        'v' => "volts",
        'w' => "watts",
        _ => return None,
    };
    Some((name, si_prefix(prefix)?))
}

fn electric_over_time(uom: &str) -> Option<Scaled> {
    let (rest, period) = split_last(uom)?;
    let seconds = match period {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        _ => return None,
    };
    let (prefix, base) = split_last(rest)?;
    let factor = si_prefix(prefix)? * seconds;
    match base {
        'a' => Some(("ampere-seconds", factor)),
        'w' => Some(("watt-hours", factor / 3600.0)),
        _ => None,
    }
}

fn case_insensitive(uom: &str) -> Option<Scaled> {
    // Divided in steps, as Icinga does: the tests compare the last bit of the result with its output.
    let (milli, micro, nano) = (1.0 / 1000.0, 1.0 / 1000.0 / 1000.0, 1.0 / 1000.0 / 1000.0 / 1000.0);
    Some(match uom.to_ascii_lowercase().as_str() {
        "ns" => ("seconds", nano),
        "us" => ("seconds", micro),
        "ms" => ("seconds", milli),
        "s" => ("seconds", 1.0),
        "m" => ("seconds", 60.0),
        "h" => ("seconds", 3600.0),
        "d" => ("seconds", 86400.0),
        "ng" => ("grams", nano),
        "ug" => ("grams", micro),
        "mg" => ("grams", milli),
        "g" => ("grams", 1.0),
        "kg" => ("grams", 1e3),
        "t" => ("grams", 1e6),
        "ml" => ("liters", milli),
        "l" => ("liters", 1.0),
        "hl" => ("liters", 100.0),
        "packets" => ("packets", 1.0),
        "lm" => ("lumens", 1.0),
        "dbm" => ("decibel-milliwatts", 1.0),
        "f" => ("degrees-fahrenheit", 1.0),
        "k" => ("degrees-kelvin", 1.0),
        _ => return None,
    })
}

/// The last letter in lower case, and the text before it.
fn split_last(uom: &str) -> Option<(&str, char)> {
    let last = uom.chars().next_back()?;
    Some((uom.strip_suffix(last)?, last.to_ascii_lowercase()))
}

fn si_prefix(prefix: &str) -> Option<f64> {
    let power = match prefix {
        "n" | "N" => -3,
        "u" | "U" => -2,
        "m" => -1,
        "" => 0,
        "k" | "K" => 1,
        "M" => 2,
        "g" | "G" => 3,
        "t" | "T" => 4,
        "p" | "P" => 5,
        "e" | "E" => 6,
        "z" | "Z" => 7,
        "y" | "Y" => 8,
        _ => return None,
    };
    Some(1000_f64.powi(power))
}
