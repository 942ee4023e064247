//! The MariaDB client's option file, as far as a check needs it.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use common::{CheckError, Secret, file, io_error};

use crate::cli::SslMode;

/// The groups that are always read; the last mention of an option wins, whatever its group, as for the client.
const GROUPS: [&str; 4] = ["client", "client-server", "client-mariadb", "check_galera"];

/// How deep files may include each other; what is deeper is skipped, as by the client, so that a loop ends.
const DEEPEST: u8 = 10;
/// How many files may be included in all: directories that include themselves grow with every level.
const MOST_FILES: u16 = 256;

/// The options for a connection. An option with an empty value counts as not given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) socket: Option<PathBuf>,
    pub(crate) tls: TlsOptions,
}

/// The options for TLS as they stand in the file; nothing is concluded from them yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsOptions {
    /// `ssl-mode`, which MariaDB's client does not know.
    pub(crate) mode: Option<SslMode>,
    /// `ssl`, `skip-ssl`; also on, as for the client, since a later mention of a CA, certificate or key.
    pub(crate) enabled: Option<bool>,
    /// `ssl-verify-server-cert`.
    pub(crate) verify: Option<bool>,
    /// `ssl-ca`; relative to the working directory, as the others.
    pub(crate) ca: Option<PathBuf>,
    /// `ssl-cert`.
    pub(crate) cert: Option<PathBuf>,
    /// `ssl-key`.
    pub(crate) key: Option<PathBuf>,
}

impl Options {
    /// Reads a file and what it includes; `groups` are read besides the usual ones.
    ///
    /// # Errors
    /// When the file or an included directory cannot be read, a line is malformed, or too much is included: our
    /// side's fault.
    pub(crate) fn read(path: &Path, groups: &[String]) -> Result<Self, CheckError> {
        let text = file::read_text(path, "let the monitoring user read it, or name another with --defaults-file")?;
        let mut reader = Reader { groups, options: Self::default(), included: 0 };
        reader.text(&text, path, 0)?;
        Ok(reader.options)
    }

    /// Takes an option over, unless it is malformed.
    fn set(&mut self, line: &str) -> Option<()> {
        let (name, value) = match without_comment(line).split_once('=') {
            Some((name, value)) => (name, Some(unquote(value.trim()))),
            None => (without_comment(line), None),
        };
        // An option file may spell `-` as `_`, and mark what a client need not know with `loose-`.
        let name = name.trim_end().to_ascii_lowercase().replace('_', "-");
        let name = name.strip_prefix("loose-").unwrap_or(&name);
        let given = value.clone().filter(|value| !value.is_empty());
        match name {
            "user" => self.user = given,
            "password" => self.password = given.map(Secret::new),
            "host" => self.host = given,
            // 0 is the client's way to say "the usual one".
            "port" => self.port = Some(given?.parse().ok()?).filter(|port| *port > 0),
            "socket" => self.socket = given.map(PathBuf::from),
            _ => return self.tls.set(name, value.as_deref(), given),
        }
        Some(())
    }
}

impl TlsOptions {
    /// Takes an option over, unless it is malformed; `given` is a `value` that is not empty.
    fn set(&mut self, name: &str, value: Option<&str>, given: Option<String>) -> Option<()> {
        let file = match name {
            "ssl-ca" => &mut self.ca,
            "ssl-cert" => &mut self.cert,
            "ssl-key" => &mut self.key,
            "ssl-mode" => {
                self.mode = Some(ssl_mode(value?)?);
                return Some(());
            }
            _ => return self.switch(name, value),
        };
        *file = given.map(PathBuf::from);
        if file.is_some() {
            self.enabled = Some(true);
        }
        Some(())
    }

