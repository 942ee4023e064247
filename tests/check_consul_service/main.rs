//! `check_consul_service` from its arguments to its output, against agents that do what real ones will not on command.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod access;
mod agents;
mod ask;
mod consul;
mod dns;
mod headers;
mod history;
mod hostile;
mod many;
mod selection;
mod shapes;
mod socket;
mod tls;

use std::fmt::Display;
use std::path::Path;

use test_support::plugin::{Output, Plugin};

/// The check of this service, which remembers nothing.
fn named(service: &str) -> Plugin {
    Plugin::new(env!("CARGO_BIN_EXE_check_consul_service")).args(["--history-dir", "/dev/null", "-s", service])
}

/// The check of the service of all agents here.
fn check(args: &[&str]) -> Plugin {
    named("web").args(args)
}

/// The same, which remembers what it saw in this directory; the last run was long ago.
fn remembering(state: &Path) -> Plugin {
    test_support::history::long_ago(state);
    Plugin::new(env!("CARGO_BIN_EXE_check_consul_service")).args(["-s", "web", "--history-dir"]).arg(state)
}

/// The check of these agents, separated by commas.
fn ask(addresses: impl Display, args: &[&str]) -> Output {
    check(&["-H", &addresses.to_string()]).args(args).run()
}

#[track_caller]
fn assert_shows(output: &Output, said: &str) {
    assert!(output.text().contains(said), "{said:?} not in {output:?}");
}

/// The value of a metric; none when it was not measured.
fn value(output: &Output, label: &str) -> Option<f64> {
    output.perfdata().into_iter().find(|value| value.label == label).map(|value| value.value)
}
