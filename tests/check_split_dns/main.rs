//! `check_split_dns` from its arguments to its output, against name servers that fail as a test wants.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod absent;
mod dead;
mod expectations;
mod external_servers;
mod hostile;
mod names;
mod numbers;
mod recheck;
mod records;
mod servers;
mod transports;
mod upstream;
mod usage;
mod verdicts;

use std::net::SocketAddr;

use test_support::oracle::State;
use test_support::plugin::{Output, Plugin, Running, assert_says};

use names::{EXTERNAL, INTERNAL, Names};

/// For servers that say nothing: long enough for those that do.
const HASTY: &[&str] = &["--query-timeout", "0.5"];

fn plugin(args: &[&str]) -> Plugin {
    Plugin::new(env!("CARGO_BIN_EXE_check_split_dns")).args(args)
}

/// The check of the servers at these addresses, for both names.
fn asking(servers: &[SocketAddr], args: &[&str]) -> Plugin {
    let servers: Vec<_> = servers.iter().map(ToString::to_string).collect();
    plugin(&["-i", INTERNAL, "-e", EXTERNAL, "-H", &servers.join(",")]).args(args)
}

fn ask(servers: &[SocketAddr], args: &[&str]) -> Output {
    asking(servers, args).run()
}

/// One server, asked as these arguments say.
fn asking_one(server: &Names, args: &[&str]) -> Plugin {
    plugin(&["-H", &server.addr().to_string()]).args(args)
}

fn ask_one(server: &Names, args: &[&str]) -> Output {
    asking_one(server, args).run()
}

/// What came of checks that ran at the same time, for those that have to wait.
fn at_once<const N: usize>(checks: [Plugin; N]) -> [Output; N] {
    checks.map(Plugin::spawn).map(Running::wait)
}

/// A check of a server between two good ones that has begun.
struct Second {
    run: Running,
    good: [Names; 2],
}

fn second(second: SocketAddr, args: &[&str]) -> Second {
    let good = [Names::healthy(), Names::healthy()];
    let [one, three] = good.each_ref().map(Names::addr);
    Second { run: asking(&[one, second, three], &["-v"]).args(args).spawn(), good }
}

impl Second {
    /// What came of it; the good ones must be found good.
    #[track_caller]
    fn wait(self) -> Output {
        let output = self.run.wait();
        for good in self.good {
            assert_shows(&output, &good.is_right());
        }
        output
    }
}

#[track_caller]
fn ask_second(server: SocketAddr, args: &[&str]) -> Output {
    second(server, args).wait()
}

/// A finding, whatever else there is; `remedy` is part of what its line says to do.
#[track_caller]
fn assert_finds(output: &Output, state: State, said: &str, remedy: &str) {
    let marked = format!("[{}] {said}", word(state));
    let text = output.text();
    let line = text.lines().find(|line| line.starts_with(&marked));
    let line = line.unwrap_or_else(|| panic!("{marked:?} not in {output:?}"));
    let (_, told) = line.split_once(" -> ").unwrap_or((line, ""));
    assert!(told.contains(remedy), "{remedy:?} not in {line:?}");
}

/// What is said is the worst that there is, so that the first line begins with it.
#[track_caller]
fn assert_worst(output: &Output, state: State, said: &str, remedy: &str) {
    // Of a long sentence the first line has the beginning.
    let beginning: String = said.chars().take(120).collect();
    assert_says(output, state, &format!("SPLIT_DNS is {}: {beginning}", word(state)));
    assert_finds(output, state, said, remedy);
}

/// Too few servers are right, because of these, as the first line says.
#[track_caller]
fn assert_too_few(output: &Output, counted: &str, because: &str) {
    assert_says(output, State::Critical, &format!("SPLIT_DNS is CRITICAL: {counted} needed: {because}"));
    assert_finds(output, State::Critical, &format!("{counted} needed"), "bring the servers back");
}

fn word(state: State) -> String {
    format!("{state:?}").to_uppercase()
}

#[track_caller]
fn assert_shows(output: &Output, said: &str) {
    assert!(output.text().contains(said), "{said:?} not in {output:?}");
}

#[track_caller]
fn assert_hides(output: &Output, said: &str) {
    assert!(!output.text().contains(said), "{said:?} in {output:?}");
}

/// The value of a metric; none when it was not measured.
fn value(output: &Output, label: &str) -> Option<f64> {
    output.perfdata().into_iter().find(|data| data.label == label).map(|data| data.value)
}

fn labels(output: &Output) -> Vec<String> {
    output.perfdata().into_iter().map(|data| data.label).collect()
}
