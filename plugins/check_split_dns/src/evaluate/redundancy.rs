//! Whether another server may fail.

use common::Report;

use super::fault::FaultKind;
use super::scene::Scene;
use super::verdict::Verdict;
use crate::catalogue::TOO_FEW_SERVERS;
use crate::say::some;

/// Servers that are wrong are told on their own.
pub(super) fn judge(report: &mut Report, scene: &Scene) {
    let (good, total, needed) = (scene.good(), scene.total(), scene.policy.min_servers);
    let losses: Vec<_> = scene.verdicts.iter().filter_map(lost).collect();
    // Of a server that was not asked nothing is known, so it is not lost.
    let not_asked = scene.verdicts.iter().filter(|verdict| verdict.was_not_asked() && !verdict.is_good()).count();
    if good + not_asked >= needed || (losses.is_empty() && total >= needed) {
        return;
    }
    let words = if losses.is_empty() { String::new() } else { format!(": {}", some(&losses)) };
    report.finding(
        &TOO_FEW_SERVERS,
        format!("{good} of {total} name servers right, at least {needed} needed{words}"),
        "bring the servers back; resolv.conf holds up to three",
    );
}

/// What keeps a server from serving every name, unless it is wrong.
fn lost(verdict: &Verdict) -> Option<String> {
    if verdict.is_good() || verdict.was_not_asked() {
        return None;
    }
    let is_loss = |kind: &FaultKind| !kind.is_wrong() && *kind != FaultKind::NotAsked;
    let words = match &verdict.death {
        Some(fault) => fault.words.clone(),
        None => verdict.groups().iter().find(|group| is_loss(&group.fault.kind))?.sentence(),
    };
    Some(format!("{} {words}", verdict.asked.server.name))
}
