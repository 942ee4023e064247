//! What the check says of states that real agents were in.

use std::time::Duration;

use common::ServiceState::{Critical, Ok, Warning};

use super::scene::{healthy, recorded};

#[test]
fn healthy_is_one_line_and_all_that_was_measured() {
    let text = healthy().assert(&["--expect", "3"], Ok, &[]);
    assert!(
        text.starts_with("CONSUL is OK: galeradb: 3/3 passing; leader 127.0.0.11, may lose 1 server\n"),
        "what nobody has to read: {text}"
    );
    assert_eq!(
        text.split_once('|').unwrap().1,
        "'instances_passing'=3;3:;2:;0; 'passing_percent'=100%;;;; 'instances_warning'=0;;;0; \
         'instances_critical'=0;;;0; 'instances_maintenance'=0;;;0; 'instances_registered'=3;;;0; \
         'instances_vanished'=0;0;;0; 'status_changes'=0;3;;0; 'maintenance_age'=0s;86400;;0; 'agents_up'=2;;;0;2 'leader_known'=1;;;0;1 \
         'raft_peers'=3;;;0; 'raft_peers_alive'=3;;;0;3 'failure_tolerance'=1;1:;;0; 'last_contact'=0.024s;5;30;0; \
         'api_time'=0.004s;;;0;"
    );
}

#[test]
fn verbose_output_names_every_instance_agent_and_request() {
    recorded!("healthy").assert(
        &["-vv"],
        Ok,
        &[
            "[OK] db1 (127.0.0.11:3306) passing\n[OK] db2 (127.0.0.12:3306) passing\n[OK] db3 (127.0.0.13:3306) passing",
            "[OK] agent 127.0.0.13:8500: leader 127.0.0.11, heard of 19 ms ago; answers in 4 ms",
            "127.0.0.12 stale read: 3 instances, index 82, leader known, last contact 21 ms (0.004 s)",
            "127.0.0.12 leader: 127.0.0.11:8300 (0.004 s)",
        ],
    );
    healthy().assert(&["-v"], Ok, &["[OK] agent 127.0.0.21:8500 (mon1, Consul 1.8.7): leader 127.0.0.11"]);
}

/// The words of the issue.
#[test]
fn one_instance_lost_is_the_first_thing_said() {
    let lost = recorded!("database-killed");
    lost.assert_first(&["--expect", "3"], "CONSUL is WARNING: galeradb: 2/3 passing: db3 critical: service check \"galera tcp 3306\": \"dial tcp 127.0.0.13:3306: connect: connection refused\"; leader 127.0.0.11");
}

#[test]
fn maintenance_is_no_failure_and_keeps_its_reason() {
    let scene = recorded!("maintenance");
    let text = scene.assert(
        &[],
        Warning,
        &[
            "db2 in node maintenance \"node planned\" \
             -> on db2, when it is over: consul maint -disable\n",
            "db3 in maintenance \"planned\" \
             -> on db3, when it is over: consul maint -disable -service=galeradb",
            "galeradb: 1/3 passing; leader 127.0.0.12",
            "'instances_critical'=0;;;0; 'instances_maintenance'=2;;;0; 'instances_registered'=3;",
        ],
    );
    assert!(
        text.contains("[OK] db1 (127.0.0.11:3306) passing\n[WARNING] db2 (127.0.0.12:3306) in maintenance\n"),
        "{text}"
    );
    scene.assert(&["--severity", "instance-maintenance=ok"], Ok, &[]);
}

#[test]
fn a_failed_service_check_is_quoted() {
    recorded!("database-killed").assert(
        &[],
        Warning,
        &["db3 critical: service check \"galera tcp 3306\": \
           \"dial tcp 127.0.0.13:3306: connect: connection refused\" -> look at the service on db3"],
    );
}

#[test]
fn a_lost_agent_is_told_from_a_lost_service() {
    recorded!("agent-killed").assert(
        &["--expect", "3"],
        Warning,
        &[
            "db3 critical: its agent is unreachable by gossip, last service check passing \
             -> the service may be alive",
            "agent 127.0.0.13: connection refused -> start it",
            "'instances_passing'=2;3:;2:;0;",
            "'agents_up'=1;;;0;2 'leader_known'=1;",
        ],
    );
}

#[test]
fn a_replaced_leader_is_the_one_named() {
    for replaced in [recorded!("leader-replaced"), recorded!("leader-frozen")] {
        replaced.assert(&[], Warning, &["leader 127.0.0.12", "agent 127.0.0.11: "]);
    }
}

#[test]
fn without_quorum_the_last_known_health_is_shown_as_such() {
    let text = recorded!("no-quorum").assert(
        &["--expect", "3"],
        Critical,
        &[
            "CONSUL is CRITICAL: no leader, galeradb as last known 6.4 s ago: 127.0.0.11 said \"No cluster leader\", \
             127.0.0.21 said \"rpc error making call: No cluster leader\"",
            "agent 127.0.0.11: its server last heard from a leader 6.7 s ago (above the limit 5)",
            "[WARNING] agent 127.0.0.12:8500: connection refused",
            "galeradb: 3/3 passing (stale)",
            "'instances_passing'=3;3:;2:;0;",
            "'agents_up'=2;;;0;3 'leader_known'=0;;;0;1 'last_contact'=6.728s;5;30;0; 'api_time'=0.004s",
        ],
    );
    assert!(!text.contains("leader 127"), "{text}");
}

