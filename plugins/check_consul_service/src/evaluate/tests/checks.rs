//! What makes the health of an instance worth less than it seems.

use common::ServiceState::{Critical, Ok, Warning};

use super::scene::{Scene, check, healthy};
use crate::snapshot::{Check, Scope, Status};

fn kinds(of_each: &[&str]) -> Scene {
    let of_each: Vec<_> = of_each.iter().map(|kind| (*kind).to_owned()).collect();
    (0..3).fold(healthy(), |scene, place| {
        scene.instance(place, |instance| {
            let checks = of_each.iter().enumerate();
            let check = |(number, kind): (usize, &String)| Check {
                kind: kind.clone(),
                ..check(&format!("service:{number}"), Scope::Service, Status::Passing)
            };
            instance.checks = checks.map(check).collect();
        })
    })
}

#[test]
fn an_instance_without_a_check_of_its_own_passes_for_ever() {
    let scene = healthy().checks(1, &[("disk", Scope::Node, Status::Passing)]);
    scene.assert_first(
        &[],
        "CONSUL is WARNING: no check of its own: db2 (127.0.0.12:3306); galeradb: 3/3 passing; leader 127.0.0.11, may lose 1 server",
    );
    scene.assert(&["--severity", "no-check=ok"], Ok, &[]);
    kinds(&[]).assert(
        &[],
        Warning,
        &["no check of its own: db1 (127.0.0.11:3306), db2 (127.0.0.12:3306) and db3 (127.0.0.13:3306) ->"],
    );
}

#[test]
fn a_port_that_accepts_is_enough_unless_the_operator_says_otherwise() {
    let louder = ["--severity", "only-tcp=warning"];
    for (of_each, state) in [
        (&["tcp"][..], Warning),
        (&["tcp", "tcp"], Warning),
        (&["tcp", "http"], Ok),
        (&["script"], Ok),
        // Before 1.7 Consul did not tell.
        (&[""], Ok),
    ] {
        kinds(of_each).assert(&[], Ok, &[]);
        kinds(of_each).assert(&louder, state, &[]);
    }
    let none = kinds(&[]).assert(&louder, Warning, &["no check of its own"]);
    assert!(!none.contains("TCP"), "that is less than a port: {none}");
    kinds(&["tcp"]).assert(
        &louder,
        Warning,
        &["nothing but a TCP check: db1 (127.0.0.11:3306), db2", "-> a port that accepts proves little"],
    );
}

#[test]
fn who_lacks_the_required_check_is_named() {
    let scene = healthy().checks(1, &[("wsrep", Scope::Service, Status::Passing)]);
    scene.assert(
        &["--require-check", "WSREP"],
        Warning,
        &["no check that --require-check asks for: db1 (127.0.0.11:3306) and db3 (127.0.0.13:3306) -> register it there"],
    );
    // By name or id, of the node or the service; gossip is none that anybody registered.
    for (pattern, state) in
        [("^MariaDB$", Ok), ("^service:galeradb$", Warning), ("serfHealth", Warning), ("maria.*wsrep", Warning)]
    {
        healthy().assert(&["--require-check", pattern], state, &[]);
    }
    let lost =
        healthy().checks(0, &[("serfHealth", Scope::Node, Status::Critical), ("web", Scope::Service, Status::Passing)]);
    lost.assert(
        &["--require-check", "serfHealth|MariaDB"],
        Warning,
        &["no check that --require-check asks for: db1 (127.0.0.11:3306) ->"],
    );
    let node = healthy().checks(0, &[("wsrep", Scope::Node, Status::Passing)]);
    node.assert(&["--require-check", "wsrep|MariaDB"], Warning, &["no check of its own"]);
}

