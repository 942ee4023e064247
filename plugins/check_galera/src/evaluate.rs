//! What the nodes' answers mean for the cluster.

mod cluster;
mod node;

use common::{Report, ServiceState};

use crate::catalogue::{MEMBERS, PRIMARY, QUERY_TIME, SYNCED, UNREACHABLE};
use crate::policy::{Expectation, Policy};
use crate::snapshot::Snapshot;
use cluster::Cluster;

/// Judges the cluster by what all its nodes said.
pub(crate) fn evaluate(snapshot: &Snapshot, policy: &Policy) -> Report {
    let expectation = policy.expectation(snapshot.nodes.len());
    let mut report = Report::new(&expectation.rules);
    let cluster = Cluster::of(snapshot);
    if cluster.answers() {
        cluster::judge(&mut report, &cluster);
        snapshot.nodes.iter().for_each(|asked| node::judge(&mut report, asked));
    } else {
        cluster::judge_down(&mut report, snapshot);
    }
    measure(&mut report, &cluster, &expectation);
    snapshot.nodes.iter().for_each(|asked| node::note(&mut report, asked));
    report
}

/// What was not measured is left out: the findings say why.
fn measure(report: &mut Report, cluster: &Cluster, expectation: &Expectation) {
    let asked = cluster.asked;
    let mut fine = Vec::new();
    let mut judged = |state, sentence| {
        // What is outside its range is a finding, and said as such.
        if state == ServiceState::Ok {
            fine.push(sentence);
        }
    };
    if let Some(members) = cluster.members() {
        let size = match expectation.members {
            Some(expected) => format!("{members}/{expected} members"),
            None => format!("a cluster of {members}"),
        };
        judged(report.metric(&MEMBERS, members, &size), size);
    }
    if let Some((primary, synced)) = cluster.counts() {
        let sentence = format!("{synced} of {asked} asked synced");
        judged(report.metric_up_to(&SYNCED, synced, asked, &sentence), sentence);
        report.metric_up_to(&PRIMARY, primary, asked, &format!("{primary} of {asked} asked Primary"));
    }
    report.summary(fine.join(", "));
    if cluster.not_asked == 0 {
        let unreachable = cluster.unreachable;
        let sentence = format!("{unreachable} of {asked} nodes give no answer");
        report.metric_up_to(&UNREACHABLE, unreachable, asked, &sentence);
    }
    if let Some(slowest) = cluster.slowest {
        report.metric(&QUERY_TIME, slowest, &format!("slowest answer took {slowest} s"));
    }
}

#[cfg(test)]
mod tests;
