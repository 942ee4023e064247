//! The sum of the answers: which of them to believe, where they differ, and which to ask for again.

mod data;
mod differences;
mod quorum;
mod recheck;
mod resolution;
mod service;

pub(crate) use data::Data;
pub(crate) use differences::{Disagreement, Drift};
pub(crate) use quorum::{Voters, margin, spare};
pub(crate) use recheck::{recheck, recheck_dns};
pub(crate) use resolution::Resolution;
pub(crate) use service::Service;