    fn switch(&mut self, name: &str, value: Option<&str>) -> Option<()> {
        let off = ["skip-", "disable-"].iter().find_map(|prefix| name.strip_prefix(prefix));
        let switch = match off.or_else(|| name.strip_prefix("enable-")).unwrap_or(name) {
            "ssl" => &mut self.enabled,
            "ssl-verify-server-cert" => &mut self.verify,
            _ => return Some(()),
        };
        // `skip-ssl=0` is `ssl=1`.
        *switch = Some(value.map_or(Some(true), truth)? == off.is_none());
        Some(())
    }
}

/// A switch. The client takes any other word for off and prints a warning; a check cannot, so that such a word is an error.
fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "on" | "true" => Some(true),
        "0" | "off" | "false" => Some(false),
        _ => None,
    }
}

fn ssl_mode(value: &str) -> Option<SslMode> {
    Some(match value.to_ascii_lowercase().replace('-', "_").as_str() {
        "disabled" => SslMode::Disabled,
        "preferred" => SslMode::Preferred,
        "required" => SslMode::Required,
        "verify_ca" => SslMode::VerifyCa,
        "verify_identity" => SslMode::VerifyIdentity,
        _ => return None,
    })
}

/// A reader of option files, with the options read so far.
struct Reader<'a> {
    groups: &'a [String],
    options: Options,
    included: u16,
}

impl Reader<'_> {
    fn text(&mut self, text: &str, path: &Path, depth: u8) -> Result<(), CheckError> {
        let mut listed = false;
        for (number, line) in (1_usize..).zip(text.lines()) {
            let line = line.trim();
            let malformed = || CheckError::local(format!("{} line {number} is malformed", path.display()), "fix it");
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(directive) = line.strip_prefix('!') {
                // Whatever group it is in.
                let directive = directive.trim_start();
                let (directive, argument) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
                self.follow(directive, argument.trim_start(), depth + 1).ok_or_else(malformed)??;
            } else if let Some(group) = line.strip_prefix('[') {
                let group = group.split_once(']').ok_or_else(malformed)?.0;
                listed = self.lists(group.trim());
            } else if listed {
                self.options.set(line).ok_or_else(malformed)?;
            }
        }
        Ok(())
    }

    fn lists(&self, group: &str) -> bool {
        let extra = self.groups.iter().map(String::as_str);
        GROUPS.into_iter().chain(extra).any(|listed| listed.eq_ignore_ascii_case(group))
    }

    /// Reads what a line includes, relative to the working directory; none when the line is malformed.
    fn follow(&mut self, directive: &str, argument: &str, depth: u8) -> Option<Result<(), CheckError>> {
        let files = match (directive, argument) {
            ("include" | "includedir", "") => return None,
            _ if depth > DEEPEST => return Some(Ok(())),
            ("include", file) => Ok(vec![PathBuf::from(file)]),
            ("includedir", directory) => files_of(Path::new(directory)),
            // The client skips other directives without a word.
            _ => return Some(Ok(())),
        };
        Some(files.and_then(|files| files.iter().try_for_each(|file| self.include(file, depth))))
    }

    fn include(&mut self, path: &Path, depth: u8) -> Result<(), CheckError> {
        self.included += 1;
        if self.included > MOST_FILES {
            let problem = format!("{} is included after {MOST_FILES} other files", path.display());
            return Err(CheckError::local(problem, "let no option file include itself"));
        }
        // The client skips what it cannot read, so that a server's own files may lie beside.
        file::read_text(path, "").map_or(Ok(()), |text| self.text(&text, path, depth))
    }
}

/// The option files of a directory in the client's order, which is that of their bytes.
fn files_of(directory: &Path) -> Result<Vec<PathBuf>, CheckError> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| {
        let problem = format!("cannot read the directory {}: {}", directory.display(), io_error::reason(&error));
        CheckError::local(problem, "fix the !includedir that names it, or let the monitoring user read it")
    })?;
    let mut names: Vec<_> = entries.iter().map(DirEntry::file_name).collect();
    names.retain(|name| name.as_encoded_bytes().ends_with(b".cnf"));
    names.sort();
    Ok(names.iter().map(|name| directory.join(name)).collect())
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
mod tests;
