//! A MySQL server, beside the cluster and only on request: it offers what MariaDB does not, `caching_sha2_password`.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::daemon::Daemon;
use crate::foreign::Foreign;
use crate::node::MYSQL;
use crate::programs;
use crate::sandbox::Sandbox;
use crate::tls;
use crate::wait::wait_until;

const LIMIT: Duration = Duration::from_secs(60);

const PROCESS: &str = "mysql-loader";

const ACCOUNT: &str = "CREATE USER IF NOT EXISTS icinga@'%' IDENTIFIED WITH caching_sha2_password BY 'lab-password';\n";

fn daemon(sandbox: &Sandbox) -> Daemon<'_> {
    Daemon::new(sandbox, PROCESS, "mysql".to_owned())
}

/// Starts it, with an empty cache of passwords, and waits until it serves.
pub(crate) fn start(sandbox: &Sandbox) -> Result<()> {
    end(sandbox)?;
    let daemon = daemon(sandbox);
    let mut server = Foreign::new(&daemon, PROCESS, &programs::mysql()?, "usr/sbin/mysqld")?;
    let small = ["--performance-schema=OFF", "--innodb-buffer-pool-size=5M", "--innodb-redo-log-capacity=8M"];
    let needed = ["--secure-file-priv=NULL", "--skip-log-bin"];
    server.words.extend(small.into_iter().chain(needed).map(str::to_owned));
    if !daemon.file("data").exists() {
        let words = server.words.iter().map(String::as_str).chain(["--initialize-insecure"]);
        sandbox.run(&server.loader, words).context("cannot make MySQL's data directory")?;
    }
    daemon.write("account.sql", ACCOUNT)?;
    server.start(&daemon, &serving(&daemon))?;
    // Not by the account, or its password would be in the server's cache.
    let socket = format!("--socket={}", daemon.inside("mysqld.sock"));
    let question = ["--no-defaults", "--user=root", &socket, "--execute=SELECT 1"];
    wait_until("MySQL to serve", LIMIT, || sandbox.run("mariadb", question).map(drop))
        .map_err(|error| daemon.explain(&error))
}

pub(crate) fn end(sandbox: &Sandbox) -> Result<()> {
    daemon(sandbox).kill()
}

fn serving(daemon: &Daemon) -> Vec<String> {
    vec![
        format!("--bind-address={MYSQL}"),
        format!("--socket={}", daemon.inside("mysqld.sock")),
        format!("--pid-file={}", daemon.inside("pid")),
        format!("--init-file={}", daemon.inside("account.sql")),
        format!("--ssl-ca={}", tls::path("ca.pem")),
        format!("--ssl-cert={}", tls::path("mysql.pem")),
        format!("--ssl-key={}", tls::path("mysql-key.pem")),
        "--mysqlx=OFF".to_owned(),
        "--skip-name-resolve".to_owned(),
    ]
}
