//! The URLs of all requests to an agent.

use reqwest::Url;

use crate::query::Query;

/// The paths of the API, with what narrows the question.
#[derive(Clone)]
pub(super) struct Urls {
    pub(super) consistent: Url,
    pub(super) stale: Url,
    pub(super) leader: Url,
    pub(super) peers: Url,
    pub(super) autopilot: Url,
    pub(super) members: Url,
    pub(super) itself: Url,
    pub(super) local: Url,
    pub(super) token: Url,
    pub(super) nodes: Url,
    pub(super) services: Url,
}

impl Urls {
    pub(super) fn new(base: &Url, query: &Query) -> Self {
        let service = query.service.as_str();
        let at = |path: &[&str]| appended(base, path);
        let there = |path: &[&str]| with(at(path), &[("dc", &query.datacenter)]);
        let scope = [("dc", &query.datacenter), ("ns", &query.namespace), ("partition", &query.partition)];
        let scoped = |path: &[&str]| with(at(path), &scope);
        let health = |mode| {
            let url = scoped(&["v1", "health", "service", service]);
            flagged(with(url, &[("peer", &query.peer), ("filter", &query.filter)]), mode)
        };
        let local = with(at(&["v1", "agent", "health", "service", "name", service]), &[("ns", &query.namespace)]);
        let partition = [("partition", &query.partition)];
        Self {
            consistent: health("consistent"),
            stale: health("stale"),
            leader: there(&["v1", "status", "leader"]),
            peers: there(&["v1", "status", "peers"]),
            autopilot: there(&["v1", "operator", "autopilot", "health"]),
            members: at(&["v1", "agent", "members"]),
            itself: at(&["v1", "agent", "self"]),
            local,
            token: there(&["v1", "acl", "token", "self"]),
            nodes: flagged(with(there(&["v1", "catalog", "nodes"]), &partition), "stale"),
            services: flagged(scoped(&["v1", "catalog", "services"]), "stale"),
        }
    }
}

/// A segment of a path may hold anything.
fn appended(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    // Only a URL such as mailto: has no path.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

fn with(mut url: Url, pairs: &[(&str, &Option<String>)]) -> Url {
    for (name, value) in pairs {
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url
}

fn flagged(mut url: Url, flag: &str) -> Url {
    url.query_pairs_mut().append_key_only(flag);
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Environment};
    use crate::policy::Target;
    use clap::Parser;

    fn urls(args: &[&str]) -> Urls {
        let target = Target::new(&Cli::parse_from([&["x"], args].concat()), &Environment::default()).unwrap();
        Urls::new(&target.agents[0].base, &target.query)
    }

    #[test]
    fn the_name_is_one_segment_of_the_path_whatever_it_holds() {
        let urls = urls(&["-s", "a/b?c#d e%", "--datacenter", "dc 1", "--http-addr", "http://h:1/api/"]);
        let name = "http://h:1/api/v1/health/service/a%2Fb%3Fc%23d%20e%25";
        assert_eq!(urls.consistent.as_str(), format!("{name}?dc=dc+1&consistent"));
        assert_eq!(urls.stale.as_str(), format!("{name}?dc=dc+1&stale"));
        assert_eq!(urls.leader.as_str(), "http://h:1/api/v1/status/leader?dc=dc+1");
        assert_eq!(urls.local.as_str(), "http://h:1/api/v1/agent/health/service/name/a%2Fb%3Fc%23d%20e%25");
    }

    /// <https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-service>
    #[test]
    fn what_narrows_the_question_has_the_names_of_the_documentation() {
        let enterprise = ["-s", "web", "--namespace", "n", "--partition", "p"];
        let narrow = ["--peer", "east", "--filter", "Node.Meta.zone == \"a\""];
        let urls = urls(&[&enterprise[..], &narrow].concat());
        assert_eq!(urls.stale.query(), Some("ns=n&partition=p&peer=east&filter=Node.Meta.zone+%3D%3D+%22a%22&stale"));
        assert_eq!(urls.services.query(), Some("ns=n&partition=p&stale"));
    }
}
