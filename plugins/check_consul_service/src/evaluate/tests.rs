//! Verdicts on what real agents answered; `testdata/` has per state and agent the answers that Consul 1.8 gave.

use std::time::Duration;

use clap::Parser;
use common::{CheckError, Rules, ServiceState};

use super::{View, evaluate};
use crate::CATALOGUE;
use crate::cli::{Cli, Environment};
use crate::collect::recorded;
use crate::memory::Memory;
use crate::policy::{Policy, Target};
use crate::snapshot::{Failure, Health, Snapshot, Status};

macro_rules! recorded {
    ($state:literal) => {
        snapshot(include_str!(concat!("../../testdata/", $state, ".http")))
    };
}

/// What was recorded of `galeradb`.
fn snapshot(record: &str) -> Snapshot {
    recorded::snapshot(record, &target(&[]).query)
}

fn cli(args: &[&str]) -> Cli {
    Cli::parse_from(["check_consul_service", "-s", "galeradb"].iter().chain(args))
}

fn target(args: &[&str]) -> Target {
    Target::new(&cli(args), &Environment::default()).unwrap()
}

fn verdict(snapshot: &Snapshot, args: &[&str]) -> (ServiceState, String) {
    verdict_after(&Memory::default(), snapshot, args)
}

/// The verdict of who remembers this.
fn verdict_after(memory: &Memory, snapshot: &Snapshot, args: &[&str]) -> (ServiceState, String) {
    let (cli, target) = (cli(args), target(args));
    let rules = Rules::new(&CATALOGUE, &cli.common).unwrap();
    let policy = Policy::new(&cli, &target, rules).unwrap();
    let view = View::of(snapshot, &target.query);
    evaluate(&view, snapshot, None, memory, &policy).render(cli.common.verbose)
}

#[track_caller]
fn assert_verdict(snapshot: &Snapshot, args: &[&str], state: ServiceState, said: &[&str]) -> String {
    let (actual, text) = verdict(snapshot, args);
    for part in said {
        assert!(text.contains(part), "{part:?} not in {text}");
    }
    assert_eq!(actual, state, "{text}");
    text
}

/// The consistent read of the first agent, to be bent.
fn data(snapshot: &mut Snapshot) -> &mut Health {
    snapshot.agents[0].consistent.result.as_mut().unwrap()
}

#[test]
fn healthy() {
    assert_verdict(
        &recorded!("healthy"),
        &["--expect", "3"],
        ServiceState::Ok,
        &[
            "CONSUL is OK: galeradb: 3/3 passing; leader 127.0.0.11\n",
            "'instances_passing'=3;3:;2:;0; 'instances_warning'=0;;;0; 'instances_critical'=0;;;0; \
             'instances_maintenance'=0;;;0; 'instances_registered'=3;;;0; 'agents_up'=3;;;0;3 'leader_known'=1;;;0;1 \
             'api_time'=0.004s;;;0;",
        ],
    );
}

#[test]
fn verbose_output_names_every_instance_agent_and_request() {
    let text = assert_verdict(
        &recorded!("healthy"),
        &["-vv"],
        ServiceState::Ok,
        &[
            "[OK] db1 (127.0.0.11:3306) passing",
            "[OK] agent 127.0.0.13:8500: leader 127.0.0.11",
            "127.0.0.12:8500 stale read: 3 instances, index 82, leader known, last contact 21 ms (0.004 s)",
            "127.0.0.12:8500 leader: 127.0.0.11:8300 (0.004 s)",
        ],
    );
    assert_eq!(text.matches(" passing").count(), 4, "{text}");
}

#[test]
fn maintenance_is_no_failure_and_keeps_its_reason() {
    let text = assert_verdict(
        &recorded!("maintenance"),
        &[],
        ServiceState::Warning,
        &[
            "db2 (127.0.0.12:3306) in maintenance of the node: \"node planned\" \
         -> on db2, when it is over: consul maint -disable\n",
            "db3 (127.0.0.13:3306) in maintenance of the service: \"planned\" \
         -> on db3, when it is over: consul maint -disable -service=galeradb",
            "galeradb: 1/3 passing; leader 127.0.0.12",
            "'instances_critical'=0;;;0; 'instances_maintenance'=2;;;0; 'instances_registered'=3;",
        ],
    );
    assert!(!text.contains("db1"), "{text}");
    assert_verdict(&recorded!("maintenance"), &["--severity", "instance-maintenance=ok"], ServiceState::Ok, &[]);
}

