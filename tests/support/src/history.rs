//! The history files of a plugin.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// The time of writing in a history file, with the start of the data.
static AT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""at":[-+.0-9e]+,"data":"#).expect("it is one"));

/// The history files of a directory; empty if there is no directory.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

/// Sets the time of writing of every history file of a directory to 1970, as a run within less than a second of the
/// last one writes nothing. The data stay as they are.
pub fn long_ago(directory: &Path) {
    for file in files(directory) {
        if !file.symlink_metadata().is_ok_and(|about| about.is_file()) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let older = AT.replace(&text, |_: &Captures| r#""at":0.0,"data":"#);
        fs::write(&file, older.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn only_the_time_of_the_run_changes() {
        let scratch = Scratch::new();
        let file = scratch.file("x.json", r#"{"version":1,"key":"k","at":1800000000.25,"data":{"at":1.5,"data":[]}}"#);
        let other = scratch.file("x.lock", "\"at\":1.0,\"data\":");
        long_ago(&scratch);
        let expected = r#"{"version":1,"key":"k","at":0.0,"data":{"at":1.5,"data":[]}}"#;
        assert_eq!(fs::read_to_string(file).unwrap(), expected);
        assert_eq!(fs::read_to_string(other).unwrap(), "\"at\":1.0,\"data\":");
        long_ago(Path::new("/dev/null"));
    }
}
