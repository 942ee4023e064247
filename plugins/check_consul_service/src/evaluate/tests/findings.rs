//! Every finding of the catalogue, and the neighbouring state in which it must not be found.

use std::collections::BTreeSet;

use common::dns::Outcome;
use common::{CheckError, ServiceState};
use test_support::catalogue::assert_each_has_a_case;

use super::dns::{forwarder, lost, names, names_for, own};
use super::scene::{Scene, denied, fail, healthy, limited, recorded, refused, rejected, untrusted, wrong};
use crate::CATALOGUE;
use crate::dns::tests::split;
use crate::snapshot::{Failure, Itself, Scope, Status};

/// A finding, a scene that shows it, and one beside it that does not.
pub(super) struct Case(
    &'static str,
    pub(super) Scene,
    pub(super) &'static [&'static str],
    pub(super) Scene,
    pub(super) &'static [&'static str],
);

fn not_asked() -> Failure {
    Failure::OwnSide(CheckError::local("too many open files", "raise the limit"))
}

/// With the first agent failing, the other not.
fn one(failure: &Failure) -> Scene {
    healthy().agent(0, |asked| fail(asked, failure))
}

/// An agent of the same datacenter that names another leader.
fn two_leaders() -> Scene {
    healthy().agent(1, |asked| asked.leader.result = Ok(Some("127.0.0.12:8300".to_owned())))
}

/// The second agent is of another datacenter.
fn elsewhere(scene: Scene) -> Scene {
    scene.agent(1, |asked| asked.itself.result.as_mut().unwrap().datacenter = "dc2".to_owned())
}

/// The server behind the second agent has one instance less.
fn behind() -> Scene {
    healthy().agent(1, |asked| {
        asked.stale.result.as_mut().unwrap().instances.pop();
    })
}

/// The first agent says critical of what the catalog says passes.
fn drifting() -> Scene {
    healthy().agent(0, |asked| asked.local.result.as_mut().unwrap()[0].checks[0].status = Status::Critical)
}

fn unhealthy(healthy_: bool) -> Scene {
    healthy().agents(|asked| asked.autopilot.result.as_mut().unwrap().healthy = healthy_)
}

fn cluster() -> Vec<Case> {
    vec![
        Case("not-registered", recorded!("deregistered"), &[], healthy(), &[]),
        Case("not-registered", recorded!("secured-empty"), &[], recorded!("secured-no-service"), &[]),
        Case("no-leader", recorded!("no-quorum"), &[], recorded!("leader-replaced"), &[]),
        Case("no-leader", recorded!("quorum-restart"), &[], healthy(), &[]),
        Case("two-leaders", two_leaders(), &[], two_leaders().first_look(), &[]),
        Case("two-leaders", two_leaders(), &[], elsewhere(two_leaders()), &[]),
        Case("no-agent", healthy().failing(&refused()), &[], one(&refused()), &[]),
        Case("no-agent", healthy().failing(&wrong()), &[], recorded!("no-known-servers"), &[]),
        Case("agent-unreachable", recorded!("agent-killed"), &[], healthy(), &[]),
        Case("agent-unreachable", one(&refused()), &[], healthy().failing(&refused()), &[]),
        Case("agent-error", one(&wrong()), &[], one(&limited()), &[]),
        Case("agents-disagree", behind(), &[], behind().first_look(), &[]),
        Case("agents-disagree", behind(), &[], elsewhere(behind()), &[]),
        Case(
            "agents-disagree",
            behind(),
            &[],
            behind().agent(1, |asked| asked.stale.result.as_mut().unwrap().known_leader = false),
            &[],
        ),
        Case("catalog-drift", drifting(), &[], drifting().first_look(), &[]),
        Case("catalog-drift", drifting(), &[], drifting().health(|health| health.filtered = true), &[]),
        Case("other-datacenter", elsewhere(healthy()), &[], healthy(), &[]),
        Case("other-datacenter", elsewhere(healthy()), &[], elsewhere(healthy()), &["--datacenter", "dc1"]),
        Case("autopilot-unhealthy", unhealthy(false), &[], unhealthy(true), &[]),
    ]
}

