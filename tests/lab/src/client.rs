//! Database clients in the background: one holds locks or connections, another writes.

use std::fs;

use anyhow::Result;

use crate::daemon::Daemon;
use crate::node::Node;
use crate::sandbox::{ROOT, Sandbox};

/// Every client in the background ends by itself after ten minutes, so that a forgotten one does not run on.
const HOLD: &str = r#"{ echo "$2"; exec sleep 600; } | mariadb --no-defaults --skip-ssl --user=root --socket="$1""#;

/// Twenty rows a second: enough to fill any queue in seconds, and no load on the machine.
const WRITE: &str = r#"for _ in $(seq 12000); do
    echo "INSERT INTO app.t (word) VALUES ('load');"
    sleep 0.05
done | timeout --foreground 600 mariadb --no-defaults --skip-ssl --user=root --socket="$1""#;

/// Connections of an ordinary account, because administrators have one in reserve. A client that is refused tries
/// again: a check of the port may have taken its place for a moment.
const CONNECT: &str = r#"sleep 600 | {
    exec 3<&0
    for _ in $(seq "$2"); do
        until mariadb --no-defaults --skip-ssl --user=icinga --password=lab --host="$1" <&3; do sleep 0.1; done &
    done
    wait
}"#;

/// A supervisor that starts a server without data, and kills it before it has them; for ten minutes.
const SUPERVISE: &str = r#"end=$(($(date +%s) + 600))
while [ "$(date +%s)" -lt "$end" ]; do
    rm -rf "$1/data"
    mkdir "$1/data"
    timeout --foreground -s KILL 8 mariadbd --defaults-file="$1/my.cnf" --wsrep-sst-donor="$2" >>"$1/log" 2>&1
    sleep 2
done"#;

/// The clients of one sandbox.
#[derive(Clone, Copy)]
pub(crate) struct Clients<'a> {
    sandbox: &'a Sandbox,
}

impl<'a> Clients<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    /// The shell that leads the client's process group.
    fn daemon(self, name: &str) -> Daemon<'a> {
        Daemon::new(self.sandbox, "sh", format!("clients/{name}"))
    }

    /// Runs statements on a node and keeps the session open.
    pub(crate) fn hold(self, node: Node, statements: &str) -> Result<()> {
        self.start(&format!("hold-{node}"), HOLD, &socket(node), statements)
    }

    /// Writes to a node, a row at a time.
    pub(crate) fn write(self, node: Node) -> Result<()> {
        self.start(&format!("write-{node}"), WRITE, &socket(node), "")
    }

    /// Opens connections to a node and leaves them idle.
    pub(crate) fn connect(self, node: Node, count: usize) -> Result<()> {
        self.start(&format!("connect-{node}"), CONNECT, node.address(), &count.to_string())
    }

    /// Restarts a node without data again and again, and lets no state transfer end.
    pub(crate) fn supervise(self, node: Node, donor: Node) -> Result<()> {
        self.start(&format!("supervise-{node}"), SUPERVISE, &format!("{ROOT}/{node}"), donor.name())
    }

    fn start(self, name: &str, script: &str, server: &str, argument: &str) -> Result<()> {
        let daemon = self.daemon(name);
        daemon.write("log", "")?;
        daemon.start("sh", &["-c", script, name, server, argument].map(str::to_owned))
    }

    /// Ends them all.
    pub(crate) fn end(self) -> Result<()> {
        let directory = self.sandbox.path("clients");
        let Ok(entries) = fs::read_dir(&directory) else { return Ok(()) };
        for entry in entries {
            self.daemon(&entry?.file_name().to_string_lossy()).kill_group()?;
        }
        Ok(fs::remove_dir_all(directory)?)
    }
}

fn socket(node: Node) -> String {
    format!("{ROOT}/{node}/mysqld.sock")
}
