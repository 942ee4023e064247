//! Names that a server gave: of nodes, instances, services, checks, hosts.

use std::net::Ipv6Addr;

use super::cut::{DIGEST_LEN, cut_with_digest, digest};
use super::line;
use crate::secret::redact;

/// The longest name that is shown, in characters, without its quotes.
const LIMIT: usize = 64;

/// Shows a name that a server gave: as one clean word, or as at most 64 characters in double quotes. Different names
/// are shown differently.
///
/// * A host name and an address stay as they are: a text with at least one letter or digit, of ASCII letters, digits,
///   `.`, `_`, `-` and `:` (`db1.example`, `10.0.0.1:3306`); or an IPv6 address with a zone, or in brackets with an
///   optional port (`fe80::1%eth0`, `[::1]:53`).
/// * Any other name is cleaned as by [`line`] and put in double quotes. A `"` in it becomes `'`. The empty name is
///   `""`.
/// * A digest of the whole name follows after `…` if another name could look the same: if cleaning changed the name, or
///   if it has `…`, blanks in a row, or a blank that is not U+0020.
/// * A name that is too long keeps both ends, with the digest between them: `"web…0123456789ab…a-1"`.
///
/// Upper and lower case make different names. Similar letters of other scripts are not told apart. Our secrets are left
/// out, so names that differ only in them look the same.
pub fn name(name: &str) -> String {
    let name = redact(name);
    let clean = line(&name).replace('"', "'");
    let length = clean.chars().count();
    let ambiguous = clean != name || looks_like_another(&clean);
    if ambiguous && length + DIGEST_LEN < LIMIT {
        return format!("\"{clean}…{}\"", digest(&name));
    }
    if ambiguous || length > LIMIT {
        return format!("\"{}\"", cut_with_digest(&clean, &name, LIMIT, '…', |_| 1));
    }
    if is_plain(&clean) { clean } else { format!("\"{clean}\"") }
}

/// Whether a clean name looks like one that was cut, or like one with other blanks.
fn looks_like_another(clean: &str) -> bool {
    clean.contains('…') || clean.contains("  ") || clean.chars().any(|c| c.is_whitespace() && c != ' ')
}

/// Whether a name needs no quotes.
fn is_plain(name: &str) -> bool {
    is_word(name) || is_ipv6(name)
}

fn is_word(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':'))
}

/// `::`, `fe80::1%eth0`, `[::1]`, `[fe80::1%eth0]:53`.
fn is_ipv6(text: &str) -> bool {
    let (address, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap_or_default(),
        None => (text, ""),
    };
    let (address, zone) = address.split_once('%').unwrap_or((address, "none"));
    let is_port = |port: &str| port.strip_prefix(':').is_some_and(|port| port.chars().all(|c| c.is_ascii_digit()));
    address.parse::<Ipv6Addr>().is_ok() && is_word(zone) && (port.is_empty() || is_port(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_and_addresses_are_shown_unchanged() {
        for text in [
            "db1",
            "DB-1.example.",
            "_dmarc.example",
            "1",
            "10.0.0.1:3306",
            "fe80::1",
            "::",
            "::1",
            "fe80::1%eth0",
            "fe80::1%br-lan.5",
            "[::1]",
            "[::1]:53",
            "[fe80::1%eth0]:53",
        ] {
            assert_eq!(name(text), text);
        }
    }

    #[test]
    fn other_names_are_quoted() {
        for (text, shown) in [
            ("", r#""""#),
            ("db 1", r#""db 1""#),
            ("it's", r#""it's""#),
            ("Zürich", r#""Zürich""#),
            ("node/id", r#""node/id""#),
            ("web$(reboot)", r#""web$(reboot)""#),
            ("-", r#""-""#),
            ("...", r#""...""#),
            ("[", r#""[""#),
            ("[]", r#""[]""#),
            ("[db1]", r#""[db1]""#),
            ("[::1", r#""[::1""#),
            ("[::1]53", r#""[::1]53""#),
            ("[::1]:5x", r#""[::1]:5x""#),
            ("[::1]:+5", r#""[::1]:+5""#),
            ("[10.0.0.1]:53", r#""[10.0.0.1]:53""#),
            ("fe80::1%", r#""fe80::1%""#),
            ("fe80::1%a b", r#""fe80::1%a b""#),
            ("db1%eth0", r#""db1%eth0""#),
        ] {
            assert_eq!(name(text), shown, "{text:?}");
        }
    }

    #[test]
    fn a_digest_distinguishes_names_that_would_look_the_same() {
        for (text, shown) in [
            ("a|b", r#""a b…0""#),
            ("a\tb", r#""a b…0""#),
            (" a b", r#""a b…0""#),
            ("a  b", r#""a  b…0""#),
            ("a\u{a0}b", "\"a\u{a0}b…0\""),
            ("a\nb", r#""a; b…0""#),
            (r"a\nb", r#""a\ nb…0""#),
            ("a\"b", r#""a'b…0""#),
            ("db1\u{202e}", r#""db1\u{202e}…0""#),
            ("[OK]", r#""[ OK]…0""#),
            ("a…b", r#""a…b…0""#),
            (" ", r#""…0""#),
        ] {
            let digest = digest(text);
            assert_eq!(digest.len(), 12);
            assert_eq!(name(text), shown.replace("…0", &format!("…{digest}")), "{text:?}");
        }
    }

    #[test]
    fn long_names_keep_both_ends() {
        let longest = "a".repeat(64);
        assert_eq!(name(&longest), longest);
        let text = format!("{}{}", "a".repeat(32), "b".repeat(33));
        let cut = format!("\"{}…{}…{}\"", "a".repeat(25), digest(&text), "b".repeat(25));
        assert_eq!(name(&text), cut);
        assert_eq!(cut.chars().count(), 66);
        let quoted = "ü".repeat(64);
        assert_eq!(name(&quoted), format!("\"{quoted}\""));
        // The limit includes the digest.
        let text = format!("{}\"", "a".repeat(50));
        assert_eq!(name(&text), format!("\"{}'…{}\"", "a".repeat(50), digest(&text)));
        let text = format!("{}\"", "a".repeat(51));
        assert_eq!(name(&text), format!("\"{}…{}…{}'\"", "a".repeat(25), digest(&text), "a".repeat(24)));
    }

    #[test]
    fn a_name_shows_no_secret() {
        let _token = crate::Secret::new("name-hunter2-token");
        let shown = name("your name-hunter2-token");
        assert!(shown.starts_with("\"your …"), "{shown}");
        assert_eq!(shown, name("your …"), "the digest tells nothing about it");
    }
}
