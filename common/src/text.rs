//! Sanitises text that came from a server, so that it cannot add a line, a state, a text direction or an entity in any
//! reader.
//!
//! | function | for |
//! |---|---|
//! | [`line`] | a whole line of output; the report passes every line through it |
//! | [`quote`] | text from a server within a sentence |
//! | [`name`] | a name that a server gave; two names never look equal |
//! | [`cut_middle`] | a clean sentence where room is short |
//! | [`argument`] | a name in a shell command |

mod argument;
mod cut;
mod name;
mod unprintable;

use std::fmt::Write;

use crate::secret::redact;

pub use argument::argument;
pub use cut::cut_middle;
pub(crate) use cut::{cut_to_digest, cut_with_digest};
pub use name::name;
pub(crate) use unprintable::is_unprintable;

/// The longest quoted text of a server, in characters.
const QUOTE_LIMIT: usize = 200;

/// The words that some reader turns into a coloured ball when they stand in brackets.
///
/// Icinga DB Web takes all but the last two (`library/Icingadb/Util/PluginOutput.php`), and Icinga for Kubernetes Web
/// takes `PENDING` too. `UNREACHABLE` is the one other state of Icinga and Nagios.
const STATES: [&str; 8] = ["OK", "WARNING", "CRITICAL", "UNKNOWN", "UP", "DOWN", "PENDING", "UNREACHABLE"];

/// One line of plugin output that every reader shows as it is.
///
/// * A line break becomes `; `: it would end the line.
/// * `|` and a tab become a blank: `|` would start perfdata.
/// * A control, format, private or unassigned character is escaped, as `\x1b` or `\u{202e}`. The same goes for other
///   characters that show nothing. They would deceive the person who reads the line.
/// * A blank breaks up what Icinga DB Web, a browser or a mail program would take for markup. It stands after the first
///   character: `\ n` and `\ t` (a line break and a tab), `& #10;` and `& lt;` (entities), `< b>`, `< /b>` and `< !--`
///   (HTML), `[ OK]` and `( CRITICAL)` (coloured balls).
///
/// Clean text is returned unchanged. Cleaning twice changes nothing. Pieces that were cleaned one by one are safe with a
/// blank or punctuation between them, as the report puts them together.
pub fn line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.trim().chars();
    while let Some(c) = chars.next() {
        match c {
            '\r' | '\n' => {
                chars = chars.as_str().trim_start_matches(['\r', '\n']).chars();
                clean.push_str("; ");
            }
            '|' | '\t' => clean.push(' '),
            c if is_unprintable(c) => escape(c, &mut clean),
            c => {
                clean.push(c);
                if begins_markup(c, chars.as_str()) {
                    clean.push(' ');
                }
            }
        }
    }
    clean.trim().to_owned()
}

/// Text from a server as part of a sentence: one clean line of at most 200 characters, without our secrets.
pub fn quote(text: &str) -> String {
    let text = redact(text);
    // An escape turns one character into up to ten, so reading more than the limit is pointless.
    let head: String = text.trim_start().chars().take(QUOTE_LIMIT + 1).collect();
    let clean = line(&head);
    if clean.chars().count() <= QUOTE_LIMIT {
        return clean;
    }
    let mut cut: String = clean.chars().take(QUOTE_LIMIT - 1).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// Whether some reader interprets `c` together with the text after it.
fn begins_markup(c: char, rest: &str) -> bool {
    match c {
        '\\' => rest.starts_with(['n', 't']),
        '&' => rest.starts_with(|next: char| next == '#' || next.is_ascii_alphabetic()),
        '<' => rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '/' | '!' | '?')),
        '[' | '(' => {
            let closes = |state: &&str| rest.strip_prefix(*state).is_some_and(|rest| rest.starts_with([']', ')']));
            STATES.iter().any(closes)
        }
        _ => false,
    }
}

