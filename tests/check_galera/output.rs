//! What is shown, and to whom.

use check_galera::CATALOGUE;
use test_support::oracle::State;
use test_support::plugin::{Output, assert_says};
use test_support::scratch::Scratch;
use test_support::server;

use crate::mariadb::{Answer, MariaDb, Script, Then, addresses};
use crate::{ask, check, monitor};

/// The perfdata by which runs can be compared: no times.
fn values(output: &Output) -> Vec<(String, String)> {
    let values = output.perfdata().into_iter().filter(|value| !value.label.ends_with("_time"));
    values.map(|value| (value.label.clone(), format!("{value:?}"))).collect()
}

#[test]
fn verbosity_does_not_change_the_verdict() {
    let gone = server::refused();
    let nodes = [MariaDb::saying(Answer::member(0, 3)), MariaDb::saying(Answer::member(1, 3))];
    let all = format!("{},{}", addresses(&nodes), gone.addr());
    let quiet = monitor(&all, &[]);
    assert_eq!(quiet.state(), State::Warning, "{quiet:?}");
    let mut before = quiet.text().lines().count();
    for verbosity in ["-v", "-vv", "-vvv"] {
        let output = monitor(&all, &[verbosity]);
        assert_eq!((output.state(), output.first_line()), (quiet.state(), quiet.first_line()));
        assert_eq!(values(&output), values(&quiet));
        let lines = output.text().lines().count();
        assert!(lines > before || verbosity == "-v", "{output:?}");
        before = lines;
    }
}

#[test]
fn raw_values_are_shown_at_the_highest_verbosity_alone() {
    let options = "gcs.fc_limit = 16; pc.weight = 1";
    let node = MariaDb::saying(Answer::healthy().with("wsrep_provider_options", options));
    let address = node.address();
    let text = monitor(&address, &["-vvv"]).text();
    for line in ["wsrep_cluster_size = 3", "wsrep_provider = libgalera_smm.so", "provider option pc.weight = 1"] {
        assert!(text.contains(&format!("{address}: {line}")), "{line} {text}");
    }
    let text = monitor(&address, &["-vv"]).text();
    assert!(!text.contains("wsrep_cluster_size"), "{text}");
    let asked = format!("{address}: asked SHOW GLOBAL STATUS and VARIABLES: Primary, size 3");
    assert!(text.contains(&asked), "{text}");
    assert!(!monitor(&address, &["-v"]).text().contains("asked SHOW"));
}

#[test]
fn perfdata_per_node_are_printed_on_request() {
    let node = |index: u8, name: &str| {
        let answer = Answer::member(index, 2).with("wsrep_node_name", name).with("wsrep_local_recv_queue", "4");
        MariaDb::saying(answer.with("wsrep_last_committed", "100"))
    };
    let nodes = [node(0, "db-1.example"), node(1, "db 2|x")];
    let output = monitor(addresses(&nodes), &["--perfdata-per-node"]);
    let labels: Vec<_> = output.perfdata().into_iter().map(|value| value.label).collect();
    for node in ["db_1_example", "db_2_x"] {
        for metric in ["state", "recv_queue", "last_committed"] {
            assert!(labels.contains(&format!("{metric}_{node}")), "{metric} {labels:?}");
        }
    }
    assert!(output.stdout.contains("'state_db_1_example'=4;"), "{output:?}");
    let without = monitor(addresses(&nodes), &[]);
    assert!(!without.stdout.contains("_state'"), "{without:?}");
    assert_eq!(values(&without), values(&output)[..values(&without).len()], "they come last");
}

#[test]
fn the_help_names_everything_that_can_be_set() {
    let help = check(&["--help"]).run();
    assert_eq!(help.state(), State::Unknown);
    let named = |id: &str| {
        help.stdout
            .lines()
            .any(|line| line.split_whitespace().next().map(|word| word.trim_end_matches(':')) == Some(id))
    };
    for id in CATALOGUE.metrics.iter().map(|spec| spec.id).chain(CATALOGUE.findings.iter().map(|spec| spec.id)) {
        assert!(named(id), "{id}");
    }
    let version = check(&["--version"]).run();
    assert_eq!(
        (version.state(), version.stdout.trim_end()),
        (State::Unknown, concat!("check_galera ", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn wrong_usage_is_one_line_and_tells_no_secret() {
    for args in [
        &["-p", "hunter2"][..],
        &["-phunter2"],
        &["--password=hunter2"],
        &["-H", "a", "-S", "/b"],
        &["--port", "0"],
        &["--extra-port", "70000"],
        &["--expect", "0"],
        &["--sample", "0"],
        &["--recheck", "-1"],
        &["--ssl-mode", "some"],
        &["--mode", "all"],
        &["-w", "nonsense=1:"],
        &["--severity", "nonsense=ok"],
        &["-t", "0"],
    ] {
        let output = check(args).run();
        assert_eq!(output.state(), State::Unknown, "{args:?} {output:?}");
        // A remedy, such as the known names, has a line of its own.
        let rest: Vec<_> = output.stdout.lines().skip(1).filter(|line| !line.starts_with("-> ")).collect();
        assert!(rest.is_empty(), "{args:?} {output:?}");
        assert!(!output.stdout.contains("hunter2"), "{args:?} {output:?}");
    }
}

/// Every user of the host sees the arguments of a process.
#[test]
fn a_password_in_the_arguments_is_refused_with_the_way_out() {
    for args in [
        &["-phunter2"][..],
        &["-p", "hunter2"],
        &["-p"],
        &["--password=hunter2"],
        &["--password", "hunter2"],
        &["--mode", "readiness", "-phunter2"],
    ] {
        let output = check(&["-u", "monitor", "-H", "127.0.0.1"]).args(args).run();
        let said = "a password in the arguments is visible to every user of this host; give --password-file FILE";
        assert_says(&output, State::Unknown, said);
        assert!(!output.stdout.contains("hunter2"), "{args:?} {output:?}");
    }
    assert!(!check(&["--help"]).run().stdout.contains("--password "));
}

#[test]
fn no_secret_is_shown_at_any_verbosity() {
    let scratch = Scratch::new();
    let password = scratch.file("shown", "hunter3\n");
    let options = scratch.file("shown.cnf", "[client]\npassword=hunter4\n");
    let denied = Script::new([Then::Hang]).login(Then::Fail(1045, "Access denied")).start();
    for node in [&MariaDb::healthy(), &denied, &MariaDb::start(Then::Hang)] {
        let args = ["-u", "monitor", "-t", "2", "-vvv", "-H", &node.address()];
        for output in [
            check(&args).env("CHECK_GALERA_PASSWORD", "hunter1").env("MYSQL_PWD", "hunter2").run(),
            check(&args).args(["--password-file", &password]).run(),
            check(&args).args(["--defaults-file", &options]).run(),
        ] {
            assert!(!output.stdout.contains("hunter"), "{output:?}");
            assert!(!node.login().windows(6).any(|bytes| bytes == b"hunter"), "scrambled");
        }
    }
}

#[test]
fn a_severity_and_a_threshold_overrule_the_defaults() {
    let node = MariaDb::saying(Answer::healthy().with("read_only", "ON"));
    assert_says(&ask(node.address()), State::Warning, "read_only");
    let args = ["--severity", "node-read-only=ok"];
    assert_says(&monitor(node.address(), &args), State::Ok, "GALERA is OK");
    assert_says(&monitor(MariaDb::healthy().address(), &["-c", "members=4:"]), State::Critical, "3");
}
