//! Whether all nodes run the same software.

use common::{Report, wording};

use super::node_wording::{by, listed};
use crate::catalogue::{PROTOCOL_MISMATCH, ROLLING_UPGRADE, UPGRADE_AGE, VERSION_MISMATCH};
use crate::model::Cluster;

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    if cluster.galera_nodes().next().is_none() {
        return;
    }
    protocol(report, cluster);
    let majors = by(cluster, |facts| facts.versions.server.as_deref().map(major));
    let servers = by(cluster, |facts| facts.versions.server.clone());
    let providers = by(cluster, |facts| facts.versions.provider.clone());
    if majors.len() > 1 {
        let finding = report.finding(&VERSION_MISMATCH);
        finding
            .words(format_args!("different major versions: {}", listed(&servers)))
            .remedy("an SST between them is not supported: finish the upgrade while IST is still possible");
    }
    for (versions, what) in [(&servers, "different versions"), (&providers, "different provider versions")] {
        if versions.len() > 1 && majors.len() < 2 {
            let finding = report.finding(&ROLLING_UPGRADE);
            finding.words(format_args!("{what}: {}", listed(versions))).remedy("finish the upgrade");
        }
    }
    age(report, cluster);
}

/// The time for which the versions have differed; 0 when they do not, left out without a history.
fn age(report: &mut Report, cluster: &Cluster) {
    if !cluster.is_mixed() {
        report.metric(&UPGRADE_AGE, 0_u32).words("no node runs another version than the others");
    } else if let Some(since) = cluster.history.mixed_since {
        let age = cluster.at - since;
        let metric = report.metric(&UPGRADE_AGE, wording::whole(age));
        metric
            .words(format_args!("the nodes have been of different versions for {}", wording::age(age)))
            .remedy("finish the upgrade");
    }
}

/// Members of one group speak one protocol.
fn protocol(report: &mut Report, cluster: &Cluster) {
    let protocols = by(cluster, |facts| {
        facts.versions.protocol.filter(|_| facts.is_primary()).map(|protocol| protocol.to_string())
    });
    if protocols.len() > 1 {
        let finding = report.finding(&PROTOCOL_MISMATCH);
        finding
            .words(format_args!("different replication protocols: {}", listed(&protocols)))
            .remedy("they cannot be one group; restart the node with the lower one after its upgrade");
    }
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
