//! The check as Icinga runs it: as a user whose home only the user database knows.

use std::process::Command;
use std::time::Duration;

use lab::Lab;
use test_support::oracle::State;
use test_support::plugin::Output;

/// Makes a user with an option file. No other process sees that user.
const USER: &str = r#"
    home=/run/lab/icinga
    rm -rf "$home" && mkdir "$home"
    cp /run/lab/client.cnf "$home/.my.cnf"
    cp "$(command -v check_galera)" "$home/check_galera"
    chown -R 424242:424242 "$home"
    echo "icinga:x:424242:424242::$home:/bin/false" > /run/lab/icinga.passwd
"#;

/// The environment is the one that Icinga 2.13 gives to a plugin under Debian's unit.
const AS_ICINGA: &str = r#"
    mount --bind /run/lab/icinga.passwd /etc/passwd
    exec env -i PATH="$PATH" LC_NUMERIC=C setpriv --reuid=424242 --regid=424242 --clear-groups \
        /run/lab/icinga/check_galera "$@"
"#;

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Output {
        code: output.status.code(),
        signal: None,
        core_dumped: false,
        stdout,
        stderr,
        elapsed: Duration::ZERO,
        peak_rss_bytes: None,
    }
}

fn check(lab: &Lab) -> Output {
    // Each word of the script is a command that must succeed.
    let script = ["-ec", AS_ICINGA, "check_galera", "-H", "127.0.0.11,127.0.0.12,127.0.0.13"];
    run(lab.command("unshare").args(["--mount", "sh"]).args(script))
}

#[test]
fn rates_are_there_from_the_second_run_on_and_the_first_says_that_they_will_be() {
    let lab = Lab::shared();
    assert!(lab.command("sh").args(["-ec", USER]).status().unwrap().success());
    let has_rates = |output: &Output| output.perfdata().iter().any(|value| value.label == "flow_control");
    let first = check(&lab);
    assert_eq!(first.state(), State::Ok, "{first:?}");
    assert!(first.text().contains("first run: rates and changes are known from the next run on"), "{first:?}");
    assert!(!has_rates(&first), "{first:?}");
    // A run within a second of the first has none yet, and takes none away.
    let second = (0..60).map(|_| check(&lab)).find(has_rates).expect("a run a second later has rates");
    assert_eq!(second.state(), State::Ok, "{second:?}");
    assert!(!second.text().contains("first run") && !second.text().contains("remembered"), "{second:?}");
}
