//! Every metric of the catalogue: where it is measured, where not, and where its default range ends.

use std::collections::BTreeSet;
use std::time::Duration;

use common::CheckError;
use common::ServiceState::{self, Critical, Ok, Warning};
use common::dns::Outcome;

use super::dns::{forwarder, names, own};
use super::scene::{Scene, healthy, recorded, refused};
use crate::CATALOGUE;
use crate::dns::ServerAnswers;
use crate::dns::tests::all as all_;
use crate::snapshot::{Scope, Status};

/// A metric, a scene, its value there, and what it alone means.
pub(super) struct Case(
    &'static str,
    pub(super) Scene,
    pub(super) &'static [&'static str],
    Option<&'static str>,
    ServiceState,
);

const EXPECT: &[&str] = &["--expect", "3"];

fn gone() -> Scene {
    recorded!("deregistered")
}

/// Only a part of the instances may be seen.
fn hidden() -> Scene {
    healthy().health(|health| health.filtered = true)
}

fn down() -> Scene {
    healthy().failing(&refused()).agents(|asked| {
        asked.peers.result = Err(refused());
        asked.autopilot.result = Err(refused());
        asked.servers.result = Err(refused());
    })
}

fn in_state(places: &[usize], id: &str, status: Status) -> Scene {
    places.iter().fold(healthy(), |scene, place| scene.checks(*place, &[(id, Scope::Service, status)]))
}

/// The first instance changes its status so often, once a minute.
fn flapping(times: usize) -> Scene {
    (0..times).fold(healthy(), |scene, time| {
        let status = if time % 2 == 0 { Status::Warning } else { Status::Passing };
        scene.then(60.0, in_state(&[0], "web", status))
    })
}

fn maintained() -> Scene {
    in_state(&[0], "_service_maintenance:galeradb", Status::Critical)
}

fn heard_ago(millis: u64) -> Scene {
    healthy().agent(1, |asked| asked.stale.result.as_mut().unwrap().last_contact = Some(Duration::from_millis(millis)))
}

fn tolerating(servers: usize, tolerance: u32) -> Scene {
    healthy().agents(|asked| {
        let autopilot = asked.autopilot.result.as_mut().unwrap();
        autopilot.failure_tolerance = tolerance;
        autopilot.servers.truncate(servers);
    })
}

fn of_instances() -> Vec<Case> {
    let passing = |lost: &[usize]| in_state(lost, "web", Status::Critical);
    vec![
        Case("instances_passing", passing(&[]), EXPECT, Some("3"), Ok),
        Case("instances_passing", passing(&[0]), EXPECT, Some("2"), Warning),
        Case("instances_passing", passing(&[0, 1]), EXPECT, Some("1"), Critical),
        Case("instances_passing", passing(&[0, 1]), &[], Some("1"), Ok),
        Case("instances_passing", passing(&[0, 1, 2]), &[], Some("0"), Critical),
        Case("instances_passing", gone(), &[], Some("0"), Critical),
        Case("instances_passing", hidden(), EXPECT, None, Ok),
        Case("instances_passing", down(), EXPECT, None, Ok),
        Case("passing_percent", passing(&[0]), &[], Some("66.6"), Ok),
        Case("passing_percent", passing(&[0]), &["--expect", "4", "-w", "passing_percent=60:"], Some("50"), Warning),
        Case("passing_percent", gone(), &[], None, Ok),
        Case("passing_percent", gone(), EXPECT, Some("0"), Ok),
        Case("passing_percent", hidden(), EXPECT, None, Ok),
        Case("instances_warning", in_state(&[0], "web", Status::Warning), &[], Some("1"), Ok),
        Case("instances_warning", hidden(), &[], None, Ok),
        Case("instances_critical", passing(&[0, 1]), &[], Some("2"), Ok),
        Case("instances_critical", maintained(), &[], Some("0"), Ok),
        Case("instances_critical", hidden(), &[], None, Ok),
        Case("instances_maintenance", maintained(), &[], Some("1"), Ok),
        Case("instances_maintenance", hidden(), &[], None, Ok),
        Case("instances_registered", passing(&[0]), &[], Some("3"), Ok),
        Case("instances_registered", gone(), &[], Some("0"), Ok),
        Case("instances_registered", hidden(), &[], None, Ok),
    ]
}

fn of_time() -> Vec<Case> {
    let shrunk = || {
        healthy().instances(|instances| {
            instances.pop();
        })
    };
    let since = |seconds| {
        let hours = (0..30).fold(maintained(), |scene, _| scene.then(2879.0, maintained()));
        hours.then(seconds, maintained())
    };
    vec![
        Case("instances_vanished", healthy().then(60.0, shrunk()), &[], Some("1"), Warning),
        Case("instances_vanished", healthy().then(60.0, healthy()), &[], Some("0"), Ok),
        Case("instances_vanished", healthy().then(60.0, hidden()), &[], None, Ok),
        Case("instances_vanished", healthy().then(60.0, down()), &[], None, Ok),
        Case("status_changes", flapping(3), &[], Some("3"), Ok),
        Case("status_changes", flapping(4), &[], Some("4"), Warning),
        Case("status_changes", gone(), &[], Some("0"), Ok),
        Case("maintenance_age", since(30.0), &[], Some("86400"), Ok),
        Case("maintenance_age", since(31.0), &[], Some("86401"), Warning),
        Case("maintenance_age", healthy(), &[], Some("0"), Ok),
    ]
}