fn escape(c: char, out: &mut String) {
    let code = u32::from(c);
    // Writing to a string cannot fail.
    let _ = if code < 0x100 { write!(out, "\\x{code:02x}") } else { write!(out, "\\u{{{code:x}}}") };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_one_harmless_line() {
        for (text, clean) in [
            ("node a|b=1 down", "node a b=1 down"),
            ("one\r\ntwo\n\nthree\n", "one; two; three"),
            ("one\r\rtwo\n\r", "one; two"),
            ("one\n\r\ntwo", "one; two"),
            ("tab\there", "tab here"),
            ("\u{2028}a ", "a"),
            ("a\n|", "a;"),
            // Two characters that Icinga DB Web turns into a line break or a tab.
            (r"a\nb", r"a\ nb"),
            (r"C:\temp\new", r"C:\ temp\ new"),
            (r"a\\n", r"a\\ n"),
            (r"\r \x \N \", r"\r \x \N \"),
            // Entities.
            ("&#10;", "& #10;"),
            ("&#8238;", "& #8238;"),
            ("&lt;b&gt;", "& lt;b& gt;"),
            ("&amp;nbsp;", "& amp;nbsp;"),
            ("&Auml", "& Auml"),
            ("a & b && c &1 &ä &", "a & b && c &1 &ä &"),
            // HTML.
            ("<none> & <b>", "< none> & < b>"),
            ("<ä <1 <_", "< ä < 1 < _"),
            ("</b> <!-- <?php", "< /b> < !-- < ?php"),
            ("a < b <= c <", "a < b <= c <"),
            // State balls.
            ("[OK]", "[ OK]"),
            ("(OK)", "( OK)"),
            ("[OK) (OK]", "[ OK) ( OK]"),
            ("all [CRITICAL]", "all [ CRITICAL]"),
            ("[WARNING] (UNKNOWN)", "[ WARNING] ( UNKNOWN)"),
            ("[UP](DOWN)", "[ UP]( DOWN)"),
            ("[[PENDING]](UNREACHABLE)", "[[ PENDING]]( UNREACHABLE)"),
            ("[OKAY] [ok] [OK OK] [::1]:53 (1 OK) OK", "[OKAY] [ok] [OK OK] [::1]:53 (1 OK) OK"),
            // Characters that show nothing.
            ("\x1b[31mred\x7f", r"\x1b[31mred\x7f"),
            ("a\u{85}b\u{9f}c", r"a\x85b\x9fc"),
            ("\0\u{b}\u{c}a", r"\x00\x0b\x0ca"),
            ("soft\u{ad}hyphen", r"soft\xadhyphen"),
            ("evil\u{202e}txt", r"evil\u{202e}txt"),
            ("a\u{2066}b", r"a\u{2066}b"),
            ("a\u{200b}b", r"a\u{200b}b"),
            ("a\u{2028}b\u{2029}c", r"a\u{2028}b\u{2029}c"),
            ("\u{feff}a", r"\u{feff}a"),
            ("a\u{e000}b\u{10fffd}", r"a\u{e000}b\u{10fffd}"),
            ("a\u{378}b\u{ffff}", r"a\u{378}b\u{ffff}"),
            ("a\u{2800}b", r"a\u{2800}b"),
            ("\\\u{202e}n [\u{200b}OK]", r"\\u{202e}n [\u{200b}OK]"),
            // Visible characters.
            ("Zürich, Ελλάδα, 東京: 5 €, ½, ÿ, Ā, 👍", "Zürich, Ελλάδα, 東京: 5 €, ½, ÿ, Ā, 👍"),
            ("a\u{a0}b", "a\u{a0}b"),
        ] {
            assert_eq!(line(text), clean, "{text:?}");
        }
    }

    #[test]
    fn clean_pieces_make_a_clean_line_together() {
        for (a, b, clean) in [
            ("a\\", "nb", "a\\ nb"),
            ("[", "OK]", "[ OK]"),
            ("[O", "K]", "[ OK]"),
            ("(WARNING", ")", "( WARNING)"),
            ("&", "#10;", "& #10;"),
            ("&", "lt;", "& lt;"),
            ("<", "b>", "< b>"),
        ] {
            assert_eq!(line(&(quote(a) + &quote(b))), clean, "{a:?}, {b:?}");
        }
    }

    #[test]
    fn quoted_text_shows_no_secret() {
        let _token = crate::Secret::new("hunter2-token");
        assert_eq!(quote("your token is hunter2-token"), "your token is …");
        let _word = crate::Secret::new("db1");
        assert_eq!(quote("node db1"), "node db1", "too short to be told from a word");
        let long = format!("{}hunter2-token", "x".repeat(QUOTE_LIMIT - 8));
        assert!(!quote(&long).contains("hunter"));
    }

    #[test]
    fn quoted_text_is_capped_on_a_character_boundary() {
        let quoted = quote(&"ü".repeat(10_000));
        assert_eq!(quoted.chars().count(), 200);
        assert!(quoted.ends_with("ü…"));
        assert_eq!(quote("short"), "short");
        let longest = "a".repeat(200);
        assert_eq!(quote(&longest), longest);
        assert_eq!(quote(&format!("{longest}a")), format!("{}…", "a".repeat(199)));
        assert_eq!(quote(&format!("{}   aa", "a".repeat(197))), format!("{}…", "a".repeat(197)));
        assert_eq!(quote(&format!("{}a", " ".repeat(300))), "a");
    }
}
