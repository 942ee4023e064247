//! The tables of the pages are those of the catalogue.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use packaging::{PLUGINS, docs};

#[test]
fn every_page_is_what_would_be_printed() {
    for plugin in PLUGINS {
        let page = fs::read_to_string(docs::path(plugin)).unwrap();
        let is_printed = docs::print(&page, plugin).unwrap() == page;
        assert!(is_printed, "docs/{}.md is not up to date: cargo run --package packaging", plugin.name);
    }
}
