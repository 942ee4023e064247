//! Settings that Galera needs, or that must be equal on all nodes.

use common::{Report, text};

use super::node_wording::{by, listed};
use crate::catalogue::{BOOTSTRAP_LEFT, CONFIG_DIFFERS, CONFIG_UNSAFE, IGNORES_QUORUM, IGNORES_SPLIT_BRAIN};
use crate::model::{Cluster, Node};
use crate::snapshot::facts::{EQUAL_OPTIONS, EQUAL_SETTINGS, Facts};

/// Settings that Galera needs (MariaDB documentation, "Configuring MariaDB Galera Cluster").
const NEEDED: [(&str, &str); 2] = [("binlog_format", "ROW"), ("innodb_autoinc_lock_mode", "2")];

/// Judges options that defeat quorum, or that are left behind for the next restart.
pub(super) fn provider_options(report: &mut Report, cluster: &Cluster) {
    for (node, facts) in cluster.galera_nodes() {
        options(report, node, facts);
    }
}

fn options(report: &mut Report, node: &Node, facts: &Facts) {
    let label = &node.label;
    for (option, spec, effect) in [
        ("pc.ignore_sb", &IGNORES_SPLIT_BRAIN, "both halves of a split go on writing"),
        ("pc.ignore_quorum", &IGNORES_QUORUM, "it goes on writing when it is cut off"),
        ("pc.bootstrap", &BOOTSTRAP_LEFT, "it makes itself Primary when it restarts"),
    ] {
        if facts.options.is_on(option) {
            let finding = report.finding(spec).of(node);
            finding
                .words(format_args!("{label}: {option} is on: {effect}"))
                .remedy(format_args!("take {option} out of wsrep_provider_options, there and in the option file"));
        }
    }
}

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    for (node, facts) in cluster.galera_nodes() {
        for (name, needed) in NEEDED {
            let value = facts.setting(name).filter(|value| !value.eq_ignore_ascii_case(needed));
            if let Some(value) = value {
                let value = text::quote(value);
                let finding = report.finding(&CONFIG_UNSAFE).of(node);
                finding
                    .words(format_args!("{}: {name} is {value}, Galera needs {needed}", node.label))
                    .remedy("set it in the option file, and restart the node");
            }
        }
    }
    let setting = |name: &str| {
        let is_used = |facts: &&Facts| name != "wsrep_gtid_domain_id" || facts.uses_one_gtid_domain();
        by(cluster, |facts| Some(facts).filter(is_used)?.setting(&name.to_ascii_lowercase()).map(str::to_owned))
    };
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
