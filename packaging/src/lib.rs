//! The list of plugins, and what is printed from what they say of themselves: manual pages and the tables in `docs/`.

pub mod docs;
pub mod man;
mod plugins;

pub use plugins::{PLUGINS, Plugin};
