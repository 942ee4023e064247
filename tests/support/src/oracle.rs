//! What Icinga makes of the output of a plugin, so that tests judge an output as its reader does.
//!
//! The rules are those of Icinga 2.16 (`lib/icinga/pluginutility.cpp`, `lib/base/perfdatavalue.cpp`) and of
//! Icinga DB Web (`PluginOutput`, `PerfData`), written anew. Icinga 2.13 differs in two: it took `nan` for a value, and
//! the unit `c` did not mark a counter.

mod output;
mod perfdata;
mod state;
mod unit;
mod web;

pub use output::{parse_check_output, split_perfdata};
pub use perfdata::{PerfdataValue, Rejected};
pub use state::State;
pub use web::{Ball, Page, is_hidden, looks_like_html, oversized};
