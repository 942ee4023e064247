//! Verdicts on what real nodes answered.

mod expectation;
mod findings;
mod group;
mod limits;
mod node;
mod properties;
mod readiness;
mod recorded;
mod scene;
mod time;

const HEALTHY: &str = include_str!("../../testdata/healthy.tsv");
