//! Runs each plugin as Icinga does, and worse.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test that cannot be made here says so")]

mod fake;
mod history;
mod hostile;
mod subject;

use std::ops::RangeInclusive;

use contract::{HELP_WIDTH, assert_plugin_output};
use fake::{Fake, Fault};
use history::{a_home_is_found_without_home, a_refused_history_is_told, a_wish_without_history_is_refused};
use hostile::hostile_text_writes_nothing_of_its_own;
use packaging::PLUGINS;
use subject::{CONSUL_SERVICE, GALERA, SPLIT_DNS, Subject};
use test_support::oracle::{State, parse_check_output};
use test_support::plugin::{Output, Signal};
use test_support::scratch::Scratch;

/// What a plugin may take at its worst, a debug build included.
const MEMORY: u64 = 64 << 20;

const SECRET: &str = "Xyzzy-hunter2";

fn help_and_version_are_unknown(subject: &Subject) {
    for args in [["-h"], ["--help"], ["-V"], ["--version"]] {
        let output = subject.plugin(&args).run();
        assert_eq!((output.state(), output.stderr.as_str()), (State::Unknown, ""), "{args:?}");
        assert!(output.stdout.contains(subject.name), "{output:?}");
    }
    let help = subject.plugin(&["--help"]).run().stdout;
    assert!(help.contains("Findings (--severity)") && help.contains("Exit codes"), "{help}");
    assert!(help.lines().all(|line| line.chars().count() <= HELP_WIDTH), "{help}");
}

fn wrong_usage_is_one_sentence(subject: &Subject) {
    let plain: &[&[&str]] = &[&["--no-such-option"], &["stray"], &["-t", "0"], &["-t", "nan"], &["-w", "20:10"]];
    let named: &[&[&str]] = &[&["-w", "no_such_metric=1"], &["--severity", "no-such-finding=ok"]];
    let mut said = Vec::new();
    for args in [plain, named].concat() {
        let output = subject.asks(Fake::start(subject.transport, Fault::Refused).addr()).args(args).run();
        assert_plugin_output(subject.service(), &output);
        assert_eq!(output.state(), State::Unknown, "{output:?}");
        said.push(output.text());
    }
    assert!(said[5].contains("--help lists all metrics"), "{said:?}");
    assert!(said[6].contains("--help lists all findings"), "{said:?}");
}

fn assert_judged(subject: &Subject, fault: Fault) -> Output {
    let server = Fake::start(subject.transport, fault);
    let output = subject.asks(server.addr()).run();
    assert_plugin_output(subject.service(), &output);
    assert_eq!(output.state(), State::Critical, "{fault:?}: {output:?}");
    assert!(output.text().contains(&server.addr().to_string()), "{fault:?} is whose? {output:?}");
    assert!(output.peak_rss_bytes.is_none_or(|bytes| bytes < MEMORY), "{fault:?}: {output:?}");
    output
}

fn a_server_at_fault_is_critical(subject: &Subject) {
    for fault in [Fault::Refused, Fault::Silent, Fault::Drip, Fault::ClosesAtOnce, Fault::Flood, Fault::Garbage] {
        assert_judged(subject, fault);
    }
}

fn verbosity_changes_neither_state_nor_perfdata(subject: &Subject) {
    let server = Fake::start(subject.transport, Fault::Refused);
    let quiet = subject.asks(server.addr()).run();
    let loud = subject.asks(server.addr()).arg("-vvv").run();
    assert!(loud.stdout.contains('|') && loud.stdout.len() >= quiet.stdout.len(), "{loud:?}");
    let perfdata = |output: &Output| parse_check_output(&output.stdout).1;
    assert_eq!((quiet.state(), perfdata(&quiet)), (loud.state(), perfdata(&loud)));
}