#[test]
fn with_a_number_expected_the_majority_decides() {
    let two = recorded!("database-killed");
    assert_verdict(
        &two,
        &["--expect", "3"],
        ServiceState::Warning,
        &[
            "CONSUL is WARNING: galeradb: 2/3 passing",
            "2/3 passing (outside range 3:)",
            "'instances_passing'=2;3:;2:;0;",
        ],
    );
    assert_verdict(&two, &["--expect", "4"], ServiceState::Critical, &["galeradb: 2/4 passing (outside range 3:)"]);
    assert_verdict(&two, &[], ServiceState::Warning, &["'instances_passing'=2;;1:;0;"]);
    assert_verdict(&two, &["-w", "2:", "--severity", "instance-critical=ok"], ServiceState::Ok, &[]);
}

#[test]
fn a_failed_service_check_is_quoted() {
    assert_verdict(
        &recorded!("database-killed"),
        &[],
        ServiceState::Warning,
        &["db3 (127.0.0.13:3306) critical: service check galera tcp 3306: \
         \"dial tcp 127.0.0.13:3306: connect: connection refused\" -> look at the service on db3"],
    );
}

#[test]
fn a_lost_agent_is_told_from_a_lost_service() {
    assert_verdict(
        &recorded!("agent-killed"),
        &["--expect", "3"],
        ServiceState::Warning,
        &[
            "db3 (127.0.0.13:3306) critical: its agent is unreachable by gossip, last service check passing \
         -> the service may be alive",
            "agent 127.0.0.13:8500: connection refused -> start it",
            "'instances_passing'=2;3:;2:;0;",
            "'agents_up'=1;;;0;2 'leader_known'=1;",
        ],
    );
}

#[test]
fn a_replaced_leader_is_the_one_named() {
    for replaced in [recorded!("leader-replaced"), recorded!("leader-frozen")] {
        assert_verdict(&replaced, &[], ServiceState::Warning, &["leader 127.0.0.12", "agent 127.0.0.11:8500: "]);
    }
}

#[test]
fn without_quorum_the_last_known_health_is_shown_as_such() {
    let text = assert_verdict(
        &recorded!("no-quorum"),
        &["--expect", "3"],
        ServiceState::Critical,
        &[
            "CONSUL is CRITICAL: no leader, galeradb as last known 6.4 s ago: 127.0.0.11:8500 says \"No cluster leader\", \
         127.0.0.21:8500 says \"rpc error making call: No cluster leader\"",
            "[WARNING] agent 127.0.0.12:8500: connection refused",
            "'instances_passing'=3;3:;2:;0;",
            "'agents_up'=2;;;0;3 'leader_known'=0;;;0;1 'api_time'=0.004s",
        ],
    );
    assert!(!text.contains("leader 127"), "{text}");
}

#[test]
fn a_leader_that_just_died_is_missed_though_the_others_still_name_it() {
    assert_verdict(
        &recorded!("leader-just-killed"),
        &[],
        ServiceState::Critical,
        &[
            "no leader, galeradb as last known 1.0 s ago: 127.0.0.12:8500 says \"rpc error getting client: failed to get conn",
            "'leader_known'=0;",
        ],
    );
}

#[test]
fn a_client_agent_without_servers_knows_nothing() {
    let text = assert_verdict(
        &recorded!("all-servers-down"),
        &["--expect", "3"],
        ServiceState::Critical,
        &[
            "no leader, nothing is known of galeradb: 127.0.0.21:8500 says",
            "|'agents_up'=1;;;0;2 'leader_known'=0;;;0;1",
        ],
    );
    assert!(!text.contains("instances_") && !text.contains("api_time"), "{text}");
}