fn access() -> Vec<Case> {
    vec![
        Case("access-denied", recorded!("secured-bogus"), &[], recorded!("secured-none"), &[]),
        Case("access-denied", one(&denied()), &[], one(&refused()), &[]),
        Case("access-filtered", recorded!("secured-none"), &[], recorded!("secured-empty"), &[]),
        Case("access-filtered", recorded!("secured-no-node"), &[], recorded!("secured-good"), &[]),
        Case("access-filtered", recorded!("secured-no-service"), &[], recorded!("secured-operator"), &[]),
        Case("access-filtered", healthy().health(|health| health.filtered = true), &[], healthy(), &[]),
        Case("rate-limited", one(&limited()), &[], one(&wrong()), &[]),
        Case("rate-limited", healthy().failing(&limited()), &[], healthy().failing(&refused()), &[]),
        Case("not-asked", one(&not_asked()), &[], one(&refused()), &[]),
        Case("not-asked", one(&rejected()), &[], one(&wrong()), &[]),
        Case("tls-untrusted", one(&untrusted()), &[], one(&wrong()), &[]),
        Case("tls-untrusted", healthy().failing(&untrusted()), &[], healthy().failing(&refused()), &[]),
    ]
}

fn instances() -> Vec<Case> {
    let in_state =
        |status| healthy().checks(2, &[("disk", Scope::Node, status), ("web", Scope::Service, Status::Passing)]);
    let unchecked = healthy().checks(0, &[("disk", Scope::Node, Status::Passing)]);
    let twin = healthy().instance(0, |instance| {
        instance.service = "GaleraDB".to_owned();
        instance.key.id = "other".to_owned();
    });
    let only_twins = healthy().instances(|instances| {
        for instance in instances {
            instance.service = "GaleraDB".to_owned();
        }
    });
    let at_first = |port: u16| {
        healthy().instance(1, |instance| {
            instance.address.host = "127.0.0.11".to_owned();
            instance.address.port = Some(port);
        })
    };
    let louder = &["--severity", "only-tcp=warning"];
    vec![
        Case("instance-critical", recorded!("database-killed"), &[], recorded!("maintenance"), &[]),
        Case("instance-critical", in_state(Status::Critical), &[], in_state(Status::Warning), &[]),
        Case("instance-warning", in_state(Status::Warning), &[], in_state(Status::Passing), &[]),
        Case("instance-maintenance", recorded!("maintenance"), &[], recorded!("database-killed"), &[]),
        Case("no-check", unchecked, &[], healthy().checks(0, &[("web", Scope::Service, Status::Passing)]), &[]),
        Case(
            "no-check",
            healthy().checks(0, &[("_service_maintenance:galeradb", Scope::Service, Status::Critical)]),
            &[],
            healthy(),
            &[],
        ),
        Case("only-tcp", healthy(), louder, in_state(Status::Passing).checks(0, &WEB).checks(1, &WEB), louder),
        Case(
            "check-missing",
            healthy(),
            &["--require-check", "wsrep|galera"],
            healthy(),
            &["--require-check", "^mariadb$"],
        ),
        Case(
            "check-missing",
            healthy(),
            &["--require-check", "^serf"],
            in_state(Status::Passing).checks(0, &WEB).checks(1, &WEB),
            &["--require-check", "^web$"],
        ),
        Case("case-twins", twin, &[], only_twins, &[]),
        Case("duplicate-address", at_first(3306), &[], at_first(3307), &[]),
    ]
}

/// What each is in detail, `dns::tests` says.
fn dns() -> Vec<Case> {
    let right = || healthy().told(vec![own(names(&[1, 2, 3])), forwarder(1, names(&[1, 2, 3]))]);
    let beside = |scene: Scene, said| scene.told(vec![own(names(&[1, 3])), forwarder(1, said)]);
    let stale = || beside(lost(), names_for(&[1, 2, 3], 24));
    let without_tcp = names(&[1, 2, 3]).map(|both| split(&both.udp.outcome, &Outcome::PortClosed));
    vec![
        Case("dns-dead", lost().told(vec![own(names_for(&[1, 2, 3], 24))]), &[], stale(), &[]),
        Case("dns-dead", beside(lost(), names(&[1, 2, 3])), &[], beside(lost(), names(&[1, 3])), &[]),
        Case("dns-stale", stale(), &[], beside(lost(), names(&[1, 2, 3])), &[]),
        Case("dns-nothing", healthy().told(vec![own(names(&[]))]), &[], beside(healthy(), names(&[])), &[]),
        Case("dns-unusable", beside(healthy(), names(&[])), &[], right(), &[]),
        Case("dns-incomplete", beside(healthy(), names(&[1])), &[], beside(lost(), names(&[1, 3])), &[]),
        Case("dns-foreign", beside(healthy(), names(&[1, 2, 3, 4])), &[], right(), &[]),
        Case("dns-transport", beside(healthy(), without_tcp), &[], right(), &[]),
        Case("dns-unsettled", right().restless(), &[], right(), &[]),
    ]
}

