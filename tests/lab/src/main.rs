//! `cargo lab`: the real stack on this machine, and what can go wrong with it.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a command for people")]

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Parser, Subcommand};
use lab::fault::{Fault, LIST, Scope};
use lab::node::{DNSMASQ, MYSQL, NEWER, Node, SECURED, UNBOUND};
use lab::progress::Progress;
use lab::{Dnsmasq, Lab, Soak, Unbound, demo, plugins, programs, up};

/// The real stack on this machine: MariaDB Galera, Consul and BIND, in namespaces of their own
#[derive(Parser)]
#[command(bin_name = "cargo lab")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Start a lab that stays up; missing programs are installed first
    Up(Install),
    /// End it
    Down,
    /// Show the state of every server in it; exit code 1 unless all are healthy
    Status,
    /// Run a command in it, or a shell
    Exec {
        /// The command and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Make a fault in it and wait until it is visible
    Break {
        /// The fault's name
        #[arg(required_unless_present = "list")]
        fault: Option<String>,
        /// db1, db2 or db3 [default: db3]
        node: Option<Node>,
        /// List the faults
        #[arg(long)]
        list: bool,
    },
    /// Start MySQL in it, until it is mended; the first time downloads it
    Mysql,
    /// Start the MariaDB of Debian 13 in it as a cluster of one, likewise
    Newer,
    /// Start a Consul with access control and TLS in it, likewise
    Secured,
    /// Start Unbound in it, likewise
    Unbound,
    /// Start dnsmasq in it, likewise
    Dnsmasq,
    /// Undo every fault in it and wait until all is healthy
    Mend,
    /// Show the plugins against a healthy, a broken and a mended lab, which then goes
    Demo(Install),
    /// Look for false alarms: check a healthy cluster at work every few seconds, in a lab of its own; exit code 1 if
    /// there is one
    Soak {
        /// Repeat the script for so long, the restarts excepted [default: one pass, about 90 s]
        #[arg(value_parser = clap::value_parser!(u64).range(1..=1440))]
        minutes: Option<u64>,
        /// Seconds from one check to the next
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
        interval: u64,
        #[command(flatten)]
        install: Install,
    },
    /// Run every test of the workspace, those that need a lab included
    Test {
        #[command(flatten)]
        install: Install,
        /// Passed on to `cargo test --workspace`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Args)]
struct Install {
    /// Install missing programs without asking
    #[arg(short, long)]
    yes: bool,
}

fn main() -> ExitCode {
    perform(Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("lab: {error:#}");
        ExitCode::FAILURE
    })
}

fn perform(task: Task) -> Result<ExitCode> {
    let progress = Progress::stderr();
    match task {
        Task::Up(install) => start(&install, &progress)?,
        Task::Down => up::down()?,
        Task::Status => return Ok(status(&Lab::attach()?)),
        Task::Exec { command } => return exec(&Lab::attach()?, &command),
        Task::Break { list: true, .. } => print!("{}", faults()),
        Task::Break { fault, node, .. } => inject(&fault.unwrap_or_default(), node, &progress)?,
        Task::Mysql => request("MySQL", MYSQL, Lab::mysql, &progress)?,
        Task::Newer => request("MariaDB of Debian 13", NEWER, Lab::newer_mariadb, &progress)?,
        Task::Secured => request("Consul with access control and TLS", SECURED, Lab::secured_consul, &progress)?,
        Task::Unbound => request("Unbound", UNBOUND, |lab| lab.unbound(Unbound::Right), &progress)?,
        Task::Dnsmasq => request("dnsmasq", DNSMASQ, |lab| lab.dnsmasq(Dnsmasq::Right), &progress)?,
        Task::Mend => mend(&progress)?,
        Task::Demo(install) => {
            programs::ensure(install.yes, &progress)?;
            demo::demo(&progress)?;
        }
        Task::Soak { minutes, interval, install } => {
            programs::ensure(install.yes, &progress)?;
            return soak(minutes.unwrap_or(0), interval, &progress);
        }
        Task::Test { install, arguments } => return test(&install, &arguments, &progress),
    }
    Ok(ExitCode::SUCCESS)
}

fn start(install: &Install, progress: &Progress) -> Result<()> {
    up::refuse_second()?;
    programs::ensure(install.yes, progress)?;
    Lab::start_with(progress)?.keep()?;
    println!("The lab is up: `cargo lab exec` opens a shell in it, `cargo lab down` ends it.");
    Ok(())
}

fn status(lab: &Lab) -> ExitCode {
    let (text, healthy) = lab.status();
    print!("{text}");
    if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn exec(lab: &Lab, command: &[String]) -> Result<ExitCode> {
    let shell = [env::var("SHELL").unwrap_or_else(|_| "sh".to_owned())];
    let words = if command.is_empty() { &shell } else { command };
    let (program, arguments) = words.split_first().context("no command")?;
    let error = lab.command(program).args(arguments).exec();
    Err(error).context("cannot enter the lab")
}

fn faults() -> String {
    let line = |id: &str, node: &str, description: &str| format!("{id:27} {node:6} {description}\n");
    let entries = LIST.map(|entry| match entry.scope {
        Scope::Node(_) => line(entry.id, "[NODE]", entry.description),
        Scope::Cluster(_) => line(entry.id, "", entry.description),
    });
    entries.concat()
}

fn inject(id: &str, node: Option<Node>, progress: &Progress) -> Result<()> {
    let fault = Fault::parse(id, node)?;
    let lab = Lab::attach()?;
    let step = progress.step(&format!("{id} is visible"));
    lab.break_(fault)?;
    step.done();
    Ok(())
}

fn request(name: &str, address: &str, server: fn(&Lab) -> Result<()>, progress: &Progress) -> Result<()> {
    let lab = Lab::attach()?;
    let step = progress.step(&format!("{name} serves on {address}"));
    server(&lab)?;
    step.done();
    Ok(())
}

fn mend(progress: &Progress) -> Result<()> {
    let lab = Lab::attach()?;
    let step = progress.step("All healthy again");
    lab.mend()?;
    step.done();
    Ok(())
}

fn soak(minutes: u64, interval: u64, progress: &Progress) -> Result<ExitCode> {
    let soak = Soak { time: Duration::from_secs(60 * minutes), interval: Duration::from_secs(interval) };
    let outcome = soak.run(progress)?;
    print!("{outcome}");
    Ok(if outcome.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn test(install: &Install, arguments: &[String], progress: &Progress) -> Result<ExitCode> {
    programs::ensure(install.yes, progress)?;
    // There are no documentation tests; without this, a run of none of them would close the output.
    let selection: &[&str] = if arguments.is_empty() { &["--all-targets"] } else { &[] };
    let mut cargo = plugins::cargo();
    // A failure in one package must not hide the results of the others.
    cargo.args(["test", "--workspace", "--no-fail-fast"]).args(selection).args(arguments);
    let status = cargo.status().context("cannot run cargo")?;
    match status.code() {
        Some(code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(1))),
        None => bail!("cargo test ended by a signal: {status}"),
    }
}
