//! Every finding of the catalogue, and the neighbouring state in which it must not be found.

use std::collections::BTreeSet;

use common::dns::Outcome;
use common::{CheckError, ServiceState};
use test_support::catalogue::{Case, Suite};

use super::dns::{forwarder, lost, names, names_for, own};
use super::scene::{Scene, denied, fail, healthy, limited, recorded, refused, rejected, untrusted, wrong};
use crate::CATALOGUE;
use crate::dns::tests::split;
use crate::snapshot::{Failure, Itself, Scope, Status};

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

fn cluster() -> Vec<Case<Scene>> {
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

fn access() -> Vec<Case<Scene>> {
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

fn instances() -> Vec<Case<Scene>> {
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
fn dns() -> Vec<Case<Scene>> {
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

pub(super) fn cases() -> Vec<Case<Scene>> {
    [cluster(), access(), instances(), dns()].into_iter().flatten().collect()
}

fn suite() -> Suite<Scene> {
    let fine = &["only-tcp"];
    Suite { catalogue: &CATALOGUE, cases: cases(), report: Scene::report, healthy: healthy(), fine }
}

test_support::test_findings!(suite());

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
