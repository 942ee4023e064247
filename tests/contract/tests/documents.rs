//! What is written about the plugins is true of them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use common::Catalogue;

const CATALOGUES: [(&str, &Catalogue); 3] = [
    ("check_galera", &check_galera::CATALOGUE),
    ("check_consul_service", &check_consul_service::CATALOGUE),
    ("check_split_dns", &check_split_dns::CATALOGUE),
];

fn read(path: &str) -> String {
    fs::read_to_string(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)).unwrap()
}

/// The names in the first column of a page's tables, with the second column.
fn rows(page: &str) -> Vec<(String, String)> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        Some((cells.next()?.trim_end_matches('`').to_owned(), cells.next()?.to_owned()))
    };
    page.lines().filter_map(row).collect()
}

#[test]
fn each_page_lists_exactly_what_its_plugin_measures_and_finds() {
    for (plugin, catalogue) in CATALOGUES {
        let rows = rows(&read(&format!("docs/{plugin}.md")));
        let mut written: Vec<_> = rows.iter().map(|(name, _)| name.as_str()).collect();
        let metrics = catalogue.metrics.iter().map(|metric| metric.id);
        let mut known: Vec<_> = metrics.chain(catalogue.findings.iter().map(|finding| finding.id)).collect();
        written.sort_unstable();
        known.sort_unstable();
        assert_eq!(written, known, "{plugin}");
        for finding in catalogue.findings {
            let severity = finding.severity.to_string().to_lowercase();
            assert!(rows.contains(&(finding.id.to_owned(), severity)), "{plugin}: {}", finding.id);
        }
    }
}

#[test]
fn names_are_unique_and_well_formed() {
    let made_of = |name: &str, separator: char| name.chars().all(|c| c.is_ascii_lowercase() || c == separator);
    for (plugin, catalogue) in CATALOGUES {
        assert!(catalogue.metrics.iter().all(|metric| made_of(metric.id, '_')), "{plugin}");
        assert!(catalogue.findings.iter().all(|finding| made_of(finding.id, '-')), "{plugin}");
        // Round Robin Databases tell labels apart by their first 19 characters.
        let mut labels: Vec<_> =
            catalogue.metrics.iter().map(|metric| metric.id.get(..19).unwrap_or(metric.id)).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), catalogue.metrics.len(), "{plugin}");
    }
}

#[test]
fn every_default_range_is_one() {
    for (plugin, catalogue) in CATALOGUES {
        assert!(common::Rules::of(catalogue).is_ok(), "{plugin}");
    }
}

#[test]
fn no_second_cryptography_is_built_in() {
    let lock = read("Cargo.lock");
    for banned in ["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl", "openssl-sys"] {
        assert!(!lock.contains(&format!("name = \"{banned}\"")), "{banned}");
    }
}
