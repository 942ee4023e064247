//! Helpers for the tests of all plugins: an oracle that reads an output as Icinga does, servers that misbehave, and a
//! runner that starts a plugin as Icinga does.
//!
//! A helper that cannot do its work panics, which fails the test that called it.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a panic is how a fixture fails a test"
)]

pub mod catalogue;
pub mod history;
pub mod message;
pub mod oracle;
pub mod plugin;
pub mod scratch;
pub mod server;
pub mod tls;
