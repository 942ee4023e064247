//! The `MariaDB` of the next Debian release as a cluster of one, only on request: `parsec` accounts, and provider
//! options that are variables of their own.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::daemon::Daemon;
use crate::foreign::Foreign;
use crate::node::NEWER;
use crate::programs;
use crate::sandbox::Sandbox;
use crate::tls;
use crate::wait::wait_until;

const LIMIT: Duration = Duration::from_secs(60);

const PROCESS: &str = "mariadb-loader";

/// A file, as `--init-file` and `--bootstrap` take a statement a line.
const ACCOUNTS: &str = "\
CREATE OR REPLACE USER icinga@'%' IDENTIFIED BY 'lab-password';
CREATE OR REPLACE USER icinga_parsec@'%' IDENTIFIED VIA parsec USING PASSWORD('lab-password');
";

/// Makes the system tables with the scripts in $1; the server's own program to do so knows no foreign loader.
const BOOTSTRAP: &str = r#"
    scripts=$1 data=$2
    shift 2
    mkdir "$data"
    {
        printf '%s\n' 'CREATE DATABASE mysql;' 'USE mysql;' "SET @auth_root_socket='root';"
        cd "$scripts"
        cat mariadb_system_tables.sql mariadb_performance_tables.sql mariadb_system_tables_data.sql |
            sed /@current_hostname/d
    } | "$@" --bootstrap --enforce-storage-engine= --max-allowed-packet=8M
"#;

fn daemon(sandbox: &Sandbox) -> Daemon<'_> {
    Daemon::new(sandbox, PROCESS, "newer".to_owned())
}

/// Starts it, and waits until its cluster is Primary and ready.
pub(crate) fn start(sandbox: &Sandbox) -> Result<()> {
    end(sandbox)?;
    let daemon = daemon(sandbox);
    let root = programs::newer_mariadb()?;
    let mut server = Foreign::new(&daemon, PROCESS, &root, "usr/sbin/mariadbd")?;
    let plugins = format!("--plugin-dir={}", root.join("usr/lib/mysql/plugin").display());
    let small = ["--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M", "--plugin-load-add=auth_parsec"];
    server.words.extend([&plugins].into_iter().map(String::as_str).chain(small).map(str::to_owned));
    if !daemon.file("data").exists() {
        make_data(sandbox, &daemon, &root, &server)?;
    }
    daemon.write("accounts.sql", ACCOUNTS)?;
    server.start(&daemon, &serving(&daemon, &root))?;
    let socket = format!("--socket={}", daemon.inside("mysqld.sock"));
    let status = "SHOW STATUS LIKE 'wsrep_ready'";
    let question = ["--no-defaults", "--skip-column-names", "--user=root", &socket, "--execute", status];
    wait_until("the newer MariaDB to be ready", LIMIT, || {
        let answer = sandbox.run("mariadb", question)?;
        ensure!(answer.contains("ON"), "{answer}");
        Ok(())
    })
    .map_err(|error| daemon.explain(&error))
}

pub(crate) fn end(sandbox: &Sandbox) -> Result<()> {
    daemon(sandbox).kill()
}

fn make_data(sandbox: &Sandbox, daemon: &Daemon, root: &Path, server: &Foreign) -> Result<()> {
    let scripts = root.join("usr/share/mariadb").display().to_string();
    let shell = ["-ec", BOOTSTRAP, "bootstrap", &scripts, &daemon.inside("data"), &server.loader];
    let words = shell.into_iter().chain(server.words.iter().map(String::as_str));
    sandbox.run("sh", words).context("cannot make the newer MariaDB's data directory").map(drop)
}

fn serving(daemon: &Daemon, root: &Path) -> Vec<String> {
    vec![
        format!("--bind-address={NEWER}"),
        format!("--socket={}", daemon.inside("mysqld.sock")),
        format!("--pid-file={}", daemon.inside("pid")),
        format!("--init-file={}", daemon.inside("accounts.sql")),
        format!("--ssl-ca={}", tls::path("ca.pem")),
        format!("--ssl-cert={}", tls::path("newer.pem")),
        format!("--ssl-key={}", tls::path("newer-key.pem")),
        "--skip-name-resolve".to_owned(),
        "--binlog-format=ROW".to_owned(),
        "--innodb-autoinc-lock-mode=2".to_owned(),
        "--wsrep-on=ON".to_owned(),
        format!("--wsrep-provider={}", root.join("usr/lib/galera/libgalera_smm.so").display()),
        "--wsrep-cluster-name=newer".to_owned(),
        format!("--wsrep-cluster-address=gcomm://?gmcast.listen_addr=tcp://{NEWER}:4567"),
        "--wsrep-new-cluster".to_owned(),
        "--wsrep-node-name=newer".to_owned(),
        format!("--wsrep-node-address={NEWER}"),
        format!("--wsrep-node-incoming-address={NEWER}:3306"),
        // The provider's options as variables of their own, in place of wsrep_provider_options.
        "--plugin-wsrep-provider=ON".to_owned(),
    ]
}