/// Of a check without an id Consul makes `service:ID`, of several `service:ID:NUMBER`, and of one without a name
/// `Service 'NAME' check` (`agent/agent.go`, `addServiceInternal`): they say nothing of what is checked.
#[test]
fn what_consul_made_up_of_the_service_names_no_check() {
    const MADE_UP: &str = "Service 'galeradb' check";
    for (instance_id, id, name, counts) in [
        ("galeradb", "service:galeradb", MADE_UP, false),
        ("galeradb", "service:galeradb:1", MADE_UP, false),
        ("galeradb", "service:galeradb:12", MADE_UP, false),
        ("galeradb-1", "service:galeradb-1", MADE_UP, false),
        ("galeradb-1", "service:galeradb-1:2", MADE_UP, false),
        // What Consul makes when it puts an instance or its node into maintenance.
        ("galeradb", "_service_maintenance:galeradb", "Service Maintenance Mode", false),
        ("galeradb", "_node_maintenance", "Node Maintenance Mode of galera", false),
        ("galeradb", "serfHealth", "galera", false),
        // One of both is enough.
        ("galeradb", "service:galeradb", "galera by TCP", true),
        ("galeradb", "galera", MADE_UP, true),
        // These were given, however they begin.
        ("galeradb", "service:galeradb-wsrep", MADE_UP, true),
        ("galeradb", "service:galeradb:", MADE_UP, true),
        ("galeradb", "service:galeradb:1st", MADE_UP, true),
        ("galeradb-1", "service:galeradb", MADE_UP, true),
        ("galeradb", "ping", "Service 'galeradb' checked", true),
        ("galeradb", "ping", "Service 'galera' check", true),
        ("galeradb", "ping", "ping", false),
    ] {
        let scope = if id == "serfHealth" || id == "_node_maintenance" { Scope::Node } else { Scope::Service };
        let named = Check { name: name.to_owned(), ..check(id, scope, Status::Passing) };
        let other = Check { name: "galera".to_owned(), ..check("galera", Scope::Service, Status::Passing) };
        let scene = (1..3)
            .fold(healthy(), |scene, place| scene.instance(place, |instance| instance.checks = vec![other.clone()]));
        let scene = scene.instance(0, |instance| {
            instance_id.clone_into(&mut instance.key.id);
            instance.checks = vec![named.clone()];
        });
        let missing = scene.ids(&["--require-check", "galera"]).contains("check-missing");
        assert_eq!(!missing, counts, "{id:?} {name:?} of {instance_id:?}");
    }
}

/// Nobody reads a list of a hundred.
#[test]
fn of_many_two_are_named_and_the_rest_counted() {
    let many = healthy().unseen_by_agents().instances(|instances| {
        for number in 0..7 {
            let mut copy = instances[0].clone();
            copy.key.node = format!("node{number}");
            copy.address.host = format!("127.0.2.{number}");
            instances.push(copy);
        }
    });
    let text = many.assert(&["--require-check", "wsrep"], Warning, &["and 8 more -> register it there"]);
    let line = text.lines().find(|line| line.starts_with("[WARNING] no check that --require-check asks for")).unwrap();
    assert_eq!(line.matches(":3306)").count(), 2, "{line}");
}

fn twin(name: &str) -> Scene {
    let name = name.to_owned();
    healthy().unseen_by_agents().instances(move |instances| {
        let mut twin = instances[0].clone();
        twin.service.clone_from(&name);
        twin.key.id.clone_from(&name);
        instances.push(twin);
    })
}

/// They are counted by nobody, and DNS hands them out.
#[test]
fn twins_are_named_and_not_counted() {
    twin("GaleraDB").assert(
        &["--expect", "3"],
        Warning,
        &["CONSUL is WARNING: beside galeradb there is GaleraDB; galeradb: 3/3 passing", "'instances_registered'=3;"],
    );
    twin("a|b<c").assert(&[], Warning, &["there is \"a b< c…"]);
}

#[test]
fn two_instances_at_one_address_are_a_ghost_and_two_ports_are_none() {
    let at = |host: &'static str, port: Option<u16>| {
        healthy().instance(1, move |instance| (instance.address.host, instance.address.port) = (host.to_owned(), port))
    };
    at("127.0.0.11", Some(3306)).assert(
        &[],
        Warning,
        &["2 instances at 127.0.0.11:3306: db1/galeradb and db2/galeradb -> one is a ghost"],
    );
    at("127.0.0.11", Some(3307)).assert(&[], Ok, &[]);
    at("127.0.0.11", None).assert(&[], Ok, &[]);
    // Not even the address of the node is known.
    let nowhere =
        (0..2).fold(healthy(), |scene, place| scene.instance(place, |instance| instance.address.host.clear()));
    nowhere.assert(&[], Ok, &[]);
    let two_ports = healthy().instances(|instances| {
        let mut second = instances[0].clone();
        second.key.id = "second".to_owned();
        second.address.port = Some(3307);
        instances.push(second);
    });
    two_ports.assert(&[], Ok, &["4/4 passing"]);
}

/// What is left of it is judged all the same.
#[test]
fn lint_hides_no_outage() {
    let scene =
        (0..3).fold(twin("GaleraDB"), |scene, place| scene.checks(place, &[("web", Scope::Service, Status::Critical)]));
    scene.assert(&[], Critical, &["CONSUL is CRITICAL: galeradb: 0/3 passing", "beside galeradb there is GaleraDB"]);
}
