//! How many instances should be there, in numbers and in percent.

use common::ServiceState::{self, Critical, Ok, Unknown, Warning};

use super::scene::{Scene, healthy, recorded};
use crate::snapshot::{Scope, Status};

/// So many instances of so many pass; those that do not are nobody's worry but the number's.
fn passing(passing: usize, registered: usize) -> Scene {
    let scene = healthy().unseen_by_agents().instances(|instances| {
        let template = instances[0].clone();
        instances.clear();
        for number in 0..registered {
            let mut instance = template.clone();
            instance.key.node = format!("db{number}");
            instance.address.host = format!("127.0.1.{number}");
            instances.push(instance);
        }
    });
    (passing..registered).fold(scene, |scene, place| scene.checks(place, &[("web", Scope::Service, Status::Critical)]))
}

/// Three that are expected: three are well, two are a warning, one is critical; five: three are still the majority.
#[test]
fn the_majority_of_those_expected_decides() {
    let quiet = ["--severity", "instance-critical=ok"];
    for (expected, passing_, state) in [
        ("1", 1, Ok),
        ("1", 0, Critical),
        ("2", 2, Ok),
        ("2", 1, Critical),
        ("3", 3, Ok),
        ("3", 2, Warning),
        ("3", 1, Critical),
        ("4", 3, Warning),
        ("4", 2, Critical),
        ("5", 5, Ok),
        ("5", 4, Warning),
        ("5", 3, Warning),
        ("5", 2, Critical),
        ("3", 4, Ok),
    ] {
        let scene = passing(passing_, passing_.max(3));
        let text = scene.assert(&[&quiet[..], &["--expect", expected]].concat(), state, &[]);
        assert!(text.contains(&format!("{passing_}/{expected} passing")), "{text}");
    }
}

/// A denominator that shrinks makes nothing better: two that are left of three are 2/3.
#[test]
fn those_that_are_gone_count_as_long_as_they_are_expected() {
    passing(2, 2).assert(&["--expect", "3"], Warning, &["CONSUL is WARNING: galeradb: 2/3 passing"]);
    passing(1, 1).assert(&["--expect", "3"], Critical, &["CONSUL is CRITICAL: galeradb: 1/3 passing"]);
    passing(2, 2).assert(&[], Ok, &["2/2 passing"]);
}

/// Without a number every instance that does not pass is a warning, and none that does is critical.
#[test]
fn without_a_number_each_one_counts() {
    passing(3, 3).assert(&[], Ok, &[]);
    passing(2, 3).assert(&[], Warning, &[]);
    passing(1, 3).assert(&[], Warning, &[]);
    passing(0, 3).assert(&[], Critical, &["galeradb: 0/3 passing (below the limit 1:)"]);
}

/// What the operator says replaces what would be derived, for the range that it is about.
#[test]
fn a_range_of_the_operators_replaces_the_derived_one() {
    use ServiceState::{Critical as C, Ok as O, Warning as W};
    let quiet = ["--severity", "instance-critical=ok"];
    for (args, states) in [
        // The states for 0, 1, 2 and 3 of 3 passing.
        (&[][..], [C, O, O, O]),
        (&["--expect", "3"], [C, C, W, O]),
        (&["--expect", "3", "-w", "2:"], [C, C, O, O]),
        (&["--expect", "3", "-c", "1:"], [C, W, W, O]),
        (&["--expect", "3", "-w", "2:", "-c", "1:"], [C, W, O, O]),
        (&["-w", "2:"], [C, W, O, O]),
        (&["-w", "3:3"], [C, W, W, O]),
        (&["-w", "2:2"], [C, W, O, W]),
        (&["-c", "2:"], [C, C, O, O]),
        (&["-c", "@0:1"], [C, C, O, O]),
        // In percent of those that are registered: none that passes is still critical.
        (&["-w", "passing_percent=100:"], [C, W, W, O]),
        (&["-w", "passing_percent=100:", "-c", "passing_percent=50:"], [C, C, W, O]),
        (&["-c", "passing_percent=34:"], [C, C, O, O]),
        // Of those expected: each range replaces its own.
        (&["--expect", "3", "-w", "passing_percent=50:"], [C, C, O, O]),
        (&["--expect", "3", "-c", "passing_percent=10:"], [C, W, W, O]),
        (&["--expect", "3", "-w", "passing_percent=60:", "-c", "passing_percent=30:"], [C, W, O, O]),
        (&["--expect", "6", "-w", "passing_percent=50:", "-c", "passing_percent=30:"], [C, C, W, O]),
    ] {
        for (passing_, state) in states.into_iter().enumerate() {
            let (actual, text) = passing(passing_, 3).verdict(&[&quiet[..], args].concat());
            assert_eq!(actual, state, "{args:?}: {text}");
        }
    }
}

#[test]
fn too_many_are_a_fault_where_the_range_says_so() {
    passing(4, 4).assert(&["-w", "3:3"], Warning, &["galeradb: 4/4 passing, above the limit 3:3"]);
    passing(4, 4).assert(
        &["--expect", "3", "-w", "3:3"],
        Warning,
        &["galeradb: 4/3 passing", "'passing_percent'=133.3%"],
    );
}

#[test]
fn percent_are_said_with_what_they_are_of() {
    passing(2, 3).assert(
        &["-w", "passing_percent=90:"],
        Warning,
        &["galeradb: 2/3 passing, 66.6 % (below the limit 90:)", "'passing_percent'=66.6%;90:;;;"],
    );
    passing(2, 3).assert(
        &["--expect", "8", "-w", "passing_percent=90:"],
        Critical,
        &["galeradb: 2/8 passing, 3 registered, 25 % (below the limit 90:)"],
    );
}

/// Also a service that is not there at all can be what is wanted.
#[test]
fn all_of_it_can_be_overruled() {
    let gone = recorded!("deregistered");
    gone.assert(&["--severity", "not-registered=ok", "-c", "~:"], Ok, &["0/0 passing"]);
    gone.assert(&["--severity", "not-registered=unknown", "-c", "~:"], Unknown, &[]);
}

#[test]
fn a_required_check_is_a_regular_expression() {
    let error = healthy().expecting(&["--require-check", "("]).unwrap_err();
    assert!(error.parts().0.starts_with("--require-check: "), "{error:?}");
    healthy().assert(&["--require-check", "^MARIA.*db$|wsrep"], Ok, &[]);
}

/// Thresholds belong to metrics of the catalogue.
#[test]
fn other_metrics_and_findings_are_refused() {
    for args in [["-w", "instances=1:"], ["--severity", "no-such=ok"]] {
        assert!(healthy().expecting(&args).is_err(), "{args:?}");
    }
}
