//! Whether there is one leader.

use common::{Cause, Number, Report, Subject};

use crate::catalogue::{LAST_CONTACT, LEADER_KNOWN, NO_LEADER, OTHER_DATACENTER, TWO_LEADERS};
use crate::model::{Data, Service, Voters};
use crate::policy::Policy;
use crate::snapshot::{Asked, Snapshot};

pub(super) fn judge(report: &mut Report, first: Option<&Service>, service: &Service, policy: &Policy) {
    if service.lacks_leader() {
        none(report, service, policy);
    }
    // With --datacenter each passes the question on.
    if let Some(datacenters) = service.datacenters().filter(|_| policy.query.datacenter.is_none()) {
        report
            .finding(&OTHER_DATACENTER)
            .of_all(datacenters.iter().map(|(_, asked)| *asked))
            .words(format_args!("the agents are of different datacenters: {}", attributed(&datacenters)))
            .remedy("ask agents of one datacenter, or give --datacenter");
    } else if first.is_some_and(|first| first.leaders().is_some())
        && let Some(leaders) = service.leaders()
    {
        report
            .finding(&TWO_LEADERS)
            .of_all(leaders.iter().map(|(_, asked)| *asked))
            .words(format_args!("two leaders: {}", attributed(&leaders)))
            .remedy(
                "the servers are split, or the agents are of different clusters: consul operator raft list-peers on \
                 each; stop the server that is in the minority",
            );
    }
    contact(report, service.snapshot);
}

/// Whether a leader is known, as far as the answers tell.
pub(super) fn measure(report: &mut Report, service: &Service) {
    if let Some(known) = service.leader_known() {
        let words = if known { "a leader is known" } else { "no leader is known" };
        report.metric(&LEADER_KNOWN, u8::from(known)).up_to(1_u8).words(words);
    }
}

fn none(report: &mut Report, service: &Service, policy: &Policy) {
    let name = &policy.query.service;
    let known = match &service.data {
        Some(data) => format!("{name} as last known{}", age(data)),
        None => format!("nothing is known of {name}"),
    };
    let alive = alive(service.snapshot).map_or_else(String::new, |alive| format!(", gossip holds {alive}"));
    let named = |asked: &Asked| service.leaderless.iter().any(|one| one.agent.key() == asked.key());
    report
        .finding(&NO_LEADER)
        .of_all(service.snapshot.agents.iter().filter(|asked| named(asked) || asked.reaches_no_leader()))
        .words(format_args!("no leader{alive}, {known}"))
        .remedy(
            "start the servers that are down: a majority elects a leader (consul operator raft list-peers -stale); \
             DNS goes on with what it knew last",
        )
        .because(service.leaderless.iter().map(|one| Cause::with_reason(one.agent, &one.why, "leaderless")));
}

/// ` 6.4 s ago`, where the server said so.
fn age(data: &Data) -> String {
    data.health.last_contact.map_or_else(String::new, |age| format!(" {:.1} s ago", age.as_secs_f32()))
}

/// `1 of 3 servers alive`, as gossip sees it.
fn alive(snapshot: &Snapshot) -> Option<String> {
    let voters = Voters::of(snapshot)?;
    Some(format!("{} of {} servers alive", voters.alive()?, voters.count))
}

/// `VALUE (says AGENT)` for each value.
fn attributed(values: &[(String, &Asked)]) -> String {
    let said: Vec<_> = values.iter().map(|(value, asked)| format!("{value} (says {})", asked.label())).collect();
    said.join(", ")
}

/// Judges the oldest data that a server has, since DNS answers from it.
fn contact(report: &mut Report, snapshot: &Snapshot) {
    let ages = snapshot.agents.iter().filter_map(|asked| Some((asked.stale.value()?.last_contact?, asked)));
    let Some((oldest, asked)) = ages.max_by_key(|(age, asked)| (*age, &asked.name)) else { return };
    let ago = oldest.as_secs_f32();
    report
        .metric(&LAST_CONTACT, Number::seconds(oldest))
        .of(asked)
        .words(format_args!("agent {}: its server last heard from a leader {ago:.1} s ago", asked.label()))
        .remedy("DNS answers from such data: look at the network between the servers, and at consul monitor there");
}
