//! A state transfer that fails again and again.

use std::time::Duration;

use anyhow::ensure;
use lab::wait::wait_until;
use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

use super::compared::assert_row;

const REMEMBERS: Check = Check {
    service: "GALERA",
    command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13 \
              --history-dir /run/lab/transfers",
};

#[test]
fn the_third_state_transfer_is_a_loop() {
    let lab = Lab::shared();
    REMEMBERS.assert(&lab, &[], State::Ok, &["3/3 members"]);
    lab.break_(Fault::GaleraSstLoop(Node::Db3)).unwrap();
    assert_row(&lab, "a supervisor kills one node in each state transfer");
    let mut told = String::new();
    wait_until("the third state transfer", Duration::from_secs(120), || {
        told = REMEMBERS.run(&lab, &[]).stdout;
        ensure!(told.contains("db3 has begun a state transfer 3 times within an hour"), "{told}");
        Ok(())
    })
    .unwrap();
    let said = "read the error logs of db3 and of its donor db1 (wsrep_sst_method is mariabackup)";
    assert!(told.contains(said), "{told}");
    for never in ["IST for db3", "-> wait;"] {
        assert!(!told.contains(never), "{never:?} is in:\n{told}");
    }
}
