//! Faults of agents themselves.

use std::borrow::Cow;

use common::{Cause, Number, Report, Subject, text, wording};

use super::access::permission;
use crate::catalogue::{
    ACCESS_DENIED, AGENT_ERROR, AGENT_UNREACHABLE, AGENTS_DISAGREE, AGENTS_UP, API_TIME, NO_AGENT, NOT_ASKED,
    RATE_LIMITED, TLS_UNTRUSTED,
};
use crate::model::{Disagreement, Service};
use crate::policy::Policy;
use crate::snapshot::{Asked, Condition, DenialKind, Failure, UnreachableKind, raft_name};

/// The remedy for an agent that gives no answer.
fn revive(kind: UnreachableKind) -> &'static str {
    match kind {
        UnreachableKind::Unresolved => "look at the name, and at the resolver of this host",
        UnreachableKind::Silent => {
            "it hangs, or a firewall is in between: look at its host and its log, then restart it"
        }
        UnreachableKind::PortClosed | UnreachableKind::ConnectionLost => {
            "start it, or have it listen there (client_addr, with ACLs): agents listen on loopback by default"
        }
    }
}

/// The remedy for an agent that denies us access.
fn admit(kind: DenialKind, policy: &Policy) -> String {
    match kind {
        DenialKind::UnknownToken => {
            "the token is unknown or expired: fix the token, give a valid one (--token-file)".to_owned()
        }
        DenialKind::Login => "is $CONSUL_HTTP_AUTH right for the proxy in front of it?".to_owned(),
        DenialKind::Permission => permission(policy),
    }
}

/// Judges every agent, or all at once when none is of use.
pub(super) fn judge_all(report: &mut Report, first: Option<&Service>, service: &Service, policy: &Policy) {
    let agents = &service.snapshot.agents;
    if service.data.is_none() && !service.lacks_leader() && !only_our_fault(agents) {
        none(report, agents);
    } else {
        for asked in agents {
            judge(report, asked, service, policy);
        }
        let disputed = first.map(Service::disputed).unwrap_or_default();
        let disagreements = service.disagreements();
        if let Some(one) = disagreements.iter().find(|one| disputed.contains(one.instance)) {
            disagree(report, one);
        }
    }
    for asked in agents {
        line(report, asked);
    }
}

/// How many agents are up, and how long the slowest answer took.
pub(super) fn measure(report: &mut Report, agents: &[Asked]) {
    if !agents.iter().any(Asked::was_not_asked) {
        let down = agents.iter().filter(|asked| !asked.is_up());
        let causes = down.filter_map(|asked| Some(cause(asked, asked.main_failure()?)));
        let (up, asked) = (agents.iter().filter(|asked| asked.is_up()).count(), agents.len());
        report
            .metric(&AGENTS_UP, up)
            .up_to(asked)
            .words(format_args!("{up} of {} up", common::wording::count(asked, "agent", "agents")))
            .because(causes);
    }
    let times = agents.iter().filter_map(|asked| Some((asked.slowest()?, asked)));
    if let Some((time, asked)) = times.max_by_key(|(time, _)| *time) {
        let words = format!("agent {} took {} s to answer", asked.label(), wording::seconds(time));
        report.metric(&API_TIME, Number::seconds(time)).of(asked).words(words);
    }
}

/// Whether some agent denies us an answer or was not asked, and none answers wrongly.
fn only_our_fault(agents: &[Asked]) -> bool {
    let ours = |asked: &Asked| asked.failures().any(|(_, failure)| failure.is_ours());
    agents.iter().any(ours) && !agents.iter().any(is_wrong)
}

fn is_wrong(asked: &Asked) -> bool {
    let is_wrong =
        |failure: &Failure| matches!(failure, Failure::NotUnderstood(_) | Failure::NotFound(_) | Failure::NoAcls);
    asked.failures().any(|(_, failure)| is_wrong(failure))
}

/// Says why none of the agents is of use.
fn none(report: &mut Report, agents: &[Asked]) {
    let found = report.finding(&NO_AGENT).of_all(agents);
    let remedy = match agents.iter().map(Asked::unreachable).collect::<Option<Vec<_>>>().as_deref() {
        Some([kind, ..]) => revive(*kind),
        _ => "ask it with curl: is it Consul, and --ca-file its CA?",
    };
    if let [asked] = agents {
        let Some(failure) = asked.main_failure() else { return };
        found.words(sentence(asked, failure)).reason(reason(failure), word(failure)).remedy(remedy);
        return;
    }
    let causes = agents.iter().filter_map(|asked| Some(cause(asked, asked.main_failure()?)));
    let words = format!("none of {} agents gives a usable answer", agents.len());
    found.words(words).remedy(remedy).because(causes);
}

fn cause(asked: &Asked, failure: &Failure) -> Cause {
    Cause::with_reason(asked, reason(failure), word(failure))
}

