//! Settings that Galera needs, or that must be equal on all nodes.

use common::{Report, text};

use super::version::{by, listed};
use crate::catalogue::{CONFIG_DIFFERS, CONFIG_UNSAFE};
use crate::cluster::Cluster;
use crate::facts::{EQUAL_OPTIONS, EQUAL_SETTINGS};

/// What Galera cannot do without (MariaDB documentation, "Configuring MariaDB Galera Cluster").
const NEEDED: [(&str, &str); 2] = [("binlog_format", "ROW"), ("innodb_autoinc_lock_mode", "2")];

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    for (node, facts) in cluster.speaking() {
        for (name, needed) in NEEDED {
            let value = facts.setting(name).filter(|value| !value.eq_ignore_ascii_case(needed));
            if let Some(value) = value {
                let value = text::quote(value);
                let said = report.finding(&CONFIG_UNSAFE).of(node);
                said.words(format_args!("{}: {name} is {value}, Galera needs {needed}", node.label))
                    .remedy("set it in the option file, and restart the node");
            }
        }
    }
    let setting = |name: &str| by(cluster, |facts| facts.setting(&name.to_ascii_lowercase()).map(str::to_owned));
    let option = |name: &str| by(cluster, |facts| facts.options.meaning(name));
    let settings = EQUAL_SETTINGS.iter().map(|name| (*name, setting(name)));
    let options = EQUAL_OPTIONS.iter().map(|name| (*name, option(name)));
    for (name, values) in settings.chain(options).filter(|(_, values)| values.len() > 1) {
        report
            .finding(&CONFIG_DIFFERS)
            .words(format_args!("{name} differs: {}", listed(&values)))
            .remedy("make it equal on all nodes, also in the option files");
    }
}
