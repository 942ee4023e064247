//! What answers look like in several versions of Consul, and what checks an instance has.

use serde_json::{Value, json};
use test_support::oracle::State;
use test_support::plugin::assert_says;
use test_support::server::HttpReply;

use crate::consul::{Ask, Consul, Script, With, check, failing, health, healthy, instance, itself, reply};
use crate::{ask, assert_shows, value};

fn without(mut value: Value, pointer: &str, name: &str) -> Value {
    value.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
    value
}

/// Before 1.7 a check has no type; before 1.3 a service has no weights. Only what is needed must be there.
#[test]
fn what_an_old_version_leaves_out_is_not_needed() {
    let mut old = instance("a");
    for (pointer, name) in [
        ("/Node", "ID"),
        ("/Node", "Datacenter"),
        ("/Node", "TaggedAddresses"),
        ("/Node", "Meta"),
        ("/Service", "Weights"),
        ("/Service", "Proxy"),
        ("/Service", "Connect"),
        ("/Service", "Tags"),
        ("/Service", "TaggedAddresses"),
        ("/Checks/0", "Type"),
        ("/Checks/1", "Type"),
        ("/Checks/1", "Definition"),
        ("/Checks/1", "ServiceTags"),
        ("/Checks/1", "Notes"),
    ] {
        old = without(old, pointer, name);
    }
    assert_says(&ask(Consul::saying(health(&[old])).addr(), &[]), State::Ok, "web: 1/1 passing");
}

/// 1.10 adds partitions, 1.14 peers, 1.17 localities, and 1.16 `X-Consul-Query-Backend`.
#[test]
fn what_a_new_version_adds_does_no_harm() {
    let new = instance("a")
        .with("/Node/Partition", "default")
        .with("/Node/Locality", json!({"Region": "eu", "Zone": "a"}))
        .with("/Service/Partition", "default")
        .with("/Service/Namespace", "default")
        .with("/Service/PeerName", "")
        .with("/Service/SocketPath", "")
        .with("/Service/Locality", Value::Null)
        .with("/Checks/1/ExposedPort", 0)
        .with("/Checks/1/Interval", "10s")
        .with("/Checks/1/Timeout", "1s")
        .with("/Checks/1/PeerName", "")
        .with("/Later", json!([{"Deep": [1.5e300, -1, null, true, {"\u{e9}": "\\"}]}]));
    let answer = health(&[new])
        .header("X-Consul-Query-Backend", "blocking-query")
        .header("X-Consul-Effective-Consistency", "consistent")
        .header("X-Consul-Translate-Addresses", "true")
        .header("Vary", "Accept-Encoding");
    let output = ask(Consul::saying(answer).addr(), &["-v"]);
    assert_says(&output, State::Ok, "web: 1/1 passing");
    assert_shows(&output, "a (192.0.2.97:80) passing");
}

#[test]
fn the_type_of_the_content_may_have_parameters_and_fields_any_case() {
    let lower: Vec<_> = healthy().headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    let answer = HttpReply { headers: lower, ..healthy() };
    assert_says(&ask(Consul::saying(answer).addr(), &[]), State::Ok, "web: 3/3 passing");
    let mut answer = healthy();
    answer.headers[0].1 = "application/json; charset=utf-8".to_owned();
    assert_says(&ask(Consul::saying(answer).addr(), &[]), State::Ok, "web: 3/3 passing");
    // `?pretty`, which a proxy may add.
    let pretty = serde_json::to_vec_pretty(&[instance("a")]).unwrap();
    let answer = HttpReply { body: pretty, ..healthy() };
    assert_says(&ask(Consul::saying(answer).addr(), &[]), State::Ok, "web: 1/1 passing");
}

#[test]
fn an_address_is_the_services_or_else_the_nodes() {
    for (address, port, shown) in [
        (json!(""), json!(80), "192.0.2.97:80"),
        (json!("198.51.100.1"), json!(8080), "198.51.100.1:8080"),
        (json!("2001:db8::1"), json!(80), "[2001:db8::1]:80"),
        (json!("db.example.org"), json!(0), "db.example.org"),
        (json!("198.51.100.1"), json!(-1), "198.51.100.1"),
        (json!("198.51.100.1"), json!(70_000), "198.51.100.1"),
    ] {
        let one = instance("a").with("/Service/Address", address).with("/Service/Port", port);
        let output = ask(Consul::saying(health(&[one])).addr(), &["-v"]);
        assert_shows(&output, &format!("a ({shown}) passing"));
    }
}

