//! Hygiene for text that came from a server.

use std::fmt::Write;

use crate::secret::redact;

/// The longest piece of remote text that is quoted in a sentence, in characters.
const QUOTE_LIMIT: usize = 200;

/// One line of plugin output that no reader of it misunderstands.
///
/// `|` would start perfdata, a line break would end the line, `<word` makes Icinga DB Web take the
/// whole output for HTML, control, bidirectional and invisible characters deceive who reads it.
/// Clean text is returned unchanged.
pub fn line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' | '\n' => {
                while chars.next_if(|next| matches!(next, '\r' | '\n')).is_some() {}
                clean.push_str("; ");
            }
            '|' | '\t' => clean.push(' '),
            '<' if chars.peek().is_some_and(|next| next.is_alphanumeric() || *next == '_') => clean.push_str("< "),
            c if is_deceptive(c) => escape(c, &mut clean),
            c => clean.push(c),
        }
    }
    clean.trim().to_owned()
}

/// Text from a server as part of a sentence: one clean line of at most 200 characters, without our secrets.
pub fn quote(text: &str) -> String {
    let text = redact(text);
    // An escape makes up to eight characters of one; reading more than the limit is of no use.
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

/// A name that a server gave, as a sentence shows it.
pub fn name(name: &str) -> String {
    quote(name)
}

/// What may stand in a shell command of a remedy: `value` if it is plain, else the placeholder.
pub fn argument<'a>(value: &'a str, placeholder: &'a str) -> &'a str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    if !value.is_empty() && !value.starts_with('-') && value.chars().all(is_plain) { value } else { placeholder }
}

/// A text cut in its middle to at most `limit` bytes.
pub fn cut_middle(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let half = limit.saturating_sub('…'.len_utf8()) / 2;
    let mut head = half;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = text.len() - half;
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    format!("{}…{}", text.get(..head).unwrap_or_default(), text.get(tail..).unwrap_or_default())
}

/// Control characters, direction overrides, zero-width and tag characters, line separators.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
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
            ("<none> & <b>", "< none> & < b>"),
            ("a < b", "a < b"),
            ("\x1b[31mred", "\\x1b[31mred"),
            ("evil\u{202e}txt", "evil\\u{202e}txt"),
            ("tab\there", "tab here"),
        ] {
            assert_eq!(line(text), clean);
        }
    }

    #[test]
    fn what_a_server_echoes_shows_no_secret() {
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
        assert_eq!(quoted.chars().count(), QUOTE_LIMIT);
        assert!(quoted.ends_with("ü…"));
        assert_eq!(quote("short"), "short");
    }
}
