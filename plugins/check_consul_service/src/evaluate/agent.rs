//! What is wrong with an agent itself.

use std::time::Duration;

use common::{Report, ServiceState, text};

use super::access::permission;
use super::doubt::{Disagreement, disagreements};
use super::say;
use super::view::View;
use crate::catalogue::{
    ACCESS_DENIED, AGENT_ERROR, AGENT_UNREACHABLE, AGENTS_DISAGREE, NO_AGENT, NOT_ASKED, RATE_LIMITED, TLS_UNTRUSTED,
};
use crate::health::Condition;
use crate::policy::Policy;
use crate::snapshot::{Asked, Failure, Snapshot};

/// What to do about an agent that gives no answer for this reason.
fn revive(reason: &str) -> &'static str {
    if reason.starts_with("cannot be resolved") {
        "look at the name, and at the resolver of this host"
    } else if reason.starts_with("no ") {
        "it hangs, or a firewall is in between: look at its host and its log, then restart it"
    } else {
        "start it, or have it listen there (client_addr, with ACLs): agents listen on loopback by default"
    }
}

/// What to do about an agent that denies us access in these words.
fn admit(words: &str, policy: &Policy) -> String {
    if words.contains("\"ACL not found") {
        "the token is unknown or expired: mend the token, give a valid one (--token-file)".to_owned()
    } else if words.starts_with("401 ") {
        "is $CONSUL_HTTP_AUTH right for the proxy in front of it?".to_owned()
    } else {
        permission(policy)
    }
}

/// Judges every agent, or all at once when none is of use.
pub(super) fn judge_all(report: &mut Report, view: &View, snapshot: &Snapshot, policy: &Policy) {
    let agents = &snapshot.agents;
    if view.data.is_none() && !view.lacks_leader() && !only_our_fault(agents) {
        return none(report, agents);
    }
    for asked in agents {
        judge(report, asked, view, policy);
    }
    let twice = |one: &&Disagreement| snapshot.confirms(|doubts| doubts.disagreements.contains(one.instance));
    if let Some(disagreement) = disagreements(snapshot, &policy.query).iter().find(twice) {
        disagree(report, disagreement);
    }
    for asked in agents {
        item(report, asked);
    }
}

/// The requests to an agent that failed, of those that every agent must answer.
fn failures(asked: &Asked) -> impl Iterator<Item = (&'static str, &Failure)> {
    let failures = [
        ("consistent read", asked.consistent.result.as_ref().err()),
        ("stale read", asked.stale.result.as_ref().err()),
        ("leader", asked.leader.result.as_ref().err()),
    ];
    failures.into_iter().filter_map(|(request, failure)| Some((request, failure?)))
}

fn is_wrong(asked: &Asked) -> bool {
    failures(asked).any(|(_, failure)| matches!(failure, Failure::Wrong(_) | Failure::NotFound(_) | Failure::NoAcls))
}

/// Whether our own side kept us from asking, so that nobody knows whether the agent is up.
pub(super) fn was_not_asked(asked: &Asked) -> bool {
    let unasked = |failure: &Failure| matches!(failure, Failure::NotAsked(_) | Failure::Untrusted(_));
    !is_up(asked) && failures(asked).any(|(_, failure)| unasked(failure))
}

/// Whether neither read of the service's health was answered.
fn is_unreachable(asked: &Asked) -> bool {
    let unreachable = |failure| matches!(failure, Some(&Failure::Unreachable(_)));
    unreachable(asked.consistent.result.as_ref().err()) && unreachable(asked.stale.result.as_ref().err())
}

