//! Verdicts on what real nodes answered.

mod components;
mod expectation;
mod findings;
mod first_line;
mod identity;
mod limits;
mod node;
mod properties;
mod readiness;
mod recorded;
mod situation;
mod time;
mod words;

const HEALTHY: &str = include_str!("../../testdata/healthy.tsv");
