//! A MySQL server, beside the cluster and only on request: it offers what MariaDB does not, `caching_sha2_password`.

use anyhow::{Context as _, Result};

use crate::foreign::{self, Foreign, Kind};
use crate::node::MYSQL;
use crate::sandbox::Sandbox;

const KIND: Kind = Kind {
    name: "mysql",
    process: "mysql-loader",
    package: "mysql-server-core",
    suite: "sid",
    program: "usr/sbin/mysqld",
    address: MYSQL,
    accounts: "CREATE USER IF NOT EXISTS icinga@'%' IDENTIFIED WITH caching_sha2_password BY 'lab-password';\n",
};

const OPTIONS: &[&str] = &[
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=5M",
    "--innodb-redo-log-capacity=8M",
    "--secure-file-priv=NULL",
    "--skip-log-bin",
];

/// Starts it, with an empty cache of passwords, and waits until it serves.
pub(crate) fn start(sandbox: &Sandbox) -> Result<()> {
    let server = Foreign::new(sandbox, KIND, OPTIONS)
        .context("no MySQL: Debian has it in its development suite (sid) alone, where it may be missing at times")?;
    server.make_data(r#""$@" --initialize-insecure"#)?;
    server.serve(&["--mysqlx=OFF".to_owned()], "SELECT 1", "1")
}

pub(crate) fn end(sandbox: &Sandbox) -> Result<()> {
    foreign::end(sandbox, KIND)
}
