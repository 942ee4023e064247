//! A network, a process tree and a `/run` of its own, which vanish with their owner.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::Duration;
use std::{env, mem};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

use crate::wait::wait_until;
use crate::{paths, programs};

/// The directory with the state of the servers, for processes in the sandbox.
pub(crate) const ROOT: &str = "/run/lab";

const FIRST_PROCESS: &str = include_str!("sandbox.sh");

/// How long the kernel may take to end every process of a sandbox.
const END: Duration = Duration::from_secs(60);

/// Namespaces that hold the lab, driven from outside.
///
/// Its first process reads from a pipe that the owner holds: when the owner ends, in whatever way, the pipe closes,
/// the process ends, and the kernel ends all others with it and drops mounts and addresses.
#[derive(Debug)]
pub(crate) struct Sandbox {
    /// The process that made the namespaces; their first process is its child.
    pid: i32,
    owner: Option<Owner>,
}

#[derive(Debug)]
struct Owner {
    unshare: Child,
    pipe: ChildStdin,
}

impl Sandbox {
    /// Makes a sandbox that has these addresses on its loopback interface and asks these name servers.
    pub(crate) fn start(addresses: &[&str], nameservers: &[&str]) -> Result<Self> {
        let mut command = Command::new("setsid");
        command.arg("unshare");
        if !geteuid().is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]);
        command.args(["sh", "-c", "eval \"$SETUP\"", "lab"]).env("SETUP", FIRST_PROCESS);
        command.env("ADDRESSES", addresses.join(" ")).env("NAMESERVERS", nameservers.join(" "));
        command.env("PATH", search_path()?);
        let mut unshare = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot run unshare")?;
        let pipe = unshare.stdin.take().context("no pipe to the sandbox")?;
        let sandbox = Self { pid: unshare.id().try_into()?, owner: Some(Owner { unshare, pipe }) };
        sandbox.ready()
    }

    /// The sandbox that another process has made.
    pub(crate) fn attach(pid: i32) -> Self {
        Self { pid, owner: None }
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    fn ready(mut self) -> Result<Self> {
        let unshare = &mut self.owner.as_mut().context("not the owner")?.unshare;
        let stdout = unshare.stdout.take().context("no output of the sandbox")?;
        let mut seen = String::new();
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            if line == "ready" {
                return Ok(self);
            }
            seen.push_str(&line);
        }
        if let Some(mut stderr) = unshare.stderr.take() {
            stderr.read_to_string(&mut seen)?;
        }
        bail!(
            "cannot set up the lab's namespaces ({}): it needs root, or user namespaces for ordinary users \
             (sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1 on Debian, \
             kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu)",
            seen.trim()
        )
    }

    /// A command that will run inside.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(self.pid.to_string());
        if !geteuid().is_root() {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.args(["--net", "--mount"]).arg(format!("--pid=/proc/{}/ns/pid_for_children", self.pid));
        command.arg("--").arg(program);
        if let Ok(path) = search_path() {
            command.env("PATH", path);
        }
        command
    }

    /// Runs a command inside to its end.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, program: &str, arguments: impl IntoIterator<Item = S>) -> Result<String> {
        let mut command = self.command(program);
        command.args(arguments);
        said(program, &output(program, &mut command)?)
    }

    /// Adds a rule for what arrives.
    pub(crate) fn filter(&self, rule: &str) -> Result<()> {
        self.iptables("-A", rule)
    }

    /// Takes a rule back.
    pub(crate) fn unfilter(&self, rule: &str) -> Result<()> {
        self.iptables("-D", rule)
    }

    /// Sends connections to port 3306 of one address to another.
    pub(crate) fn redirect(&self, from: &str, to: &str) -> Result<()> {
        let rule = format!("-w -t nat -A OUTPUT -p tcp -d {from} --dport 3306 -j DNAT --to-destination {to}:3306");
        self.run("iptables", rule.split(' ')).map(drop)
    }

    /// Takes every filter and redirection back.
    pub(crate) fn flush(&self) -> Result<()> {
        self.run("iptables", ["-w", "-F"])?;
        self.run("iptables", ["-w", "-t", "nat", "-F"]).map(drop)
    }

    fn iptables(&self, change: &str, rule: &str) -> Result<()> {
        self.run("iptables", ["-w", change, "INPUT"].into_iter().chain(rule.split(' '))).map(drop)
    }

    /// As [`Sandbox::run`], but for that long at most: a server that hangs must not hang who asks it.
    pub(crate) fn run_within<S: AsRef<OsStr>>(
        &self,
        limit: Duration,
        program: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<String> {
        let seconds = limit.as_secs();
        let mut command = self.command("timeout");
        command.args(["--kill-after=5", &seconds.to_string(), program]).args(arguments);
        let output = output(program, &mut command)?;
        // After SIGTERM, and after SIGKILL.
        ensure!(!matches!(output.status.code(), Some(124 | 137)), "{program} took longer than {seconds} s");
        said(program, &output)
    }

    /// A path below the lab's state, for processes outside the sandbox.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{ROOT}", self.pid)).join(relative)
    }

    /// Writes a file below the lab's state, and the directories above it.
    pub(crate) fn write(&self, relative: impl AsRef<Path>, text: &str) -> Result<()> {
        let path = self.path(relative);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The name and the state letter (proc(5)) of a process, by its number inside.
    pub(crate) fn process(&self, pid: i32) -> Option<(String, char)> {
        let stat = fs::read_to_string(format!("/proc/{}/root/proc/{pid}/stat", self.pid)).ok()?;
        let (number_and_name, fields) = stat.rsplit_once(") ")?;
        let (_, name) = number_and_name.split_once('(')?;
        Some((name.to_owned(), fields.chars().next()?))
    }

    /// Lets the sandbox outlive its owner.
    pub(crate) fn keep(mut self) -> Result<()> {
        let mut owner = self.owner.take().context("not the owner")?;
        owner.pipe.write_all(b"keep\n").context("the sandbox is gone")
    }

    /// Ends every process inside and waits until they are gone.
    pub(crate) fn end(mut self) -> Result<()> {
        if self.owner.is_some() {
            return self.close();
        }
        kill(Pid::from_raw(self.pid), Signal::SIGKILL)?;
        wait_until("the sandbox to end", END, || {
            ensure!(!Path::new(&format!("/proc/{}", self.pid)).exists(), "process {} still runs", self.pid);
            Ok(())
        })
    }

    fn close(&mut self) -> Result<()> {
        let Some(Owner { mut unshare, pipe }) = mem::take(&mut self.owner) else { return Ok(()) };
        drop(pipe);
        unshare.wait()?;
        Ok(())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.close());
    }
}

fn output(program: &str, command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {program}"))
}

/// The output of a program that succeeded.
fn said(program: &str, output: &Output) -> Result<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let said = format!("{}{text}", String::from_utf8_lossy(&output.stderr));
    bail!("{program}: {}: {}", output.status, said.trim())
}

/// Inside, the plugins and the lab's own Consul come first.
fn search_path() -> Result<OsString> {
    let consul = programs::consul().and_then(|path| path.parent().map(Path::to_path_buf));
    let first = [Some(paths::programs()), consul].into_iter().flatten().collect();
    env::join_paths(programs::search_path(first)).context("PATH has an unusable entry")
}
