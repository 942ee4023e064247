//! Passwords and tokens.

use std::fmt;
use std::path::Path;
use std::sync::Mutex;

use crate::{CheckError, file};

/// Every secret of this process, for the sanitiser: a server may echo what it was sent.
static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What is shorter, in bytes, may be a word or part of a node's name, which must stay readable. ACL tokens have 36.
const SHORTEST_KNOWN: usize = 8;

/// A password or token; neither Debug nor any other trait shows it, nor does text of a server that repeats
/// one of eight bytes or more.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes `value` over.
    pub fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        if let (Ok(mut known), SHORTEST_KNOWN..) = (KNOWN.lock(), value.len()) {
            known.push(value.clone());
            // One may be the beginning of another.
            known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
        Self(value)
    }

    /// Reads the first line of a file.
    ///
    /// # Errors
    /// When the file cannot be read, is no UTF-8 or has an empty first line: our side's fault, so UNKNOWN.
    pub fn from_file(path: &Path) -> Result<Self, CheckError> {
        let content = file::read_text(path, "let the monitoring user read it")?;
        match content.lines().next() {
            Some(secret) if !secret.is_empty() => Ok(Self::new(secret)),
            _ => Err(CheckError::local(format!("{} is empty", path.display()), "write the secret into its first line")),
        }
    }

    /// The secret itself, for the driver that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The text without the secrets of this process.
pub(crate) fn redact(text: &str) -> String {
    let Ok(known) = KNOWN.lock() else { return String::new() };
    known.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
