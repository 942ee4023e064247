//! Connections of clients: how many are in use, and whether some were turned away.

use common::{Report, wording};

use super::node_wording::{largest, number_of};
use crate::catalogue::{CONNECTIONS, CONNECTIONS_REFUSED};
use crate::model::{Cluster, refusals};
use crate::snapshot::facts::Facts;

pub(super) fn in_use(report: &mut Report, cluster: &Cluster) {
    let used = |facts: &Facts| Some(wording::percent(facts.load.connected?, facts.load.max_connections?));
    let Some((node, percent)) = largest(cluster.galera_nodes(), |_, facts| used(facts)) else { return };
    let load = node.facts.map(|facts| &facts.load);
    let known = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    let connected = known(load.and_then(|load| load.connected));
    let most = known(load.and_then(|load| load.max_connections));
    let words = format!("{}: {connected} of {most} connections in use", node.label);
    let remedy = "look at SHOW PROCESSLIST there; raise max_connections, or find the clients that keep them open";
    report.metric(&CONNECTIONS, wording::number(percent)).of(node).words(words).remedy(remedy);
}

/// Two runs within an hour that found clients turned away are no single peak.
const OFTEN_IN_HOUR: usize = 2;

/// Clients that were turned away since the last run: told once, and judged when it goes on.
pub(super) fn turned_away(report: &mut Report, cluster: &Cluster) {
    for (node, _) in cluster.galera_nodes() {
        let Some(count) = node.activity.as_ref().and_then(|activity| activity.turned_away) else { continue };
        let label = &node.label;
        let refusals = refusals(cluster, node);
        if refusals.is_repeated(cluster.at, OFTEN_IN_HOUR) {
            let runs = refusals.within_day(cluster.at);
            let finding = report.finding(&CONNECTIONS_REFUSED).of(node);
            finding
                .words(format_args!(
                    "{label}: max_connections was reached, {runs} runs within 24 h found clients turned away"
                ))
                .remedy("raise max_connections, or find the clients that keep connections open");
        } else if count > 0 {
            let clients = number_of(count, "client was", "clients were");
            report
                .remark(format_args!("{label}: max_connections was reached, {clients} turned away since the last run"));
        }
    }
}
