//! The subjects of a check.

use std::borrow::Cow;

/// A subject of a check: a node, an agent, a name server, an instance, a name.
///
/// Findings and metrics are `of` subjects. The line of a subject takes its state from them.
pub trait Subject {
    /// Identifies the subject. Keys are unique in a report.
    fn key(&self) -> Cow<'_, str>;

    /// The name that people use, as the output shows it.
    fn label(&self) -> Cow<'_, str>;
}

/// The key and the label of a subject, as a report keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) key: String,
    pub(crate) label: String,
}

impl Named {
    pub(crate) fn new(subject: &(impl Subject + ?Sized)) -> Self {
        Self { key: subject.key().into_owned(), label: subject.label().into_owned() }
    }
}
