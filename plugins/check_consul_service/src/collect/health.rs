//! `/v1/health/service/NAME`.

use std::borrow::Cow;
use std::mem::size_of;
use std::num::NonZeroU64;
use std::time::Duration;

use common::HostPort;
use serde::Deserialize;

use super::answer::Head;
use super::elements::Keep;
use crate::query::Query;
use crate::snapshot::GOSSIP;
use crate::snapshot::{Check, Failure, Health, Instance, Key, Revision, Scope, Status};

/// Keeps the instances of the answer.
pub(crate) struct Instances<'q>(pub(crate) &'q Query);

impl Keep for Instances<'_> {
    type Entry<'a> = Entry<'a>;
    type Item = Instance;

    fn keep(&self, entry: Entry<'_>) -> Option<(Instance, usize)> {
        let instance = instance(entry, self.0);
        let weight = weight(&instance);
        Some((instance, weight))
    }
}

/// A server that has never heard of a leader counts from the year 1, as far as its clock can: some 292 years.
const NEVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The consistency headers of an answer, which only Consul sends.
///
/// # Errors
/// They are missing.
pub(crate) fn headers(head: &Head) -> Result<Health, Failure> {
    let number = |name| head.header(name).and_then(|value| value.parse().ok());
    let Some(known_leader) = head.header("x-consul-knownleader") else {
        return Err(Failure::NotUnderstood("no header X-Consul-Knownleader: not Consul".to_owned()));
    };
    Ok(Health {
        instances: Vec::new(),
        known_leader: known_leader == "true",
        last_contact: number("x-consul-lastcontact").map(Duration::from_millis).filter(|since| *since < NEVER),
        index: number("x-consul-index"),
        filtered: head.header("x-consul-results-filtered-by-acls") == Some("true"),
        default_deny: head.header("x-consul-default-acl-policy") == Some("deny"),
        tells_filtering: head.header("x-consul-default-acl-policy").is_some(),
    })
}

/// An element of the answer, as far as it is of use.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry<'a> {
    #[serde(borrow)]
    node: NodeEntry<'a>,
    #[serde(borrow)]
    service: ServiceEntry<'a>,
    #[serde(borrow)]
    checks: Option<Vec<CheckEntry<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NodeEntry<'a> {
    #[serde(borrow)]
    node: Cow<'a, str>,
    #[serde(borrow, default)]
    address: Cow<'a, str>,
    #[serde(borrow, default)]
    partition: Cow<'a, str>,
    #[serde(borrow, default)]
    peer_name: Cow<'a, str>,
    #[serde(default)]
    modify_index: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServiceEntry<'a> {
    #[serde(borrow, rename = "ID")]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) service: Cow<'a, str>,
    #[serde(borrow, default)]
    address: Cow<'a, str>,
    #[serde(default)]
    port: i64,
    #[serde(borrow, default)]
    tags: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    namespace: Cow<'a, str>,
    #[serde(borrow, default)]
    partition: Cow<'a, str>,
    #[serde(borrow, default)]
    peer_name: Cow<'a, str>,
    #[serde(default)]
    create_index: u64,
    #[serde(default)]
    modify_index: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CheckEntry<'a> {
    #[serde(borrow, default)]
    pub(super) node: Cow<'a, str>,
    #[serde(borrow, rename = "CheckID")]
    check_id: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default, rename = "Type")]
    kind: Cow<'a, str>,
    status: Status,
    #[serde(borrow, default)]
    notes: Cow<'a, str>,
    #[serde(borrow, default)]
    output: Cow<'a, str>,
    #[serde(borrow, default, rename = "ServiceID")]
    service_id: Cow<'a, str>,
    #[serde(default)]
    create_index: u64,
    #[serde(default)]
    modify_index: u64,
}

fn instance(entry: Entry<'_>, query: &Query) -> Instance {
    let revision = revision(&entry);
    let Entry { node, service, checks } = entry;
    let selected = query.selects(&node.node, &service.tags.unwrap_or_default());
    let host = if service.address.is_empty() { node.address } else { service.address };
    let port = u16::try_from(service.port).ok().filter(|port| *port > 0);
    let first = |one: Cow<str>, other: Cow<str>| if one.is_empty() { other } else { one }.into_owned();
    // Every node has it, and while it passes it says nothing.
    let counts = |check: &CheckEntry| check.check_id != GOSSIP || check.status != Status::Passing;
    Instance {
        key: Key {
            peer: first(service.peer_name, node.peer_name),
            partition: first(service.partition, node.partition),
            namespace: service.namespace.into_owned(),
            node: node.node.into_owned(),
            id: service.id.into_owned(),
        },
        service: service.service.into_owned(),
        address: HostPort { host: host.into_owned(), port },
        selected,
        checks: kept(checks.unwrap_or_default().into_iter().filter(counts)),
        revision,
    }
}