/// The failure, in words that follow the agent's name.
fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Unreachable(why) => why.words.clone(),
        Failure::NotUnderstood(words) => words.clone(),
        Failure::NotFound(words) => format!("404 {words}"),
        Failure::NoAcls => "says that ACLs are off, for which nobody asked".to_owned(),
        Failure::AccessDenied(denial) => format!("denies access: {}", denial.words),
        Failure::NotTrusted(words) => format!("is not trusted: {words}"),
        Failure::Rejected(words) => format!("rejects the question: {words}"),
        Failure::RateLimited(words) => format!("limits the rate of reads: {words}"),
        Failure::Leaderless(words) => format!("reaches no leader: {words}"),
        Failure::OwnSide(fault) => format!("was not asked: {}", fault.parts().0),
        Failure::Needless => "was not asked".to_owned(),
    }
}

/// The same in a word.
fn word(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unreachable(why) => match why.kind {
            UnreachableKind::Unresolved => "unresolved",
            UnreachableKind::Silent => "silent",
            UnreachableKind::PortClosed | UnreachableKind::ConnectionLost => "down",
        },
        Failure::NotUnderstood(_) | Failure::NotFound(_) | Failure::NoAcls => "wrong",
        Failure::AccessDenied(_) => "denied",
        Failure::NotTrusted(_) => "untrusted",
        Failure::Rejected(_) => "rejects",
        Failure::RateLimited(_) => "limited",
        Failure::Leaderless(_) => "leaderless",
        Failure::OwnSide(_) | Failure::Needless => "unasked",
    }
}

/// `agent 127.0.0.13: connection refused`, `agent 127.0.0.13 denies access: "…"`.
fn sentence(asked: &Asked, failure: &Failure) -> String {
    let follows = matches!(failure, Failure::Unreachable(_) | Failure::NotUnderstood(_) | Failure::NotFound(_));
    format!("agent {}{} {}", asked.label(), if follows { ":" } else { "" }, reason(failure))
}

/// Says what is wrong with the agent, if that is not yet said of all of them.
fn judge(report: &mut Report, asked: &Asked, service: &Service, policy: &Policy) {
    let is_explained = |failure: &Failure| service.lacks_leader() && asked.lacks_a_leader_for(failure);
    let others = asked.failures().filter(|(_, failure)| !is_explained(failure));
    let Some((request, failure)) = others.min_by_key(|(_, failure)| !failure.is_ours()) else { return };
    let whole = sentence(asked, failure);
    let (spec, words, remedy): (_, _, Cow<str>) = match failure {
        Failure::AccessDenied(denial) => (&ACCESS_DENIED, whole, admit(denial.kind, policy).into()),
        Failure::RateLimited(_) => {
            (&RATE_LIMITED, whole, "ask less often, or raise limits (request_limits, http_max_conns_per_client)".into())
        }
        Failure::NotTrusted(_) => (
            &TLS_UNTRUSTED,
            whole,
            "look at --ca-file, --client-cert and --tls-server-name, or at the agent's certificate".into(),
        ),
        Failure::Rejected(_) => (
            &NOT_ASKED,
            whole,
            "look at --filter, --datacenter (consul catalog datacenters), --namespace and --partition, and whether it \
             is to be asked by https://"
                .into(),
        ),
        Failure::OwnSide(fault) => (&NOT_ASKED, whole, fault.parts().1.into()),
        _ => {
            if let Some(kind) = asked.unreachable() {
                (&AGENT_UNREACHABLE, whole, revive(kind).into())
            } else {
                let words = format!("agent {}, {request}: {}", asked.label(), reason(failure));
                (&AGENT_ERROR, words, "ask it with curl, and look at consul monitor there".into())
            }
        }
    };
    report.finding(spec).of(asked).words(words).reason(reason(failure), word(failure)).remedy(remedy);
}

fn disagree(report: &mut Report, disagreement: &Disagreement) {
    let Disagreement { instance, one, other } = disagreement;
    let holds = |(asked, condition): &(&Asked, Option<Condition>)| {
        let condition = condition.map_or_else(|| "does not have".to_owned(), |condition| format!("holds {condition}"));
        format!("{} {condition}", asked.label())
    };
    report
        .finding(&AGENTS_DISAGREE)
        .of(*instance)
        .of_all([one.0, other.0])
        .words(format_args!("servers differ about {}: {}, {}", instance.path(), holds(one), holds(other)))
        .remedy(
            "one of them is behind: compare X-Consul-Index and consul info (raft) on both; DNS answers from either",
        );
}

fn line(report: &mut Report, asked: &Asked) {
    let who = asked.itself.value().map_or_else(String::new, |itself| {
        format!(" ({}, Consul {})", text::name(&itself.node), text::quote(&itself.version))
    });
    let what = asked.main_failure().map_or_else(|| state_of(asked), reason);
    report.line(asked, format_args!("agent {}{who}: {what}", asked.name));
}

/// `leader 127.0.0.12, heard of 21 ms ago; answers in 4 ms`.
fn state_of(asked: &Asked) -> String {
    let leader = match asked.leader.value().and_then(Option::as_deref) {
        Some(leader) => format!("leader {}", raft_name(leader)),
        None => "no leader".to_owned(),
    };
    let contact = asked.stale.value().and_then(|health| health.last_contact).filter(|contact| !contact.is_zero());
    let contact = contact.map_or_else(String::new, |contact| format!(", heard of {} ms ago", contact.as_millis()));
    let time = asked.slowest().unwrap_or_default().as_millis();
    format!("{leader}{contact}; answers in {time} ms")
}
