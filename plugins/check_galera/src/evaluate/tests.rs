//! Verdicts on what real nodes answered.

mod findings;
mod group;
mod properties;
mod recorded;
mod scene;
mod time;

const HEALTHY: &str = include_str!("../../testdata/healthy.tsv");
