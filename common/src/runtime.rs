//! The process around a check. Only this module prints, exits and handles signals.

use std::fmt;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;
use nagiosplugin::ServiceState;
use nix::sys::prctl;
use nix::sys::signal::{SigEvent, SigSet, SigevNotify, Signal};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;

use crate::catalogue::Catalogue;
use crate::{CheckError, CommonArgs, Deadline, Report, Rules, contain, io_error, memory, render};

/// The parameters of a check besides its own arguments.
#[derive(Clone, Debug)]
pub struct Run {
    /// The time by which the check must have judged its snapshot. It is a little before the time limit of the process.
    pub deadline: Deadline,
    /// The operator's thresholds and severities.
    pub rules: Rules,
}

/// The part of the time limit that is reserved for judging and printing.
const RESERVE: Duration = Duration::from_millis(250);

/// Runs a check as a monitoring plugin and ends the process.
///
/// There is one write to standard output, nothing on standard error, and an exit code from 0 to 3 on every path: also
/// for help, version, wrong usage, panics, SIGTERM, a limit of CPU time, too much memory, and when the time limit passes
/// during a blocking call.
pub fn run<Args>(catalogue: &'static Catalogue, check: impl AsyncFnOnce(Args, Run) -> Result<Report, CheckError>) -> !
where
    Args: Parser + AsRef<CommonArgs>,
{
    panic::set_hook(Box::new(|info| {
        if contain::is_contained() {
            return;
        }
        let location = info.location().map_or_else(String::new, |at| format!(" at {at}"));
        say(render::unknown(catalogue.service, &format!("internal error{location}; please report")))
    }));
    silence_stderr();
    // No core dump holds a secret, and no other process of the user reads one. If this fails, all else works.
    let _ = prctl::set_dumpable(false);
    let outcome = Watch::start(catalogue.service).and_then(|watch| match parse(catalogue) {
        Ok(args) => judged(catalogue, watch, args, check),
        Err(output) => Ok(output),
    });
    say(outcome.unwrap_or_else(|error| render::error(catalogue.service, &error)))
}

/// Redirects standard error, as Icinga would show messages of a library or of Rust's runtime as the first line.
fn silence_stderr() {
    if let Ok(null) = File::options().write(true).open("/dev/null") {
        // If this fails, standard error stays as it is.
        let _ = nix::unistd::dup2_stderr(null);
    }
}

/// The state and the text of an output.
type Output = (ServiceState, String);

fn parse<Args: Parser>(catalogue: &Catalogue) -> Result<Args, Output> {
    let command = Args::command().term_width(100).after_long_help(catalogue.help());
    let parsed = command.try_get_matches().and_then(|mut matches| Args::from_arg_matches_mut(&mut matches));
    parsed.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            (ServiceState::Unknown, error.to_string().trim_end().to_owned())
        }
        _ => render::unknown(catalogue.service, &usage_error(&error)),
    })
}

/// clap's message without its headline, its usage and its pointer to the help.
fn usage_error(error: &clap::Error) -> String {
    let message = error.to_string();
    let lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    let ends = |line: &&str| !line.starts_with("Usage:") && !line.starts_with("For more information");
    let said = lines.take_while(ends).collect::<Vec<_>>().join(", ").replace(":, ", ": ");
    // `<VALUE>` would read as HTML.
    let said = said.replace(['<', '>'], "");
    format!("{} (see --help)", said.strip_prefix("error: ").unwrap_or(&said))
}

fn judged<Args>(
    catalogue: &'static Catalogue,
    mut watch: Watch,
    args: Args,
    check: impl AsyncFnOnce(Args, Run) -> Result<Report, CheckError>,
) -> Result<Output, CheckError>
where
    Args: AsRef<CommonArgs>,
{
    let common = args.as_ref();
    let timeout = common.timeout;
    let rules = Rules::new(catalogue, common)?;
    watch.set(timeout)?;
    let deadline = Deadline::after(timeout.saturating_sub(RESERVE.min(timeout / 4)));
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        io_error::own_side(&error).unwrap_or_else(|| CheckError::local(format!("cannot start: {error}"), ""))
    })?;
    // Exiting within the executor skips the destructors of connections, which take a fifth of the run.
    executor.block_on(async {
        match check(args, Run { deadline, rules }).await {
            Ok(report) => say(report.render()),
            Err(error) => Err(error),
        }
    })
}

