//! Files of ours: secrets, option files, certificates.

use std::fs;
use std::path::Path;

use crate::{CheckError, io_error};

/// The bytes of a file.
///
/// # Errors
/// When it cannot be read: our side's fault, with the remedy.
pub fn read(path: &Path, remedy: &str) -> Result<Vec<u8>, CheckError> {
    fs::read(path).map_err(|error| {
        CheckError::local(format!("cannot read {}: {}", path.display(), io_error::reason(&error)), remedy)
    })
}

/// The text of a file.
///
/// # Errors
/// As [`read`], and when it is no UTF-8.
pub fn read_text(path: &Path, remedy: &str) -> Result<String, CheckError> {
    String::from_utf8(read(path, remedy)?)
        .map_err(|_| CheckError::local(format!("{} is no UTF-8 text", path.display()), "write it anew as text"))
}
