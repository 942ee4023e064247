//! Whether another server may fail.

use common::{Report, ServiceState};

use super::fault::FaultKind;
use super::scene::Scene;
use super::verdict::Verdict;
use crate::catalogue::TOO_FEW_SERVERS;

/// Returns whether enough servers are right.
///
/// Servers that are wrong are told on their own: clients suffer from them however many others there are.
pub(super) fn judge(report: &mut Report, scene: &Scene) -> bool {
    let (good, total, needed) = (scene.good(), scene.total(), scene.policy.min_servers);
    let losses: Vec<_> = scene.verdicts.iter().filter(|verdict| is_lost(verdict)).collect();
    // Of a server that was not asked nothing is known, so it is not lost.
    let not_asked = scene.verdicts.iter().filter(|verdict| verdict.was_not_asked() && !verdict.is_good()).count();
    if good + not_asked >= needed || (losses.is_empty() && total >= needed) {
        return true;
    }
    // One that is also wrong says so in a sentence of its own, unless the operator overruled that.
    let is_told = |verdict: &&Verdict| {
        verdict.has_fault(FaultKind::is_wrong) && report.state_of(verdict.asked) == ServiceState::Critical
    };
    let causes: Vec<_> = losses.into_iter().filter(|verdict| !is_told(verdict)).map(|verdict| verdict.asked).collect();
    let words = format!("{good} of {total} name servers right, at least {needed} needed");
    let said = report.finding(&TOO_FEW_SERVERS).words(words);
    said.because(causes).remedy("bring the servers back; resolv.conf holds up to three");
    false
}

/// Whether something keeps the server from serving every name, other than being wrong.
fn is_lost(verdict: &Verdict) -> bool {
    let is_loss = |kind: &FaultKind| !kind.is_wrong() && !kind.is_ours();
    !verdict.is_good() && verdict.has_fault(is_loss)
}
