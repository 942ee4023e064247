//! Cuts text in the middle, as the ends of a name or sentence say most.

use std::hash::{DefaultHasher, Hasher};

/// The length of a digest, in hexadecimal digits: 48 bits.
pub(super) const DIGEST_LEN: usize = 12;

/// Cuts `text` to at most `limit` bytes. A longer text becomes its two ends with `…` between them.
///
/// The cut is on character boundaries. Clean text (see [`line`](super::line)) stays clean. If the limit has no room for
/// the 3 bytes of `…`, the result is empty.
pub fn cut_middle(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let Some(room) = limit.checked_sub('…'.len_utf8()) else { return String::new() };
    let (head, tail) = ends(text, room, char::len_utf8);
    format!("{head}…{tail}")
}

/// The two ends of `text`, with the digest of `whole` between two `mark`s. The result has the length `limit`, measured
/// by `size`. `text` must be longer than that.
pub(crate) fn cut_with_digest(text: &str, whole: &str, limit: usize, mark: char, size: fn(char) -> usize) -> String {
    let (head, tail) = ends(text, limit.saturating_sub(DIGEST_LEN + 2 * size(mark)), size);
    format!("{head}{mark}{}{mark}{tail}", digest(whole))
}

/// Cuts a name to at most `limit` bytes so that different names stay different: its two ends with a digest between
/// them, or the digest alone if there is no room for ends.
pub(crate) fn cut_to_digest(name: &str, limit: usize) -> String {
    if limit > DIGEST_LEN + 2 * '…'.len_utf8() {
        return cut_with_digest(name, name, limit, '…', char::len_utf8);
    }
    digest(name).chars().take(limit).collect()
}

/// A digest of twelve hexadecimal digits.
///
/// Metric labels contain it, so a test pins its values: another hash would start new graphs.
pub(super) fn digest(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    format!("{:012x}", hasher.finish() >> 16)
}

/// The beginning and the end of a text, which together fill `room`. The beginning gets the odd unit.
fn ends(text: &str, room: usize, size: fn(char) -> usize) -> (String, String) {
    let head = fitting(text.chars(), room.div_ceil(2), size).collect();
    let mut tail: Vec<_> = fitting(text.chars().rev(), room / 2, size).collect();
    tail.reverse();
    (head, tail.into_iter().collect())
}

/// The first characters that fit into `room`.
fn fitting(chars: impl Iterator<Item = char>, mut room: usize, size: fn(char) -> usize) -> impl Iterator<Item = char> {
    chars.map_while(move |c| {
        room = room.checked_sub(size(c))?;
        Some(c)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_the_middle_stay_different_at_any_length() {
        let names = [1, 2].map(|number| format!("database-{number}-{}", "x".repeat(40)));
        for limit in [8, 12, 18, 19, 30] {
            let cut = names.each_ref().map(|name| cut_to_digest(name, limit));
            assert!(cut[0] != cut[1] && cut.iter().all(|cut| cut.len() <= limit), "{limit}: {cut:?}");
        }
        assert!(cut_to_digest(&names[0], 30).starts_with("datab"), "both ends are shown where there is room");
        assert_eq!(cut_to_digest(&names[0], 18).len(), 12);
    }

    #[test]
    fn both_ends_are_kept() {
        for (text, limit, cut) in [
            ("abcdefghij", 10, "abcdefghij"),
            ("abcdefghij", 11, "abcdefghij"),
            ("abcdefghij", 9, "abc…hij"),
            ("abcdefghij", 8, "abc…ij"),
            ("abcdefghij", 4, "a…"),
            ("abcdefghij", 3, "…"),
            ("abcdefghij", 2, ""),
            ("abcdefghij", 0, ""),
            ("", 0, ""),
            ("äöüäöü", 12, "äöüäöü"),
            ("äöüäöü", 11, "äö…öü"),
            ("äöüäöü", 10, "äö…ü"),
            ("äöüäöü", 8, "ä…ü"),
            ("a東京b", 7, "a…b"),
        ] {
            assert_eq!(cut_middle(text, limit), cut, "{text} in {limit}");
        }
    }

    #[test]
    fn a_digest_stands_in_the_middle() {
        let cut = |limit, mark, size| cut_with_digest("abcdefghijklmnopqrstuvwxyz", "", limit, mark, size);
        assert_eq!(cut(19, '_', char::len_utf8), "abc_d1fba762150c_yz");
        assert_eq!(cut(22, '…', char::len_utf8), "ab…d1fba762150c…yz");
        assert_eq!(cut(18, '…', |_| 1), "ab…d1fba762150c…yz");
    }

    #[test]
    fn a_digest_is_the_same_in_every_release() {
        assert_eq!(digest("galera-node-1.example"), "28abbebe01f4");
        assert_eq!(digest("db419"), "001bb3554141", "with its leading zeros");
    }
}