/// The indexes of an entry; zero stands for none, as in Go.
fn revision(Entry { node, service, checks }: &Entry<'_>) -> Revision {
    let checks = || checks.iter().flatten();
    let registered = checks().map(|check| check.create_index).chain([service.create_index, service.modify_index]);
    let written = checks().map(|check| check.modify_index).chain([service.modify_index, node.modify_index]);
    Revision {
        registered: registered.max().and_then(NonZeroU64::new),
        written: written.max().and_then(NonZeroU64::new),
    }
}

/// The checks, in no more memory than they take: collected in place, they would stay in the memory of the entries.
pub(super) fn kept<'a>(entries: impl Iterator<Item = CheckEntry<'a>>) -> Vec<Check> {
    let mut checks: Vec<_> = entries.map(Check::from).collect();
    checks.shrink_to_fit();
    checks
}

impl From<CheckEntry<'_>> for Check {
    fn from(entry: CheckEntry<'_>) -> Self {
        Self {
            id: entry.check_id.into_owned(),
            name: entry.name.into_owned(),
            kind: entry.kind.into_owned(),
            scope: if entry.service_id.is_empty() { Scope::Node } else { Scope::Service },
            status: entry.status,
            notes: entry.notes.into_owned(),
            // Most of a large answer, and nobody reads it.
            output: if entry.status == Status::Passing { String::new() } else { entry.output.into_owned() },
        }
    }
}

/// The bytes that it takes, about.
fn weight(instance: &Instance) -> usize {
    let Instance { key: Key { peer, partition, namespace, node, id }, service, address, checks, .. } = instance;
    let words = [peer, partition, namespace, node, id, service, &address.host].map(String::capacity);
    size_of::<Instance>() + words.iter().sum::<usize>() + weight_of(checks)
}

