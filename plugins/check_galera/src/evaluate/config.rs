//! Settings that must be equal on all nodes.

use super::judge::Judge;
use super::version::{by, listed};
use crate::catalogue::CONFIG_DIFFERS;
use crate::cluster::Cluster;
use crate::facts::{EQUAL_OPTIONS, EQUAL_SETTINGS};

pub(super) fn judge(judge: &mut Judge, cluster: &Cluster) {
    let setting = |name: &str| by(cluster, |facts| facts.setting(&name.to_ascii_lowercase()).map(str::to_owned));
    let option = |name: &str| by(cluster, |facts| facts.options.meaning(name));
    let settings = EQUAL_SETTINGS.iter().map(|name| (*name, setting(name)));
    let options = EQUAL_OPTIONS.iter().map(|name| (*name, option(name)));
    for (name, values) in settings.chain(options).filter(|(_, values)| values.len() > 1) {
        judge.report.finding(
            &CONFIG_DIFFERS,
            format!("{name} differs: {}", listed(&values)),
            "make it equal on all nodes, also in the option files",
        );
    }
}
