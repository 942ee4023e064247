//! What an instance's checks come to, and which instance is which.

use common::HostPort;
use common::ServiceState::{Critical, Ok, Warning};

use super::scene::{check, healthy, recorded};
use crate::collect::recorded as record;
use crate::snapshot::Scope::{Node, Service};
use crate::snapshot::{Check, Status};

/// Consul's `HealthChecks.AggregatedStatus`: maintenance, critical, warning, passing, and passing without any.
#[test]
fn health_is_aggregated_as_consul_does() {
    use Status::{Critical, Passing, Warning};
    for (checks, verdict) in [
        (&[][..], "passing"),
        (&[("a", Node, Passing), ("b", Service, Passing)], "passing"),
        (&[("a", Node, Passing), ("b", Node, Warning)], "warning: node check b"),
        (&[("a", Service, Warning), ("b", Node, Passing)], "warning: service check a"),
        (&[("a", Node, Warning), ("b", Service, Critical)], "critical: service check b"),
        (&[("a", Service, Critical), ("b", Service, Warning)], "critical: service check a"),
        (
            &[("a", Service, Critical), ("serfHealth", Node, Critical)],
            "critical: its agent is unreachable by gossip, last service check critical",
        ),
        (&[("a", Service, Critical), ("_node_maintenance", Node, Critical)], "in node maintenance"),
        (&[("_service_maintenance:x", Service, Critical), ("serfHealth", Node, Critical)], "in maintenance"),
        // Only critical checks with these ids mean it, and none whose id goes on or is shorter.
        (&[("_service_maintenance:x", Service, Passing)], "passing"),
        (&[("_node_maintenance", Node, Warning)], "warning: node check _node_maintenance"),
        (&[("_node_maintenance_window", Node, Critical)], "critical: node check _node_maintenance_window"),
        (&[("_service_maintenance", Service, Critical)], "critical: service check _service_maintenance"),
    ] {
        let scene = healthy().checks(0, checks);
        let text = scene.verdict(&["-v"]).1;
        let state = verdict.split(':').next().unwrap().replace("node ", "");
        let item = format!("] db1 (127.0.0.11:3306) {state}\n");
        assert!(text.contains(&item), "{item:?} not in {text}");
        let found = text.contains(&format!("] db1 {verdict} ->"));
        assert_eq!(found, verdict != "passing", "{verdict:?} in {text}");
    }
}

#[test]
fn the_cause_says_whose_check_it_is_and_what_to_do() {
    let with = |id: &str, scope, status, notes: &str, output: &str| {
        let (notes, output) = (notes.to_owned(), output.to_owned());
        vec![
            Check { name: "Disk".to_owned(), notes, output, ..check(id, scope, status) },
            check("web", Service, Status::Passing),
        ]
    };
    let gossip = |own: &[Status]| {
        let own = own.iter().map(|status| check("web", Service, *status));
        std::iter::once(check("serfHealth", Node, Status::Critical)).chain(own).collect::<Vec<_>>()
    };
    for (checks, said) in [
        (
            with("disk", Node, Status::Critical, "", "full\n"),
            "db1 critical: node check Disk: \"full\" -> look after db1: Consul counts the check against every service there",
        ),
        (with("disk", Service, Status::Warning, "", ""), "warning: service check Disk -> look at the service on db1"),
        (
            with("_node_maintenance", Node, Status::Critical, "new disk", ""),
            "db1 in node maintenance \"new disk\" -> on db1, when it is over: consul maint -disable\n",
        ),
        (
            with("_service_maintenance:galeradb", Service, Status::Critical, "", ""),
            "db1 in maintenance -> on db1, when it is over: consul maint -disable -service=galeradb\n",
        ),
        (
            gossip(&[Status::Passing]),
            "critical: its agent is unreachable by gossip, last service check passing -> the service may be alive: look at db1",
        ),
        (gossip(&[Status::Passing, Status::Warning]), "last service check warning"),
        (gossip(&[]), "its agent is unreachable by gossip, the service has no check"),
    ] {
        healthy().instance(0, |instance| instance.checks.clone_from(&checks)).assert(&[], Warning, &[said]);
    }
}

