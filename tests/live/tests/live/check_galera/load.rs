//! Rates and queues, measured within the run, under load.

use lab::{Fault, Lab, Node};
use test_support::oracle::State;

use super::CLUSTER;
use super::compared::assert_row;

const SAMPLE: [&str; 2] = ["--sample", "2"];

#[test]
fn a_locked_table_throttles_all_and_its_node_is_named() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraFlowControl(Node::Db2)).unwrap();
    let said =
        ["flow control stopped writing for ", ": db2 throttles the cluster", "[CRITICAL] db2 127.0.0.12:3306 synced"];
    CLUSTER.assert(&lab, &SAMPLE, State::Critical, &said);
    assert_row(&lab, "a locked table stops all writing (flow control)");
}

#[test]
fn a_read_lock_desyncs_a_node_whose_queue_grows() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraFtwrl(Node::Db2)).unwrap();
    let said = ["2 synced, db2 desynced", "'flow_control'=0%", "'donors'=1;", "'synced'=3;"];
    CLUSTER.assert(&lab, &SAMPLE, State::Ok, &said);
    let said = ["db2: ", " writesets wait to be applied"];
    CLUSTER.assert(&lab, &["--sample", "1", "-w", "desynced_queue=1"], State::Warning, &said);
    CLUSTER.assert(
        &lab,
        &["-v"],
        State::Ok,
        &["db2 is desynced: no node joins and wsrep_desync is OFF: a global read lock"],
    );
    assert_row(&lab, "FLUSH TABLES WITH READ LOCK on one node, under load");
}

#[test]
fn rates_come_from_the_load_and_the_window_from_the_rates() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraFtwrl(Node::Db2)).unwrap();
    let output = CLUSTER.run(&lab, &["--sample", "2"]);
    let value = |label: &str| output.perfdata().into_iter().find(|value| value.label == label).map(|value| value.value);
    assert!(value("write_rate").unwrap() > 1.0 && value("write_bytes").unwrap() > 1000.0, "{output:?}");
    assert_eq!(value("writers"), Some(1.0), "{output:?}");
    // 8 MiB less the gap over the bytes a second, as the manual has it.
    let window = f64::from(8 << 20) * (1.0 - 1.0 / 128.0) / value("write_bytes").unwrap();
    let measured = value("ist_window").unwrap();
    assert!((window / 2.0..window * 2.0).contains(&measured), "{measured} s, not about {window}: {output:?}");
    CLUSTER.assert(
        &lab,
        &["--sample", "2", "-w", "ist_window=86400:"],
        State::Warning,
        &["IST window ~", "gcache.size"],
    );
    CLUSTER.assert(&lab, &["--sample", "2", "-w", "writers=0"], State::Warning, &["clients write to 1 node: db1"]);
}
