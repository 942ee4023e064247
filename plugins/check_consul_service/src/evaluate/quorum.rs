//! How many servers may be lost.

use common::{Cause, Level, Range, Report, Rules, Subject, Thresholds, wording};

use crate::catalogue::{AUTOPILOT_UNHEALTHY, FAILURE_TOLERANCE, RAFT_PEERS, RAFT_PEERS_ALIVE};
use crate::model::{Service, Voters, spare};
use crate::snapshot::{Autopilot, Server, Snapshot};

/// With fewer voters nobody expects that one may be lost.
const FEWEST: usize = 3;

/// With three voters or more one may be lost by design.
pub(super) fn derive(rules: &mut Rules, snapshot: &Snapshot) {
    if Voters::of(snapshot).is_some_and(|voters| voters.count >= FEWEST) {
        rules.derive(&FAILURE_TOLERANCE, Thresholds { warning: Some(Range::at_least(1_u32)), critical: None });
    }
}

pub(super) fn judge(report: &mut Report, service: &Service) {
    if let Some(autopilot) = service.snapshot.autopilot() {
        unhealthy(report, autopilot);
    }
    let Some(voters) = Voters::of(service.snapshot) else { return };
    let servers = wording::count(voters.count, "Consul server has", "Consul servers have");
    report.metric(&RAFT_PEERS, voters.count).words(format_args!("{servers} a vote"));
    let (Some(dead), Some(alive)) = (&voters.dead, voters.alive()) else {
        report.details(Level::Verbose, || {
            ["how many servers may be lost is not known: gossip does not list them all, or not to this token"]
        });
        return;
    };
    let count = voters.count;
    report
        .metric(&RAFT_PEERS_ALIVE, alive)
        .up_to(count)
        .words(format_args!("{alive} of {count} Consul servers alive"))
        .because(dead.iter().map(|server| Cause::with_reason(*server, "lost by gossip", "lost")));
    // Without a leader there is nothing left to lose.
    if let Some(tolerance) = voters.tolerance.filter(|_| !service.lacks_leader()) {
        tolerate(report, &voters, tolerance, dead.is_empty());
    }
}

fn tolerate(report: &mut Report, voters: &Voters, tolerance: usize, are_alive: bool) {
    let names: Vec<_> = voters.unfit.iter().map(|server| server.label()).collect();
    let unfit = if names.is_empty() { String::new() } else { format!(" (not {})", wording::list(&names)) };
    let (fit, count) = (voters.count - voters.unfit.len(), voters.count);
    let margin = report
        .metric(&FAILURE_TOLERANCE, tolerance)
        .words(format_args!("{fit} of {count} Consul servers healthy{unfit}: {}", spare(tolerance)))
        .remedy(if are_alive {
            "wait until it has caught up before another is restarted; consul operator raft list-peers, consul monitor \
             there"
        } else {
            "start the server that is down, or consul operator raft remove-peer if it is gone for good"
        });
    if tolerance == 0 {
        margin.self_evident();
    }
}

fn unhealthy(report: &mut Report, autopilot: &Autopilot) {
    if autopilot.healthy {
        return;
    }
    let sick = autopilot.servers.iter().filter(|server| server.healthy == Some(false));
    let state = |server: &Server| if server.alive { "alive, but behind or unstable" } else { "lost by gossip" };
    let sick: Vec<_> = sick.map(|server| format!("{} ({})", server.label(), state(server))).collect();
    let servers = if sick.is_empty() { "the servers".to_owned() } else { wording::list(&sick) };
    report
        .finding(&AUTOPILOT_UNHEALTHY)
        .words(format_args!("Consul's autopilot holds unhealthy: {servers}"))
        .remedy("consul operator raft list-peers, and consul monitor on that server");
}
