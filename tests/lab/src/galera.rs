//! Three MariaDB servers that form a Galera cluster.

mod configuration;
mod status;
mod waiting;

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

pub(crate) use self::configuration::{Setup, on_two_networks, replication_address};
pub(crate) use self::status::Status;
use crate::daemon::Daemon;
use crate::node::Node;
use crate::sandbox::{ROOT, Sandbox};
use crate::tls::{self, Shown};
use crate::wait::wait_until;

/// How long one server may take to start, to join or to change its state.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// How long a server may take to answer a statement.
const ANSWER: Duration = Duration::from_secs(15);

/// For the `mariadb` client: reading the authorities that it would trust takes it six times as long as the rest.
pub(crate) const NO_TLS: &str = "--skip-ssl";

/// How soon the group drops a member that has stopped answering.
pub(crate) const TIMING: &str = "evs.keepalive_period=PT0.5S;evs.inactive_check_period=PT0.25S;\
    evs.suspect_timeout=PT2S;evs.inactive_timeout=PT5S;evs.install_timeout=PT5S";

/// The account that the plugins use, one for each other way to log in, and a table to write to.
const CONTENT: &str = "
    CREATE USER icinga@'%' IDENTIFIED BY 'lab';
    CREATE USER icinga_ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('lab-password');
    CREATE USER icinga_tls@'%' IDENTIFIED BY 'lab-password' REQUIRE SSL;
    CREATE USER icinga_x509@'%' IDENTIFIED BY 'lab-password' REQUIRE X509;
    CREATE USER nobody@localhost IDENTIFIED VIA unix_socket;
    CREATE DATABASE app;
    CREATE TABLE app.t (id INT AUTO_INCREMENT PRIMARY KEY, word VARCHAR(20));
    INSERT INTO app.t (word) VALUES ('one');";

/// The plugins' account once more, as a client option file.
const CLIENT_OPTIONS: &str = "[client]\nuser=icinga\npassword=lab\n";

/// Copies the first node's data to the others; none of them is safe to bootstrap from.
const COPY: &str = "
    cd /run/lab
    rm db1/data/galera.cache
    sed -i 's/^safe_to_bootstrap: 1/safe_to_bootstrap: 0/' db1/data/grastate.dat
    cp -a db1/data db2/
    cp -a db1/data db3/";

/// The cluster, as far as one sandbox has it.
#[derive(Clone, Copy)]
pub(crate) struct Galera<'a> {
    pub(crate) sandbox: &'a Sandbox,
}

