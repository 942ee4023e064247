//! A cluster that replicates on another network than the one for clients.

use lab::{Fault, Lab};
use live::Check;
use test_support::oracle::State;

const SEED: Check = Check {
    service: "GALERA",
    command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11 --discover \
              --history-dir /run/lab/two-networks",
};

/// The group lists what clients use; `wsrep_cluster_address` names addresses where nobody serves them.
#[test]
fn members_are_discovered_by_the_addresses_for_clients() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraTwoNetworks).unwrap();
    let said = [
        "lab: 3/3 members, 3 synced; survives 1 crash",
        "[OK] db1 127.0.0.11:3306 synced",
        "[OK] db2 127.0.0.12:3306 synced",
        "[OK] db3 127.0.0.13:3310 synced",
        "'unreachable'=0;;;0;3",
    ];
    SEED.assert(&lab, &[], State::Ok, &said);
    let output = SEED.run(&lab, &[]);
    assert!(!output.stdout.contains("127.0.1."), "{}", output.stdout);

    // While a member does not answer, the replication network is tried, and nobody there is a node.
    let rule = "-w -A INPUT -p tcp -d 127.0.0.13 --dport 3310 -j DROP";
    assert!(lab.altering("iptables").args(rule.split(' ')).status().unwrap().success());
    let output = SEED.run(&lab, &[]);
    assert_eq!(output.state(), State::Warning, "{}", output.stdout);
    let said = ["db3 unreachable, still counted by the group", "127.0.0.13:3310 unreachable", "'unreachable'=1;;;0;3"];
    assert_eq!(said.iter().find(|part| !output.stdout.contains(**part)), None, "{}", output.stdout);
    assert!(!output.stdout.contains("127.0.1."), "{}", output.stdout);
}
