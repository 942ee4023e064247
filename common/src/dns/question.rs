//! The question that is asked.

use std::fmt;

use hickory_resolver::proto::{ProtoError, rr::Label, serialize::binary::DecodeError};

use super::{Name, RecordType};

/// An absolute name and a record type, in the class IN.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    name: Name,
    rtype: RecordType,
}

impl Question {
    /// A question for `name`, which [`parse_name`] reads.
    ///
    /// # Errors
    /// [`NameError`] if `name` is not a domain name.
    pub fn new(name: &str, rtype: RecordType) -> Result<Self, NameError> {
        Ok(Self { name: parse_name(name)?, rtype })
    }

    /// The name that is asked for.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The type that is asked for.
    pub fn rtype(&self) -> RecordType {
        self.rtype
    }
}

/// Reads `text` as an absolute name, with or without a dot at its end.
///
/// No search list is applied. Labels beyond ASCII become their `xn--` form (RFC 5891).
///
/// # Errors
/// [`NameError`] if the name breaks the limits of RFC 1035, section 2.3.4, or has a label that hosts and services
/// cannot have.
pub fn parse_name(text: &str) -> Result<Name, NameError> {
    let relative = text.strip_suffix('.').unwrap_or(text);
    if relative.is_empty() {
        return Err(NameError::Empty);
    }
    let labels = relative.split('.').map(parse_label).collect::<Result<Vec<_>, _>>()?;
    let length = labels.iter().map(|label| label.len() + 1).sum::<usize>() - 1;
    // Each label is valid, so only the total length can be wrong.
    Name::from_labels(labels).map_err(|_| NameError::TooLong(length))
}

fn parse_label(text: &str) -> Result<Label, NameError> {
    if text.is_empty() {
        return Err(NameError::EmptyLabel);
    }
    let label = if text.is_ascii() { Label::from_ascii(text) } else { Label::from_utf8(text) };
    label.map_err(|error| match error {
        ProtoError::Decode(DecodeError::LabelBytesTooLong(length)) => NameError::LabelTooLong(text.to_owned(), length),
        _ => NameError::Malformed(text.to_owned()),
    })
}

/// The reason why a text is not a domain name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// The text has no label.
    Empty,
    /// A label is empty: two dots in a row, or a dot at the start.
    EmptyLabel,
    /// The label and its length in bytes, which is above 63.
    LabelTooLong(String, usize),
    /// The length of the name in bytes, which is above 253.
    TooLong(usize),
    /// The label, which has a character that names cannot have.
    Malformed(String),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::EmptyLabel => f.write_str("the name has an empty label: one dot too many"),
            Self::LabelTooLong(label, length) => {
                write!(f, "the label '{label}' has {length} bytes, at most 63 are allowed")
            }
            Self::TooLong(length) => write!(f, "the name has {length} bytes, at most 253 are allowed"),
            Self::Malformed(label) => {
                write!(
                    f,
                    "the label '{label}' must consist of letters, digits, '_' and '-', and must not start with '-'"
                )
            }
        }
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_absolute() {
        for (text, name) in [
            ("galeradb.service.consul", "galeradb.service.consul."),
            ("Galeradb.service.consul.", "Galeradb.service.consul."),
            ("_mysql._tcp.service.consul", "_mysql._tcp.service.consul."),
            ("localhost", "localhost."),
            ("bücher.example", "xn--bcher-kva.example."),
        ] {
            let name_read = parse_name(text).unwrap();
            assert_eq!(name_read.to_ascii(), name);
            assert!(name_read.is_fqdn());
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let long = "a".repeat(64);
        for (text, words) in [
            ("", "is empty"),
            (".", "is empty"),
            ("a..b", "one dot too many"),
            (".a", "one dot too many"),
            ("a..", "one dot too many"),
            (&format!("db.{long}.consul"), "has 64 bytes, at most 63"),
            ("-a.consul", "'-a'"),
            ("galera db.consul", "'galera db'"),
            ("a\\.b", "'a\\'"),
        ] {
            let sentence = parse_name(text).unwrap_err().to_string();
            assert!(sentence.contains(words), "{text:?}: {sentence}");
        }
    }

    #[test]
    fn a_name_of_253_bytes_is_the_longest() {
        let fits = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
        assert_eq!(fits.len(), 253);
        assert!(parse_name(&fits).is_ok());
        assert_eq!(parse_name(&format!("{fits}b")), Err(NameError::TooLong(254)));
    }
}
