//! Runs the plugins inside the lab, as an operator would type them.
#![allow(clippy::missing_panics_doc, clippy::panic, reason = "these functions are for tests")]

pub mod mutation;

use std::process::Command;
use std::time::Instant;

use contract::assert_plugin_output;
use lab::Lab;
use test_support::oracle::State;
use test_support::plugin::Output;

/// The check that a test is about, as its command line.
pub struct Check {
    /// The name at the start of the output.
    pub service: &'static str,
    /// The command line, words separated by blanks.
    pub command: &'static str,
}

impl Check {
    /// Runs the check in the lab with more arguments and asserts the contract of every plugin, the state, and parts of
    /// the output.
    #[track_caller]
    pub fn assert(&self, lab: &Lab, more: &[&str], state: State, said: &[&str]) {
        self.expect(&self.run(lab, more), state, said);
    }

    /// Does the same for a check that sees this text as its resolv.conf(5).
    #[track_caller]
    pub fn assert_with(&self, lab: &Lab, resolv_conf: &str, more: &[&str], state: State, said: &[&str]) {
        self.expect(&self.run_in(|program| lab.command_with(resolv_conf, program), more), state, said);
    }

    #[track_caller]
    fn expect(&self, output: &Output, state: State, said: &[&str]) {
        assert_plugin_output(self.service, output);
        assert_eq!(output.state(), state, "{}", output.stdout);
        for part in said {
            assert!(output.stdout.contains(part), "{part:?} is not in:\n{}", output.stdout);
        }
    }

    /// Runs the check in the lab with more arguments, and without a history unless one is named.
    pub fn run(&self, lab: &Lab, more: &[&str]) -> Output {
        self.run_in(|program| lab.command(program), more)
    }

    fn run_in(&self, command: impl FnOnce(&str) -> Command, more: &[&str]) -> Output {
        let mut words = self.command.split_whitespace();
        let mut command = command(words.next().unwrap_or_default());
        let started = Instant::now();
        let words: Vec<_> = words.chain(more.iter().copied()).collect();
        // No history of another run, nor one that is left on the machine.
        let forgets = self.service != "SPLIT_DNS" && !words.contains(&"--history-dir");
        let forgetful: &[_] = if forgets { &["--history-dir", "/dev/null"] } else { &[] };
        match command.args(words).args(forgetful).output() {
            Ok(output) => Output {
                code: output.status.code(),
                signal: None,
                stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
                stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
                elapsed: started.elapsed(),
                core_dumped: false,
                peak_rss_bytes: None,
            },
            Err(error) => panic!("{command:?}: {error}"),
        }
    }
}
