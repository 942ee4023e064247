//! The parts that the check plugins share: ranges, metrics, findings, plugin output, and the process around a check.
//!
//! A plugin reads its arguments, collects a snapshot and evaluates it into a [`Report`]. This crate turns the report
//! into the output of a monitoring plugin. Only [`run`] prints and exits.

mod args;
mod catalogue;
mod contain;
#[cfg(feature = "tls")]
pub mod date;
mod deadline;
#[cfg(feature = "dns")]
pub mod dns;
mod error;
pub mod file;
pub mod history;
mod home;
mod host_port;
pub mod io_error;
mod label;
mod memory;
mod number;
mod range;
mod recheck;
mod refused;
mod render;
mod report;
mod resolve;
mod rules;
mod runtime;
mod secret;
pub mod text;
mod threshold;
#[cfg(feature = "tls")]
pub mod tls;
pub mod wording;

pub use args::{CommonArgs, SeverityArg, ThresholdArg, ThresholdList, seconds};
pub use catalogue::{Catalogue, Default, FindingSpec, MetricSpec, MetricUnit};
pub use contain::{Panicked, contain};
pub use deadline::{Deadline, Elapsed};
pub use error::CheckError;
pub use home::home;
pub use host_port::HostPort;
pub use label::Label;
pub use nagiosplugin::ServiceState;
pub use number::{NotANumber, Number};
pub use range::{Range, RangeError};
pub use recheck::{Pace, Recheck, Snapshots};
pub use refused::{Refused, SecretInArguments};
pub use report::{Cause, Draft, Finding, Level, Metric, Report, Said, Subject};
pub use resolve::{Unresolved, resolve};
pub use rules::Rules;
pub use runtime::{Run, run, stage};
pub use secret::Secret;
pub use threshold::Thresholds;