/// What somebody registered stands in no command that an operator copies.
#[test]
fn a_command_of_a_remedy_holds_no_odd_id() {
    for (id, argument) in
        [("galera-1", "galera-1"), ("a; reboot", "ID"), ("$(reboot)", "ID"), ("-token=x", "ID"), ("", "ID")]
    {
        let maintenance = [("_service_maintenance:x", Service, Status::Critical)];
        let scene = healthy().checks(0, &maintenance).instance(0, |instance| id.clone_into(&mut instance.key.id));
        let said = format!("consul maint -disable -service={argument}\n");
        scene.assert(&["--severity", "no-check=ok"], Warning, &[&said]);
    }
}

/// Not by node, nor by address.
#[test]
fn instances_are_told_apart_by_peer_partition_namespace_node_and_id() {
    let doubled = |change: fn(&mut crate::snapshot::Key)| {
        healthy().instances(|instances| {
            let mut copy = instances[0].clone();
            change(&mut copy.key);
            copy.address.port = Some(3307);
            instances.push(copy);
        })
    };
    doubled(|_| ()).assert(&["--expect", "3"], Ok, &["3/3 passing"]);
    for (change, name) in [
        ((|key| key.peer = "east".to_owned()) as fn(&mut crate::snapshot::Key), "db1 (127.0.0.11:3307, peer east)"),
        (|key| key.partition = "blue".to_owned(), "db1 (127.0.0.11:3307, partition blue)"),
        (|key| key.namespace = "shop".to_owned(), "db1 (127.0.0.11:3307, namespace shop)"),
        (|key| key.node = "db9".to_owned(), "db9 (127.0.0.11:3307)"),
        (|key| key.id = "second".to_owned(), "db1/second (127.0.0.11:3307)"),
        (|key| key.namespace = "default".to_owned(), "db1 (127.0.0.11:3307)"),
    ] {
        doubled(change).assert(&["-v"], Ok, &["4/4 passing", &format!("{name} passing")]);
    }
}

/// Several instances of the one node, of which one is lost: the node is not.
#[test]
fn two_instances_of_a_node_fare_each_by_itself() {
    let scene = healthy().instances(|instances| {
        let mut copy = instances[0].clone();
        copy.key.id = "second".to_owned();
        copy.address.port = Some(3307);
        copy.checks = vec![check("web", Service, Status::Critical)];
        instances.push(copy);
    });
    let text = scene.assert(&[], Warning, &["galeradb: 3/4 passing", "db1/second critical: service check web ->"]);
    assert!(text.contains("[OK] db1 (127.0.0.11:3306) passing"), "{text}");
}

#[test]
fn tags_and_nodes_are_compared_as_consul_does() {
    for (args, passing) in [
        (&["--tag", "db1"][..], 1),
        (&["--tag", "DB1"], 1),
        (&["--tag", "db1", "--tag", "db2"], 0),
        (&["--tag", "db"], 0),
        (&["--node", "db2"], 1),
        (&["--node", "DB2"], 1),
        (&["--node", "db2", "--tag", "db1"], 0),
    ] {
        let scene = recorded!("two-agents", args);
        assert_eq!(scene.metric(&[], "instances_passing"), Some(passing.to_string()), "{args:?}");
        let state = if passing == 0 { Critical } else { Ok };
        let text = scene.assert(&[], state, &[]);
        assert!(!text.contains("drift"), "{text}");
    }
}

/// The answer of a real agent about a service that was named to be misread.
#[test]
fn a_name_may_hold_anything() {
    let query = crate::query::Query { service: "a b/c?d#e%".to_owned(), ..healthy().query(&[]) };
    let odd = record::snapshot(include_str!("../../../testdata/odd-name.http"), &query);
    let instances = crate::model::Data::of(&odd, &query).unwrap().instances;
    assert_eq!(instances.len(), 1);
    assert_eq!(instances[0].name(), "mon1/\"a b/c?d#e%-4\" (127.0.0.101:3306)");
    assert_eq!(instances[0].address, HostPort { host: "127.0.0.101".to_owned(), port: Some(3306) });
}
