//! Three MariaDB servers that form a Galera cluster.

use std::collections::HashMap;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::daemon::Daemon;
use crate::node::Node;
use crate::sandbox::{ROOT, Sandbox};
use crate::settings;
use crate::tls::{self, Shown};
use crate::wait::wait_until;

/// How long one server may take to start, to join or to change its state.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// How soon a member that falls silent is given up.
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

/// Makes of the first node's data the others', none of them safe to bootstrap from.
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

/// What a node says about itself: status variables without their `wsrep_`.
pub(crate) struct Status(HashMap<String, String>);

impl Status {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// 0 for what is missing or no number.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.get(name).parse().unwrap_or(0)
    }

    pub(crate) fn is_primary(&self) -> bool {
        self.get("cluster_status") == "Primary"
    }

    pub(crate) fn size(&self) -> &str {
        self.get("cluster_size")
    }

    /// Whether it counts a node as a member of its own component.
    pub(crate) fn lists(&self, node: Node) -> bool {
        self.get("incoming_addresses").split(',').any(|address| address == format!("{}:3306", node.address()))
    }

    /// In one line.
    pub(crate) fn summary(&self) -> String {
        ["local_state_comment", "cluster_status", "cluster_size", "ready"].map(|name| self.get(name)).join(" ")
    }
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
    pub(crate) fn start(self) -> Result<()> {
        tls::make(self.sandbox)?;
        self.sandbox.write("client.cnf", CLIENT_OPTIONS)?;
        for node in Node::ALL {
            self.daemon(node).write("my.cnf", &configuration(node))?;
            self.copy_certificate(node, Shown::Right)?;
        }
        self.seed()?;
        for node in Node::ALL {
            self.daemon(node).write("data/gvwstate.dat", &saved_view(node))?;
        }
        for node in Node::ALL {
            self.launch(node, &[])?;
        }
        self.wait_healthy(LIMIT)
    }

    fn seed(self) -> Result<()> {
        let first = self.daemon(Node::Db1);
        let directory = format!("--datadir={}", first.inside("data"));
        let install =
            ["--no-defaults", &directory, "--user=root", "--auth-root-authentication-method=socket", "--skip-test-db"];
        self.sandbox.run("mariadb-install-db", install)?;
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
        let mut command = self.sandbox.command("mariadbd");
        let defaults = format!("--defaults-file={}", daemon.inside("my.cnf"));
        let output = command.args([&defaults, "--wsrep-recover"]).stdin(Stdio::null()).output()?;
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
        let client = ["5", "mariadb", "--no-defaults", "--user=root", "--connect-timeout=2", own_state];
        let question = ["--batch", "--skip-column-names", &socket, "--execute", statements];
        self.sandbox.run("timeout", client.into_iter().chain(question)).with_context(|| format!("{node}: {statements}"))
    }

    /// Logs in over the network as the plugins do.
    pub(crate) fn log_in(self, node: Node, port: u16) -> Result<()> {
        let (host, port) = (format!("--host={}", node.address()), format!("--port={port}"));
        let account = format!("--defaults-file={ROOT}/client.cnf");
        self.sandbox.run("timeout", ["5", "mariadb", &account, &host, &port, "--execute", "SELECT 1"]).map(drop)
    }

    pub(crate) fn status(self, node: Node) -> Result<Status> {
        let rows = self.sql(node, "SHOW GLOBAL STATUS LIKE 'wsrep\\_%'")?;
        let rows = rows.lines().filter_map(|row| row.split_once('\t'));
        let values = rows.map(|(name, value)| (name.trim_start_matches("wsrep_").to_owned(), value.to_owned()));
        Ok(Status(values.collect()))
    }

    /// Waits until a node's status is as wanted.
    pub(crate) fn wait(self, node: Node, what: &str, wanted: impl Fn(&Status) -> bool) -> Result<()> {
        wait_until(&format!("{node}: {what}"), LIMIT, || {
            let status = self.status(node)?;
            ensure!(wanted(&status), "{}", status.summary());
            Ok(())
        })
        .map_err(|error| self.daemon(node).explain(&error))
    }

    /// Waits until no other running node counts this one as a member.
    pub(crate) fn wait_absent(self, node: Node) -> Result<()> {
        for other in node.others().into_iter().filter(|&other| self.daemon(other).is_alive()) {
            self.wait(other, &format!("a view without {node}"), |status| !status.lists(node))?;
        }
        Ok(())
    }

    /// Waits until all three are members of one Primary Component and serve.
    pub(crate) fn wait_healthy(self, limit: Duration) -> Result<()> {
        wait_until("three synced Galera nodes", limit, || self.healthy())
            .map_err(|error| Node::ALL.iter().fold(error, |error, &node| self.daemon(node).explain(&error)))
    }

    /// Nothing, when all three are members of one Primary Component and serve; else what is amiss.
    pub(crate) fn healthy(self) -> Result<()> {
        let mut uuids = Vec::new();
        for node in Node::ALL {
            let status = self.status(node)?;
            let synced = status.is_primary() && status.size() == "3" && status.get("local_state_comment") == "Synced";
            ensure!(synced && status.get("ready") == "ON", "{node}: {}", status.summary());
            let flow = status.get("flow_control_active");
            ensure!(flow == "false", "{node}: flow control active: {flow}");
            // The status shows nothing of wsrep_reject_queries, nor of these variables.
            self.sql(node, "SELECT COUNT(*) FROM mysql.servers")?;
            let corrections = settings::corrections(self, node)?;
            ensure!(corrections.is_empty(), "{node} needs {corrections}");
            ensure!(self.has_right_certificate(node)?, "{node} shows another's certificate");
            uuids.push(status.get("cluster_state_uuid").to_owned());
        }
        uuids.dedup();
        ensure!(uuids.len() == 1, "different histories: {}", uuids.join(" "));
        Ok(())
    }
}

