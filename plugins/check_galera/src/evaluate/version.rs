//! Whether all nodes run the same software.

use std::collections::BTreeMap;

use common::text;

use super::judge::Judge;
use super::say;
use crate::catalogue::{PROTOCOL_MISMATCH, ROLLING_UPGRADE, UPGRADE_AGE, VERSION_MISMATCH};
use crate::cluster::Cluster;
use crate::facts::Facts;
use crate::policy::Mode;

pub(super) fn judge(judge: &mut Judge, cluster: &Cluster) {
    if judge.mode != Mode::Cluster || cluster.speaking().next().is_none() {
        return;
    }
    protocol(judge, cluster);
    let majors = by(cluster, |facts| facts.versions.server.as_deref().map(major));
    let servers = by(cluster, |facts| facts.versions.server.clone());
    let providers = by(cluster, |facts| facts.versions.provider.clone());
    if majors.len() > 1 {
        let text = format!("different major versions: {}", listed(&servers));
        let remedy = "an SST between them is not supported: finish the upgrade while IST is still possible";
        judge.report.finding(&VERSION_MISMATCH, text, remedy);
    }
    for (versions, what) in [(&servers, "different versions"), (&providers, "different provider versions")] {
        if versions.len() > 1 && majors.len() < 2 {
            judge.report.finding(&ROLLING_UPGRADE, format!("{what}: {}", listed(versions)), "finish the upgrade");
        }
    }
    age(judge, cluster);
}

/// How long the nodes have differed; 0 when they do not, left out where nobody remembers.
fn age(judge: &mut Judge, cluster: &Cluster) {
    let since = if cluster.is_mixed() { cluster.memory.mixed_since } else { Some(cluster.at) };
    if let Some(age) = since.map(|since| cluster.at - since) {
        let sentence = format!("nodes of different versions together for {}", say::age(age));
        judge.report.metric_with_remedy(&UPGRADE_AGE, say::whole(age), &sentence, "finish the upgrade");
    }
}

/// Members of one group speak one protocol.
fn protocol(judge: &mut Judge, cluster: &Cluster) {
    let protocols = by(cluster, |facts| {
        facts.versions.protocol.filter(|_| facts.is_primary()).map(|protocol| protocol.to_string())
    });
    if protocols.len() > 1 {
        judge.report.finding(
            &PROTOCOL_MISMATCH,
            format!("different replication protocols: {}", listed(&protocols)),
            "they cannot be one group; restart the node with the lower one after its upgrade",
        );
    }
}

/// The nodes by what they say; who says nothing is in no group.
pub(super) fn by(cluster: &Cluster, of: impl Fn(&Facts) -> Option<String>) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (node, facts) in cluster.speaking() {
        if let Some(value) = of(facts) {
            groups.entry(value).or_default().push(node.label.clone());
        }
    }
    groups
}

/// `10.11.6 on db1, db2; 10.11.8 on db3`.
pub(super) fn listed(groups: &BTreeMap<String, Vec<String>>) -> String {
    let group = |(value, nodes): (&String, &Vec<String>)| {
        let value = if value.is_empty() { "empty".to_owned() } else { text::quote(value) };
        format!("{value} on {}", nodes.join(", "))
    };
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}

/// `10.11` of `10.11.19-MariaDB-0+deb12u1`: a series, between which data are not exchanged.
fn major(version: &str) -> String {
    version.split(|c: char| !c.is_ascii_digit()).take(2).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_two_numbers() {
        for (version, series) in
            [("10.11.19-MariaDB-0+deb12u1", "10.11"), ("11.8.6-MariaDB", "11.8"), ("8.0.36-28.1", "8.0"), ("9", "9")]
        {
            assert_eq!(major(version), series, "{version}");
        }
    }
}