/// Whether the agent answered something that only Consul says.
pub(super) fn is_up(asked: &Asked) -> bool {
    let spoke = |failure: &Failure| {
        matches!(failure, Failure::Denied(_) | Failure::Leaderless(_) | Failure::RateLimited(_) | Failure::Rejected(_))
    };
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

/// Whether some agent denies us an answer or was not asked, and none answers wrongly.
fn only_our_fault(agents: &[Asked]) -> bool {
    let ours = |asked| failures(asked).any(|(_, failure)| failure.is_ours());
    agents.iter().any(ours) && !agents.iter().any(is_wrong)
}

/// Says why none of the agents is of use.
fn none(report: &mut Report, agents: &[Asked]) {
    let reason = |asked: &Asked| Some(format!("{}: {}", asked.name, words(failures(asked).next()?.1)));
    let reasons = agents.iter().filter_map(reason).collect::<Vec<_>>().join(", ");
    let sentence = match agents.len() {
        1 => format!("agent {reasons}"),
        count => format!("none of {count} agents gives a usable answer: {reasons}"),
    };
    let first = agents.first().and_then(|asked| failures(asked).next()).map(|(_, failure)| words(failure));
    let remedy = if agents.iter().all(is_unreachable) {
        revive(&first.unwrap_or_default())
    } else {
        "ask it with curl: is it Consul, and --ca-file its CA?"
    };
    report.finding(&NO_AGENT, sentence, remedy);
}

fn words(failure: &Failure) -> String {
    match failure {
        Failure::Unreachable(words) | Failure::Wrong(words) => words.clone(),
        Failure::NotFound(words) => format!("404 {words}"),
        Failure::NoAcls => "says that ACLs are off, for which nobody asked".to_owned(),
        Failure::Denied(words) => format!("denies access: {words}"),
        Failure::Untrusted(words) => format!("is not trusted: {words}"),
        Failure::Rejected(words) => format!("rejects the question: {words}"),
        Failure::RateLimited(words) => format!("limits the rate of reads: {words}"),
        Failure::Leaderless(words) => format!("reaches no leader: {words}"),
        Failure::NotAsked(fault) => format!("was not asked: {}", fault.parts().0),
        Failure::Needless => "was not asked".to_owned(),
    }
}

/// Says what is wrong with the agent, if that is not yet said of all of them.
fn judge(report: &mut Report, asked: &Asked, view: &View, policy: &Policy) {
    let name = &asked.name;
    let said = |failure: &Failure| {
        view.lacks_leader() && matches!(failure, Failure::Leaderless(_) | Failure::Unreachable(_)) && is_up(asked)
    };
    let unsaid = failures(asked).filter(|(_, failure)| !said(failure));
    let Some((request, failure)) = unsaid.min_by_key(|(_, failure)| !failure.is_ours()) else { return };
    let what = words(failure);
    match failure {
        Failure::Denied(words) => {
            report.finding(&ACCESS_DENIED, format!("agent {name} {what}"), admit(words, policy));
        }
        Failure::RateLimited(_) => report.finding(
            &RATE_LIMITED,
            format!("agent {name} {what}"),
            "ask less often, or raise limits (request_limits, http_max_conns_per_client)",
        ),
        Failure::Untrusted(_) => report.finding(
            &TLS_UNTRUSTED,
            format!("agent {name} {what}"),
            "look at --ca-file, --client-cert and --tls-server-name, or at the agent's certificate",
        ),
        Failure::Rejected(_) => report.finding(
            &NOT_ASKED,
            format!("agent {name} {what}"),
            "look at --filter, --datacenter (consul catalog datacenters), --namespace and --partition, and whether it is \
             to be asked by https://",
        ),
        Failure::NotAsked(fault) => report.finding(&NOT_ASKED, format!("agent {name} {what}"), fault.parts().1),
        _ if is_unreachable(asked) => report.finding(&AGENT_UNREACHABLE, format!("agent {name}: {what}"), revive(&what)),
        _ => report.finding(
            &AGENT_ERROR,
            format!("agent {name}, {request}: {what}"),
            "ask it with curl, and look at consul monitor there",
        ),
    }
}

fn disagree(report: &mut Report, disagreement: &Disagreement) {
    let Disagreement { instance, one, other } = disagreement;
    let holds = |(agent, condition): &(&str, Option<Condition>)| {
        let condition = condition.map_or_else(|| "does not have".to_owned(), |condition| format!("holds {condition}"));
        format!("{agent} {condition}")
    };
    let instance = text::quote(&format!("{}/{}", instance.node, instance.id));
    let text = format!("servers differ about {instance}: {}, {}", holds(one), holds(other));
    let remedy =
        "one of them is behind: compare X-Consul-Index and consul info (raft) on both; DNS answers from either";
    report.finding(&AGENTS_DISAGREE, text, remedy);
}

fn item(report: &mut Report, asked: &Asked) {
    let who = asked.itself.said().map_or_else(String::new, |itself| {
        format!(" ({}, Consul {})", text::quote(&itself.node), text::quote(&itself.version))
    });
    let name = format!("agent {}{who}", asked.name);
    let (state, what) = match failures(asked).next() {
        None => (ServiceState::Ok, view_of(asked)),
        Some((_, failure)) if failure.is_ours() => (ServiceState::Unknown, words(failure)),
        Some((_, Failure::Leaderless(said))) => (ServiceState::Critical, format!("reaches no leader: {said}")),
        Some((_, failure)) => (ServiceState::Warning, words(failure)),
    };
    report.item(state, format!("{name}: {what}"));
}

/// `leader 127.0.0.12, heard of 21 ms ago; 4 ms`.
fn view_of(asked: &Asked) -> String {
    let leader = match asked.leader.said().and_then(Option::as_deref) {
        Some(leader) => format!("leader {}", say::host(leader)),
        None => "no leader".to_owned(),
    };
    let contact = asked.stale.said().and_then(|health| health.last_contact).filter(|contact| !contact.is_zero());
    let contact = contact.map_or_else(String::new, |contact| format!(", heard of {} ms ago", contact.as_millis()));
    let time = slowest(asked).unwrap_or_default().as_millis();
    format!("{leader}{contact}; answers in {time} ms")
}
