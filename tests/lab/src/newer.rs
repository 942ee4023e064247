//! The `MariaDB` of Debian 13 (trixie) as a cluster of one, only on request: `parsec` accounts, and provider options
//! that are variables of their own.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::foreign::{self, Foreign, Kind};
use crate::node::NEWER;
use crate::sandbox::Sandbox;

const KIND: Kind = Kind {
    name: "newer",
    process: "mariadb-loader",
    package: "mariadb-server",
    suite: "trixie",
    program: "usr/sbin/mariadbd",
    address: NEWER,
    accounts: "\
CREATE OR REPLACE USER icinga@'%' IDENTIFIED BY 'lab-password';
CREATE OR REPLACE USER icinga_parsec@'%' IDENTIFIED VIA parsec USING PASSWORD('lab-password');
",
};

const OPTIONS: &[&str] =
    &["--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M", "--plugin-load-add=auth_parsec"];

/// The scripts that make the system tables, below `usr/share/mariadb`.
const SCRIPTS: [&str; 3] =
    ["mariadb_system_tables.sql", "mariadb_performance_tables.sql", "mariadb_system_tables_data.sql"];

pub(crate) fn start(sandbox: &Sandbox) -> Result<()> {
    let server = Foreign::new(sandbox, KIND, OPTIONS)?;
    server.make_data(&bootstrap(&server.root)?)?;
    server.serve(&cluster(&server.root), "SHOW STATUS LIKE 'wsrep_ready'", "ON")
}

pub(crate) fn end(sandbox: &Sandbox) -> Result<()> {
    foreign::end(sandbox, KIND)
}

/// The shell script that makes the system tables; the server's own program to do so knows no foreign loader.
fn bootstrap(root: &Path) -> Result<String> {
    let scripts = SCRIPTS.map(|name| root.join("usr/share/mariadb").join(name));
    for script in &scripts {
        ensure!(script.is_file(), "the packages have no {}", script.display());
    }
    let scripts = scripts.map(|script| format!("'{}' ", script.display())).concat();
    Ok(format!(
        "{{
            printf '%s\\n' 'CREATE DATABASE mysql;' 'USE mysql;' \"SET @auth_root_socket='root';\"
            cat {scripts} | sed /@current_hostname/d
        }} | \"$@\" --bootstrap --enforce-storage-engine= --max-allowed-packet=8M"
    ))
}

/// The options of a cluster of one.
fn cluster(root: &Path) -> Vec<String> {
    vec![
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
        // Only a server that looks up names counts broken logins and blocks hosts.
        "--skip-name-resolve=OFF".to_owned(),
    ]
}