fn of_cluster() -> Vec<Case> {
    let without_autopilot = || healthy().agents(|asked| asked.autopilot.result = Err(refused()));
    let without_list = || without_autopilot().agents(|asked| asked.servers.result = Result::Ok(Vec::new()));
    vec![
        Case("agents_up", healthy(), &[], Some("2"), Ok),
        Case("agents_up", down(), &[], Some("0"), Ok),
        Case("leader_known", healthy(), &[], Some("1"), Ok),
        Case("leader_known", recorded!("no-quorum"), &[], Some("0"), Ok),
        Case("leader_known", down(), &[], None, Ok),
        Case("raft_peers", healthy(), &[], Some("3"), Ok),
        Case("raft_peers", without_autopilot(), &[], Some("3"), Ok),
        Case("raft_peers", down(), &[], None, Ok),
        Case("raft_peers_alive", without_autopilot(), &[], Some("3"), Ok),
        Case("raft_peers_alive", recorded!("server-frozen"), &[], Some("2"), Ok),
        Case("raft_peers_alive", without_list(), &[], None, Ok),
        Case("failure_tolerance", tolerating(3, 1), &[], Some("1"), Ok),
        Case("failure_tolerance", tolerating(3, 0), &[], Some("0"), Warning),
        // With fewer than three servers none may be lost, and nobody thought otherwise.
        Case("failure_tolerance", tolerating(2, 0), &[], Some("0"), Ok),
        Case("failure_tolerance", tolerating(1, 0), &[], Some("0"), Ok),
        Case("failure_tolerance", without_list(), &[], None, Ok),
        Case("failure_tolerance", recorded!("quorum-restart"), &[], None, Ok),
        Case("last_contact", heard_ago(5000), &[], Some("5"), Ok),
        Case("last_contact", heard_ago(5001), &[], Some("5.001"), Warning),
        Case("last_contact", heard_ago(30_000), &[], Some("30"), Warning),
        Case("last_contact", heard_ago(30_001), &[], Some("30.001"), Critical),
        Case("last_contact", recorded!("no-known-servers"), &[], None, Ok),
        Case("api_time", healthy(), &[], Some("0.004"), Ok),
        Case("api_time", down(), &[], None, Ok),
    ]
}

fn of_dns() -> Vec<Case> {
    let all = || names(&[1, 2, 3]);
    let silent = all_(&Outcome::Silent);
    let ours = all_(&Outcome::OwnSide(CheckError::local("too many open files", "raise the limit")));
    let scene = |said: Vec<ServerAnswers>| healthy().told(said);
    vec![
        Case("dns_servers", scene(vec![own(all()), forwarder(1, silent.clone())]), &[], Some("2"), Ok),
        Case("dns_servers", scene(vec![own(all()), forwarder(1, ours.clone())]), &[], Some("1"), Ok),
        Case("dns_servers", healthy(), &[], None, Ok),
        Case("dns_servers", down().told(vec![own(all())]), &[], None, Ok),
        Case("dns_servers_right", scene(vec![own(all()), forwarder(1, all())]), &[], Some("2"), Ok),
        Case("dns_servers_right", scene(vec![own(all()), forwarder(1, names(&[1, 2]))]), &[], Some("1"), Ok),
        Case("dns_servers_right", scene(vec![own(all())]).restless(), &[], None, Ok),
        Case("dns_servers_right", scene(vec![own(ours)]), &[], None, Ok),
        Case("dns_servers_right", healthy(), &[], None, Ok),
        Case("dns_time", scene(vec![own(all())]), &[], Some("0.002"), Ok),
        Case("dns_time", scene(vec![own(silent)]), &[], None, Ok),
        Case("dns_time", healthy(), &[], None, Ok),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    [of_instances(), of_time(), of_cluster(), of_dns()].into_iter().flatten().collect()
}

#[test]
fn each_is_measured_where_it_can_be_and_judged_by_its_range() {
    for (place, Case(id, scene, args, value, state)) in cases().into_iter().enumerate() {
        let text = scene.verdict(args).1;
        assert_eq!(scene.metric(args, id).as_deref(), value, "{place}: {id} in {text}");
        // As if all else were fine: only the metric's own range is left.
        let known = CATALOGUE.metrics.iter().map(|metric| metric.id);
        // A range in percent would replace the derived ones.
        let others = known.filter(|other| *other != id && *other != "passing_percent");
        let ranges: Vec<_> = others.flat_map(|id| [format!("-w{id}=~:"), format!("-c{id}=~:")]).collect();
        let ranges: Vec<_> = ranges.iter().map(String::as_str).collect();
        let alerts = scene.alerts(&[&ranges[..], args].concat());
        let worst = alerts.iter().map(|(state, _)| *state).max().unwrap_or(Ok);
        assert_eq!(worst, state, "{place}: {id}: {alerts:?}");
    }
}

/// A new metric needs its scenes: one that measures it, and one in which it cannot be measured or is fine.
#[test]
fn none_is_left_out() {
    let known: BTreeSet<_> = CATALOGUE.metrics.iter().map(|metric| metric.id).collect();
    let shown: BTreeSet<_> = cases().iter().filter(|case| case.3.is_some()).map(|case| case.0).collect();
    assert_eq!(shown, known);
    let judged: BTreeSet<_> = cases().iter().filter(|case| case.4 != Ok).map(|case| case.0).collect();
    let ranges = [
        "failure_tolerance",
        "instances_passing",
        "instances_vanished",
        "last_contact",
        "maintenance_age",
        "passing_percent",
        "status_changes",
    ];
    assert_eq!(judged, BTreeSet::from(ranges), "those that have a default, and percent, whose range is the operator's");
}

/// Graphs break where the labels depend on who answered.
#[test]
fn the_labels_do_not_depend_on_the_agent() {
    let labels = |scene: Scene| scene.metrics(&[]).into_keys().collect::<Vec<_>>();
    assert_eq!(labels(healthy().only(0)), labels(healthy().only(1)));
    assert_eq!(labels(healthy()), labels(healthy().only(0)));
}
