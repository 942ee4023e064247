//! What a manual page must say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use clap::CommandFactory as _;
use common::Catalogue;
use packaging::man::{Page, pages};

/// The words of a page without roff's escapes.
fn words(page: &Page) -> String {
    let mut roff = Vec::new();
    page.write(&mut roff).unwrap();
    let escapes = [("\\-", "-"), ("\\fB", ""), ("\\fI", ""), ("\\fR", ""), ("\\&", "")];
    escapes.iter().fold(String::from_utf8(roff).unwrap(), |text, (escape, plain)| text.replace(escape, plain))
}

#[test]
fn every_option_metric_and_finding_is_explained() {
    let catalogues: [&Catalogue; 3] =
        [&check_galera::CATALOGUE, &check_consul_service::CATALOGUE, &check_split_dns::CATALOGUE];
    let commands =
        [check_galera::Cli::command(), check_consul_service::Cli::command(), check_split_dns::Cli::command()];
    for ((page, catalogue), command) in pages().into_iter().zip(catalogues).zip(commands) {
        let text = words(&page);
        let options =
            command.get_arguments().filter_map(|argument| argument.get_long()).map(|long| format!("--{long}"));
        let metrics = catalogue.metrics.iter().map(|metric| metric.id.to_owned());
        let findings = catalogue.findings.iter().map(|finding| finding.id.to_owned());
        for word in options.chain(metrics).chain(findings) {
            assert!(text.contains(&word), "{}: {word} is not in\n{text}", page.name);
        }
    }
}

#[test]
fn the_exit_codes_of_readiness_are_explained() {
    let text = words(&pages().into_iter().find(|page| page.name == "check_galera").unwrap());
    for said in ["READINESS", "The checker could not judge", "only_passing", "--severity node-donor=ok"] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
}
