//! A database client that keeps its connection and runs one statement after the other.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::node::Node;
use crate::sandbox::{ROOT, Sandbox};

/// Longer than the soak holds any lock: a client that still waits then has failed.
const LIMIT: Duration = Duration::from_secs(60);

/// It must not stop at a deadlock, nor hide that a connection was lost.
const CLIENT: &str = r#"exec mariadb --no-defaults --skip-ssl --force --unbuffered --batch --skip-column-names \
    --skip-reconnect --connect-timeout=5 "$@" 2>&1"#;

/// The account of the soak's clients; its password is its name.
pub(super) const ACCOUNT: &str = "soak";

pub(super) struct Session {
    child: Child,
    /// The client ends when this is closed, however this process ends.
    input: ChildStdin,
    lines: Receiver<String>,
    number: u64,
}

impl Session {
    /// Logs in over the network as an application does.
    pub(super) fn application(sandbox: &Sandbox, node: Node) -> Result<Self> {
        let [user, password] = ["user", "password"].map(|option| format!("--{option}={ACCOUNT}"));
        Self::open(sandbox, &[&user, &password, &format!("--host={}", node.address())])
    }

    /// Logs in as root.
    pub(super) fn administrator(sandbox: &Sandbox, node: Node) -> Result<Self> {
        Self::open(sandbox, &["--user=root", &format!("--socket={ROOT}/{node}/mysqld.sock")])
    }

    fn open(sandbox: &Sandbox, login: &[&str]) -> Result<Self> {
        let mut command = sandbox.command("sh");
        command.args(["-c", CLIENT, "sh"]).args(login).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot run mariadb")?;
        let input = child.stdin.take().context("no input")?;
        let output = child.stdout.take().context("no output")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(Self { child, input, lines, number: 0 })
    }

    /// Runs statements, the last without its semicolon.
    ///
    /// After any other error than [`is_deadlock`] the session is of no more use.
    pub(super) fn run(&mut self, statements: &str) -> Result<()> {
        self.number += 1;
        let end = format!("end {}", self.number);
        writeln!(self.input, "{statements}; SELECT '{end}';").context("the client has ended")?;
        let began = Instant::now();
        let mut deadlock = None;
        loop {
            let left = LIMIT.saturating_sub(began.elapsed());
            match self.lines.recv_timeout(left) {
                Ok(line) if line == end => break,
                Ok(line) if line.starts_with("ERROR 1213 ") => deadlock = Some(line),
                Ok(line) if line.starts_with("ERROR ") => bail!("{line}"),
                Ok(_) => {}
                Err(error) => bail!("no answer within {} s: {error}", LIMIT.as_secs()),
            }
        }
        deadlock.map_or(Ok(()), |line| bail!("{line}"))
    }

    /// As [`Session::run`], repeated after a deadlock as applications do; returns how often.
    pub(super) fn run_again(&mut self, statements: &str) -> Result<u64> {
        let mut deadlocks = 0;
        loop {
            match self.run(statements) {
                Err(error) if is_deadlock(&error) && deadlocks < RETRIES => deadlocks += 1,
                result => return result.map(|()| deadlocks),
            }
        }
    }
}

/// How often an application tries a transaction again.
const RETRIES: u64 = 10;

fn is_deadlock(error: &anyhow::Error) -> bool {
    error.to_string().starts_with("ERROR 1213 ")
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
