//! What became of the instances since earlier runs.

use common::ServiceState::{Critical, Ok, Warning};

use super::scene::{Scene, healthy, recorded};
use crate::snapshot::{Scope, Status};

/// One instance less than three.
fn shrunk() -> Scene {
    healthy().instances(|instances| {
        instances.pop();
    })
}

fn maintained() -> Scene {
    healthy()
        .checks(0, &[("_node_maintenance", Scope::Node, Status::Critical), ("web", Scope::Service, Status::Passing)])
}

fn web(status: Status) -> Scene {
    healthy().checks(0, &[("web", Scope::Service, status)])
}

#[test]
fn an_instance_that_is_gone_is_missed_for_an_hour_and_no_longer() {
    let gone = healthy().then(60.0, shrunk());
    gone.assert_first(
        &[],
        "CONSUL is WARNING: 1 instance vanished: db3 (127.0.0.13:3306) last seen 1 min ago; galeradb: 2/2 passing; leader 127.0.0.11, may lose 1 server",
    );
    gone.assert(&["-w", "instances_vanished=1"], Ok, &["'instances_vanished'=1;1;;0;"]);
    // Of more than are expected nobody misses any.
    gone.assert(&["--expect", "2"], Ok, &["'instances_vanished'=0;0;;0;"]);
    let minutes = |count| (1..count).fold(healthy().then(60.0, shrunk()), |scene, _| scene.then(60.0, shrunk()));
    minutes(60).assert(&[], Warning, &["last seen 1 h ago"]);
    minutes(61).assert(&[], Ok, &["'instances_vanished'=0;"]);
    // It comes back.
    minutes(5).then(60.0, healthy()).assert(&[], Ok, &["'instances_vanished'=0;"]);
}

#[test]
fn the_hold_is_the_operators() {
    let held = |seconds: &str, count| {
        let args = ["--vanished-hold", seconds];
        let shrunk = || {
            recorded!("two-agents", &args).instances(|instances| {
                instances.pop();
            })
        };
        (1..count).fold(recorded!("two-agents", &args).then(60.0, shrunk()), |scene, _| scene.then(60.0, shrunk()))
    };
    held("300s", 5).assert(&[], Warning, &["last seen 5 min ago"]);
    held("300s", 6).assert(&[], Ok, &[]);
    held("1s", 1).assert(&[], Ok, &[]);
}

/// With a hold shorter than the pause between two runs, too: it says how long to miss what is gone, not what is there.
#[test]
fn a_short_hold_forgets_neither_maintenance_nor_changes() {
    let at = |status| recorded!("two-agents", &["--vanished-hold", "1s"]).checks(0, &[("web", Scope::Service, status)]);
    let flaps = [Status::Critical, Status::Passing, Status::Critical, Status::Passing];
    let scene = flaps.into_iter().fold(at(Status::Passing), |scene, status| scene.then(60.0, at(status)));
    assert_eq!(scene.metric(&[], "status_changes").as_deref(), Some("4"));
}

#[test]
fn an_instance_that_flaps_is_named_while_it_does() {
    let flaps = [Status::Warning, Status::Passing, Status::Critical, Status::Passing];
    let scene = flaps.into_iter().fold(web(Status::Passing), |scene, status| scene.then(60.0, web(status)));
    scene.assert_first(
        &[],
        "CONSUL is WARNING: db1 (127.0.0.11:3306) flaps: 4 changes within an hour, above the limit 3; galeradb: 3/3 passing; leader 127.0.0.11, may lose 1 server",
    );
    scene.assert(&["-w", "status_changes=10", "-c", "status_changes=20"], Ok, &["'status_changes'=4;10;20;0;"]);
    let calm = (0..59).fold(scene, |scene, _| scene.then(60.0, web(Status::Passing)));
    assert_eq!(calm.metric(&[], "status_changes").as_deref(), Some("2"), "the first two are more than an hour ago");
    // To change from one fault to another is to change as well.
    let worse = web(Status::Warning).then(60.0, web(Status::Critical));
    assert_eq!(worse.metric(&[], "status_changes").as_deref(), Some("1"));
}

/// Hour by hour, since after more nobody knows what was between.
#[test]
fn a_maintenance_that_was_forgotten_is_named_after_a_day() {
    let hours = |count| (0..count).fold(maintained(), |scene, _| scene.then(3600.0, maintained()));
    hours(24).assert(&["--severity", "instance-maintenance=ok"], Ok, &["'maintenance_age'=86400s;86400;;0;"]);
    hours(25).assert(
        &[],
        Warning,
        &["db1 (127.0.0.11:3306) has been in maintenance for 1 d 1 h: forgotten? (above the limit 86400) -> on db1, when it is over: consul maint -disable"],
    );
    let over = hours(25).then(60.0, healthy());
    over.assert(&[], Ok, &[]);
    assert_eq!(over.metric(&[], "maintenance_age").as_deref(), Some("0"));
    // A new one begins anew.
    assert_eq!(over.then(60.0, maintained()).metric(&[], "maintenance_age").as_deref(), Some("0"));
}

/// After a long pause it was probably in maintenance all the time, also for the runs after that.
#[test]
fn a_pause_in_the_runs_does_not_end_a_maintenance() {
    let after = maintained().then(90_000.0, maintained());
    after.assert(&[], Warning, &["in maintenance for 1 d 1 h"]);
    after.then(60.0, maintained()).assert(&[], Warning, &["'maintenance_age'=90060s;"]);
    // What else was before the pause nobody knows.
    healthy().then(90_000.0, shrunk()).assert(&[], Ok, &["'instances_vanished'=0;"]);
}

/// A clock that was set makes no instance vanish and no change happen.
#[test]
fn a_clock_that_is_set_back_forgets() {
    let set_back = healthy().then(-100_000.0, shrunk());
    set_back.assert(&[], Ok, &["'instances_vanished'=0;", "'status_changes'=0;"]);
    set_back.then(60.0, healthy()).assert(&[], Ok, &[]);
    assert_eq!(maintained().then(-100_000.0, maintained()).metric(&[], "maintenance_age").as_deref(), Some("0"));
}

/// Nobody knows what is hidden, and nothing is forgotten for that.
#[test]
fn what_is_hidden_has_not_vanished() {
    let filtered = || shrunk().health(|health| health.filtered = true);
    let hidden = healthy().then(60.0, filtered());
    assert_eq!(hidden.metric(&[], "instances_vanished"), None);
    hidden.then(60.0, healthy()).assert(&[], Ok, &[]);
    let gone = healthy().then(60.0, filtered()).then(60.0, shrunk());
    gone.assert(&[], Warning, &["db3 (127.0.0.13:3306) no longer registered, last seen 2 min ago"]);
}

#[test]
fn runs_that_saw_nothing_change_no_memory() {
    let blind = || recorded!("no-known-servers");
    let scene = healthy().then(60.0, blind()).then(60.0, blind()).then(60.0, shrunk());
    scene.assert(&[], Warning, &["db3 (127.0.0.13:3306) no longer registered, last seen 3 min ago"]);
    healthy().then(60.0, recorded!("deregistered")).assert(&[], Critical, &["'instances_vanished'=3;"]);
}