const WEB: [(&str, Scope, Status); 1] = [("web", Scope::Service, Status::Passing)];

pub(super) fn cases() -> Vec<Case> {
    [cluster(), access(), instances(), dns()].into_iter().flatten().collect()
}

#[test]
fn each_is_found_where_it_is_and_not_beside_it() {
    for (place, Case(id, scene, args, neighbour, other_args)) in cases().into_iter().enumerate() {
        let found = scene.ids(args);
        assert!(found.contains(id), "{place}: {id} not in {}", scene.verdict(args).1);
        assert!(!neighbour.ids(other_args).contains(id), "{place}: {id} in {}", neighbour.verdict(other_args).1);
    }
}

/// A new finding needs its scene.
#[test]
fn none_is_left_out() {
    assert_each_has_a_case(CATALOGUE.findings.iter().map(|finding| finding.id), cases().iter().map(|case| case.0));
}

/// The states of the domain, not those of the catalogue.
#[test]
fn each_means_what_the_operator_expects() {
    use ServiceState::{Critical, Ok, Unknown, Warning};
    let known = [
        (Critical, "dns-dead dns-nothing no-agent no-leader not-registered two-leaders"),
        (
            Warning,
            "agent-error agent-unreachable agents-disagree autopilot-unhealthy case-twins catalog-drift check-missing \
             dns-foreign dns-incomplete dns-stale dns-transport dns-unusable duplicate-address instance-critical \
             instance-maintenance instance-warning no-check",
        ),
        (Unknown, "access-denied access-filtered dns-unsettled not-asked other-datacenter rate-limited tls-untrusted"),
        (Ok, "only-tcp"),
    ];
    for (state, ids) in known {
        let of = CATALOGUE.findings.iter().filter(|finding| finding.severity == state);
        let of: BTreeSet<_> = of.map(|finding| finding.id).collect();
        assert_eq!(of, ids.split(' ').collect(), "{state:?}");
    }
}

#[test]
fn all_is_well_with_a_healthy_service() {
    assert_eq!(healthy().ids(&[]), BTreeSet::from(["only-tcp"]), "{}", healthy().verdict(&[]).1);
    healthy().assert(&[], ServiceState::Ok, &[]);
}

/// Who is woken up must be told what to do, and the worst first.
#[test]
fn each_has_a_remedy_and_the_first_line_is_short_and_says_the_worst() {
    for Case(id, scene, args, ..) in cases() {
        let report = scene.report(args);
        for finding in report.findings() {
            let measured = finding.id.is_none();
            let fine = finding.state == ServiceState::Ok;
            assert!(fine || measured || !finding.remedy.is_empty(), "{id}: {}", finding.text);
        }
        let (state, text) = report.render();
        let first = text.lines().next().unwrap().split('|').next().unwrap();
        assert!(first.len() <= 200, "{id}: {} bytes: {first}", first.len());
        assert!(text.len() < 4000, "{id}: {} bytes", text.len());
        let worst = report.findings()[0];
        assert_eq!(worst.state, state, "{id}");
        let beginning: String = common::text::line(&worst.text).chars().take(80).collect();
        if state != ServiceState::Ok {
            assert!(first.contains(&beginning), "{id}: {first}");
        }
    }
}

/// What the operator overrules means what he says.
#[test]
fn each_can_be_overruled() {
    for Case(id, scene, args, ..) in cases() {
        for (word, state) in [("critical", ServiceState::Critical), ("ok", ServiceState::Ok)] {
            let severity = format!("{id}={word}");
            let args: Vec<_> =
                args.iter().filter(|arg| !arg.starts_with(id)).filter(|arg| **arg != "--severity").copied().collect();
            let report = scene.report(&[&args[..], &["--severity", &severity]].concat());
            let findings = report.findings();
            let found: Vec<_> = findings.iter().filter(|finding| finding.id == Some(id)).collect();
            assert!(!found.is_empty() && found.iter().all(|finding| finding.state == state), "{severity}");
        }
    }
}

/// An agent that does not say where it is may be anywhere, so it is compared.
#[test]
fn who_does_not_say_of_which_datacenter_it_is_is_compared() {
    let hidden = || Err(denied());
    for scene in [two_leaders(), behind()] {
        let quiet = scene.agents(|asked| asked.itself.result = hidden());
        assert!(!quiet.ids(&[]).is_disjoint(&BTreeSet::from(["two-leaders", "agents-disagree"])));
    }
    let one = two_leaders().agent(0, |asked| asked.itself.result = Ok(Itself::default()));
    assert!(!one.ids(&[]).contains("two-leaders"));
}
