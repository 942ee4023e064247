//! Directories of the build.

use std::env;
use std::path::PathBuf;

/// The directory of the built programs, `target/debug` or its like: a test executable's is one below it.
///
/// Empty when the system does not say where this program is.
pub(crate) fn programs() -> PathBuf {
    let mut directory = env::current_exe().unwrap_or_default();
    directory.pop();
    if directory.ends_with("deps") {
        directory.pop();
    }
    directory
}

/// The directory of the files that outlive a lab: `target/lab`.
pub(crate) fn state() -> PathBuf {
    let mut directory = programs();
    directory.pop();
    directory.join("lab")
}
