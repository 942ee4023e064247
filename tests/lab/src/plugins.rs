//! The plugins of this build.

use std::env;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The plugins, by their packages and programs alike.
pub(crate) const PLUGINS: [&str; 3] = ["check_galera", "check_consul_service", "check_split_dns"];

/// Brings the plugins up to date: cargo builds no program of another package for a test.
pub(crate) fn build() -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--quiet"]).args(PLUGINS.map(|name| format!("--package={name}")));
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