fn nobody_listening_changes_nothing(subject: &Subject) {
    let server = Fake::start(subject.transport, Fault::Refused);
    let output = subject.asks(server.addr()).closed_stdout().run();
    assert_eq!((output.state(), output.stderr.as_str()), (State::Critical, ""));
}

/// The kernel sends SIGXCPU when the limit of CPU time is used up.
fn a_signal_half_way_is_one_line(subject: &Subject) {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGXCPU] {
        let server = Fake::start(subject.transport, Fault::Silent);
        let plugin = subject.asks(server.addr()).spawn();
        server.await_contact();
        plugin.signal(signal);
        let output = plugin.wait();
        assert_plugin_output(subject.service(), &output);
        assert_eq!(output.state(), State::Unknown);
        assert_eq!(output.text().lines().count(), 1);
        let said = output.first_line();
        let expected = format!("stopped by {signal} while asking");
        assert!(said.contains(&expected) && said.contains(&server.addr().to_string()), "{said}");
    }
}

/// A core dump would hold the secrets.
fn no_core_dump_is_left(subject: &Subject) {
    let directory = Scratch::new();
    let server = Fake::start(subject.transport, Fault::Silent);
    let plugin = subject.asks(server.addr()).cwd(directory.directory("cwd")).with_core_dumps().spawn();
    server.await_contact();
    plugin.signal(Signal::SIGABRT);
    let output = plugin.wait();
    assert_eq!(output.signal, Some(Signal::SIGABRT as i32), "{output:?}");
    assert!(!output.core_dumped, "{output:?}");
}

/// The kernel sends SIGXFSZ to who would write a longer file.
fn a_limit_of_file_sizes_ends_nothing(subject: &Subject) {
    let server = Fake::start(subject.transport, Fault::Refused);
    let expected = subject.asks(server.addr()).run();
    let limited = subject.asks(server.addr()).limit_fsize(0).run();
    assert_plugin_output(subject.service(), &limited);
    assert_eq!((limited.state(), limited.first_line()), (expected.state(), expected.first_line()));
    let silent = Fake::start(subject.transport, Fault::Silent);
    let plugin = subject.asks(silent.addr()).spawn();
    silent.await_contact();
    plugin.signal(Signal::SIGXFSZ);
    let output = plugin.wait();
    assert_plugin_output(subject.service(), &output);
    assert_eq!(output.state(), State::Critical, "{output:?}");
}

fn secrets_are_shown_nowhere(subject: &Subject) {
    let Some(variable) = subject.secret else { return };
    for fault in [Fault::Silent, Fault::Garbage] {
        let server = Fake::start(subject.transport, fault);
        let plugin = subject.asks(server.addr()).arg("-vvv").env(variable, SECRET).spawn();
        let arguments = plugin.command_line();
        server.await_contact();
        let output = plugin.wait();
        assert!(!format!("{arguments:?}{output:?}").contains(SECRET), "{arguments:?} {output:?}");
    }
}

fn the_surroundings_do_not_matter(subject: &Subject) {
    let server = Fake::start(subject.transport, Fault::Refused);
    let expected = subject.asks(server.addr()).run().first_line();
    let turkish = subject.asks(server.addr()).env("LANG", "tr_TR.UTF-8").env("LC_ALL", "tr_TR.UTF-8").run();
    let read_only_home = subject.asks(server.addr()).env("HOME", "/proc").cwd("/proc").run();
    let noisy = subject.asks(server.addr()).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").run();
    for output in [turkish, read_only_home, noisy] {
        assert_plugin_output(subject.service(), &output);
        assert_eq!(output.first_line(), expected);
    }
}

/// From the fewest with which a program finds its libraries to what is enough for anything that is asked here.
const DESCRIPTORS: RangeInclusive<u64> = 4..=14;