fn configuration(node: Node) -> String {
    let address = node.address();
    let members = Node::ALL.map(Node::address).join(",");
    let ca = tls::path("ca.pem");
    format!(
        "[mysqld]
user=root
datadir={ROOT}/{node}/data
socket={ROOT}/{node}/mysqld.sock
pid-file={ROOT}/{node}/pid
tmpdir={ROOT}/{node}
bind-address={address}
extra_port=3307
extra_max_connections=5
ssl-ca={ca}
ssl-cert={ROOT}/{node}/server.pem
ssl-key={ROOT}/{node}/server-key.pem
plugin_load_add=auth_ed25519
skip-name-resolve
performance_schema=OFF
log_warnings=1

binlog_format=ROW
innodb_autoinc_lock_mode=2
innodb_autoextend_increment=1
innodb_buffer_pool_size=16M
innodb_log_file_size=8M
innodb_doublewrite=0
innodb_flush_log_at_trx_commit=0
innodb_flush_method=nosync

wsrep_on=ON
wsrep_provider=/usr/lib/galera/libgalera_smm.so
wsrep_cluster_name=lab
wsrep_cluster_address=gcomm://{members}
wsrep_node_name={node}
wsrep_node_address={address}
wsrep_node_incoming_address={address}:3306
wsrep_slave_threads=1
wsrep_sst_method=mariabackup
wsrep_sst_auth=root:
wsrep_sst_receive_address={address}:4444
wsrep_provider_options=\"base_host={address};gmcast.listen_addr=tcp://{address}:4567;\
ist.recv_addr={address}:4568;ist.recv_bind={address}:4568;gcache.size=8M;\
{TIMING};pc.wait_prim_timeout=PT10S\"

[sst]
ssl-mode=DISABLED
sst-log-archive=0
"
    )
}

/// The view that Galera saves while it is in a Primary Component (`pc.recovery`).
fn saved_view(node: Node) -> String {
    let uuid = |node: Node| format!("0000000{}-0000-11ee-8000-00000000000{0}", node.number());
    let members: String = Node::ALL.map(|node| format!("member: {} 0\n", uuid(node))).concat();
    format!("my_uuid: {}\n#vwbeg\nview_id: 3 {} 3\nbootstrap: 0\n{members}#vwend\n", uuid(node), uuid(Node::Db1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_listens_on_its_own_address_alone() {
        let configuration = configuration(Node::Db2);
        assert!(configuration.contains("\nbind-address=127.0.0.12\n"));
        assert!(configuration.contains("gmcast.listen_addr=tcp://127.0.0.12:4567;ist.recv_addr"));
        assert!(configuration.contains("gcomm://127.0.0.11,127.0.0.12,127.0.0.13\n"));
    }

    #[test]
    fn the_saved_view_names_all_three_members_and_the_node_itself() {
        let view = saved_view(Node::Db3);
        assert!(view.starts_with("my_uuid: 00000003-0000-11ee-8000-000000000003\n#vwbeg\n"));
        assert_eq!(view.matches("member: ").count(), 3);
    }

    #[test]
    fn members_are_told_apart_by_their_whole_address() {
        let addresses = "127.0.0.13:33060,127.0.0.12:3306";
        let status = Status(HashMap::from([("incoming_addresses".to_owned(), addresses.to_owned())]));
        assert!(status.lists(Node::Db2) && !status.lists(Node::Db3));
    }
}
