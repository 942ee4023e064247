//! What a manual page must say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use packaging::{PLUGINS, Plugin, man};

/// The words of a page without roff's escapes.
fn words(plugin: &Plugin) -> String {
    let mut roff = Vec::new();
    man::write(plugin, &mut roff).unwrap();
    let escapes = [("\\-", "-"), ("\\fB", ""), ("\\fI", ""), ("\\fR", ""), ("\\&", "")];
    escapes.iter().fold(String::from_utf8(roff).unwrap(), |text, (escape, plain)| text.replace(escape, plain))
}

#[test]
fn every_option_metric_and_finding_is_explained() {
    for plugin in PLUGINS {
        let text = words(plugin);
        let command = (plugin.command)();
        let options =
            command.get_arguments().filter_map(|argument| argument.get_long()).map(|long| format!("--{long}"));
        let metrics = plugin.catalogue.metrics.iter().map(|metric| metric.id.to_owned());
        let findings = plugin.catalogue.findings.iter().map(|finding| finding.id.to_owned());
        for word in options.chain(metrics).chain(findings) {
            assert!(text.contains(&word), "{}: {word} is not in\n{text}", plugin.name);
        }
    }
}

#[test]
fn every_page_has_the_sections_that_a_reader_looks_for() {
    for plugin in PLUGINS {
        let text = words(plugin);
        for name in ["EXAMPLES", "FILES", "ENVIRONMENT", "EXIT STATUS"] {
            let section = text.split(".SH ").find_map(|section| section.trim_start().strip_prefix(name));
            assert!(section.is_some_and(|section| section.lines().count() > 1), "{}: {name}", plugin.name);
        }
    }
}

#[test]
fn the_exit_codes_of_readiness_are_explained() {
    let text = words(PLUGINS.iter().find(|plugin| plugin.name == "check_galera").unwrap());
    for said in ["READINESS", "The checker could not judge", "only_passing", "--severity node-donor=ok"] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
}
