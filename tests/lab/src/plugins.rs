//! The plugins of this build.

use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};

/// Where the packages of all plugins are, each in a directory of its name.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins");

/// Brings all plugins up to date: cargo builds no program of another package for a test.
pub(crate) fn build() -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--quiet"]);
    for plugin in fs::read_dir(SOURCES).context(SOURCES)? {
        command.arg("--package").arg(plugin.context(SOURCES)?.file_name());
    }
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    ensure!(command.status().context("cannot run cargo")?.success(), "the plugins cannot be built");
    Ok(())
}

/// The cargo that runs this program.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
