//! Appliers that stand still.

use std::time::Duration;

use anyhow::ensure;
use lab::wait::wait_until;
use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

use super::compared::assert_row_remembering;

const REMEMBERS: Check = Check {
    service: "GALERA",
    command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13 \
              --history-dir /run/lab/appliers",
};

const READINESS: Check = Check {
    service: "GALERA",
    command: "check_galera --mode readiness -u root -S /run/lab/db3/mysqld.sock --history-dir /run/lab/appliers",
};

/// The threads hold the writesets, so that nothing waits in the queue; in the second run it is known.
#[test]
fn eight_appliers_that_hold_five_writesets_are_named_in_the_second_run() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraBlockedAppliers(Node::Db3)).unwrap();
    REMEMBERS.assert(&lab, &[], State::Ok, &["3/3 members, 3 synced"]);
    READINESS.assert(&lab, &[], State::Ok, &["db3 serves"]);
    // Thirty seconds by default.
    wait_until("a second run that is old enough", Duration::from_secs(90), || {
        let output = REMEMBERS.run(&lab, &[]);
        ensure!(output.state() == State::Warning, "{}", output.stdout);
        Ok(())
    })
    .unwrap();
    let said = ["db3 has applied nothing for ", " and is 5 transactions behind", "SHOW PROCESSLIST there", "queue 0"];
    REMEMBERS.assert(&lab, &["-c", "applier_stalled=1"], State::Critical, &said);
    assert_row_remembering(&lab, "8 appliers hold 5 writesets behind a locked table", &REMEMBERS);
}

/// What was received before the first run is not known to be behind; what comes after it is.
#[test]
fn readiness_sees_writesets_that_come_and_are_not_applied() {
    let lab = Lab::shared();
    READINESS.assert(&lab, &[], State::Ok, &["db3 serves"]);
    lab.break_(Fault::GaleraBlockedAppliers(Node::Db3)).unwrap();
    READINESS.assert(&lab, &[], State::Ok, &["db3 serves"]);
    lab.sql(Node::Db1, "INSERT INTO app.t (word) VALUES ('held')").unwrap();
    wait_until("readiness to find it behind", Duration::from_secs(60), || {
        let output = READINESS.run(&lab, &["-c", "applier_stalled=1"]);
        ensure!(output.state() == State::Critical, "{}", output.stdout);
        ensure!(output.stdout.contains("db3 has applied nothing for "), "{}", output.stdout);
        Ok(())
    })
    .unwrap();
    READINESS.assert(&lab, &[], State::Ok, &["db3 serves"]);
}
