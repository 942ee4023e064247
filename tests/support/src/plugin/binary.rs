//! The binaries of the plugins under test.

use std::collections::HashSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The workspace that both the tests and the plugins belong to.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

/// The binary of a package of the workspace, with the profile and the target directory of the running test.
///
/// Cargo builds it once per process, so that no test runs a stale one.
pub fn binary(name: &str) -> PathBuf {
    static BUILT: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    let test = env::current_exe().expect("a test knows its own path");
    let (target, directory) = locate(&test).unwrap_or_else(|| panic!("not in a target directory: {}", test.display()));
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !built.contains(name) {
        build(name, &target, &directory);
        built.insert(name.to_owned());
    }
    target.join(directory).join(name)
}

/// The target directory, and the profile's directory in it. Tests are `<target>/<profile>/deps/<name>-<hash>`.
fn locate(test: &Path) -> Option<(PathBuf, String)> {
    let deps = test.parent().filter(|deps| deps.ends_with("deps"))?;
    let profile = deps.parent()?;
    Some((profile.parent()?.to_owned(), profile.file_name()?.to_str()?.to_owned()))
}

fn build(name: &str, target: &Path, directory: &str) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    // Cargo's two names for one profile.
    let profile = if directory == "debug" { "dev" } else { directory };
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--manifest-path", WORKSPACE, "--package", name, "--profile", profile])
        .arg("--target-dir")
        .arg(target)
        .status()
        .expect("cargo starts");
    assert!(status.success(), "cargo build --package {name}: {status}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_executable_shows_target_and_profile() {
        let found = locate(Path::new("/w/target/debug/deps/contract-0a1b2c"));
        assert_eq!(found, Some((PathBuf::from("/w/target"), "debug".to_owned())));
        assert_eq!(locate(Path::new("/w/target/debug/contract")), None);
    }
}
