//! What a node's answer means for the node.

use common::{Number, Report, text};

use crate::catalogue::{
    ACCESS_DENIED, NODE_DONOR, NODE_INCONSISTENT, NODE_NOT_PRIMARY, NODE_NOT_READY, NODE_NOT_SYNCED,
    NODE_REJECTS_QUERIES, NODE_UNREACHABLE, NOT_ASKED, NOT_GALERA, UNREADABLE, WSREP_OFF,
};
use crate::snapshot::{Answer, Asked, Component, Facts, LocalState};

pub(super) const HOW_TO_REACH: &str = "check the address, the firewall, and mariadbd with its error log";

/// A donor or desynced node serves: it takes reads and writes like any other.
pub(super) fn serves(facts: &Facts) -> bool {
    facts.ready == Some(true)
        && facts.replicates != Some(false)
        && facts.rejects_queries.is_none()
        && matches!(facts.state, Some(LocalState::Synced | LocalState::Donor))
}

/// `db1 (127.0.0.11:3306)`; the name is the server's own word.
pub(super) fn name(asked: &Asked, facts: &Facts) -> String {
    match &facts.name {
        Some(name) => format!("{} ({})", text::quote(name), asked.address),
        None => asked.address.clone(),
    }
}

/// What is wrong with a node, or that nothing is.
pub(super) fn judge(report: &mut Report, asked: &Asked) {
    let address = &asked.address;
    match &asked.answer {
        Answer::Unreachable(reason) => report.finding(&NODE_UNREACHABLE, format!("{address}: {reason}"), HOW_TO_REACH),
        Answer::Denied(reason) => report.finding(
            &ACCESS_DENIED,
            format!("{address} does not let the check log in: {reason}"),
            "mend the account of the check; GRANT USAGE is enough",
        ),
        Answer::NotAsked(fault) => {
            let (problem, remedy) = fault.parts();
            report.finding(&NOT_ASKED, format!("{address} was not asked: {problem}"), remedy);
        }
        Answer::Facts(facts, _) => judge_facts(report, &name(asked, facts), facts),
    }
}

fn judge_facts(report: &mut Report, node: &str, facts: &Facts) {
    if !facts.has_provider {
        return report.finding(
            &NOT_GALERA,
            format!("{node} runs without Galera"),
            "set wsrep_provider, or take the host off the list",
        );
    }
    if facts.replicates == Some(false) {
        return report.finding(
            &WSREP_OFF,
            format!("{node} does not replicate: wsrep_on is OFF"),
            "SET GLOBAL wsrep_on=ON, then compare its data with the others",
        );
    }
    let (Some(component), Some(state), Some(ready), Some(_)) = (facts.component, facts.state, facts.ready, facts.size)
    else {
        let missing = missing(facts).join(", ");
        return report.finding(
            &UNREADABLE,
            format!("{node} does not say {missing}"),
            "look at SHOW GLOBAL STATUS LIKE 'wsrep%' there",
        );
    };
    if let Some(rejected) = &facts.rejects_queries {
        report.finding(
            &NODE_REJECTS_QUERIES,
            format!("{node} rejects queries: wsrep_reject_queries is {}", text::quote(rejected)),
            "SET GLOBAL wsrep_reject_queries=NONE when the maintenance is over",
        );
    }
    judge_state(report, node, facts, (component, state, ready));
}

fn judge_state(report: &mut Report, node: &str, facts: &Facts, seen: (Component, LocalState, bool)) {
    let says = text::quote(&facts.comment);
    match seen {
        (_, LocalState::Inconsistent, _) => report.finding(
            &NODE_INCONSISTENT,
            format!("{node} is Inconsistent: its data differ from the group's"),
            "remove its grastate.dat and restart it for a full SST",
        ),
        (Component::NonPrimary | Component::Disconnected, _, _) => report.finding(
            &NODE_NOT_PRIMARY,
            format!("{node} is in no Primary component ({says})"),
            "look at the network between the nodes (ports 4567, 4568, 4444) and its error log",
        ),
        (_, _, false) => report.finding(
            &NODE_NOT_READY,
            format!("{node} is not ready ({says})"),
            "look at its error log; a state transfer may be running",
        ),
        (_, LocalState::Synced, true) => report.fine(format!("{node} Synced")),
        (_, LocalState::Donor, true) => {
            report.finding(
                &NODE_DONOR,
                format!("{node} {says}"),
                "a state transfer, a backup or wsrep_desync; it should end",
            );
        }
        (_, LocalState::Initialized | LocalState::Joining | LocalState::Joined, true) => {
            report.finding(
                &NODE_NOT_SYNCED,
                format!("{node} is not synced ({says})"),
                "wait; if it lasts look at its error log",
            );
        }
    }
}

fn missing(facts: &Facts) -> Vec<&'static str> {
    let known = [
        ("wsrep_cluster_status", facts.component.is_some()),
        ("wsrep_cluster_size", facts.size.is_some()),
        ("wsrep_local_state", facts.state.is_some()),
        ("wsrep_ready", facts.ready.is_some()),
    ];
    known.into_iter().filter(|(_, known)| !known).map(|(name, _)| name).collect()
}

/// What the node said, for who wants to see it.
pub(super) fn note(report: &mut Report, asked: &Asked) {
    let Answer::Facts(facts, time) = &asked.answer else { return };
    let size = facts.size.map_or_else(|| "unknown".to_owned(), |size| size.to_string());
    let (component, uuid) = (facts.component, facts.cluster_uuid.as_deref().unwrap_or("unknown"));
    let component = component.map_or_else(|| "unknown".to_owned(), |component| format!("{component:?}"));
    let (address, comment) = (&asked.address, text::quote(&facts.comment));
    let uuid = text::quote(uuid);
    report
        .note(2, format!("{address}: {component}, size {size}, {comment}, UUID {uuid} ({} s)", Number::seconds(*time)));
}
