//! The rows of `SHOW`, found by name.

use std::collections::BTreeMap;

/// The rows of both statements; names are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows(BTreeMap<String, String>);

impl FromIterator<(String, String)> for Rows {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(rows: I) -> Self {
        Self(rows.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect())
    }
}

impl Rows {
    /// The value, if the row is there, even if it is empty.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value, unless it is missing or empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// The value as a reader of values understands it.
    pub(super) fn read<T>(&self, name: &str, reader: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.text(name).and_then(reader)
    }

    /// All of them, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
