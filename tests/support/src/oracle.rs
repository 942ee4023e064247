//! Reads the output of a plugin as Icinga does, so that tests judge it as its reader does.
//!
//! The rules are those of Icinga 2.16 (`lib/icinga/pluginutility.cpp`, `lib/base/perfdatavalue.cpp`) and of Icinga DB
//! Web (`PluginOutput`, `PerfData`), implemented anew. Icinga 2.13 differs in two points: it accepts `nan` as a value,
//! and the unit `c` does not mark a counter.

mod output;
mod perfdata;
mod state;
mod unit;
mod web;

pub use output::{parse_check_output, split_perfdata};
pub use perfdata::{PerfdataValue, Rejected};
pub use state::State;
pub use web::{Ball, Page, is_hidden, looks_like_html, oversized};