/// Nodes of `consul-esm` have no agent, so no serfHealth.
#[test]
fn a_node_without_an_agent_is_one() {
    let external = instance("a").with("/Checks", json!([check("a", "service:web", "HTTP 200 OK")]));
    assert_says(&ask(Consul::saying(health(&[external])).addr(), &[]), State::Ok, "web: 1/1 passing");
}

/// Consul says maintenance as critical with a reserved id (`consul_exporter` #152), and no status but three.
#[test]
fn a_status_that_consul_does_not_know_is_not_guessed_at() {
    for status in ["maintenance", "PASSING", "", "unknown"] {
        let output = ask(Consul::saying(health(&[failing("a", status, "")])).addr(), &[]);
        assert_says(&output, State::Critical, "bad JSON (unknown variant");
    }
}

/// What counts as a check of the service is what the service was registered with.
#[test]
fn an_instance_without_a_check_of_its_own_is_a_warning() {
    let maintenance = check("b", "_service_maintenance:web", "").with("/Status", "critical");
    for checks in [
        Value::Null,
        json!([]),
        json!([check("b", "serfHealth", "")]),
        json!([check("b", "disk", "")]),
        json!([maintenance]),
    ] {
        let consul = Consul::saying(health(&[instance("a"), instance("b").with("/Checks", checks.clone())]));
        let output = ask(consul.addr(), &[]);
        assert_eq!(output.state(), State::Warning, "{output:?}");
        assert_shows(&output, "no check of its own: b (192.0.2.98:80)");
        let passing = if checks[0]["Status"] == "critical" { 1.0 } else { 2.0 };
        assert_eq!(value(&output, "instances_passing"), Some(passing));
    }
}

#[test]
fn a_check_that_only_connects_can_be_made_a_warning() {
    let tcp = instance("a").with("/Checks/1/Type", "tcp");
    let consul = Consul::saying(health(&[tcp.clone(), instance("b")]));
    assert_says(&ask(consul.addr(), &[]), State::Ok, "web: 2/2 passing");
    let output = ask(consul.addr(), &["--severity", "only-tcp=warning"]);
    assert_says(&output, State::Warning, "nothing but a TCP check: a (192.0.2.97:80)");
    let more = tcp.with("/Checks/2", check("a", "service:web:2", ""));
    let output = ask(Consul::saying(health(&[more])).addr(), &["--severity", "only-tcp=warning"]);
    assert_says(&output, State::Ok, "web: 1/1 passing");
}

/// Consul names a check after its service when nobody names it (`CheckTypes` of 1.8.7): that tells nothing of the check.
#[test]
fn a_check_that_every_instance_must_have_is_missed() {
    let made_up = |node| instance(node).with("/Checks/1/Name", "Service 'web' check");
    let galera = made_up("a").with("/Checks/1/Name", "Galera is synced");
    let by_id = made_up("b").with("/Checks/1/CheckID", "service:wsrep");
    let second = check("c", "service:web:2", "").with("/Name", "Service 'web' check");
    let consul = Consul::saying(health(&[galera, by_id, made_up("c").with("/Checks/2", second)]));
    let output = ask(consul.addr(), &["--require-check", "^galera|WSREP$"]);
    assert_says(&output, State::Warning, "no check that --require-check asks for: c (192.0.2.99:80); web: 3/3");
    for none in ["serf", "web", "check|:2$"] {
        let output = ask(consul.addr(), &["--require-check", none]);
        let said =
            "no check that --require-check asks for: a (192.0.2.97:80), b (192.0.2.98:80) and c (192.0.2.99:80);";
        assert_says(&output, State::Warning, said);
    }
    for (part, given) in [("Name", "web answers"), ("CheckID", "web"), ("CheckID", "service:web-answers")] {
        let consul = Consul::saying(health(&[made_up("a").with(&format!("/Checks/1/{part}"), given)]));
        assert_says(&ask(consul.addr(), &["--require-check", "web"]), State::Ok, "web: 1/1 passing");
    }
}

/// Versions before 1.9 leave fields out of `/v1/agent/self` as ACLs do.
#[test]
fn an_agent_tells_of_itself_what_it_wants() {
    for itself in [
        without(itself("dc1"), "", "DebugConfig"),
        without(itself("dc1"), "/DebugConfig", "DNSOnlyPassing"),
        without(itself("dc1"), "/Config", "Version"),
        itself("dc1").with("/Config/Version", "2.0.0+ent").with("/xDS", json!({"Port": 8502})),
    ] {
        let consul = Script::healthy().on(Ask::Itself, reply(&itself)).start();
        let output = ask(consul.addr(), &["-v"]);
        assert_says(&output, State::Ok, "web: 3/3 passing");
        assert_shows(&output, "(mon1, Consul ");
    }
}