/// Whatever is known of the server is judged; a limit of ours is ours, and is named.
fn few_descriptors_are_our_fault_or_enough(subject: &Subject) {
    let server = Fake::start(subject.transport, Fault::Refused);
    let mut states = Vec::new();
    for host in subject.hosts(server.addr()) {
        for descriptors in DESCRIPTORS {
            let output = subject.asks_at(&host).limit_nofile(descriptors).run();
            states.push(assert_ours_or_enough(subject, &output, &host, "ulimit -n"));
        }
        assert_eq!(states.last(), Some(&State::Critical), "the last is enough: {states:?}");
    }
    assert!(states.contains(&State::Unknown), "{states:?}");
}

#[track_caller]
fn assert_ours_or_enough(subject: &Subject, output: &Output, host: &str, limit: &str) -> State {
    assert_plugin_output(subject.service(), output);
    let text = output.text();
    assert!(!text.contains("internal error") && !text.contains("resolve"), "{output:?}");
    match output.state() {
        State::Critical => assert!(text.contains(host) && text.contains("connection refused"), "{output:?}"),
        State::Unknown => assert!(text.contains(limit), "{output:?}"),
        state => panic!("{state:?}: {output:?}"),
    }
    output.state()
}

/// A thread looks up the name: where none can be had, that is our side's fault.
fn few_threads_are_our_fault_or_enough(subject: &Subject) {
    let server = Fake::start(subject.transport, Fault::Refused);
    for host in subject.hosts(server.addr()) {
        // One to work, one to watch the time, and one to look up a name.
        let enough = if host.starts_with("localhost") { 3 } else { 2 };
        for threads in 1..=3 {
            let Some(plugin) = subject.asks_at(&host).limit_threads(threads) else {
                println!("skipped: the plugin cannot be run as another user here");
                return;
            };
            let output = plugin.run();
            let state = assert_ours_or_enough(subject, &output, &host, "ulimit -u");
            assert_eq!(state == State::Critical, threads >= enough, "{threads}: {output:?}");
        }
    }
}

/// The addresses are nobody's (RFC 5737, RFC 3849).
fn a_host_without_a_route_accuses_nobody(subject: &Subject) {
    for host in ["192.0.2.1", "[2001:db8::1]"] {
        let Some(plugin) = subject.asks_at(host).without_network() else {
            println!("skipped: no network can be taken away here");
            return;
        };
        let output = plugin.run();
        assert_plugin_output(subject.service(), &output);
        assert_eq!(output.state(), State::Unknown, "{output:?}");
        assert!(output.first_line().contains("this host has no route there"), "{output:?}");
    }
}

macro_rules! contract {
    ($($plugin:ident: $subject:ident => $($clause:ident),+;)+) => {
        $(mod $plugin {
            $(#[test]
            fn $clause() {
                super::$clause(&super::$subject);
            })+
        })+

        #[test]
        fn every_plugin_is_under_the_contract() {
            let known: Vec<_> = PLUGINS.iter().map(|plugin| plugin.name).collect();
            assert_eq!([$($subject.name),+], *known);
        }
    };
    (every: $($clause:ident),+ $(,)?) => {
        contract! {
            check_galera: GALERA => $($clause),+;
            check_consul_service: CONSUL_SERVICE => $($clause),+;
            check_split_dns: SPLIT_DNS => $($clause),+;
        }
    };
}

contract! { every:
    help_and_version_are_unknown,
    wrong_usage_is_one_sentence,
    a_server_at_fault_is_critical,
    verbosity_changes_neither_state_nor_perfdata,
    nobody_listening_changes_nothing,
    a_signal_half_way_is_one_line,
    no_core_dump_is_left,
    a_limit_of_file_sizes_ends_nothing,
    secrets_are_shown_nowhere,
    the_surroundings_do_not_matter,
    few_descriptors_are_our_fault_or_enough,
    few_threads_are_our_fault_or_enough,
    a_host_without_a_route_accuses_nobody,
    hostile_text_writes_nothing_of_its_own,
    a_home_is_found_without_home,
    a_refused_history_is_told,
    a_wish_without_history_is_refused,
}
