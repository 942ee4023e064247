//! What holds for every service, also for one that nobody has seen yet.

use std::collections::BTreeMap;

use common::ServiceState;
use proptest::prelude::*;
use proptest::sample::select;

use super::scene::{First, Scene, VERBOSE, fail, healthy, ids, metrics, recorded, refused};
use crate::history::{History, LastSeen};
use crate::snapshot::Condition;
use crate::snapshot::{Check, DenialKind, Failure, Instance, Key, Revision, Scope, Status, UnreachableKind};

fn any_words() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec!["", "db1", "db2", "db3", "galeradb", "a/b", "default", "x|y\n<b>", "ünïcödé"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn any_status() -> impl Strategy<Value = Status> {
    select(vec![Status::Passing, Status::Warning, Status::Critical])
}

fn any_check() -> impl Strategy<Value = Check> {
    let id = prop_oneof![
        select(vec!["serfHealth", "_node_maintenance", "_service_maintenance:galeradb", "service:galeradb", "disk"])
            .prop_map(str::to_owned),
        any_words(),
    ];
    let scope = select(vec![Scope::Node, Scope::Service]);
    let kind = select(vec!["", "tcp", "http", "script", "maintenance"]);
    (id, any_words(), kind, scope, any_status(), any_words(), any_words()).prop_map(
        |(id, name, kind, scope, status, notes, output)| Check {
            id,
            name,
            kind: kind.to_owned(),
            scope,
            status,
            notes,
            output,
        },
    )
}

fn any_instance() -> impl Strategy<Value = Instance> {
    let key = (any_words(), any_words(), any_words()).prop_map(|(node, id, rare)| {
        let (peer, partition) = if rare.len() == 3 { (rare.clone(), rare.clone()) } else { Default::default() };
        Key { peer, partition, namespace: String::new(), node, id }
    });
    let service = select(vec!["galeradb", "galeradb", "galeradb", "GaleraDB"]);
    let address = (select(vec!["127.0.0.11", "127.0.0.12", "::1", "", "db.example"]), prop::option::of(any::<u16>()));
    let checks = prop::collection::vec(any_check(), 0..4);
    (key, service, address, any::<bool>(), checks).prop_map(|(key, service, (host, port), selected, checks)| Instance {
        key,
        service: service.to_owned(),
        address: common::HostPort { host: host.to_owned(), port },
        selected,
        checks,
        revision: Revision::default(),
    })
}

/// Few keys, so that some are the same.
fn any_instances() -> impl Strategy<Value = Vec<Instance>> {
    prop::collection::vec(any_instance(), 0..6)
}

/// Of every key one, as Consul does.
fn distinct(instances: Vec<Instance>) -> Vec<Instance> {
    let by_key: BTreeMap<_, _> = instances.into_iter().map(|one| (format!("{:?}", one.key), one)).collect();
    by_key.into_values().collect()
}

const KINDS: [UnreachableKind; 3] = [UnreachableKind::Unresolved, UnreachableKind::Silent, UnreachableKind::PortClosed];

const DENIALS: [DenialKind; 3] = [DenialKind::UnknownToken, DenialKind::Permission, DenialKind::Login];

fn any_failure() -> impl Strategy<Value = Failure> {
    let words = any_words().boxed();
    prop_oneof![
        (select(KINDS.to_vec()), words.clone()).prop_map(|(kind, words)| Failure::unreachable(kind, words)),
        words.clone().prop_map(Failure::Leaderless),
        (select(DENIALS.to_vec()), words.clone()).prop_map(|(kind, words)| Failure::denied(kind, words)),
        words.clone().prop_map(Failure::NotTrusted),
        words.clone().prop_map(Failure::Rejected),
        words.clone().prop_map(Failure::RateLimited),
        words.clone().prop_map(Failure::NotUnderstood),
        words.prop_map(|words| Failure::OwnSide(common::CheckError::local(words.clone(), words))),
        Just(Failure::Needless),
    ]
}

pub(super) fn records() -> Vec<(&'static str, Scene)> {
    vec![
        ("two-agents", healthy()),
        ("healthy", recorded!("healthy")),
        ("agent-killed", recorded!("agent-killed")),
        ("all-servers-down", recorded!("all-servers-down")),
        ("no-known-servers", recorded!("no-known-servers")),
        ("database-killed", recorded!("database-killed")),
        ("deregistered", recorded!("deregistered")),
        ("leader-frozen", recorded!("leader-frozen")),
        ("leader-just-killed", recorded!("leader-just-killed")),
        ("leader-replaced", recorded!("leader-replaced")),
        ("maintenance", recorded!("maintenance")),
        ("no-quorum", recorded!("no-quorum")),
        ("quorum-restart", recorded!("quorum-restart")),
        ("restarted-alone", recorded!("restarted-alone")),
        ("server-frozen", recorded!("server-frozen")),
        ("warning", recorded!("warning")),
        ("secured-none", recorded!("secured-none")),
        ("secured-bogus", recorded!("secured-bogus")),
        ("secured-no-node", recorded!("secured-no-node")),
        ("secured-no-service", recorded!("secured-no-service")),
        ("secured-good", recorded!("secured-good")),
        ("secured-operator", recorded!("secured-operator")),
        ("secured-empty", recorded!("secured-empty")),
    ]
}

/// Any moment of which a clock can tell, near and far.
fn any_time() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(f64::MAX), Just(f64::MIN), 990_000.0..1_010_000.0, -1e15..1e15].prop_map(f64::floor)
}

