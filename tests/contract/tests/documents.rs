//! What the plugins and their dependencies are declared to be holds together.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use contract::HELP_WIDTH;
use packaging::{PLUGINS, Plugin};

fn read(path: &str) -> String {
    fs::read_to_string(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)).unwrap()
}

#[test]
fn names_are_unique_and_well_formed() {
    let made_of = |name: &str, separator: char| name.chars().all(|c| c.is_ascii_lowercase() || c == separator);
    for Plugin { name, catalogue, .. } in PLUGINS {
        assert!(catalogue.metrics.iter().all(|metric| made_of(metric.id, '_')), "{name}");
        assert!(catalogue.findings.iter().all(|finding| made_of(finding.id, '-')), "{name}");
        // Round Robin Databases tell labels apart by their first 19 characters.
        let mut labels: Vec<_> =
            catalogue.metrics.iter().map(|metric| metric.id.get(..19).unwrap_or(metric.id)).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), catalogue.metrics.len(), "{name}");
    }
}

/// Longer ones would be broken.
#[test]
fn each_metric_and_finding_is_one_line_of_the_help() {
    for Plugin { name, catalogue, .. } in PLUGINS {
        let help = catalogue.help();
        let long: Vec<_> = help.lines().filter(|line| line.chars().count() > HELP_WIDTH).collect();
        assert!(long.is_empty(), "{name}: {long:#?}");
    }
}

#[test]
fn every_default_range_is_one() {
    for Plugin { name, catalogue, .. } in PLUGINS {
        assert!(common::Rules::of(catalogue).is_ok(), "{name}");
    }
}

#[test]
fn no_second_cryptography_is_built_in() {
    let lock = read("Cargo.lock");
    for banned in ["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl", "openssl-sys"] {
        assert!(!lock.contains(&format!("name = \"{banned}\"")), "{banned}");
    }
}
