//! Servers of other Debian suites, beside the cluster: they run by the loader and the libraries that came with them.

use std::env::consts::ARCH;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::daemon::Daemon;
use crate::galera::NO_TLS;
use crate::programs;
use crate::sandbox::Sandbox;
use crate::tls;
use crate::wait::wait_until;

/// How long it may take to make a data directory, or to serve from it.
const LIMIT: Duration = Duration::from_secs(120);

/// How long a server may take to answer a statement.
const ANSWER: Duration = Duration::from_secs(15);

/// A server as the lab knows it.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// Its directory and its certificate.
    pub(crate) name: &'static str,
    /// The loader's link among its files, by which the kernel names the process.
    pub(crate) process: &'static str,
    /// The Debian package and the suite that it comes from.
    pub(crate) package: &'static str,
    pub(crate) suite: &'static str,
    /// Its program in that package.
    pub(crate) program: &'static str,
    /// The address on which it listens.
    pub(crate) address: &'static str,
    /// A file, as `--init-file` takes a statement a line.
    pub(crate) accounts: &'static str,
}

/// A server that can be started.
pub(crate) struct Foreign<'a> {
    sandbox: &'a Sandbox,
    kind: Kind,
    daemon: Daemon<'a>,
    /// The directory in which its packages are unpacked.
    pub(crate) root: PathBuf,
    /// The options of every start.
    options: &'static [&'static str],
}

impl<'a> Foreign<'a> {
    /// One that was ended before, its packages unpacked.
    pub(crate) fn new(sandbox: &'a Sandbox, kind: Kind, options: &'static [&'static str]) -> Result<Self> {
        end(sandbox, kind)?;
        let root = programs::foreign(kind.name, kind.package, kind.suite, kind.program)?;
        let daemon = daemon(sandbox, kind);
        daemon.write("log", "")?;
        if !daemon.file(kind.process).is_symlink() {
            symlink(loader(&libraries(&root))?, daemon.file(kind.process))?;
        }
        Ok(Self { sandbox, kind, daemon, root, options })
    }

    /// Makes the data directory unless there is one: under another name until it is whole, or a start that was
    /// interrupted would leave a trap for the next.
    ///
    /// `$@` of the script is the server's command line.
    pub(crate) fn make_data(&self, script: &str) -> Result<()> {
        let [half, whole] = ["data.new", "data"].map(|name| self.daemon.file(name));
        if whole.exists() {
            return Ok(());
        }
        if half.exists() {
            fs::remove_dir_all(&half)?;
        }
        fs::create_dir(&half)?;
        let words = self.words("data.new");
        let shell = ["-ec", script, "sh", &self.loader()];
        self.sandbox
            .run_within(LIMIT, "sh", shell.into_iter().chain(words.iter().map(String::as_str)))
            .with_context(|| format!("cannot make the data directory of {}", self.kind.name))?;
        fs::rename(half, whole).with_context(|| format!("cannot put the data of {} in place", self.kind.name))
    }

    /// Starts it with further options, and waits until the administrator's question is answered so.
    pub(crate) fn serve(&self, further: &[String], question: &str, right: &str) -> Result<()> {
        self.daemon.write("accounts.sql", self.kind.accounts)?;
        self.daemon.start(&self.loader(), &[&self.words("data"), &self.serving(), further].concat())?;
        // Not by one of the accounts, or its password would be in the server's cache.
        let socket = format!("--socket={}", self.daemon.inside("mysqld.sock"));
        let question = ["--no-defaults", NO_TLS, "--skip-column-names", "--user=root", &socket, "--execute", question];
        wait_until(&format!("{} to serve", self.kind.name), LIMIT, || {
            let answer = self.sandbox.run_within(ANSWER, "mariadb", question)?;
            ensure!(answer.contains(right), "it answers {answer}");
            Ok(())
        })
        .map_err(|error| self.daemon.explain(&error))
    }

    fn loader(&self) -> String {
        self.daemon.inside(self.kind.process)
    }

    /// The arguments after the loader, both to make the data and to serve.
    fn words(&self, data: &str) -> Vec<String> {
        let private = self.root.join("usr/lib/mysql/private");
        let words = [
            "--library-path".to_owned(),
            format!("{}:{}", libraries(&self.root).display(), private.display()),
            self.root.join(self.kind.program).display().to_string(),
            "--no-defaults".to_owned(),
            "--user=root".to_owned(),
            format!("--basedir={}", self.root.join("usr").display()),
            format!("--plugin-dir={}", self.root.join("usr/lib/mysql/plugin").display()),
            format!("--datadir={}", self.daemon.inside(data)),
            format!("--tmpdir={}", self.daemon.inside("")),
        ];
        words.into_iter().chain(self.options.iter().map(|&option| option.to_owned())).collect()
    }

    fn serving(&self) -> Vec<String> {
        let Kind { name, address, .. } = self.kind;
        vec![
            format!("--bind-address={address}"),
            format!("--socket={}", self.daemon.inside("mysqld.sock")),
            format!("--pid-file={}", self.daemon.inside("pid")),
            format!("--init-file={}", self.daemon.inside("accounts.sql")),
            format!("--ssl-ca={}", tls::path("ca.pem")),
            format!("--ssl-cert={}", tls::path(&format!("{name}.pem"))),
            format!("--ssl-key={}", tls::path(&format!("{name}-key.pem"))),
            "--skip-name-resolve".to_owned(),
        ]
    }
}

/// Ends such a server, if it runs.
pub(crate) fn end(sandbox: &Sandbox, kind: Kind) -> Result<()> {
    daemon(sandbox, kind).kill()
}

fn daemon(sandbox: &Sandbox, kind: Kind) -> Daemon<'_> {
    Daemon::new(sandbox, kind.process, kind.name.to_owned())
}

fn libraries(root: &Path) -> PathBuf {
    root.join(format!("usr/lib/{ARCH}-linux-gnu"))
}

fn loader(libraries: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(libraries)?.flatten().map(|entry| entry.path());
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux-"));
    files.into_iter().find(named).context("the packages have no loader")
}
