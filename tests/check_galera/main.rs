//! `check_galera` from its arguments to its output, against servers that do what real ones will not on command.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod discover;
mod extra_port;
mod handshake;
mod history;
mod hostile;
mod mariadb;
mod output;
mod reach;
mod readiness;
mod statements;
mod tls;

use std::fmt::Display;

use test_support::plugin::{Output, Plugin};

/// The check, which remembers nothing and finds no option file of who runs the tests.
fn check(args: &[&str]) -> Plugin {
    let plugin = Plugin::new(env!("CARGO_BIN_EXE_check_galera")).env("HOME", "/nonexistent");
    plugin.args(["--history-dir", "/dev/null"]).args(args)
}

/// The check of these nodes, separated by commas.
fn monitor(addresses: impl Display, args: &[&str]) -> Output {
    check(&["-u", "monitor", "-H", &addresses.to_string()]).args(args).run()
}

fn ask(address: impl Display) -> Output {
    monitor(address, &["-t", "2"])
}
