//! Whether the service has no instance, or none that our token may see.

use common::{Report, text, wording};

use crate::catalogue::{ACCESS_FILTERED, NOT_ASKED, NOT_REGISTERED};
use crate::history::History;
use crate::model::{Data, Service};
use crate::policy::Policy;
use crate::snapshot::{Access, Failure};

/// How much of the service can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visibility {
    Whole,
    /// Some instances may be hidden: the ones we see are a lower bound.
    Part,
}

/// Says so when there is nothing, or may be more.
pub(super) fn judge(report: &mut Report, data: &Data, service: &Service, policy: &Policy) -> Visibility {
    if let Some(peer) = &policy.query.peer
        && data.health.instances.iter().any(|instance| instance.key.peer != *peer)
    {
        let peer = text::quote(peer);
        report
            .finding(&NOT_ASKED)
            .words(format_args!("this Consul does not know the peer {peer}: it answered for other instances"))
            .remedy("cluster peering needs Consul 1.14 on the agents that are asked");
        return Visibility::Part;
    }
    if let Some(why) = hidden(data, service.snapshot.access.as_ref(), policy) {
        report.finding(&ACCESS_FILTERED).words(why).remedy(permission(policy));
        return Visibility::Part;
    }
    if data.instances.is_empty() {
        let (reason, remedy) = nothing(data, service.history, policy);
        let service = text::quote(&policy.query.service);
        report.finding(&NOT_REGISTERED).words(format_args!("{service} is not registered: {reason}")).remedy(remedy);
    }
    Visibility::Whole
}

/// Why instances are hidden from us, if they are.
fn hidden(data: &Data, access: Option<&Access>, policy: &Policy) -> Option<String> {
    let service = text::quote(&policy.query.service);
    let who = if policy.has_token { "the token" } else { "the anonymous token" };
    if data.health.filtered {
        return Some(format!("ACLs hide from {who} some of what it asked for about {service}"));
    }
    if !data.health.instances.is_empty() {
        return None;
    }
    let blind = format!("no instance of {service} can be seen");
    // Unless it is known that there are no ACLs, what is refused may be why; the default is told in any case.
    if access.is_some_and(|access| matches!(access.acls.result, Ok(false))) {
        return None;
    }
    if !policy.has_token && data.health.default_deny {
        return Some(format!("{blind}: ACLs deny by default, and no token was given"));
    }
    // Consul 1.11 and newer say so when they hide anything from a token.
    if policy.has_token && data.health.tells_filtering {
        return None;
    }
    let access = access?;
    let narrowed = policy.query.filter.is_some() || policy.query.peer.is_some();
    let listed = !narrowed && access.services.value().is_some_and(|services| services.contains(&policy.query.service));
    match (&access.service, &access.nodes.result) {
        (Err(Failure::AccessDenied(_)), _) => Some(format!("{blind}: {who} lacks service:read for it")),
        (_, Ok(false)) => Some(format!("{blind}: {who} lacks node:read, or sees no node")),
        _ if listed => Some(format!("{blind} although the catalog lists it: {who} lacks node:read for its nodes")),
        // An agent does not tell about another datacenter, and one that hangs tells nothing.
        (Err(_), _) if matches!(access.acls.result, Ok(true)) => {
            Some(format!("{blind}: there is none, or {who} lacks service:read for it"))
        }
        _ => None,
    }
}

/// Why there is nothing, and what to do about it.
fn nothing(data: &Data, history: &History, policy: &Policy) -> (String, String) {
    let compare = "compare with consul catalog services; register it again on its nodes (consul reload, or whatever registered it)"
        .to_owned();
    if !data.all.is_empty()
        && let Some(narrowed) = policy.query.narrowed()
    {
        let others = wording::count(data.all.len(), "instance", "instances");
        return (
            format!("of {others} none has {narrowed}"),
            "look at consul catalog nodes -service, or ask for others".to_owned(),
        );
    }
    if let Some(twin) = data.twins.first() {
        return (format!("{} is, which differs in case", text::name(twin)), compare);
    }
    if let Some(last) = history.instances.values().map(|last| last.seen).reduce(f64::max) {
        let seconds = history.at.max(last) - last;
        let ago = if seconds < 1.0 {
            "at the last run".to_owned()
        } else {
            format!("{} before the last run", wording::age(seconds))
        };
        let gone = if history.instances.len() == 1 {
            "its instance is".to_owned()
        } else {
            format!("all {} are", wording::count(history.instances.len(), "instance", "instances"))
        };
        return (format!("{gone} gone, registered {ago}"), compare);
    }
    let narrowed = policy.query.filter.as_ref().map_or("", |_| " that matches the filter");
    (format!("it is unknown or has no instance left{narrowed}"), compare)
}

/// The policy that the token needs.
pub(super) fn permission(policy: &Policy) -> String {
    let token = if policy.has_token { "fix the token" } else { "give a token (--token-file)" };
    let service = text::quote(&policy.query.service);
    format!(
        "{token}: its policy needs service:read and node:read, \
         service \"{service}\" {{ policy = \"read\" }} node_prefix \"\" {{ policy = \"read\" }}"
    )
}
