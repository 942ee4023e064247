//! Passwords and tokens.

use std::fmt;
use std::path::Path;
use std::sync::Mutex;

use crate::{CheckError, file};

/// Every secret of this process, for the sanitiser: a server may repeat a secret that it received.
static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The shortest secret that is redacted, in bytes. A shorter one may be a word or part of a node's name, which must
/// stay readable. ACL tokens have 36.
const SHORTEST_KNOWN: usize = 8;

/// A password or token. No trait shows it, not even `Debug`. If it has eight bytes or more, it is removed from server
/// text that repeats it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret and registers it for redaction.
    pub fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        if let (Ok(mut known), SHORTEST_KNOWN..) = (KNOWN.lock(), value.len()) {
            known.push(value.clone());
            // Longer secrets come first, as a shorter one may be their beginning.
            known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
        Self(value)
    }

    /// Reads the first line of a file.
    ///
    /// # Errors
    /// The file cannot be read, is not UTF-8, or has an empty first line.
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
