//! Rates and queues, measured within the run, under load.

use std::thread;

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

use super::CLUSTER;
use super::compared::assert_row;

const REMEMBERS: Check = Check {
    service: "GALERA",
    command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13 \
              --history-dir /run/lab/load",
};

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

/// Galera keeps 128 MB unless it is told otherwise; 0.2 MB/s leave 11 min of that, and nothing is wrong.
#[test]
fn a_short_window_by_the_default_cache_and_an_ordinary_load_is_no_alarm() {
    let lab = Lab::alone().unwrap();
    for node in Node::ALL {
        lab.break_(Fault::GaleraStop(node)).unwrap();
        let file = format!("/run/lab/{}/my.cnf", node.name());
        assert!(lab.altering("sed").args(["-i", "s/gcache.size=8M;//", &file]).status().unwrap().success());
        lab.mend().unwrap();
    }
    lab.sql(Node::Db1, "CREATE TABLE app.blobs (id INT AUTO_INCREMENT PRIMARY KEY, data MEDIUMBLOB)").unwrap();
    let load = "INSERT INTO app.blobs (data) VALUES (REPEAT('x', 40000)); DO SLEEP(0.2);".repeat(50);
    let windows = thread::scope(|scope| {
        let writer = scope.spawn(|| lab.sql(Node::Db1, &load).unwrap());
        let mut windows = Vec::new();
        while !writer.is_finished() {
            let output = REMEMBERS.run(&lab, &[]);
            assert_eq!(output.state(), State::Ok, "{}", output.stdout);
            assert!(output.stdout.contains("'gcache_size'=134217728B;"), "{}", output.stdout);
            windows.extend(output.perfdata().into_iter().find(|value| value.label == "ist_window"));
        }
        windows
    });
    let shortest = windows.iter().map(|window| window.value).fold(f64::INFINITY, f64::min);
    assert!(windows.len() >= 3 && (300.0..900.0).contains(&shortest), "{windows:?}");
    lab.end().unwrap();
}
