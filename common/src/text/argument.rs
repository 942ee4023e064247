//! Names in shell commands.

/// The longest argument, in bytes: the longest host name of DNS.
const LIMIT: usize = 253;

/// The form of `value` in a shell command of a remedy: `value` itself if it is one plain word, otherwise `placeholder`.
///
/// A plain word is not empty, has at most 253 characters, consists of ASCII letters, digits, `.`, `_`, `:` and `-`, and
/// does not start with `-`. Any other text could run a second command, name a file or set an option.
pub fn argument<'a>(value: &'a str, placeholder: &'a str) -> &'a str {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    let harmless = !value.is_empty() && value.len() <= LIMIT && !value.starts_with('-') && value.chars().all(plain);
    if harmless { value } else { placeholder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_are_arguments() {
        let longest = "a".repeat(253);
        for value in ["db1", "DB-1.example", "10.0.0.1:3306", "::1", "web_1", "a-", longest.as_str()] {
            assert_eq!(argument(value, "NODE"), value);
        }
    }

    #[test]
    fn other_text_becomes_the_placeholder() {
        let too_long = "a".repeat(254);
        for value in [
            "",
            "-rf",
            "--help",
            "web$(reboot)",
            "a b",
            "a;b",
            "`id`",
            "a&b",
            "a>b",
            "../a",
            "a*",
            "~",
            "'",
            "\"",
            "ä",
            "a\nb",
            "a\\nb",
            "$HOME",
            "#",
            "%1",
            "!1",
            "{a,b}",
            "[a]",
            "a=b",
            "@a",
            "a,b",
            too_long.as_str(),
        ] {
            assert_eq!(argument(value, "NODE"), "NODE", "{value:?}");
        }
    }
}
