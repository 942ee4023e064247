//! What the nodes' answers mean for the cluster.

mod cluster;
mod node;

use common::{Report, ServiceState};

use crate::catalogue::{MEMBERS, PRIMARY, QUERY_TIME, SYNCED, UNREACHABLE};
use crate::policy::Policy;
use crate::snapshot::Snapshot;
use cluster::Cluster;

/// Judges the cluster by what all its nodes said.
pub(crate) fn evaluate(snapshot: &Snapshot, policy: &Policy) -> Report {
    let mut report = Report::new(&policy.rules);
    let cluster = Cluster::of(snapshot);
    if cluster.answers() {
        cluster::judge(&mut report, &cluster);
        snapshot.nodes.iter().for_each(|asked| node::judge(&mut report, asked));
    } else {
        cluster::judge_down(&mut report, snapshot);
    }
    measure(&mut report, &cluster, policy);
    snapshot.nodes.iter().for_each(|asked| node::note(&mut report, asked));
    report
}

fn measure(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    if !cluster.nodes.is_empty() {
        measure_cluster(report, cluster, policy);
    }
    if cluster.denied < cluster.asked {
        let sentence = format!("{} of {} nodes give no answer", cluster.unreachable, cluster.asked);
        report.metric_up_to(&UNREACHABLE, cluster.unreachable, cluster.asked, &sentence);
    }
    if let Some(slowest) = cluster.slowest {
        report.metric(&QUERY_TIME, slowest, &format!("slowest answer took {slowest} s"));
    }
}

fn measure_cluster(report: &mut Report, cluster: &Cluster, policy: &Policy) {
    let (members, asked, expect) = (cluster.members(), cluster.asked, policy.expect);
    let size =
        if policy.expects_cluster { format!("{members}/{expect} members") } else { format!("a cluster of {members}") };
    let synced = format!("{} of {asked} asked synced", cluster.synced());
    let primary = cluster.primary().count();
    let judged = [
        (report.metric(&MEMBERS, members, &size), size),
        (report.metric_up_to(&SYNCED, cluster.synced(), asked, &synced), synced),
    ];
    report.metric_up_to(&PRIMARY, primary, asked, &format!("{primary} of {asked} asked Primary"));
    // What is outside its range is a finding, and said as such.
    let fine = judged.into_iter().filter(|(state, _)| *state == ServiceState::Ok).map(|(_, sentence)| sentence);
    report.summary(fine.collect::<Vec<_>>().join(", "));
}

#[cfg(test)]
mod tests;
