//! Which instances are meant.

use serde_json::{Value, json};
use test_support::oracle::State;
use test_support::plugin::assert_says;

use crate::consul::{Ask, Consul, With, failing, health, instance};
use crate::{ask, assert_shows, check, value};

fn tagged(node: &str, tags: impl Into<Value>) -> Value {
    instance(node).with("/Service/Tags", tags)
}

fn registered(consul: &Consul, args: &[&str]) -> Option<f64> {
    value(&ask(consul.addr(), args), "instances_registered")
}

/// Consul compares tags and the names of nodes without regard to case.
#[test]
fn an_instance_has_all_tags_that_were_asked_for() {
    let consul = Consul::saying(health(&[
        tagged("a", json!(["Primary", "v2"])),
        tagged("b", json!(["v2"])),
        tagged("c", json!([])),
        tagged("d", Value::Null),
    ]));
    for (args, count) in [
        (&[][..], 4.0),
        (&["--tag", "v2"], 2.0),
        (&["--tag", "V2", "--tag", "primary"], 1.0),
        (&["--tag", "v"], 0.0),
        (&["--node", "B"], 1.0),
        (&["--node", "b", "--tag", "v2"], 1.0),
        (&["--node", "b", "--tag", "primary"], 0.0),
        (&["--node", "x"], 0.0),
    ] {
        assert_eq!(registered(&consul, args), Some(count), "{args:?}");
    }
}

#[test]
fn who_is_not_meant_is_not_judged() {
    let consul = Consul::saying(health(&[tagged("a", json!(["x"])), failing("b", "critical", "gone")]));
    assert_says(&ask(consul.addr(), &["--tag", "x"]), State::Ok, "web: 1/1 passing");
    assert_says(&ask(consul.addr(), &["--node", "b"]), State::Critical, "web: 0/1 passing");
    let none = ask(consul.addr(), &["--tag", "y", "--node", "a"]);
    assert_says(&none, State::Critical, "web is not registered: of 2 instances none has the tag y and the node a");
}

/// <https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-service>
#[test]
fn what_narrows_the_question_is_sent_as_it_is_documented() {
    let consul = Consul::healthy();
    let expression = r#"Node.Meta.zone == "a&b+c" and "x" in Service.Tags"#;
    let sent = "Node.Meta.zone%20%3D%3D%20%22a%26b%2Bc%22%20and%20%22x%22%20in%20Service.Tags";
    let narrow = ["--datacenter", "dc 2", "--namespace", "ns&1", "--partition", "p=1", "--peer", "east/1"];
    ask(consul.addr(), &[&narrow[..], &["--filter", expression]].concat());
    for (question, path, flag) in
        [(Ask::Consistent, "/v1/health/service/web", "consistent"), (Ask::Stale, "/v1/health/service/web", "stale")]
    {
        let target = consul.target(question);
        let (asked, query) = target.split_once('?').unwrap();
        let mut parts: Vec<_> = query.split('&').map(|part| part.replace('+', "%20")).collect();
        parts.sort_unstable();
        let filter = format!("filter={sent}");
        let mut wanted = ["dc=dc%202", "ns=ns%261", "partition=p%3D1", "peer=east%2F1", &filter, flag];
        wanted.sort_unstable();
        assert_eq!((asked, parts), (path, wanted.map(str::to_owned).to_vec()));
    }
    // Which leader, and whose servers.
    assert_eq!(consul.target(Ask::Leader).replace('+', "%20"), "/v1/status/leader?dc=dc%202");
    // An agent has only instances of its own datacenter and cluster.
    assert_eq!(consul.asked(Ask::Local), 0);
}

#[test]
fn the_environment_names_namespace_and_partition_unless_the_arguments_do() {
    let consul = Consul::healthy();
    let variables = || check(&["-H", &consul.address()]).env("CONSUL_NAMESPACE", "n1").env("CONSUL_PARTITION", "p1");
    variables().run();
    assert_eq!(consul.target(Ask::Consistent), "/v1/health/service/web?ns=n1&partition=p1&consistent");
    variables().args(["--namespace", "n2", "--partition", "p2"]).run();
    assert_eq!(consul.target(Ask::Consistent), "/v1/health/service/web?ns=n2&partition=p2&consistent");
}

/// Consul 1.14 and newer names the peer in the node and in the service.
#[test]
fn instances_of_peers_partitions_and_namespaces_are_others() {
    let twins = [
        instance("a"),
        instance("a").with("/Service/PeerName", "east").with("/Node/PeerName", "east"),
        instance("a").with("/Service/Partition", "p1").with("/Node/Partition", "p1"),
        instance("a").with("/Service/Namespace", "n1"),
        instance("a").with("/Service/ID", "web-2"),
        instance("A"),
    ];
    let twins: Vec<_> = (0_u16..).zip(twins).map(|(port, twin)| twin.with("/Service/Port", 80 + port)).collect();
    let output = ask(Consul::saying(health(&twins)).addr(), &["-v"]);
    assert_says(&output, State::Ok, "web: 6/6 passing");
    for name in ["(192.0.2.97:81, peer east)", "partition p1", "namespace n1", "a/web-2 (192.0.2.97:84)"] {
        assert_shows(&output, name);
    }
    let doubled = Consul::saying(health(&[instance("a"), instance("a"), instance("a")]));
    assert_says(&ask(doubled.addr(), &[]), State::Ok, "web: 1/1 passing");
}

/// `default` is what Consul Enterprise calls what others do not have.
#[test]
fn a_name_that_everything_has_is_not_shown() {
    let ours = instance("a").with("/Service/Namespace", "default").with("/Service/Partition", "default");
    let output = ask(Consul::saying(health(&[ours])).addr(), &["-v"]);
    assert_shows(&output, "a (192.0.2.97:80) passing");
}

/// One look-up finds all services whose names differ only in case.
#[test]
fn a_name_that_differs_in_case_is_another_service() {
    let twin = instance("b").with("/Service/Service", "Web");
    let output = ask(Consul::saying(health(&[instance("a"), twin.clone()])).addr(), &[]);
    assert_says(&output, State::Warning, "beside web there is Web");
    assert_eq!(value(&output, "instances_registered"), Some(1.0));
    let output = ask(Consul::saying(health(&[twin])).addr(), &[]);
    assert_says(&output, State::Critical, "web is not registered: Web is, which differs in case");
}

/// hashicorp/consul#4499 and #6474: ghosts.
#[test]
fn two_instances_at_one_address_are_a_warning() {
    let ghost = instance("b").with("/Node/Address", "192.0.2.97");
    let output = ask(Consul::saying(health(&[instance("a"), ghost.clone()])).addr(), &[]);
    assert_says(&output, State::Warning, "2 instances at 192.0.2.97:80: a/web and b/web");
    let elsewhere = ghost.with("/Service/Address", "192.0.2.98");
    assert_says(&ask(Consul::saying(health(&[instance("a"), elsewhere])).addr(), &[]), State::Ok, "2/2 passing");
}
