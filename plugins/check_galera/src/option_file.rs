//! The MariaDB client's option file, as far as a check needs it.

mod reader;
mod syntax;

use std::path::{Path, PathBuf};

use common::{CheckError, Secret, text, wording};

use crate::cli::SslMode;
use reader::Reader;
use syntax::{unquote, without_comment};

/// The groups that are always read; the last mention of an option wins, whatever its group, as for the client.
const GROUPS: [&str; 4] = ["client", "client-server", "client-mariadb", "check_galera"];

/// An option file and what was found in it.
#[derive(Debug)]
pub(crate) struct OptionFile {
    pub(crate) options: Options,
    path: PathBuf,
    /// The groups of the file and of those that it includes, each once: those that are read, and the others.
    read: Vec<String>,
    skipped: Vec<String>,
    /// Included files that could not be read.
    unreadable: Vec<PathBuf>,
}

/// The options for a connection. An option with an empty value counts as not given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) socket: Option<PathBuf>,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) tls: TlsOptions,
}

/// How to reach `localhost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp,
    Socket,
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

impl OptionFile {
    /// Reads a file and what it includes; `groups` are read besides the usual ones.
    ///
    /// # Errors
    /// When the file or an included directory cannot be read, anybody may write to a file, a line is malformed or before
    /// any group, or too much is included: our side's fault.
    pub(crate) fn read(path: &Path, groups: &[String]) -> Result<Self, CheckError> {
        Reader::read(path, groups)
    }

    /// Refuses a file that the operator named and that has options, but none in a group that is read.
    ///
    /// # Errors
    /// The problem names the groups that are there.
    pub(crate) fn must_be_of_use(&self) -> Result<(), CheckError> {
        if self.read.is_empty() && !self.skipped.is_empty() {
            return Err(CheckError::local(self.without_groups(), "name one of them with --defaults-group"));
        }
        Ok(())
    }

    /// Refuses a group that the operator named and that is not there.
    ///
    /// # Errors
    /// The problem names the groups that are there.
    pub(crate) fn must_have(&self, group: &str) -> Result<(), CheckError> {
        if self.read.iter().any(|read| read.eq_ignore_ascii_case(group)) {
            return Ok(());
        }
        let problem = format!("{} has no group [{}]{}", self.path.display(), text::quote(group), self.all_groups());
        Err(CheckError::local(problem, "correct --defaults-group"))
    }

    /// Why there is no account in it.
    pub(crate) fn without_account(&self) -> String {
        let unreadable: Vec<_> = self.unreadable.iter().map(|path| path.display()).collect();
        let unreadable = match unreadable.as_slice() {
            [] => String::new(),
            paths => format!("; {} could not be read", wording::list(paths)),
        };
        let found = match bracketed(&self.read) {
            read if read.is_empty() => self.without_groups(),
            read => format!("{} has no user= in {}", self.path.display(), wording::list(&read)),
        };
        found + &unreadable
    }

    fn without_groups(&self) -> String {
        let usual = bracketed(&GROUPS.map(str::to_owned));
        let only = match bracketed(&self.skipped) {
            skipped if skipped.is_empty() => String::new(),
            skipped => format!(", only {}", wording::list(&skipped)),
        };
        format!("{} has no group {}{only}", self.path.display(), wording::any(&usual))
    }

    fn all_groups(&self) -> String {
        let all = bracketed(&[&self.read[..], &self.skipped[..]].concat());
        if all.is_empty() { String::new() } else { format!(", only {}", wording::list(&all)) }
    }
}

fn bracketed(groups: &[String]) -> Vec<String> {
    groups.iter().map(|group| format!("[{}]", text::quote(group))).collect()
}

/// Whether a group is read.
fn is_read(group: &str, extra: &[String]) -> bool {
    let extra = extra.iter().map(String::as_str);
    GROUPS.into_iter().chain(extra).any(|read| read.eq_ignore_ascii_case(group))
}

impl Options {
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
            "protocol" => self.protocol = if value?.is_empty() { None } else { Some(protocol(&given?)?) },
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

fn protocol(value: &str) -> Option<Protocol> {
    match value.to_ascii_lowercase().as_str() {
        "tcp" => Some(Protocol::Tcp),
        "socket" => Some(Protocol::Socket),
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

#[cfg(test)]
mod tests;
