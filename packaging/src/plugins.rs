//! The plugins of this project: the one list that documents, packages and tests walk over.

use clap::{Command, CommandFactory};
use common::{Catalogue, FindingSpec, MetricSpec};

/// A plugin.
pub struct Plugin {
    /// The name of its package, its program and its pages.
    pub name: &'static str,
    /// Everything that it can say.
    pub catalogue: &'static Catalogue,
    /// Makes its command line.
    pub command: fn() -> Command,
    /// Sections in roff that only its manual page has.
    pub(crate) sections: &'static str,
}

macro_rules! plugins {
    ($($name:ident),+ $(,)?) => {
        /// All plugins.
        pub static PLUGINS: &[Plugin] = &[$(Plugin {
            name: stringify!($name),
            catalogue: &$name::CATALOGUE,
            command: <$name::Cli as CommandFactory>::command,
            sections: include_str!(concat!("../man/", stringify!($name), ".roff")),
        }),+];
    };
}

plugins![check_galera, check_consul_service, check_split_dns];

/// A metric in whole sentences.
pub(crate) fn of_metric(metric: &MetricSpec) -> String {
    sentences(metric.help, metric.explanation)
}

/// A finding in whole sentences.
pub(crate) fn of_finding(finding: &FindingSpec) -> String {
    sentences(finding.help, finding.explanation)
}

/// A line of `--help` made a sentence, and what it has no room for.
fn sentences(help: &str, explanation: &str) -> String {
    let (first, rest) = help.split_at(help.chars().next().map_or(0, char::len_utf8));
    let said = format!("{}{rest}. {explanation}", first.to_uppercase());
    said.trim_end().to_owned()
}
