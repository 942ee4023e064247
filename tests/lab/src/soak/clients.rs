//! The load: on each node one client that never stops, and notes what fails.

use std::time::Duration;

use anyhow::Result;

use super::journal::Journal;
use super::session::{ACCOUNT, Session};
use crate::galera::Galera;
use crate::node::Node;
use crate::sandbox::Sandbox;

/// Between two statements of a client: about twenty a second.
const PAUSE: Duration = Duration::from_millis(50);

/// Before a client that failed logs in again.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// A log that grows, counters that all nodes change at once, and a table for deletions in bulk.
pub(super) fn prepare(galera: Galera) -> Result<()> {
    let tables = format!(
        "CREATE USER {ACCOUNT}@'%' IDENTIFIED BY '{ACCOUNT}';
        GRANT ALL ON soak.* TO {ACCOUNT}@'%';
        CREATE DATABASE soak;
        CREATE TABLE soak.log (id INT AUTO_INCREMENT PRIMARY KEY, word VARCHAR(4000));
        CREATE TABLE soak.counter (id INT PRIMARY KEY, value INT NOT NULL);
        CREATE TABLE soak.bulk (id INT AUTO_INCREMENT PRIMARY KEY, word VARCHAR(400));"
    );
    galera.sql(Node::Db1, &tables).map(drop)
}

/// Runs statements on a node until all is over.
pub(super) fn run(sandbox: &Sandbox, node: Node, journal: &Journal) {
    let mut session = None;
    let mut number = 0;
    while !journal.is_over() {
        number += 1;
        let began = journal.now();
        match step(sandbox, node, &mut session, &statement(number)) {
            Ok(deadlocks) => {
                let mut records = journal.records();
                records.statements += 1;
                records.deadlocks += deadlocks;
                drop(records);
                journal.pause(PAUSE);
            }
            Err(error) => {
                session = None;
                journal.failed(node, began, format!("{error:#}"));
                journal.pause(AFTER_FAILURE);
            }
        }
    }
}

fn step(sandbox: &Sandbox, node: Node, session: &mut Option<Session>, statement: &str) -> Result<u64> {
    let session = match session {
        Some(session) => session,
        None => session.insert(Session::application(sandbox, node)?),
    };
    session.run_again(statement)
}

/// In turn: most are rows of 3 kB, some read, and some are transactions that meet those of other nodes.
fn statement(number: u64) -> String {
    const ROW: &str = "INSERT INTO soak.log (word) VALUES (REPEAT('load', 750))";
    let key = number % 3;
    match number % 5 {
        0 => "SELECT COUNT(*) FROM soak.counter".to_owned(),
        1 => format!(
            "BEGIN; INSERT INTO soak.counter VALUES ({key}, 1) ON DUPLICATE KEY UPDATE value = value + 1; {ROW}; COMMIT"
        ),
        _ => ROW.to_owned(),
    }
}