/// A history as a file may hold it that something else has written.
fn any_history() -> impl Strategy<Value = History> {
    let condition = select(vec![Condition::Passing, Condition::Warning, Condition::Critical, Condition::Maintenance]);
    let past =
        (any_words(), condition, any_time(), prop::option::of(any_time()), prop::collection::vec(any_time(), 0..5));
    let past = past.prop_map(|(name, condition, seen, maintenance, changes)| LastSeen {
        name,
        condition,
        first: 0.0,
        seen,
        maintenance,
        changes,
    });
    let key =
        prop_oneof![select(vec!["///db1/galeradb", "///db2/galeradb", ""]).prop_map(str::to_owned), any::<String>()];
    (any_time(), prop::collection::btree_map(key, past, 0..4)).prop_map(|(at, instances)| History {
        at,
        instances,
        ..History::default()
    })
}

fn with(scene: Scene, instances: &[Instance]) -> Scene {
    scene.instances(|all| *all = instances.to_vec()).unseen_by_agents()
}

const ARGS: [&[&str]; 4] = [
    &[],
    &["--expect", "3", "--require-check", "galera"],
    &["-w", "passing_percent=90:", "-c", "passing_percent=50:", "--severity", "only-tcp=critical"],
    &["--expect", "4294967295", "-vvv"],
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that an agent says or a file remembers stops the check, or makes its output what no reader expects.
    #[test]
    fn nothing_said_or_remembered_stops_the_check(
        (_, scene) in select(records()), instances in any_instances(), more in any_instances(), history in any_history(),
        failures in prop::collection::vec(prop::option::of(any_failure()), 3), twice in any::<bool>()
    ) {
        let mut scene = with(scene, &instances).agent(0, |asked| {
            if let Ok(stale) = &mut asked.stale.result {
                stale.instances.clone_from(&more);
            }
        });
        for (asked, failure) in scene.snapshot.agents.iter_mut().zip(&failures) {
            if let Some(failure) = failure {
                fail(asked, failure);
            }
        }
        scene.history = history;
        if !twice {
            scene.first = First::None;
        }
        for args in ARGS {
            let report = scene.report(args);
            let worst = report.findings().iter().map(|finding| finding.state).max();
            prop_assert_eq!(Some(report.state()), worst.or(Some(ServiceState::Unknown)), "the worst of what was found");
            for verbose in VERBOSE {
                let args = [args, verbose].concat();
                let (state, text) = scene.verdict(&args);
                prop_assert_eq!(state, report.state());
                prop_assert!(text.matches('|').count() <= 1, "{}", text);
                prop_assert!(args.iter().any(|arg| arg.starts_with("-v")) || text.len() < 4000, "{}", text);
                prop_assert!(text.starts_with("CONSUL is "), "{}", text);
            }
        }
        let next = scene.clone().then(60.0, scene.clone());
        next.verdict(&[]);
        let text = serde_json::to_string(&next.history).unwrap();
        prop_assert_eq!(serde_json::from_str::<History>(&text).unwrap(), next.history);
    }

    /// In whatever order they come, and however often.
    #[test]
    fn neither_the_order_of_instances_nor_duplicates_matter(
        (instances, shuffled, again) in any_instances().prop_map(distinct).prop_flat_map(|all| {
            let again = prop::sample::subsequence(all.clone(), 0..=all.len());
            (Just(all.clone()), Just(all).prop_shuffle(), again)
        })
    ) {
        let (one, other) = (with(healthy(), &instances), with(healthy(), &[shuffled, again].concat()));
        for args in ARGS {
            let (one, other) = (one.report(args), other.report(args));
            prop_assert_eq!(one.state(), other.state());
            prop_assert_eq!(ids(&one), ids(&other));
            prop_assert_eq!(metrics(&one), metrics(&other));
        }
    }

    /// Whom the operator names first decides nothing.
    #[test]
    fn the_order_of_the_agents_changes_no_state(
        (_, scene) in select(records()), faults in prop::collection::vec(prop::option::of(any_failure()), 3), reversed in any::<bool>()
    ) {
        let mut scene = scene;
        for (asked, failure) in scene.snapshot.agents.iter_mut().zip(&faults) {
            if let Some(failure) = failure {
                fail(asked, failure);
            }
        }
        let mut other = scene.clone();
        if reversed { other.snapshot.agents.reverse() } else { other.snapshot.agents.rotate_left(1) }
        for args in ARGS {
            let (one, other) = (scene.report(args), other.report(args));
            prop_assert_eq!(one.state(), other.state(), "{} -- {}", one.render().1, other.render().1);
            prop_assert_eq!(ids(&one), ids(&other));
        }
    }

    /// One instance that passes less makes nothing better.
    #[test]
    fn an_instance_that_passes_less_makes_nothing_better(
        (instances, passing) in (any_instances(), any_instance()), lost in any::<prop::sample::Index>(), expect in prop::option::of(1_u32..6), percent in any::<bool>()
    ) {
        // One that passes at least.
        let passing = Instance { service: "galeradb".to_owned(), selected: true, checks: Vec::new(), ..passing };
        let instances = distinct(instances.into_iter().chain([passing]).collect());
        let counts = |one: &Instance| one.service == "galeradb" && one.selected && one.condition() == Condition::Passing;
        let positions: Vec<_> = (0..instances.len()).filter(|position| counts(&instances[*position])).collect();
        let mut fewer = instances.clone();
        fewer.remove(positions[lost.index(positions.len())]);
        // What lint says of the one that is gone is no longer true.
        let lint = ["no-check=ok", "only-tcp=ok", "duplicate-address=ok", "case-twins=ok", "check-missing=ok"];
        let quiet: Vec<_> = lint.iter().flat_map(|severity| ["--severity", severity]).collect();
        let expect = expect.map(|expect| format!("--expect={expect}"));
        let expect: Vec<_> = expect.as_deref().into_iter().collect();
        let percent = if percent { ARGS[2] } else { &[] };
        let args = [percent, &expect, &quiet].concat();
        let (before, after) = (with(healthy(), &instances).verdict(&args).0, with(healthy(), &fewer).verdict(&args));
        prop_assert!(after.0 >= before, "{}", after.1);
    }

    /// One that gets worse makes nothing better, whatever is expected.
    #[test]
    fn a_check_that_fails_makes_nothing_better(
        instances in any_instances().prop_map(distinct), which in any::<prop::sample::Index>(), args in select(ARGS.to_vec())
    ) {
        prop_assume!(!instances.is_empty());
        let mut worse = instances.clone();
        let check = super::scene::check("another", Scope::Node, Status::Critical);
        worse[which.index(instances.len())].checks.push(check);
        let (before, after) = (with(healthy(), &instances).verdict(args).0, with(healthy(), &worse).verdict(args));
        prop_assert!(after.0 >= before, "{}", after.1);
    }

    /// An agent more that refuses makes nothing better either.
    #[test]
    fn an_agent_that_refuses_makes_nothing_better((name, scene) in select(records()), agent in any::<prop::sample::Index>()) {
        let agent = agent.index(scene.snapshot.agents.len());
        let (before, text) = scene.verdict(&[]);
        let (after, refused) = scene.agent(agent, |asked| fail(asked, &refused())).verdict(&[]);
        prop_assert!(after >= before, "{name}: {text} -- {refused}");
    }
}
