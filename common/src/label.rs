//! Perfdata labels.

use std::fmt;

/// A perfdata label that every reader takes as one: no quote, `=`, `|`, control character or
/// `::` (Icinga's multi-label syntax), never empty, never a bare `0` (Icinga DB Web drops it).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(String);

impl Label {
    /// A label that is in a catalogue, and so is clean.
    pub(crate) fn known(id: &'static str) -> Self {
        Self(id.to_owned())
    }

    /// The label closest to `text`; `None` when nothing but blanks is left of it.
    pub fn new(text: &str) -> Option<Self> {
        let replaced: String = text
            .trim()
            .chars()
            .map(|c| if matches!(c, '\'' | '"' | '=' | '|') || c.is_control() { '_' } else { c })
            .collect();
        let mut label = replaced;
        while label.contains("::") {
            label = label.replace("::", ":");
        }
        match label.as_str() {
            "" => None,
            "0" => Some(Self("_0".to_owned())),
            _ => Some(Self(label)),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_labels_stay_one_label() {
        for (text, label) in
            [("a'=1 'evil", "a__1 _evil"), ("a:::b", "a:b"), ("0", "_0"), (" db1 ", "db1"), ("a\nb|c", "a_b_c")]
        {
            assert_eq!(Label::new(text).unwrap().to_string(), label, "{text:?}");
        }
        assert_eq!(Label::new(" \n"), None);
    }
}
