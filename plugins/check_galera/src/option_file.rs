//! The MariaDB client's option file, as far as a check needs it.

use std::path::{Path, PathBuf};

use common::{CheckError, Secret, file};

/// The groups that are read; within a file the last mention of an option wins, as for the client.
const GROUPS: [&str; 3] = ["client", "client-mariadb", "check_galera"];

/// What an option file says about how to connect.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) socket: Option<PathBuf>,
}

impl Options {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is malformed: our side's fault.
    pub(crate) fn read(path: &Path) -> Result<Self, CheckError> {
        let content = file::read_text(path, "let the monitoring user read it, or name another with --defaults-file")?;
        Self::parse(&content)
            .map_err(|line| CheckError::local(format!("{} line {line} is malformed", path.display()), "mend it"))
    }

    /// Reads the text of a file; the error is the number of the malformed line.
    fn parse(content: &str) -> Result<Self, usize> {
        let mut options = Self::default();
        let mut listed = false;
        for (number, line) in (1_usize..).zip(content.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';', '!']) {
                continue;
            }
            if let Some(group) = line.strip_prefix('[') {
                let group = group.split_once(']').ok_or(number)?.0;
                listed = GROUPS.contains(&group.trim());
            } else if listed {
                options.set(line).ok_or(number)?;
            }
        }
        Ok(options)
    }

    fn set(&mut self, line: &str) -> Option<()> {
        let (name, value) = match without_comment(line).split_once('=') {
            Some((name, value)) => (name.trim_end(), unquote(value.trim())),
            None => (line, String::new()),
        };
        // An option file may spell `-` as `_` and mark what a client need not know with `loose-`.
        let name = name.replace('_', "-");
        match name.strip_prefix("loose-").unwrap_or(&name) {
            "user" => self.user = Some(value),
            "password" => self.password = Some(Secret::new(value)),
            "host" => self.host = Some(value),
            "port" => self.port = Some(value.parse().ok()?),
            "socket" => self.socket = Some(PathBuf::from(value)),
            _ => {}
        }
        Some(())
    }
}

/// The line up to a `#` outside of quotes, as the client's `remove_end_comment` cuts it.
fn without_comment(line: &str) -> &str {
    let (mut quote, mut escaped) = (None, false);
    for (place, c) in line.char_indices() {
        match (c, quote) {
            ('#', None) => return line.get(..place).unwrap_or_default(),
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open && !escaped => quote = None,
            _ => {}
        }
        escaped = quote.is_some() && c == '\\' && !escaped;
    }
    line
}

/// Takes off the quotes around the value and resolves the escapes that the client knows.
fn unquote(value: &str) -> String {
    let inside = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let bare = inside.unwrap_or(value);
    let mut text = String::with_capacity(bare.len());
    let mut chars = bare.chars();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next() } else { None };
        match escaped {
            None => text.push(c),
            Some('b') => text.push('\u{8}'),
            Some('t') => text.push('\t'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('s') => text.push(' '),
            Some('\\') => text.push('\\'),
            Some(other) => text.extend(['\\', other]),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_groups_of_a_client() {
        let options = Options::parse(
            "# comment\n!includedir /etc/x\n[mysqld]\nport=1\n[client]\nuser = icinga\nhost=db1 # the first\n\
             [client-mariadb]\npassword=\"a#b\\s'c\"\nport=3307\nssl\n[check_galera]\nloose_user=monitor\n",
        )
        .unwrap();
        assert_eq!(options.user.as_deref(), Some("monitor"));
        assert_eq!(options.password.as_ref().map(Secret::expose), Some("a#b 'c"));
        assert_eq!((options.host.as_deref(), options.port), (Some("db1"), Some(3307)));
    }

    #[test]
    fn a_comment_ends_a_value_but_not_a_quoted_one() {
        for (line, password) in [
            ("password=\"secret\" # the \"x\" account", "secret"),
            ("password=se#cret", "se"),
            ("password='se#cret'", "se#cret"),
            ("password=\"a\\\"#b\"", "a\\\"#b"),
        ] {
            let options = Options::parse(&format!("[client]\n{line}")).unwrap();
            assert_eq!(options.password.as_ref().map(Secret::expose), Some(password), "{line}");
        }
    }

    #[test]
    fn names_the_malformed_line() {
        assert_eq!(Options::parse("[client]\nport=many"), Err(2));
        assert_eq!(Options::parse("[client"), Err(1));
    }
}