impl<'a> Galera<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    pub(crate) fn daemon(self, node: Node) -> Daemon<'a> {
        Daemon::new(self.sandbox, "mariadbd", node.name().to_owned())
    }

    /// Makes one data directory, copies it to all nodes and starts them at once.
    ///
    /// Each finds the saved view of a cluster of three and re-forms it: no bootstrap, no state transfer.
    pub(crate) fn start(self, setup: Setup) -> Result<()> {
        tls::make(self.sandbox)?;
        self.sandbox.write("client.cnf", CLIENT_OPTIONS)?;
        for node in Node::ALL {
            self.daemon(node).write("my.cnf", &configuration::options(node, setup))?;
            self.copy_certificate(node, Shown::Right)?;
        }
        self.seed()?;
        for node in Node::ALL {
            self.daemon(node).write("data/gvwstate.dat", &configuration::saved_view(node))?;
        }
        for node in Node::ALL {
            self.launch(node, &[])?;
        }
        self.wait_healthy(LIMIT)
    }

    fn seed(self) -> Result<()> {
        let first = self.daemon(Node::Db1);
        let directory = format!("--datadir={}", first.inside("data"));
        // Servers with the same process number, each in a lab of its own, give their temporary tables the same name.
        let temporary = format!("TMPDIR={}", first.inside(""));
        let install = ["mariadb-install-db", "--no-defaults", &directory, "--user=root"];
        let accounts = ["--auth-root-authentication-method=socket", "--skip-test-db"];
        self.sandbox.run_within(LIMIT, "env", [&*temporary].into_iter().chain(install).chain(accounts))?;
        self.launch(Node::Db1, &["--wsrep-new-cluster".to_owned()])?;
        wait_until("the first server to be ready", LIMIT, || {
            let status = self.status(Node::Db1)?;
            ensure!(status.get("ready") == "ON", "{}", status.summary());
            Ok(())
        })
        .map_err(|error| first.explain(&error))?;
        self.sql(Node::Db1, CONTENT)?;
        self.stop(Node::Db1)?;
        self.sandbox.run("sh", ["-ec", COPY]).map(drop)
    }

    /// Starts a server with further options.
    pub(crate) fn launch(self, node: Node, options: &[String]) -> Result<()> {
        let daemon = self.daemon(node);
        let mut arguments = vec![format!("--defaults-file={}", daemon.inside("my.cnf"))];
        arguments.extend_from_slice(options);
        daemon.start("mariadbd", &arguments)
    }

    /// Starts a server that has ended in any way; after a crash from the position that its storage engine recovers.
    ///
    /// Without a position Galera would copy the whole database from another node.
    pub(crate) fn restart(self, node: Node) -> Result<()> {
        let position = self.position(node)?;
        let options: Vec<_> = position.iter().map(|position| format!("--wsrep-start-position={position}")).collect();
        self.launch(node, &options)
    }

    /// The `uuid:seqno` of a stopped server; none without data.
    pub(crate) fn position(self, node: Node) -> Result<Option<String>> {
        let daemon = self.daemon(node);
        if !daemon.file("data/grastate.dat").exists() {
            return Ok(None);
        }
        let mut command = self.sandbox.command("timeout");
        let defaults = format!("--defaults-file={}", daemon.inside("my.cnf"));
        let recover = ["60", "mariadbd", &defaults, "--wsrep-recover"];
        let output = command.args(recover).stdin(Stdio::null()).output()?;
        let log = String::from_utf8_lossy(&output.stderr);
        let found = log.lines().rev().find_map(|line| line.split_once("Recovered position: "));
        let (_, position) = found.with_context(|| format!("no position recovered:\n{log}"))?;
        Ok(Some(position.trim().to_owned()))
    }

    /// Makes a server show this certificate to whoever connects from now on.
    pub(crate) fn show_certificate(self, node: Node, shown: Shown) -> Result<()> {
        self.copy_certificate(node, shown)?;
        self.sql(node, "FLUSH SSL").map(drop)
    }

    fn copy_certificate(self, node: Node, shown: Shown) -> Result<()> {
        for end in [".pem", "-key.pem"] {
            let from = self.sandbox.path(format!("tls/{}{end}", shown.file(node)));
            fs::copy(from, self.daemon(node).file(&format!("server{end}")))?;
        }
        Ok(())
    }

    /// Whether a server's certificate is the one for its name.
    pub(crate) fn has_right_certificate(self, node: Node) -> Result<bool> {
        let right = self.sandbox.path(format!("tls/{}.pem", Shown::Right.file(node)));
        Ok(fs::read(self.daemon(node).file("server.pem"))? == fs::read(right)?)
    }

    /// Stops a server cleanly.
    pub(crate) fn stop(self, node: Node) -> Result<()> {
        self.sql(node, "SHUTDOWN")?;
        self.daemon(node).gone()
    }

    /// Leaves a stopped server without data, so that it takes all from another.
    pub(crate) fn wipe(self, node: Node) -> Result<()> {
        let data = self.daemon(node).file("data");
        fs::remove_dir_all(&data)?;
        fs::create_dir(&data).with_context(|| format!("cannot empty {node}'s data directory"))
    }

    /// Runs SQL as root over the node's socket; rows as lines, columns by tabulators.
    pub(crate) fn sql(self, node: Node, statements: &str) -> Result<String> {
        let socket = format!("--socket={ROOT}/{node}/mysqld.sock");
        // A test may have made every session wait for the cluster.
        let own_state = "--init-command=SET SESSION wsrep_sync_wait = 0";
        let client = ["--no-defaults", NO_TLS, "--user=root", "--connect-timeout=2", own_state];
        let question = ["--batch", "--skip-column-names", &socket, "--execute", statements];
        self.sandbox
            .run_within(ANSWER, "mariadb", client.into_iter().chain(question))
            .with_context(|| format!("{node}: {statements}"))
    }

    /// Logs in over the network as the plugins do.
    pub(crate) fn log_in(self, node: Node, port: u16) -> Result<()> {
        let (host, port) = (format!("--host={}", node.address()), format!("--port={port}"));
        let account = format!("--defaults-file={ROOT}/client.cnf");
        self.sandbox.run_within(ANSWER, "mariadb", [&account, NO_TLS, &host, &port, "--execute", "SELECT 1"]).map(drop)
    }

    pub(crate) fn status(self, node: Node) -> Result<Status> {
        Ok(Status::parse(&self.sql(node, "SHOW GLOBAL STATUS LIKE 'wsrep\\_%'")?))
    }
}
