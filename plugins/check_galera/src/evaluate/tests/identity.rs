//! Two answers with one identity.

use common::ServiceState;

use super::situation::{Situation, healthy, same};

const UUID: &str = "00000001-0000-11ee-8001-000000000001";

/// The second node answers as the process of the first one.
fn one_process(name: &str, uptimes: [&str; 2]) -> Situation {
    let situation = healthy().with(1, "wsrep_gcomm_uuid", UUID).with(1, "wsrep_node_name", name);
    situation.with(0, "uptime", uptimes[0]).with(1, "uptime", uptimes[1])
}

fn is_found(situation: &Situation) -> bool {
    situation.ids(&[]).contains("identity-conflict")
}

#[test]
fn one_process_has_one_name_and_one_start() {
    for (what, situation, found) in [
        ("one process", one_process("node1", ["1000", "1000"]), false),
        ("whole seconds", one_process("node1", ["1000", "1002"]), false),
        ("another start", one_process("node1", ["1000", "1003"]), true),
        ("another start, before", one_process("node1", ["1000", "997"]), true),
        ("another name", one_process("node9", ["1000", "1000"]), true),
        ("a slow answer", one_process("node1", ["1000", "1007"]).answered(1, 0.0, 7.0), false),
        ("a later answer", one_process("node1", ["1000", "1007"]).answered(1, 7.0, 7.0), false),
        ("a later answer of another", one_process("node1", ["1000", "1000"]).answered(1, 7.0, 7.0), true),
        ("unknown uptime", one_process("node1", ["1000", ""]), false),
    ] {
        assert_eq!(is_found(&situation), found, "{what}: {}", situation.verdict(&[]).1);
    }
}

#[test]
fn what_only_one_look_shows_is_not_judged() {
    let conflict = one_process("node9", ["1000", "1000"]);
    assert!(is_found(&conflict.clone().rechecked(same)));
    assert!(!is_found(&healthy().rechecked(|_| conflict.clone())));
    assert!(!is_found(&conflict.rechecked(|_| healthy())));
}

#[test]
fn both_addresses_are_named_with_what_differs() {
    let said = "db1:3306 and db2:3306 give one wsrep_gcomm_uuid, but different names, node1 and node9";
    one_process("node9", ["1000", "1000"]).assert(ServiceState::Critical, &[said, "SELECT @@hostname"]);
    let said = "db1:3306 and db2:3306 give one wsrep_gcomm_uuid, but different uptimes";
    one_process("node1", ["1000", "2000"]).assert(ServiceState::Critical, &[said]);
}

/// Whoever was asked first: a healthy answer must not hide a broken one.
#[test]
fn the_worse_answer_counts() {
    for broken in [0, 1] {
        for name in ["node1", "node9"] {
            let situation = one_process(name, ["1000", "1000"]).with(broken, "wsrep_cluster_status", "non-Primary");
            assert!(situation.ids(&[]).contains("node-not-primary"), "{broken} {}", situation.verdict(&[]).1);
        }
        let situation = one_process("node1", ["1000", "1000"]).with(broken, "wsrep_local_state", "2");
        assert_eq!(situation.metric(&[], "donors").as_deref(), Some("1"), "{broken}");
    }
}
