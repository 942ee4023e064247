//! What is wrong with an agent itself.

use std::time::Duration;

use common::Report;

use super::view::View;
use crate::catalogue::{ACCESS_DENIED, AGENT_ERROR, AGENT_UNREACHABLE, NO_AGENT, NOT_ASKED};
use crate::policy::Policy;
use crate::snapshot::{Asked, Failure};

const START_IT: &str = "start it, or set client_addr: agents listen on loopback by default";

/// The requests to an agent that failed.
fn failures(asked: &Asked) -> impl Iterator<Item = (&'static str, &Failure)> {
    let failures = [
        ("consistent read", asked.consistent.result.as_ref().err()),
        ("stale read", asked.stale.result.as_ref().err()),
        ("leader", asked.leader.result.as_ref().err()),
    ];
    failures.into_iter().filter_map(|(request, failure)| Some((request, failure?)))
}

fn is_wrong(asked: &Asked) -> bool {
    failures(asked).any(|(_, failure)| matches!(failure, Failure::Wrong(_)))
}

/// Whether it is our side that keeps the agent from answering.
fn is_our_fault(asked: &Asked) -> bool {
    failures(asked).any(|(_, failure)| matches!(failure, Failure::Denied(_) | Failure::NotAsked(_)))
}

/// Whether our own side kept us from asking, so that nobody knows whether the agent is up.
pub(super) fn was_not_asked(asked: &Asked) -> bool {
    !is_up(asked) && failures(asked).any(|(_, failure)| matches!(failure, Failure::NotAsked(_)))
}

/// Whether neither read of the service's health was answered.
fn is_unreachable(asked: &Asked) -> bool {
    let unreachable = |failure| matches!(failure, Some(&Failure::Unreachable(_)));
    unreachable(asked.consistent.result.as_ref().err()) && unreachable(asked.stale.result.as_ref().err())
}

/// Whether the agent answered something that only Consul says.
pub(super) fn is_up(asked: &Asked) -> bool {
    let spoke = |failure: &Failure| matches!(failure, Failure::Denied(_) | Failure::Leaderless(_));
    slowest(asked).is_some() || failures(asked).any(|(_, failure)| spoke(failure))
}

/// The time of the agent's slowest useful answer.
pub(super) fn slowest(asked: &Asked) -> Option<Duration> {
    let Asked { consistent, stale, leader, .. } = asked;
    let useful = [
        consistent.result.is_ok().then_some(consistent.time),
        stale.result.is_ok().then_some(stale.time),
        leader.result.is_ok().then_some(leader.time),
    ];
    useful.into_iter().flatten().max()
}

/// Whether some agent denies access or was not asked, and none answers wrongly.
pub(super) fn only_our_fault(agents: &[Asked]) -> bool {
    agents.iter().any(is_our_fault) && !agents.iter().any(is_wrong)
}

/// Says why none of the agents is of use.
pub(super) fn judge_all(report: &mut Report, agents: &[Asked]) {
    let reason = |asked: &Asked| Some(format!("{}: {}", asked.name, words(failures(asked).next()?.1)));
    let reasons = agents.iter().filter_map(reason).collect::<Vec<_>>().join(", ");
    let sentence = match agents.len() {
        1 => format!("agent {reasons}"),
        count => format!("none of {count} agents gives a usable answer: {reasons}"),
    };
    let remedy = if agents.iter().all(is_unreachable) {
        START_IT
    } else {
        "ask it with curl: is it Consul, and --ca-file its CA?"
    };
    report.finding(&NO_AGENT, sentence, remedy);
}

fn words(failure: &Failure) -> String {
    match failure {
        Failure::Unreachable(words) | Failure::Wrong(words) => words.clone(),
        Failure::Denied(words) => format!("denies access: {words}"),
        Failure::Leaderless(words) => format!("reaches no leader: {words}"),
        Failure::NotAsked(fault) => format!("was not asked: {}", fault.parts().0),
    }
}

/// Says what is wrong with the agent, if that is not yet said of all of them.
pub(super) fn judge(report: &mut Report, asked: &Asked, view: &View, policy: &Policy) {
    let name = &asked.name;
    if failures(asked).next().is_none() {
        return report.fine(format!("agent {name} answers"));
    }
    let said = |failure: &Failure| {
        view.lacks_leader() && matches!(failure, Failure::Leaderless(_) | Failure::Unreachable(_)) && is_up(asked)
    };
    let unsaid = failures(asked).filter(|(_, failure)| !said(failure));
    let Some((request, failure)) =
        unsaid.min_by_key(|(_, failure)| !matches!(failure, Failure::Denied(_) | Failure::NotAsked(_)))
    else {
        return;
    };
    let what = words(failure);
    match failure {
        Failure::Denied(_) => report.finding(&ACCESS_DENIED, format!("agent {name} {what}"), permission(policy)),
        Failure::NotAsked(fault) => report.finding(&NOT_ASKED, format!("agent {name} {what}"), fault.parts().1),
        _ if is_unreachable(asked) => report.finding(&AGENT_UNREACHABLE, format!("agent {name}: {what}"), START_IT),
        _ => report.finding(
            &AGENT_ERROR,
            format!("agent {name}, {request}: {what}"),
            "ask it with curl, and look at consul monitor there",
        ),
    }
}

fn permission(policy: &Policy) -> String {
    let token = if policy.has_token { "mend the token" } else { "give a token (--token-file)" };
    let service = &policy.service;
    format!(
        "{token}: its policy needs service:read and node:read, \
         service \"{service}\" {{ policy = \"read\" }} node_prefix \"\" {{ policy = \"read\" }}"
    )
}