#[test]
fn an_empty_answer_from_a_leader_is_a_service_that_is_not_registered() {
    let gone = recorded!("deregistered");
    assert_verdict(
        &gone,
        &["--expect", "3"],
        ServiceState::Critical,
        &[
            "galeradb is not registered: it is unknown or has no instance left",
            "'instances_passing'=0;3:;2:;0;",
            "'instances_registered'=0;",
        ],
    );
    assert_verdict(&gone, &["--severity", "not-registered=ok", "-c", "~:"], ServiceState::Ok, &["0/0 passing"]);
}

#[test]
fn an_empty_answer_from_a_server_without_leader_is_no_answer() {
    let mut empty = recorded!("no-quorum");
    for asked in &mut empty.agents {
        if let Ok(stale) = &mut asked.stale.result {
            stale.instances.clear();
        }
    }
    let text = assert_verdict(&empty, &[], ServiceState::Critical, &["no leader, nothing is known of galeradb"]);
    assert!(!text.contains("registered"), "{text}");
}

#[test]
fn the_freshest_stale_answer_counts() {
    let mut snapshot = recorded!("no-quorum");
    snapshot.agents[0].stale.result.as_mut().unwrap().instances.pop();
    assert_verdict(&snapshot, &[], ServiceState::Critical, &["'instances_passing'=3;"]);
    snapshot.agents[0].stale.result.as_mut().unwrap().last_contact = Some(Duration::from_secs(1));
    assert_verdict(&snapshot, &[], ServiceState::Critical, &["as last known 1.0 s ago", "'instances_passing'=2;"]);
}

#[test]
fn a_name_that_differs_in_case_is_another_service() {
    let mut twins = recorded!("healthy");
    for instance in &mut data(&mut twins).instances {
        instance.service = "GaleraDB".to_owned();
    }
    assert_verdict(
        &twins,
        &[],
        ServiceState::Critical,
        &["galeradb is not registered: GaleraDB is, which differs in case"],
    );
}

#[test]
fn instances_are_told_apart_by_node_and_id() {
    let mut snapshot = recorded!("healthy");
    let instances = &mut data(&mut snapshot).instances;
    instances[1] = instances[0].clone();
    instances[2] = instances[0].clone();
    instances[2].key.id = "second".to_owned();
    assert_verdict(&snapshot, &["-v"], ServiceState::Ok, &["2/2 passing", "db1/second (127.0.0.11:3306) passing"]);
}

#[test]
fn health_is_aggregated_as_consul_does() {
    use Status::{Critical, Passing, Warning};
    for (checks, verdict) in [
        (&[][..], "passing"),
        (&[("a", Passing), ("b", Warning)], "warning: node check b"),
        (&[("a", Warning), ("b", Critical)], "critical: node check b"),
        (&[("a", Critical), ("serfHealth", Critical)], "critical: its agent is unreachable by gossip"),
        (&[("a", Critical), ("_node_maintenance", Critical)], "in maintenance of the node"),
        (&[("_service_maintenance:x", Passing)], "passing"),
    ] {
        let mut snapshot = recorded!("healthy");
        let instance = &mut data(&mut snapshot).instances[0];
        let template = instance.checks[0].clone();
        let check = |(id, status): &(&str, Status)| crate::snapshot::Check {
            id: (*id).to_owned(),
            name: (*id).to_owned(),
            status: *status,
            ..template.clone()
        };
        instance.checks = checks.iter().map(check).collect();
        let said = format!("db1 (127.0.0.11:3306) {verdict}");
        let (_, text) = self::verdict(&snapshot, &["-v"]);
        assert!(text.contains(&said), "{said:?} not in {text}");
    }
}

fn failing(failure: impl Fn() -> Failure) -> Snapshot {
    let mut snapshot = recorded!("healthy");
    for asked in &mut snapshot.agents {
        (asked.consistent.result, asked.stale.result) = (Err(failure()), Err(failure()));
    }
    snapshot
}

