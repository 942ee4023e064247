//! Perfdata labels.

use std::fmt;

use crate::secret::redact;
use crate::text::{cut_with_digest, is_unprintable};

/// The longest label, in bytes.
const LIMIT: usize = 64;

/// A perfdata label that every reader takes as one label, at most 64 bytes long.
///
/// It has no quote, `=`, `|`, `\`, `<`, `&`, no control or invisible character, and no `::` (Icinga's multi-label
/// syntax). It is never empty and never a bare `0`, which Icinga DB Web drops (`if ($label)` in
/// `library/Icingadb/Util/PerfDataSet.php`).
///
/// Graphite does not keep all of its characters: Icinga's writer turns a blank and `/` into `_`, and a `.` starts
/// another level of the tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(String);

impl Label {
    /// A label from a catalogue, which needs no cleaning.
    pub(crate) fn known(id: &'static str) -> Self {
        Self(id.to_owned())
    }

    /// The label closest to `text`, without our secrets. `None` if only blanks are left.
    ///
    /// Each character that a label must not have becomes `_`. A longer text keeps both ends, with a digest of the whole
    /// text between them, so that different texts have different labels.
    pub fn new(text: &str) -> Option<Self> {
        let text = redact(text);
        let text = text.trim();
        let harmful = |c| matches!(c, '\'' | '"' | '=' | '|' | '\\' | '<' | '&') || is_unprintable(c);
        let mut label: String = text.chars().map(|c| if harmful(c) { '_' } else { c }).collect();
        while label.contains("::") {
            label = label.replace("::", ":");
        }
        match label.as_str() {
            "" => None,
            "0" => Some(Self("_0".to_owned())),
            long if long.len() > LIMIT => Some(Self(cut_with_digest(long, text, LIMIT, '_', char::len_utf8))),
            _ => Some(Self(label)),
        }
    }
}

impl Label {
    /// As [`Label::new`], but a single path component for every metric writer: each character other than an ASCII
    /// letter or digit becomes `_`. In Graphite a `.` would start another level of the tree.
    pub(crate) fn component(text: &str) -> Option<Self> {
        let clean = Self::new(text)?.0;
        Some(Self(clean.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()))
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

    fn label(text: &str) -> String {
        Label::new(text).unwrap().to_string()
    }

    #[test]
    fn hostile_labels_stay_one_label() {
        for (text, clean) in [
            ("a'=1 'evil", "a__1 _evil"),
            ("a\"b", "a_b"),
            ("a:::b", "a:b"),
            ("0", "_0"),
            ("00", "00"),
            (" db1 ", "db1"),
            ("a\nb|c", "a_b_c"),
            (r"a\nb", "a_nb"),
            ("<b>", "_b>"),
            ("&#10;", "_#10;"),
            ("db1\u{202e}\u{200b}\u{2800}\u{e000}\u{378}", "db1_____"),
            ("a/b.c-d_e:f [g] (ü)", "a/b.c-d_e:f [g] (ü)"),
        ] {
            assert_eq!(label(text), clean, "{text:?}");
        }
        assert_eq!(Label::new(" \n"), None);
    }

    #[test]
    fn a_component_has_letters_digits_and_underscores() {
        for (text, clean) in [
            ("time_10.0.0.1", "time_10_0_0_1"),
            ("time_fd00::1", "time_fd00_1"),
            ("ttl_db.service.consul", "ttl_db_service_consul"),
            ("queue_db-1 (\u{fc})", "queue_db_1____"),
        ] {
            assert_eq!(Label::component(text).unwrap().to_string(), clean, "{text:?}");
        }
        assert_eq!(Label::component(" "), None);
    }

    #[test]
    fn long_labels_keep_both_ends_and_stay_different() {
        let longest = "a".repeat(64);
        assert_eq!(label(&longest), longest);
        let cut = label(&format!("members_{}1_up", "a".repeat(100)));
        assert_eq!(cut.len(), 64);
        assert!(cut.starts_with("members_aaaaaaaaaaaaaaaaa_") && cut.ends_with("_aaaaaaaaaaaaaaaaaaaaa1_up"), "{cut}");
        assert_ne!(cut, label(&format!("members_{}b1_up", "a".repeat(99))));
        let wide = label(&"ü".repeat(33));
        assert_eq!((wide.len(), wide.chars().count()), (62, 38), "{wide}");
        // The texts differ only in the middle, in a character that a label must not have.
        let [a, b] = ["'", "\""].map(|quote| format!("{}{quote}{}", "a".repeat(50), "b".repeat(50)));
        assert_ne!(label(&a), label(&b));
        assert_eq!(label(&format!(" {longest}b ")), label(&format!("{longest}b")));
    }

    #[test]
    fn a_label_shows_no_secret() {
        let _token = crate::Secret::new("label-hunter2-token");
        assert_eq!(label("time_label-hunter2-token"), "time_…");
    }
}
