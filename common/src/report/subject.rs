//! The things that a check looks at.

use std::borrow::Cow;

/// Something that a check looks at: a node, an agent, a name server, an instance, a name.
///
/// Findings and metrics are `of` subjects; a subject's own line takes its state from them.
pub trait Subject {
    /// Identifies the subject; no other subject of the report has the same key.
    fn key(&self) -> Cow<'_, str>;

    /// The name by which people know it, as the output shows it.
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
