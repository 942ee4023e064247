//! A server process in the sandbox, found again by its pid file.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Error, Result, anyhow, ensure};

use crate::sandbox::{ROOT, Sandbox};
use crate::wait::wait_until;

/// How long a process may take to end.
const END: Duration = Duration::from_secs(60);

/// The last lines of a log that an error shows.
const TAIL: usize = 12;

/// Writes the pid file "$0" and becomes the program "$@".
const RECORDED: &str = r#"echo $$ >"$0" && exec "$@""#;

/// A server that may run, be frozen or be gone; its files are in a directory of its own name.
pub(crate) struct Daemon<'a> {
    sandbox: &'a Sandbox,
    /// Its directory below the lab's state.
    name: String,
    /// Its program, as the kernel names the process.
    program: &'static str,
}

impl<'a> Daemon<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox, program: &'static str, name: String) -> Self {
        Self { sandbox, name, program }
    }

    /// A file of this server, by its path for processes outside the sandbox.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.sandbox.path(&self.name).join(name)
    }

    /// A file of this server, by its path for processes in the sandbox.
    pub(crate) fn inside(&self, name: &str) -> String {
        format!("{ROOT}/{}/{name}", self.name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        self.sandbox.write(format!("{}/{name}", self.name), text)
    }

    /// Starts it in a session of its own, its output in `log`.
    ///
    /// Its number is recorded at once: a database server that waits for its data does so only afterwards.
    pub(crate) fn start(&self, program: &str, arguments: &[String]) -> Result<()> {
        let log = fs::File::options().create(true).append(true).open(self.file("log"))?;
        let mut command = self.sandbox.command("setsid");
        command
            .args(["--fork", "sh", "-c", RECORDED, &self.inside("pid"), program])
            .args(arguments)
            .stdin(Stdio::null());
        let status = command.stdout(log.try_clone()?).stderr(log).status()?;
        ensure!(status.success(), "cannot start {}", self.name);
        Ok(())
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.process().is_some()
    }

    /// Its process number in the sandbox and its state letter; `None` if it has ended.
    fn process(&self) -> Option<(i32, char)> {
        let pid = fs::read_to_string(self.file("pid")).ok()?.trim().parse().ok()?;
        let (name, state) = self.sandbox.process(pid)?;
        (name == self.program && state != 'Z').then_some((pid, state))
    }

    /// Sends a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, signal: &str) -> Result<()> {
        let (pid, _) = self.process().with_context(|| format!("{self} does not run"))?;
        self.sandbox.run("sh", ["-c", &format!("kill -{signal} {pid}")])?;
        Ok(())
    }

    /// Ends it at once and waits until it is gone.
    pub(crate) fn kill(&self) -> Result<()> {
        if self.is_alive() {
            self.signal("KILL")?;
        }
        self.gone()
    }

    /// Ends it and every process that it has started, and waits until it is gone.
    pub(crate) fn kill_group(&self) -> Result<()> {
        if let Some((pid, _)) = self.process() {
            self.sandbox.run("sh", ["-c", &format!("kill -s KILL -- -{pid}")])?;
        }
        self.gone()
    }

    /// Waits until it has ended.
    pub(crate) fn gone(&self) -> Result<()> {
        wait_until(&format!("{self} to end"), END, || {
            ensure!(!self.is_alive(), "it still runs");
            Ok(())
        })
    }

    /// Stops it where it is; it holds its sockets and answers nothing.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.signal("STOP")?;
        wait_until(&format!("{self} to freeze"), END, || {
            let state = self.process().map(|(_, state)| state);
            ensure!(state == Some('T'), "its state is {state:?}");
            Ok(())
        })
    }

    /// Lets it go on if it was frozen.
    pub(crate) fn thaw(&self) -> Result<()> {
        if matches!(self.process(), Some((_, 'T'))) { self.signal("CONT") } else { Ok(()) }
    }

    /// Adds the end of its log to an error.
    pub(crate) fn explain(&self, error: &Error) -> Error {
        anyhow!("{error:#}\n{}", self.log_end())
    }

    /// The last lines of its log, with a title.
    pub(crate) fn log_end(&self) -> String {
        let log = fs::read(self.file("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<_> = text.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default().join("\n");
        format!("The end of {self}'s log:\n{tail}")
    }
}

impl fmt::Display for Daemon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
