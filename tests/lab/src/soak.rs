//! `cargo lab soak`: a healthy cluster at work, and the check every few seconds as Icinga runs it, with one history.
//!
//! A result that is not OK must be right at that moment: a WARNING is about a node that the soak has stopped, a
//! CRITICAL meets a client whose statement failed.

mod clients;
mod journal;
mod script;
mod session;
mod verdict;

use std::fmt;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use self::journal::{Journal, Records};
use self::script::Script;
use self::verdict::{Checked, Failure, Span, Verdict, judge};
use crate::galera::{Galera, Setup};
use crate::node::{self, Node};
use crate::plugins;
use crate::progress::Progress;
use crate::sandbox::{ROOT, Sandbox};

/// How long, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Soak {
    /// The script is begun again until so much time has passed; zero for one pass.
    pub time: Duration,
    /// From the start of a check to that of the next.
    pub interval: Duration,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Numbers, for people.
    pub summary: String,
    /// Each result that was wrong: the step, the output, and the ends of the servers' logs; and each stopped node that
    /// no result shows.
    pub wrong: Vec<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wrong.iter().try_for_each(|wrong| writeln!(f, "WRONG: {wrong}"))?;
        f.write_str(&self.summary)
    }
}

impl Soak {
    /// Runs the script in a lab of its own, with Galera's defaults.
    ///
    /// # Errors
    /// The lab does not start, or a step of the script fails.
    pub fn run(self, progress: &Progress) -> Result<Outcome> {
        plugins::build()?;
        let addresses = Node::ALL.map(Node::address);
        let sandbox = Sandbox::start(&addresses, &addresses)?;
        let galera = Galera::new(&sandbox);
        let step = progress.step("MariaDB Galera: three nodes synced");
        galera.start(Setup::Defaults)?;
        clients::prepare(galera)?;
        step.done();
        let journal = Journal::new();
        let passes = self.work(galera, &journal, progress);
        let outcome = outcome(*passes.as_ref().unwrap_or(&0), &journal.records());
        sandbox.end()?;
        passes.with_context(|| format!("the script has failed\n{outcome}")).map(|_| outcome)
    }

    /// Runs script, clients and check at once; returns the number of passes.
    fn work(self, galera: Galera, journal: &Journal, progress: &Progress) -> Result<u64> {
        thread::scope(|scope| {
            for node in Node::ALL {
                scope.spawn(move || clients::run(galera.sandbox, node, journal));
            }
            scope.spawn(move || self.check(galera, journal));
            let script = Script { galera, journal, progress };
            let mut passes = 0;
            let result = loop {
                passes += 1;
                match script.pass(passes) {
                    Ok(()) if journal.now() < self.time => {}
                    result => break result.map(|()| passes),
                }
            };
            journal.end();
            result
        })
    }

    /// Runs the check again and again until all is over.
    fn check(self, galera: Galera, journal: &Journal) {
        while !journal.is_over() {
            let checked = check(galera, journal);
            let spent = checked.span.to.saturating_sub(checked.span.from);
            journal.records().checked.push(checked);
            journal.pause(self.interval.saturating_sub(spent));
        }
    }
}

fn check(galera: Galera, journal: &Journal) -> Checked {
    let (step, from) = (journal.step(), journal.now());
    let mut command = galera.sandbox.command("check_galera");
    command.arg(format!("--defaults-file={ROOT}/client.cnf")).arg(format!("--history-dir={ROOT}/soak/history"));
    let (code, output) = match command.args(["-H", &node::addresses()]).output() {
        Ok(output) => (output.status.code(), [output.stdout, output.stderr].concat()),
        Err(error) => (None, error.to_string().into_bytes()),
    };
    let output = String::from_utf8_lossy(&output).into_owned();
    let logs = if code == Some(0) { Vec::new() } else { Node::ALL.map(|node| galera.daemon(node).log_end()).to_vec() };
    Checked { span: Span { from, to: journal.now() }, step, code, output, logs: logs.join("\n") }
}

fn outcome(passes: u64, records: &Records) -> Outcome {
    let Records { checked, absences, failures, .. } = records;
    let judged: Vec<_> = checked.iter().map(|checked| (checked, judge(checked, absences, failures))).collect();
    let wrong = judged.iter().filter_map(|(checked, verdict)| wrong(checked, verdict));
    let missed = verdict::missed(checked, absences);
    let missed = missed.iter().map(|node| format!("{node} was stopped, and no result shows it\n"));
    let wrong: Vec<_> = wrong.chain(missed).collect();
    let [ok, warning, critical] = [0, 1, 2].map(|code| checked.iter().filter(|one| one.code == Some(code)).count());
    let verdicts = |wanted| judged.iter().filter(|(_, verdict)| *verdict == wanted).count();
    let summary = format!(
        "passes {passes}, checks {}: {ok} OK, {warning} WARNING, {critical} CRITICAL, {} other\n\
        right: {} WARNING about a node that the soak had stopped, {} CRITICAL while a client's statement failed\n\
        wrong: {}\n{}",
        checked.len(),
        checked.len() - ok - warning - critical,
        verdicts(Verdict::Away),
        verdicts(Verdict::Felt),
        wrong.len(),
        clients(records),
    );
    Outcome { summary, wrong }
}

/// What the clients met, and the first failures that say something about the cluster.
fn clients(records: &Records) -> String {
    let Records { absences, failures, statements, deadlocks, .. } = records;
    let felt: Vec<_> = failures.iter().filter(|failure| verdict::is_felt(failure, absences)).collect();
    let stopped = failures.len() - felt.len();
    let lines = felt.iter().take(10).map(|Failure { node, span, error }| {
        let error = error.lines().next().unwrap_or_default();
        format!("  {node}, {} s after the start: {error}\n", span.to.as_secs())
    });
    let lines: Vec<_> = lines.collect();
    format!(
        "clients: {statements} statements, {deadlocks} deadlocks retried, {stopped} failures on stopped nodes, {} \
        elsewhere\n{}",
        felt.len(),
        lines.concat(),
    )
}

fn wrong(checked: &Checked, verdict: &Verdict) -> Option<String> {
    let Verdict::Wrong(reason) = verdict else { return None };
    let Checked { step, code, output, logs, span } = checked;
    let (at, output) = (span.from.as_secs(), output.trim_end());
    Some(format!("{reason}\nstep: {step}, {at} s after the start, exit code {code:?}\n{output}\n{logs}\n"))
}
