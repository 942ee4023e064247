//! Passwords and tokens.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::CheckError;

/// A password or token; neither Debug nor any other trait shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes `value` over.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Reads the first line of a file.
    ///
    /// # Errors
    /// When the file cannot be read, is no UTF-8 or has an empty first line: our side's fault, so UNKNOWN.
    pub fn from_file(path: &Path) -> Result<Self, CheckError> {
        let content = fs::read_to_string(path).map_err(|error| {
            CheckError::local(format!("cannot read {}: {error}", path.display()), "let the monitoring user read it")
        })?;
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