/// One server of three is up again and has forgotten, one never forgot, one is dead: `status/peers` still lists all.
#[test]
fn a_server_that_restarted_without_quorum_knows_nothing_and_is_not_believed() {
    let scene = recorded!("quorum-restart");
    scene.assert(
        &["--expect", "3"],
        Critical,
        &[
            "CONSUL is CRITICAL: no leader, gossip holds 2 of 3 servers alive, galeradb as last known 46.9 s ago: \
             127.0.0.11, 127.0.0.12 and 127.0.0.21 leaderless",
            "'instances_passing'=3;3:;2:;0;",
            "'leader_known'=0;;;0;1 'raft_peers'=3;;;0; 'raft_peers_alive'=2;;;0;3 'last_contact'=46.87s;5;30;0;",
        ],
    );
    assert_eq!(scene.metric(&[], "failure_tolerance"), None, "there is nothing left to lose");
    // It has not heard of the dead one since, so nobody knows how many live.
    let text = scene.clone().only(0).assert(&[], Critical, &["no leader, nothing is known of galeradb: "]);
    assert!(!text.contains("registered") && !text.contains("raft_peers_alive"), "{text}");
    let before = recorded!("restarted-alone");
    before.assert_first(
        &[],
        "CONSUL is CRITICAL: no leader, gossip holds 1 of 3 servers alive, nothing is known of galeradb: 127.0.0.11 said \"No cluster leader\"",
    );
}

/// Consul says 429 then, and calls its JSON plain text.
#[test]
fn a_frozen_server_is_named_by_the_autopilot() {
    recorded!("server-frozen").assert(
        &["--expect", "3"],
        Warning,
        &[
            "CONSUL is WARNING: galeradb: 2/3 passing: db3 critical: its agent is unreachable by gossip, last service check passing",
            "agent 127.0.0.13: no complete answer within 4.9 s",
            "Consul's autopilot holds unhealthy: db3 (lost by gossip)",
            "2 of 3 Consul servers healthy (not db3): may lose no server (below the limit 1:)",
            "'raft_peers'=3;;;0; 'raft_peers_alive'=2;;;0;3 'failure_tolerance'=0;1:;;0;",
        ],
    );
}

#[test]
fn a_check_in_warning_is_neither_passing_nor_lost() {
    recorded!("warning").assert(
        &["--expect", "3"],
        Warning,
        &[
            "CONSUL is WARNING: galeradb: 2/3 passing: db3 warning: service check Disk: \"the disk is nearly full\"; leader 127.0.0.11, may lose 1 server\n",
            "'instances_passing'=2;3:;2:;0;",
            "'instances_warning'=1;;;0; 'instances_critical'=0;",
        ],
    );
}

#[test]
fn a_leader_that_just_died_is_missed_though_the_others_still_name_it() {
    recorded!("leader-just-killed").assert(
        &[],
        Critical,
        &["no leader, galeradb as last known 1.0 s ago: 127.0.0.12 and 127.0.0.21 leaderless; agent 127.0.0.11: connection refused", "'leader_known'=0;"],
    );
}

#[test]
fn a_client_agent_without_servers_knows_nothing() {
    for scene in [recorded!("all-servers-down"), recorded!("no-known-servers")] {
        let text = scene.assert(
            &["--expect", "3"],
            Critical,
            &[
                "no leader, nothing is known of galeradb: 127.0.0.21 said",
                "|'agents_up'=1;;;0;2 'leader_known'=0;;;0;1",
            ],
        );
        assert!(!text.contains("instances_") && !text.contains("api_time") && !text.contains("raft_"), "{text}");
    }
    recorded!("no-known-servers")
        .assert_first(&[], "CONSUL is CRITICAL: no leader, nothing is known of galeradb: 127.0.0.21 said \"No known Consul servers\"; agent 127.0.0.11: connection refused");
}

#[test]
fn an_empty_answer_from_a_server_without_leader_is_no_answer() {
    let empty = recorded!("no-quorum").instances(Vec::clear);
    let text = empty.assert(&[], Critical, &["no leader, nothing is known of galeradb"]);
    assert!(!text.contains("registered"), "{text}");
}

#[test]
fn the_freshest_stale_answer_counts() {
    let scene = recorded!("no-quorum").agent(0, |asked| {
        asked.stale.result.as_mut().unwrap().instances.pop();
    });
    scene.assert(&[], Critical, &["'instances_passing'=3;"]);
    let scene = scene.agent(0, |asked| {
        asked.stale.result.as_mut().unwrap().last_contact = Some(Duration::from_secs(1));
    });
    scene.assert(&[], Critical, &["as last known 1.0 s ago", "'instances_passing'=2;"]);
}
