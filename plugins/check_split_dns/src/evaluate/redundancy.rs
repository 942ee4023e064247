//! Whether another server may fail.

use common::{Report, ServiceState};

use crate::catalogue::TOO_FEW_SERVERS;
use crate::model::{FaultKind, NameServer, Resolution};
use crate::policy::Policy;

/// Returns whether enough servers are right.
///
/// Wrong servers are reported separately: clients suffer from them, however many other servers there are.
pub(super) fn judge(report: &mut Report, resolution: &Resolution, policy: &Policy) -> bool {
    let (good, total, needed) = (resolution.good(), resolution.total(), policy.min_servers);
    let lost: Vec<_> = resolution.servers.iter().filter(|server| is_lost(server)).collect();
    // Nothing is known of a server that was not asked, so it does not count as lost.
    let not_asked = resolution.servers.iter().filter(|server| server.was_not_asked() && !server.is_good()).count();
    if good + not_asked >= needed || (lost.is_empty() && total >= needed) {
        return true;
    }
    // A server that is also wrong has a sentence of its own, unless the operator overruled that.
    let is_reported = |server: &&NameServer| {
        server.has_fault(FaultKind::is_wrong) && report.state_of(server.asked) == ServiceState::Critical
    };
    let causes: Vec<_> = lost.into_iter().filter(|server| !is_reported(server)).map(|server| server.asked).collect();
    let words = format!("{good} of {total} name servers right, at least {needed} needed");
    let said = report.finding(&TOO_FEW_SERVERS).words(words);
    said.because(causes).remedy("bring the servers back; resolv.conf holds up to three");
    false
}

/// Whether something other than a wrong answer keeps the server from serving every name.
fn is_lost(server: &NameServer) -> bool {
    let is_loss = |kind: &FaultKind| !kind.is_wrong() && !kind.is_ours();
    !server.is_good() && server.has_fault(is_loss)
}