#[test]
fn agents_that_all_refuse_are_critical() {
    let mut refused = failing(|| Failure::Unreachable("connection refused".to_owned()));
    for asked in &mut refused.agents {
        asked.leader.result = Err(Failure::Unreachable("connection refused".to_owned()));
    }
    assert_verdict(
        &refused,
        &[],
        ServiceState::Critical,
        &[
            "CONSUL is CRITICAL: none of 3 agents gives a usable answer: 127.0.0.11:8500: connection refused, 127.0.0.12",
            "agents listen on loopback by default|'agents_up'=0;;;0;3",
        ],
    );
    let text = assert_verdict(&refused, &["--severity", "no-agent=unknown"], ServiceState::Unknown, &[]);
    assert!(!text.contains("instances_"), "{text}");
}

#[test]
fn agents_that_all_answer_wrongly_are_critical() {
    let mut snapshot = failing(|| Failure::Denied("\"ACL not found\"".to_owned()));
    snapshot.agents[2].stale.result = Err(Failure::Wrong("bad JSON".to_owned()));
    assert_verdict(&snapshot, &[], ServiceState::Critical, &["none of 3 agents gives a usable answer"]);
}

#[test]
fn one_agent_that_answers_wrongly_is_a_warning() {
    let mut snapshot = recorded!("healthy");
    snapshot.agents[0].consistent.result = Err(Failure::Wrong("bad JSON".to_owned()));
    assert_verdict(
        &snapshot,
        &[],
        ServiceState::Warning,
        &["CONSUL is WARNING: agent 127.0.0.11:8500, consistent read: bad JSON; galeradb: 3/3 passing; leader"],
    );
    snapshot.agents.truncate(1);
    assert_verdict(&snapshot, &[], ServiceState::Warning, &["galeradb: 3/3 passing (stale); leader"]);
}

#[test]
fn denied_access_is_unknown_and_names_the_policy() {
    let text = assert_verdict(
        &failing(|| Failure::Denied("\"Permission denied\"".to_owned())),
        &["--expect", "3"],
        ServiceState::Unknown,
        &[
            "agent 127.0.0.11:8500 denies access: \"Permission denied\"",
            "give a token (--token-file): its policy needs service:read and node:read, service \"galeradb\" { policy",
            "'agents_up'=3;;;0;3 'api_time'=",
        ],
    );
    assert!(!text.contains("instances_"), "{text}");
}

#[test]
fn a_denial_outweighs_a_read_that_was_not_answered() {
    let mut snapshot = failing(|| Failure::Denied("\"Permission denied\"".to_owned()));
    snapshot.agents.truncate(1);
    snapshot.agents[0].consistent.result = Err(Failure::Unreachable("no complete answer within 4.8 s".to_owned()));
    assert_verdict(&snapshot, &[], ServiceState::Unknown, &["denies access: \"Permission denied\""]);
}

#[test]
fn a_read_that_a_leader_never_confirmed_is_no_proof() {
    let mut snapshot = recorded!("healthy");
    for asked in &mut snapshot.agents {
        asked.consistent.result = Err(Failure::Unreachable("no complete answer within 4.8 s".to_owned()));
    }
    assert_verdict(
        &snapshot,
        &[],
        ServiceState::Critical,
        &[
            "no leader, galeradb as last known 0.0 s ago: 127.0.0.11:8500 cannot prove one, no complete answer within 4.8 s",
            "'leader_known'=0;",
        ],
    );
}

#[test]
fn an_agent_that_our_side_keeps_us_from_asking_hides_nothing() {
    let ours = || Failure::NotAsked(CheckError::local("too many open files", "raise the limit"));
    let said = "agent 127.0.0.11:8500 was not asked: too many open files -> raise the limit";
    assert_verdict(&failing(ours), &[], ServiceState::Unknown, &[said]);
    let mut snapshot = recorded!("healthy");
    let asked = &mut snapshot.agents[0];
    (asked.consistent.result, asked.stale.result, asked.leader.result) = (Err(ours()), Err(ours()), Err(ours()));
    let text = assert_verdict(&snapshot, &[], ServiceState::Unknown, &[said, "galeradb: 3/3 passing"]);
    assert!(!text.contains("'agents_up'"), "whether it is up was not measured: {text}");
}
