//! What is done to the cluster: all of it belongs to the ordinary life of a healthy one.

use anyhow::Result;

use super::journal::Journal;
use super::session::Session;
use crate::galera::{Galera, LIMIT};
use crate::node::Node;
use crate::progress::Progress;
use crate::sandbox::ROOT;

/// Each step is seen by so many checks.
const CHECKS: usize = 2;

pub(super) struct Script<'a> {
    pub(super) galera: Galera<'a>,
    pub(super) journal: &'a Journal,
    pub(super) progress: &'a Progress,
}

impl Script<'_> {
    /// All steps once.
    ///
    /// Nodes are restarted in the first pass alone. A node that restarts twice within an hour comes and goes, and the
    /// check is right to say so.
    pub(super) fn pass(&self, number: u64) -> Result<()> {
        self.step("load alone", || self.watched())?;
        self.step("mariadb-backup on db2", || self.repeat(|| self.back_up(Node::Db2)))?;
        self.step("mariadb-backup on db3, desynced", || self.desynced_backup(Node::Db3))?;
        self.step("FLUSH TABLES WITH READ LOCK on db2", || self.read_lock(Node::Db2))?;
        self.step("BACKUP STAGE on db3", || self.backup_stages(Node::Db3))?;
        self.step("bulk delete on db1", || self.bulk_delete(Node::Db1))?;
        if number == 1 {
            for node in Node::ALL {
                self.step(&format!("restart of {node}"), || self.restart(node))?;
            }
        }
        self.step("load alone, at the end", || self.watched())
    }

    fn step(&self, name: &str, action: impl FnOnce() -> Result<()>) -> Result<()> {
        self.journal.begin(name);
        let step = self.progress.step(name);
        action()?;
        step.done();
        Ok(())
    }

    /// Waits until the state that there is now was seen.
    fn watched(&self) -> Result<()> {
        self.journal.wait_checks(self.journal.now(), CHECKS)
    }

    /// Does something again and again until that was seen; it is bounded, as the check is.
    fn repeat(&self, mut action: impl FnMut() -> Result<()>) -> Result<()> {
        let began = self.journal.now();
        while self.journal.checks_since(began) < CHECKS {
            action()?;
            self.journal.ensure_patience(began)?;
        }
        Ok(())
    }

    fn back_up(&self, node: Node) -> Result<()> {
        let directory = format!("{ROOT}/soak/backup");
        let socket = format!("{ROOT}/{node}/mysqld.sock");
        let script = r#"rm -rf "$0" && mkdir -p "$0" && mariadb-backup --no-defaults --backup --user=root \
            --socket="$1" --datadir="$2" --target-dir="$0""#;
        let data = format!("{ROOT}/{node}/data");
        self.galera.sandbox.run_within(LIMIT, "sh", ["-c", script, &directory, &socket, &data]).map(drop)
    }

    fn desynced_backup(&self, node: Node) -> Result<()> {
        self.galera.sql(node, "SET GLOBAL wsrep_desync = ON")?;
        self.repeat(|| self.back_up(node))?;
        self.galera.sql(node, "SET GLOBAL wsrep_desync = OFF").map(drop)
    }

    fn read_lock(&self, node: Node) -> Result<()> {
        let mut session = Session::administrator(self.galera.sandbox, node)?;
        session.run("FLUSH TABLES WITH READ LOCK")?;
        self.watched()?;
        session.run("UNLOCK TABLES")
    }

    fn backup_stages(&self, node: Node) -> Result<()> {
        let mut session = Session::administrator(self.galera.sandbox, node)?;
        for stage in ["START", "FLUSH", "BLOCK_DDL", "BLOCK_COMMIT"] {
            session.run(&format!("BACKUP STAGE {stage}"))?;
        }
        self.watched()?;
        session.run("BACKUP STAGE END")
    }

    /// Thousands of rows in one transaction, and the log of the clients, so that it does not grow for ever.
    fn bulk_delete(&self, node: Node) -> Result<()> {
        let mut session = Session::administrator(self.galera.sandbox, node)?;
        session
            .run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SELECT MAX(id) INTO @last FROM soak.log")?;
        self.repeat(|| {
            session.run_again("INSERT INTO soak.bulk (word) SELECT REPEAT('bulk', 75) FROM soak.seq_1_to_6000")?;
            session.run_again("DELETE FROM soak.bulk")?;
            session.run_again("DELETE FROM soak.log WHERE id < @last").map(drop)
        })
    }

    /// A restart in order; the data that were missed come as IST.
    fn restart(&self, node: Node) -> Result<()> {
        self.journal.takes(node);
        self.galera.stop(node)?;
        self.watched()?;
        self.galera.launch(node, &[])?;
        self.galera.wait(node, "synced", |status| {
            status.get("local_state_comment") == "Synced" && status.size() == "3" && status.get("ready") == "ON"
        })?;
        self.journal.is_back();
        self.watched()
    }
}
