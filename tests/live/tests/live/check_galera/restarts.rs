//! What is over when the check runs: restarts, and clients that were turned away.

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

const ONE: Check = Check {
    service: "GALERA",
    command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13 \
              --history-dir /run/lab/one-restart",
};

const ALL: Check = Check {
    service: "GALERA",
    command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13 \
              --history-dir /run/lab/all-restarted",
};

const WHOLE: &str = "lab: 3/3 members, 3 synced; survives 1 crash";

/// Stops a node in order and starts it again; no check runs meanwhile.
fn restart(lab: &Lab, node: Node) {
    lab.break_(Fault::GaleraStop(node)).unwrap();
    lab.mend().unwrap();
}

#[test]
fn a_restart_that_is_over_is_told_and_no_alarm() {
    let lab = Lab::shared();
    ONE.assert(&lab, &[], State::Ok, &[WHOLE]);
    restart(&lab, Node::Db3);
    ONE.assert(&lab, &[], State::Ok, &[WHOLE, "[OK] db3 127.0.0.13:3306 synced, restarted "]);
    // Icinga's next run has nothing new to say.
    ONE.assert(&lab, &[], State::Ok, &[WHOLE]);
}

/// An upgrade of the whole cluster is one restart for each node; only a second one of the same node is more.
#[test]
fn a_rolling_restart_is_no_alarm_and_the_node_that_restarts_again_is_named() {
    let lab = Lab::shared();
    ALL.assert(&lab, &[], State::Ok, &[WHOLE]);
    // The last to restart has the lowest uptime: not the one whose second restart is to be seen.
    for node in [Node::Db3, Node::Db1, Node::Db2] {
        restart(&lab, node);
    }
    let said = Node::ALL.map(|node| format!("[OK] {node} {}:3306 synced, restarted ", node.address()));
    let [first, second, third] = &said;
    ALL.assert(&lab, &[], State::Ok, &[WHOLE, first, second, third]);

    restart(&lab, Node::Db3);
    let said = [
        "GALERA is WARNING: db3 comes and goes: left or restarted 2 times within the last hour",
        "[WARNING] db3 127.0.0.13:3306 synced, restarted ",
        "[OK] db1 127.0.0.11:3306 synced, restarted ",
        "[OK] db2 127.0.0.12:3306 synced, restarted ",
    ];
    ALL.assert(&lab, &[], State::Warning, &said);
}

const REFUSED: Check = Check {
    service: "GALERA",
    command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13 \
              --history-dir /run/lab/refused",
};

/// Beyond `max_connections` the server keeps one place for an administrator: whoever takes it and is none gets the same
/// error 1040, but no counter shows that. One client holds that place here, so that the next three are counted.
const CROWD: &str = "
    exec 3<>/dev/tcp/127.0.0.12/3306
    for _ in 1 2 3; do
        if mariadb --defaults-file=/run/lab/client.cnf --skip-ssl --host=127.0.0.12 -e 'SELECT 1'; then exit 1; fi
    done";

#[test]
fn clients_that_were_turned_away_once_are_told_and_twice_are_a_warning() {
    let lab = Lab::shared();
    let peak = || {
        lab.break_(Fault::GaleraMaxConnections(Node::Db2)).unwrap();
        assert!(lab.altering("bash").args(["-ec", CROWD]).output().unwrap().status.success());
        lab.mend().unwrap();
    };
    let said = "db2: max_connections was reached, ";
    REFUSED.assert(&lab, &[], State::Ok, &[WHOLE]);
    peak();
    REFUSED.assert(&lab, &["-v"], State::Ok, &[WHOLE, said, " turned away since the last run"]);

    peak();
    REFUSED.assert(&lab, &[], State::Warning, &[&format!("GALERA is WARNING: {said}"), "raise max_connections"]);
}
