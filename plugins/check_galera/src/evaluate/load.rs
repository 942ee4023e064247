//! The load of the nodes.

use common::{Number, Report, wording};

use super::largest;
use crate::catalogue::{CONNECTIONS, EVS_LATENCY_AVG, EVS_LATENCY_MAX, LAST_COMMITTED};
use crate::cluster::Cluster;
use crate::facts::Facts;

pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    if let Some(seqno) = cluster.committed() {
        report.metric(&LAST_COMMITTED, seqno).words(format_args!("last committed seqno {seqno}"));
    }
    latency(report, cluster);
    connections(report, cluster);
}

fn latency(report: &mut Report, cluster: &Cluster) {
    let worst = |of: fn(&Facts) -> Option<f64>| largest(cluster.members(), move |_, facts| of(facts));
    let remedy = "look at the network between the nodes and at the load of the slowest";
    if let Some((node, seconds)) = worst(|facts| Some(facts.evs.latency?.max)) {
        let seconds = wording::number(seconds);
        let words = format!("{} took {seconds} s to replicate a message", node.label);
        report.metric(&EVS_LATENCY_MAX, seconds).of(node).words(words).remedy(remedy);
    }
    if let Some((node, seconds)) = worst(|facts| Some(facts.evs.latency?.average)) {
        let value = Number::try_from(seconds).unwrap_or(0_u32.into());
        let seconds = wording::number(seconds);
        let words = format!("{} takes {seconds} s on average to replicate a message", node.label);
        report.metric(&EVS_LATENCY_AVG, value).of(node).words(words).remedy(remedy);
    }
}

fn connections(report: &mut Report, cluster: &Cluster) {
    let used = |facts: &Facts| Some(wording::percent(facts.load.connected?, facts.load.max_connections?));
    let Some((node, percent)) = largest(cluster.speaking(), |_, facts| used(facts)) else { return };
    let load = node.facts.map(|facts| &facts.load);
    let known = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    let connected = known(load.and_then(|load| load.connected));
    let most = known(load.and_then(|load| load.max_connections));
    let words = format!("{}: {connected} of {most} connections in use", node.label);
    let remedy = "look at SHOW PROCESSLIST there; raise max_connections, or find who keeps them open";
    report.metric(&CONNECTIONS, wording::number(percent)).of(node).words(words).remedy(remedy);
}
