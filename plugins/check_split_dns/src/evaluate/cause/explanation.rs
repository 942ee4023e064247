//! The texts about a cause.

/// A likely cause, and how to fix it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cause {
    /// Follows the words of the fault; empty if they are enough.
    pub(crate) hint: String,
    pub(crate) remedy: String,
}

impl Cause {
    pub(super) fn new(hint: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { hint: hint.into(), remedy: remedy.into() }
    }
}

/// The names that the texts mention.
pub(crate) struct Names<'a> {
    /// The name, as a command takes it.
    pub(crate) name: &'a str,
    /// The internal zone, without the dot at its end; empty for an external name.
    pub(crate) zone: &'a str,
    /// Whether that is a zone of Consul's.
    pub(crate) is_consul: bool,
    /// The address of the source of the internal names; empty if it is not asked.
    pub(crate) upstream: &'a str,
}

/// A failure that was over at the recheck, or one of this name alone.
pub(super) fn passing() -> Cause {
    Cause::new(
        ", but it answers with CD=1, and for a name below it without",
        "it failed for a moment, or the signature of this name alone is bad: look at its log",
    )
}
