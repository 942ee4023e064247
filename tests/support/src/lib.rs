//! What the tests of all plugins share: an oracle for what Icinga makes of an output, servers that misbehave,
//! and a runner that starts a plugin as Icinga does.
//!
//! A fixture that cannot do its work panics, which fails the test that asked for it.
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
pub mod spoil;
pub mod tls;