static STAGE: Mutex<String> = Mutex::new(String::new());

/// Names the current stage, for the line that is printed when the time limit passes or a signal comes.
pub fn stage(name: impl Into<String>) {
    if let Ok(mut stage) = STAGE.lock() {
        *stage = name.into();
    }
}

/// The time limit until the arguments are parsed.
const DEFAULT_LIMIT: Duration = Duration::from_secs(10);

/// The signals that end a run with one line. SIGXFSZ is not among them and is blocked in all threads, so that a write
/// above the file size limit of the process fails with an error.
const ENDING: [Signal; 5] = [Signal::SIGALRM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM, Signal::SIGXCPU];

/// The signal that asks the watch to look at the memory; it ends nothing.
const LOOK: Signal = Signal::SIGVTALRM;

/// The time between two looks at the memory. A run that is over before the first one has none.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Watches the time limit, the signals and the memory from a thread of its own, so that a blocking call cannot delay
/// them.
///
/// The timers are never deleted, as that would end the watch.
struct Watch(ManuallyDrop<Timer>);

impl Watch {
    fn start(service: &'static str) -> Result<Self, CheckError> {
        let signals = ENDING.into_iter().chain([LOOK]).collect::<SigSet>();
        // The signals are blocked before any other thread exists, so that all threads inherit this and only the watcher
        // gets them.
        signals.thread_block().map_err(unwatched)?;
        SigSet::from_iter([Signal::SIGXFSZ]).thread_block().map_err(unwatched)?;
        let mut watch = Self(timer(Signal::SIGALRM)?);
        let every = Expiration::Interval(LOOK_EVERY.into());
        timer(LOOK)?.set(every, TimerSetTimeFlags::empty()).map_err(unwatched)?;
        let thread = thread::Builder::new().name("watch".to_owned());
        thread.spawn(move || end_on(service, signals)).map_err(|_| io_error::no_thread())?;
        watch.set(DEFAULT_LIMIT)?;
        Ok(watch)
    }

    /// Sets the limit, counted from now.
    fn set(&mut self, limit: Duration) -> Result<(), CheckError> {
        self.0.set(Expiration::OneShot(limit.into()), TimerSetTimeFlags::empty()).map_err(unwatched)
    }
}

fn timer(signal: Signal) -> Result<ManuallyDrop<Timer>, CheckError> {
    let event = SigEvent::new(SigevNotify::SigevSignal { signal, si_value: 0 });
    Timer::new(ClockId::CLOCK_MONOTONIC, event).map(ManuallyDrop::new).map_err(unwatched)
}

fn unwatched(error: impl fmt::Display) -> CheckError {
    CheckError::local(
        format!("cannot watch the time limit: {error}"),
        "raise the limits of processes and pending signals (ulimit -u, ulimit -i)",
    )
}

fn end_on(service: &str, signals: SigSet) {
    let reason = loop {
        match signals.wait() {
            Ok(LOOK) if memory::is_exceeded() => break format!("needed over {} MiB of memory", memory::LIMIT >> 20),
            Ok(LOOK) => {}
            Ok(Signal::SIGALRM) => break "time limit passed".to_owned(),
            Ok(signal) => break format!("stopped by {signal}"),
            Err(error) => break format!("cannot wait for signals: {error}"),
        }
    };
    let stage = STAGE.lock().map(|stage| stage.clone()).unwrap_or_default();
    let during = if stage.is_empty() { String::new() } else { format!(" while {stage}") };
    say(render::unknown(service, &format!("{reason}{during}")))
}

/// Whether a thread has begun to print.
static SAID: AtomicBool = AtomicBool::new(false);

/// The time that a second caller gives the first one to finish.
const GRACE: Duration = Duration::from_millis(500);

/// Prints once and ends the process. A second caller prints nothing and only ensures the end.
#[expect(clippy::exit, reason = "the one place that ends the process")]
fn say((state, text): Output) -> ! {
    if SAID.swap(true, Ordering::SeqCst) {
        thread::sleep(GRACE);
    } else {
        write_all(format!("{text}\n").as_bytes());
    }
    std::process::exit(state.exit_code())
}

/// Writes all bytes, in one write unless the kernel takes fewer. A missing reader is not an error.
fn write_all(mut bytes: &[u8]) {
    while let Ok(written @ 1..) = nix::unistd::write(std::io::stdout(), bytes) {
        bytes = bytes.get(written..).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
    }
}
