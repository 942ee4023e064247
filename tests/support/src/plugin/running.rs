//! A plugin that is still running.

use std::fs;
use std::io::Read;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::output::Output;

/// The interval at which the memory of the plugin is measured.
const SAMPLING: Duration = Duration::from_millis(2);

/// The time that a pipe may stay open after the plugin has ended.
const PIPE_GRACE: Duration = Duration::from_secs(5);

/// A started plugin. Dropping it kills it.
pub struct Running {
    child: Arc<Mutex<Child>>,
    pid: u32,
    limit: Duration,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    watcher: Option<JoinHandle<End>>,
}

/// The end of a plugin.
struct End {
    status: ExitStatus,
    elapsed: Duration,
    peak_rss_bytes: Option<u64>,
    killed: bool,
}

impl Running {
    pub(super) fn new(mut child: Child, limit: Duration) -> Self {
        let started = Instant::now();
        let pid = child.id();
        let stdout = capture(child.stdout.take());
        let stderr = capture(child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        let watch = Watch { child: Arc::clone(&child), pid, started, limit, peak_rss_bytes: peak_rss(pid) };
        Self { child, pid, limit, stdout, stderr, watcher: Some(thread::spawn(|| watch.run())) }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The command line, which every user of the machine can see.
    pub fn command_line(&self) -> Vec<String> {
        let raw = self.raw_command_line();
        let raw = raw.strip_suffix(b"\0").unwrap_or(&raw);
        raw.split(|byte| *byte == 0).map(|arg| String::from_utf8_lossy(arg).into_owned()).collect()
    }

    /// Waits for the arguments: the kernel resumes the parent shortly before it shows those of the new program.
    fn raw_command_line(&self) -> Vec<u8> {
        loop {
            let raw = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
            if !raw.is_empty() {
                return raw;
            }
            let ended = self.child.lock().expect("no holder panics").try_wait().expect("a child can be waited for");
            assert!(ended.is_none(), "the plugin ended before its command line was read: {ended:?}");
            thread::sleep(SAMPLING);
        }
    }

    /// Sends SIGTERM, as Icinga does after its own timeout.
    pub fn terminate(&self) {
        self.signal(Signal::SIGTERM);
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        // While the lock is held, the child is not reaped, so its process id is still its own.
        let mut child = self.child.lock().expect("no holder panics");
        let ended = child.try_wait().expect("a child can be waited for");
        if ended.is_none() {
            let pid = i32::try_from(self.pid).expect("a process id fits");
            kill(Pid::from_raw(pid), signal).expect("a child can be signalled");
        }
        drop(child);
        assert!(ended.is_none(), "the plugin ended before {signal}: {ended:?}");
    }

    /// Waits for the end. Panics if the plugin had to be killed, or printed text that is not UTF-8.
    pub fn wait(mut self) -> Output {
        let end = self.watcher.take().expect("only this takes it").join().expect("the watcher does not panic");
        let stdout = collect(&self.stdout, "stdout");
        let stderr = collect(&self.stderr, "stderr");
        assert!(!end.killed, "still running after {:?}, with stdout {stdout:?} and stderr {stderr:?}", self.limit);
        Output::new(end.status, stdout, stderr, end.elapsed, end.peak_rss_bytes)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(watcher) = self.watcher.take() else { return };
        self.child.lock().unwrap_or_else(PoisonError::into_inner).kill().ok();
        watcher.join().ok();
    }
}

/// Watches a plugin: its memory, its time limit, its end.
struct Watch {
    child: Arc<Mutex<Child>>,
    pid: u32,
    started: Instant,
    limit: Duration,
    peak_rss_bytes: Option<u64>,
}

impl Watch {
    fn run(mut self) -> End {
        let mut killed = false;
        loop {
            self.peak_rss_bytes = self.peak_rss_bytes.max(peak_rss(self.pid));
            let mut child = self.child.lock().expect("no holder panics");
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                let elapsed = self.started.elapsed();
                return End { status, elapsed, peak_rss_bytes: self.peak_rss_bytes, killed };
            }
            if !killed && self.started.elapsed() > self.limit {
                child.kill().expect("a child can be killed");
                killed = true;
            }
            drop(child);
            thread::sleep(SAMPLING);
        }
    }
}

/// The most resident memory of the process, in bytes. The kernel's own value for an ended child includes the memory of
/// the process that forked it, so it is not used.
fn peak_rss(pid: u32) -> Option<u64> {
    // The kernel resumes the parent shortly before the child has left the parent's memory.
    if fs::read_link(format!("/proc/{pid}/exe")).ok()? == fs::read_link("/proc/self/exe").ok()? {
        return None;
    }
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn capture(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).ok();
        }
        sender.send(bytes).ok();
    });
    receiver
}

fn collect(captured: &Receiver<Vec<u8>>, name: &str) -> String {
    let bytes = captured.recv_timeout(PIPE_GRACE);
    let bytes = bytes.unwrap_or_else(|_| panic!("the plugin ended, but something keeps its {name} open"));
    String::from_utf8(bytes)
        .unwrap_or_else(|error| panic!("{name} is not UTF-8: {:?}", error.as_bytes().escape_ascii().to_string()))
}
