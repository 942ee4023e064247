//! Runs a plugin as Icinga does, and reports its output and its end.

mod binary;
mod output;
mod running;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub use binary::binary;
pub use nix::sys::signal::Signal;
pub use output::{Output, assert_says};
pub use running::Running;

/// A plugin and the environment of its process: no variables, no standard input, and pipes for its output.
#[derive(Debug, Clone)]
#[must_use]
pub struct Plugin {
    path: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    cwd: Option<PathBuf>,
    /// The command that runs the plugin.
    under: Vec<OsString>,
    limits: Vec<String>,
    closed_stdout: bool,
    limit: Duration,
}

impl Plugin {
    /// The plugin at this path, usually from [`binary`].
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
            under: Vec::new(),
            limits: Vec::new(),
            closed_stdout: false,
            limit: Duration::from_secs(30),
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable of the environment, which has no others.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets the working directory.
    pub fn cwd(mut self, directory: impl AsRef<Path>) -> Self {
        self.cwd = Some(directory.as_ref().to_owned());
        self
    }

    /// Limits the number of open file descriptors.
    pub fn limit_nofile(self, descriptors: u64) -> Self {
        self.limited("nofile", descriptors)
    }

    /// Limits the size of a written file, in bytes.
    pub fn limit_fsize(self, bytes: u64) -> Self {
        self.limited("fsize", bytes)
    }

    /// Lifts the limit of core dumps.
    pub fn with_core_dumps(mut self) -> Self {
        self.limits.push("--core=unlimited".to_owned());
        self
    }

    /// Limits the number of threads, including the first. Root has no such limit, so the plugin runs as a user of its
    /// own. `None` if the test may not switch users.
    pub fn limit_threads(self, threads: u64) -> Option<Self> {
        static USERS: AtomicU32 = AtomicU32::new(0);
        let user = 100_000 + process::id() % 10_000 * 100 + USERS.fetch_add(1, Ordering::Relaxed) % 100;
        let (user, group) = (format!("--reuid={user}"), format!("--regid={user}"));
        let plugin = self.under(["/usr/bin/setpriv", &user, &group, "--clear-groups"])?;
        Some(plugin.limited("nproc", threads))
    }

    /// Runs the plugin on a host without any network; `None` if the test may not do so.
    pub fn without_network(self) -> Option<Self> {
        self.under(["/usr/bin/unshare", "--net"])
    }

    /// Runs the plugin as the user of this passwd(5) file. It has one line, and replaces the machine's file for this
    /// process alone. `None` if the test may not do so.
    pub fn as_user_of(self, passwd: &Path) -> Option<Self> {
        let text = fs::read_to_string(passwd).ok()?;
        let user = text.split(':').nth(2)?;
        let script = "/bin/mount --bind \"$0\" /etc/passwd && exec \"$@\"";
        let (user, group) = (format!("--reuid={user}"), format!("--regid={user}"));
        let alone = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, passwd.to_str()?];
        self.under(alone.into_iter().chain(["/usr/bin/setpriv", &user, &group, "--clear-groups"]))
    }

    /// Runs the plugin by this command, which gets the plugin's command as its last arguments. `None` if it fails to
    /// run it.
    fn under<'a>(mut self, command: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        self.under = command.into_iter().map(OsString::from).collect();
        let test = ["/usr/bin/test", "-x"].map(OsString::from);
        let (program, args) = self.under.split_first()?;
        let tested = Command::new(program).args(args).args(test).arg(&self.path).stderr(Stdio::null()).status();
        tested.is_ok_and(|status| status.success()).then_some(self)
    }

    /// Sets a limit of `prlimit`.
    fn limited(mut self, resource: &str, limit: u64) -> Self {
        self.limits.push(format!("--{resource}={limit}"));
        self
    }

    /// Closes the reading end of standard output, so that each write fails with a broken pipe.
    pub fn closed_stdout(mut self) -> Self {
        self.closed_stdout = true;
        self
    }

    /// Sets the time after which the plugin is killed and the test fails. The default is 30 seconds.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs the plugin to its end.
    pub fn run(self) -> Output {
        self.spawn().wait()
    }

    /// Starts the plugin.
    pub fn spawn(self) -> Running {
        let mut command = self.command();
        command.args(&self.args).env_clear().envs(self.env).stdin(Stdio::null());
        command.stdout(if self.closed_stdout { unread_pipe() } else { Stdio::piped() }).stderr(Stdio::piped());
        if let Some(directory) = &self.cwd {
            command.current_dir(directory);
        }
        let child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
        Running::new(child, self.limit)
    }

    fn command(&self) -> Command {
        let mut words = self.under.clone();
        if !self.limits.is_empty() {
            // Unlike a shell, `prlimit` leaves the environment as it is.
            words.push("/usr/bin/prlimit".into());
            words.extend(self.limits.iter().map(OsString::from));
            words.push("--".into());
        }
        let Some((program, args)) = words.split_first() else { return Command::new(&self.path) };
        let mut command = Command::new(program);
        command.args(args).arg(&self.path);
        command
    }
}

fn unread_pipe() -> Stdio {
    let (_reader, writer) = io::pipe().expect("two descriptors are free");
    writer.into()
}
