//! A MySQL server, beside the cluster and only on request: it offers what MariaDB does not, `caching_sha2_password`.

use std::env::consts::ARCH;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::daemon::Daemon;
use crate::node::MYSQL;
use crate::programs;
use crate::sandbox::Sandbox;
use crate::tls;
use crate::wait::wait_until;

const LIMIT: Duration = Duration::from_secs(60);

/// As the kernel names the process: it is run by the loader that came with it, for the machine's C library is older.
const LOADER: &str = "mysql-loader";

const ACCOUNT: &str = "CREATE USER IF NOT EXISTS icinga@'%' IDENTIFIED WITH caching_sha2_password BY 'lab-password';\n";

pub(crate) struct Mysql<'a> {
    sandbox: &'a Sandbox,
}

impl<'a> Mysql<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    fn daemon(&self) -> Daemon<'a> {
        Daemon::new(self.sandbox, LOADER, "mysql".to_owned())
    }

    /// Starts it, with an empty cache of passwords, and waits until it serves.
    pub(crate) fn start(&self) -> Result<()> {
        let daemon = self.daemon();
        daemon.kill()?;
        let root = programs::mysql()?;
        daemon.write("account.sql", ACCOUNT)?;
        if !daemon.file(LOADER).is_symlink() {
            symlink(loader(&root)?, daemon.file(LOADER))?;
        }
        let loader = daemon.inside(LOADER);
        let common = self.common(&root);
        if !daemon.file("data").exists() {
            let words = common.iter().map(String::as_str).chain(["--initialize-insecure"]);
            self.sandbox.run(&loader, words).context("cannot make MySQL's data directory")?;
        }
        daemon.start(&loader, &[common, self.serving()].concat())?;
        // Not by the account, or its password would be in the server's cache.
        let socket = format!("--socket={}", daemon.inside("mysqld.sock"));
        let question = ["--no-defaults", "--user=root", &socket, "--execute=SELECT 1"];
        wait_until("MySQL to serve", LIMIT, || self.sandbox.run("mariadb", question).map(drop))
            .map_err(|error| daemon.explain(&error))
    }

    pub(crate) fn end(&self) -> Result<()> {
        self.daemon().kill()
    }

    /// The program by its loader, and what its first start needs too.
    fn common(&self, root: &Path) -> Vec<String> {
        let base = root.join("usr");
        let libraries = libraries(root);
        vec![
            "--library-path".to_owned(),
            format!("{}:{}", libraries.display(), base.join("lib/mysql/private").display()),
            base.join("sbin/mysqld").display().to_string(),
            "--no-defaults".to_owned(),
            "--user=root".to_owned(),
            format!("--basedir={}", base.display()),
            format!("--datadir={}", self.daemon().inside("data")),
            "--secure-file-priv=NULL".to_owned(),
            "--performance-schema=OFF".to_owned(),
            "--innodb-buffer-pool-size=5M".to_owned(),
            "--innodb-redo-log-capacity=8M".to_owned(),
            "--skip-log-bin".to_owned(),
        ]
    }

    fn serving(&self) -> Vec<String> {
        let daemon = self.daemon();
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
}

fn libraries(root: &Path) -> PathBuf {
    root.join(format!("usr/lib/{ARCH}-linux-gnu"))
}

fn loader(root: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(libraries(root))?.flatten().map(|entry| entry.path());
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux-"));
    files.into_iter().find(named).context("MySQL's packages have no loader")
}
