//! Tests the runner with tools that every system has.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use test_support::oracle::State;
use test_support::plugin::{Output, Plugin};

const MIB: u64 = 1024 * 1024;

fn shell(script: &str) -> Plugin {
    Plugin::new("/bin/sh").args(["-c", script])
}

fn printed(text: &str) -> Output {
    Plugin::new("/usr/bin/printf").args(["%b", text]).run()
}

#[test]
fn both_streams_and_the_exit_code_are_kept_apart() {
    let output = shell("echo out; echo err >&2; exit 2").run();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("out\n", "err\n"));
    assert_eq!((output.code, output.signal), (Some(2), None));
    assert_eq!(output.state(), State::Critical);
}

#[test]
fn standard_input_is_empty() {
    assert_eq!(Plugin::new("/bin/cat").run().stdout, "");
}

#[test]
fn the_environment_has_only_the_set_variables() {
    assert_eq!(Plugin::new("/usr/bin/env").env("A", "b").run().stdout, "A=b\n");
    assert_eq!(Plugin::new("/usr/bin/env").limit_nofile(99).run().stdout, "");
}

#[test]
fn the_plugin_runs_in_the_given_directory() {
    assert_eq!(Plugin::new("/bin/pwd").cwd("/").run().stdout, "/\n");
}

#[test]
fn descriptors_can_be_limited() {
    assert_eq!(shell("ulimit -n; echo \"$1\"").args(["x", "arg"]).limit_nofile(17).run().stdout, "17\narg\n");
}

#[test]
fn file_sizes_can_be_limited() {
    let output = shell("ulimit -f; ulimit -n").limit_fsize(1024).limit_nofile(17).run();
    assert_eq!(output.stdout, "2\n17\n", "in blocks of 512 bytes");
}

#[test]
fn threads_are_limited_for_a_separate_user() {
    let Some(plugin) =
        shell("id -u; grep 'Max processes' /proc/self/limits; ulimit -n").limit_nofile(17).limit_threads(7)
    else {
        println!("skipped: nothing can be run as another user here");
        return;
    };
    let stdout = plugin.run().stdout;
    let [user, threads, descriptors] = stdout.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(user.parse::<u32>().unwrap() >= 100_000, "{stdout}");
    assert_eq!((threads.split_whitespace().nth(2), descriptors), (Some("7"), "17"), "{stdout}");
    let another = shell("id -u").limit_threads(7).unwrap().run().stdout;
    assert_ne!(another.trim_end(), user);
}

#[test]
fn a_network_can_be_taken_away() {
    let Some(plugin) = Plugin::new("/bin/cat").arg("/proc/net/dev").without_network() else {
        println!("skipped: no network can be taken away here");
        return;
    };
    let stdout = plugin.run().stdout;
    assert_eq!(stdout.matches(':').count(), 1, "the loopback interface alone: {stdout}");
}

#[test]
fn a_closed_stdout_breaks_each_write() {
    let output = shell("trap '' PIPE; echo lost; exit $?").closed_stdout().run();
    assert_eq!(output.stdout, "");
    assert_eq!(output.code, Some(1));
    assert_eq!(shell("echo lost").closed_stdout().run().signal, Some(13));
}

#[test]
fn sigterm_reaches_the_plugin() {
    let running = Plugin::new("/bin/sleep").arg("60").spawn();
    running.terminate();
    let output = running.wait();
    assert_eq!((output.code, output.signal), (None, Some(15)));
}

#[test]
fn the_command_line_is_that_of_the_plugin() {
    let running = Plugin::new("/bin/sleep").arg("60").spawn();
    assert_eq!(running.command_line(), ["/bin/sleep", "60"]);
}

#[test]
fn a_dropped_plugin_is_killed() {
    let running = Plugin::new("/bin/sleep").arg("60").spawn();
    let process = format!("/proc/{}", running.pid());
    assert!(Path::new(&process).exists());
    drop(running);
    assert!(!Path::new(&process).exists());
}

#[test]
fn a_plugin_over_its_limit_is_killed_and_fails_the_test() {
    let running = shell("echo so far; exec sleep 60").limit(Duration::from_millis(50)).spawn();
    let process = format!("/proc/{}", running.pid());
    let panic = catch_unwind(AssertUnwindSafe(|| running.wait())).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.starts_with("still running after 50ms, with stdout \"so far\\n\""), "{message}");
    assert!(!Path::new(&process).exists());
}

#[test]
#[should_panic(expected = r#"stdout is not UTF-8: "a\\xff""#)]
fn output_that_is_not_utf_8_fails_the_test() {
    printed("a\\0377");
}

#[test]
fn peak_memory_is_that_of_the_plugin() {
    let sleeping = Plugin::new("/bin/sleep").arg("60").spawn();
    sleeping.terminate();
    let small = sleeping.wait().peak_rss_bytes;
    assert!(small.is_some_and(|bytes| (1..8 * MIB).contains(&bytes)), "{small:?}");
    // The second `head` keeps the shell and its 20 MB alive for many measurements.
    let script = r"x=$(head -c 20000000 /dev/zero | tr '\0' x); head -c ${#x}00 /dev/zero >/dev/null";
    let large = shell(script).run().peak_rss_bytes;
    assert!(large.is_some_and(|bytes| bytes > 19 * MIB), "{large:?}");
}

#[test]
fn the_output_is_read_as_icinga_does() {
    let output = printed("OK: fine | 'a b'=1s;2;;0;\\nlonger");
    assert_eq!(output.first_line(), "OK: fine");
    assert_eq!(output.text(), "OK: fine \nlonger");
    let perfdata: Vec<_> = output.perfdata().iter().map(|item| (item.label.clone(), item.value, item.unit)).collect();
    assert_eq!(perfdata, [("a b".to_owned(), 1.0, "seconds")]);
}

#[test]
#[should_panic(expected = "Icinga rejects \"a=U\"")]
fn perfdata_that_icinga_rejects_fail_the_test() {
    printed("OK | a=U").perfdata();
}

#[test]
fn each_exit_code_is_a_state() {
    let state = |code: &str| shell(&format!("exit {code}")).run().state();
    assert_eq!(["0", "1", "2", "3"].map(state), [State::Ok, State::Warning, State::Critical, State::Unknown]);
}

#[test]
#[should_panic(expected = "no state")]
fn any_other_exit_code_fails_the_test() {
    shell("exit 101").run().state();
}