/// The bytes that checks take, about.
pub(super) fn weight_of(checks: &[Check]) -> usize {
    let of_checks = checks.iter().map(|check| {
        let words = [&check.id, &check.name, &check.kind, &check.notes, &check.output].map(String::capacity);
        size_of::<Check>() + words.iter().sum::<usize>()
    });
    of_checks.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Environment};
    use crate::collect::recorded;
    use crate::policy::Target;
    use crate::snapshot::Answer;
    use clap::Parser;

    fn query(args: &[&str]) -> Query {
        let cli = Cli::try_parse_from([&["x", "-s", "web"], args].concat()).unwrap();
        Target::new(&cli, &Environment::default()).unwrap().query
    }

    /// What is read of an answer with these headers and this body.
    fn read(headers: &str, body: &str) -> Answer<Health> {
        let headers = ["Content-Type: application/json", headers].join("\n");
        let record = format!("### a:8500 stale\nHTTP/1.1 200 OK\n{}\n\n{body}\n", headers.trim_end());
        recorded::snapshot(&record, &query(&["--tag", "primary"])).agents.swap_remove(0).stale
    }

    const KNOWN: &str = "X-Consul-Knownleader: true";

    fn one(body: &str) -> Instance {
        read(KNOWN, &format!("[{body}]")).result.unwrap().instances.swap_remove(0)
    }

    /// The fields of Consul's documentation, of 1.17 and newer, with what Enterprise and peering add; the values are ours.
    /// <https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-service>
    #[test]
    fn an_instance_of_a_new_consul_with_all_that_it_tells() {
        let instance = one(
            r#"{"Node": {"ID": "40e4a748-2192-161a-0510-9bf59fe950b5", "Node": "t2.320", "Address": "192.0.2.1",
                "Datacenter": "dc1", "TaggedAddresses": {"lan": "192.0.2.1", "wan": "192.0.2.1"},
                "Meta": {"instance_type": "t2.medium"}, "Partition": "blue", "PeerName": "", "Locality": {"Region": "eu"},
                "CreateIndex": 5, "ModifyIndex": 13},
              "Service": {"ID": "web1", "Service": "web", "Tags": ["Primary"], "Address": "192.0.2.9",
                "TaggedAddresses": {"lan": {"address": "192.0.2.9", "port": 80}}, "Meta": {"web_version": "2.0"},
                "Port": 80, "Ports": null, "Weights": {"Passing": 10, "Warning": 1}, "Namespace": "shop",
                "Partition": "blue", "PeerName": "east", "SocketPath": "", "EnableTagOverride": false,
                "Proxy": {"Mode": "", "MeshGateway": {}, "Expose": {}}, "Connect": {}, "CreateIndex": 14, "ModifyIndex": 15},
              "Checks": [
                {"Node": "t2.320", "CheckID": "serfHealth", "Name": "Serf Health Status", "Status": "passing", "Notes": "",
                 "Output": "Agent alive and reachable", "ServiceID": "", "ServiceName": "", "ServiceTags": [],
                 "ExposedPort": 0, "Interval": "", "Timeout": "", "Namespace": "default"},
                {"Node": "t2.320", "CheckID": "service:web", "Name": "Service 'web' check", "Status": "critical",
                 "Notes": "mind", "Output": "timed out", "ServiceID": "web1", "ServiceName": "web",
                 "ServiceTags": ["Primary"], "Type": "http", "PeerName": "east", "Namespace": "shop",
                 "CreateIndex": 16, "ModifyIndex": 20}]}"#,
        );
        let key = Key {
            peer: "east".to_owned(),
            partition: "blue".to_owned(),
            namespace: "shop".to_owned(),
            node: "t2.320".to_owned(),
            id: "web1".to_owned(),
        };
        let check = Check {
            id: "service:web".to_owned(),
            name: "Service 'web' check".to_owned(),
            kind: "http".to_owned(),
            scope: Scope::Service,
            status: Status::Critical,
            notes: "mind".to_owned(),
            output: "timed out".to_owned(),
        };
        let address = HostPort { host: "192.0.2.9".to_owned(), port: Some(80) };
        let service = "web".to_owned();
        let revision = Revision { registered: NonZeroU64::new(16), written: NonZeroU64::new(20) };
        assert_eq!(instance, Instance { key, service, address, selected: true, checks: vec![check], revision });
    }

    /// Consul 1.4: neither types nor namespaces.
    #[test]
    fn an_instance_of_an_old_consul() {
        let instance = one(r#"{"Node": {"Node": "a", "Address": "192.0.2.1"},
              "Service": {"ID": "web", "Service": "web", "Tags": ["x", "primary"], "Address": "", "Port": 80},
              "Checks": [{"Node": "a", "CheckID": "service:web", "Name": "w", "Status": "warning", "Notes": "",
                "Output": "slow", "ServiceID": "web", "ServiceName": "web"}]}"#);
        assert_eq!(instance.key, Key { node: "a".to_owned(), id: "web".to_owned(), ..Key::default() });
        assert_eq!(instance.address.to_string(), "192.0.2.1:80", "the node's, since the service has none");
        assert_eq!((instance.checks[0].kind.as_str(), instance.checks[0].status), ("", Status::Warning));
        assert!(instance.selected);
        assert_eq!(instance.revision, Revision::default());
    }

    /// Go says `null` for a list that is empty, and leaves out what it does not know.
    #[test]
    fn what_is_null_or_left_out_is_nothing() {
        for (service, checks) in [
            (r#""Tags": null, "Address": "", "Port": 0, "Meta": null"#, "null"),
            (r#""Tags": [], "Address": "", "Port": 0"#, "[]"),
            (r#""Port": -1"#, "null"),
            (r#""Port": 65536"#, "null"),
        ] {
            let body = format!(
                r#"{{"Node": {{"Node": "a", "Address": "192.0.2.1"}}, "Service": {{"ID": "web", "Service": "web", {service}}}, "Checks": {checks}}}"#
            );
            let instance = one(&body);
            assert_eq!((instance.checks.len(), instance.address.to_string().as_str()), (0, "192.0.2.1"), "{body}");
            assert!(!instance.selected, "it lacks the tag: {body}");
        }
        let bare = one(r#"{"Node": {"Node": "a"}, "Service": {"ID": "web", "Service": "web"}}"#);
        assert_eq!(bare.address, HostPort { host: String::new(), port: None });
    }

    #[test]
    fn addresses_may_be_of_version_6_or_names() {
        for (address, shown) in
            [("2001:db8::1", "[2001:db8::1]:80"), ("::1", "[::1]:80"), ("db.example", "db.example:80")]
        {
            let service = format!(r#""ID": "web", "Service": "web", "Address": "{address}", "Port": 80"#);
            let body = format!(
                r#"{{"Node": {{"Node": "a", "Address": "192.0.2.1"}}, "Service": {{{service}}}, "Checks": []}}"#
            );
            assert_eq!(one(&body).address.to_string(), shown);
        }
    }

    /// Gossip that holds the agent alive says nothing, and nobody reads the words of what passes.
    #[test]
    fn only_what_is_of_use_is_kept() {
        let check = |id: &str, status: &str, service: &str| {
            format!(r#"{{"CheckID": "{id}", "Status": "{status}", "Output": "words", "ServiceID": "{service}"}}"#)
        };
        let checks = [check("serfHealth", "passing", ""), check("disk", "passing", ""), check("web", "warning", "web")];
        let body = format!(
            r#"{{"Node": {{"Node": "a"}}, "Service": {{"ID": "web", "Service": "web"}}, "Checks": [{}]}}"#,
            checks.join(",")
        );
        let kept: Vec<_> = one(&body).checks.into_iter().map(|check| (check.id, check.scope, check.output)).collect();
        let owned = |id: &str, scope, output: &str| (id.to_owned(), scope, output.to_owned());
        assert_eq!(kept, [owned("disk", Scope::Node, ""), owned("web", Scope::Service, "words")]);
        let lost = body.replacen("passing", "critical", 1);
        assert_eq!(one(&lost).checks[0].id, "serfHealth");
    }

    /// 1.11 adds the headers of ACLs, 1.8 the effective consistency; some go missing behind proxies.
    #[test]
    fn headers_say_how_far_the_answer_can_be_trusted() {
        let health = |headers: &str| read(headers, "[]").result;
        let all = "X-Consul-Knownleader: true\nX-Consul-Lastcontact: 21\nX-Consul-Index: 18446744073709551615\n\
                   X-Consul-Effective-Consistency: stale\nX-Consul-Query-Backend: blocking-query\n\
                   X-Consul-Results-Filtered-By-Acls: true\nX-Consul-Default-Acl-Policy: deny";
        let read = health(all).unwrap();
        assert!(read.known_leader && read.filtered && read.default_deny);
        assert_eq!((read.last_contact, read.index), (Some(Duration::from_millis(21)), Some(u64::MAX)));
        let allowed =
            health("X-Consul-Knownleader: false\nX-Consul-Default-ACL-Policy: allow\nX-Consul-Lastcontact: -1")
                .unwrap();
        assert!(!allowed.known_leader && !allowed.filtered && !allowed.default_deny);
        assert_eq!((allowed.last_contact, allowed.index), (None, None));
        // As from a server that has never heard of a leader, and the longest that one has.
        let contact = |millis: u64| {
            health(&format!("X-Consul-Knownleader: false\nX-Consul-Lastcontact: {millis}")).unwrap().last_contact
        };
        assert_eq!(contact(9_223_372_036_854), None);
        assert_eq!(contact(86_400_000), Some(Duration::from_secs(86_400)));
        let Err(Failure::NotUnderstood(words)) = health("Server: nginx") else { panic!("that is Consul") };
        assert_eq!(words, "no header X-Consul-Knownleader: not Consul");
    }

    /// Two agents that keep as much, or an answer is refused that would not fit.
    #[test]
    fn what_is_kept_is_weighed_with_its_words() {
        let body = |words: &str| {
            let check = format!(r#"{{"CheckID": "c", "Status": "critical", "Output": "{words}", "Notes": "{words}"}}"#);
            format!(r#"{{"Node": {{"Node": "a"}}, "Service": {{"ID": "web", "Service": "web"}}, "Checks": [{check}]}}"#)
        };
        let (light, heavy) = (weight(&one(&body(""))), weight(&one(&body(&"x".repeat(1000)))));
        assert_eq!(heavy - light, 2000);
        assert!(light >= size_of::<Instance>() + size_of::<Check>());
    }
}
