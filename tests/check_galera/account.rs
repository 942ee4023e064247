//! As whom the check logs in, and what its files say about it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use test_support::oracle::State;
use test_support::plugin::assert_says;
use test_support::scratch::Scratch;
use test_support::server;

use crate::mariadb::{self, MariaDb};
use crate::{ask, check};

/// The same password by every way in which it can be given, and none on the command line.
#[test]
fn the_password_comes_from_file_environment_or_option_file() {
    let scratch = Scratch::new();
    let node = MariaDb::healthy();
    let address = node.address();
    let (password, other) = (scratch.file("password", "hunter2\n"), scratch.file("other", "other\n"));
    let options = scratch.file("options.cnf", "[client]\nuser=monitor\npassword=hunter2\n");
    let (password, other, options) = (password.as_str(), other.as_str(), options.as_str());
    let host = ["-H", &address, "-vvv"];
    let ways = [
        check(&host).args(["-u", "monitor", "--password-file", password]),
        check(&host).args(["-u", "monitor"]).env("CHECK_GALERA_PASSWORD", "hunter2").env("MYSQL_PWD", "other"),
        check(&host).args(["-u", "monitor"]).env("MYSQL_PWD", "hunter2"),
        check(&host).args(["--defaults-file", options]),
        check(&host).args(["--defaults-file", options, "-u", "monitor"]),
    ];
    let mut logins = Vec::new();
    for way in ways {
        let output = way.run();
        assert_eq!(output.state(), State::Ok, "{output:?}");
        assert!(!output.stdout.contains("hunter2"), "{output:?}");
        logins.push(node.login());
    }
    logins.dedup();
    assert_eq!(logins.len(), 1, "the same answer to the same challenge");
    check(&host).args(["-u", "monitor", "--password-file", other]).run();
    assert_ne!(node.login(), logins[0], "another password must give another answer");
}

#[test]
fn the_option_file_of_the_user_is_found() {
    let node = MariaDb::healthy();
    let (host, port) = node.address().rsplit_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).unwrap();
    let home = Scratch::new();
    fs::write(home.join(".my.cnf"), format!("[check_galera]\nuser=monitor\nhost={host}\nport={port}\n")).unwrap();
    assert_says(&check(&[]).env("HOME", &*home).run(), State::Ok, "GALERA is OK: a cluster of 3, node1 synced");
}

#[test]
fn our_own_files_are_our_fault() {
    let scratch = Scratch::new();
    let malformed = scratch.file("malformed.cnf", "[client\n");
    let bom = scratch.file("bom.cnf", "\u{feff}[client]\nuser=monitor\n");
    let before = scratch.file("before.cnf", "# account\nuser=monitor\n");
    let open = scratch.file("open.cnf", "[client]\nuser=monitor\n");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o666)).unwrap();
    let includes = scratch.file("includes.cnf", format!("!include {open}\n"));
    for (args, said) in [
        (["--defaults-file", "/nonexistent"], "cannot read /nonexistent: no such file"),
        (["--defaults-file", &malformed], "malformed.cnf line 1 is malformed"),
        (["--defaults-file", &bom], "bom.cnf line 1 begins with a byte order mark (BOM)"),
        (["--defaults-file", &before], "before.cnf line 2 has an option before any group"),
        (["--defaults-file", &open], "open.cnf is world-writable"),
        (["--defaults-file", &includes], "open.cnf is world-writable"),
        (["--password-file", "/nonexistent"], "/nonexistent"),
    ] {
        assert_says(&check(&["-u", "monitor"]).args(args).run(), State::Unknown, said);
    }
    assert_says(&check(&["-H", "127.0.0.1"]).run(), State::Unknown, "no account to log in with; give --user");
}

#[test]
fn why_the_users_own_file_gives_no_account() {
    let home = Scratch::new();
    let says = |content: &str, said: &str| {
        home.file(".my.cnf", content);
        let output = check(&["-H", "127.0.0.1"]).env("HOME", &*home).run();
        assert_says(
            &output,
            State::Unknown,
            &format!("no account to log in with: {}/.my.cnf has no {said}", home.display()),
        );
    };
    says(
        "[mysql]\nuser=monitor\n",
        "group [client], [client-server], [client-mariadb] or [check_galera], only [mysql]",
    );
    says("[client]\npassword=x\n", "user= in [client]");
    // Options for another program are no fault.
    let node = MariaDb::healthy();
    home.file(".my.cnf", "[mysql]\nprompt=x\n");
    let output = check(&["-u", "monitor", "-H", &node.address()]).env("HOME", &*home).run();
    assert_says(&output, State::Ok, "node1 synced");
}

/// The client connects to the same socket; a node without one is down, unless another path is meant.
#[test]
fn localhost_without_a_port_is_the_socket() {
    let scratch = Scratch::new();
    let socket = scratch.join("missing.sock");
    let options = scratch.file("socket.cnf", format!("[client]\nuser=monitor\nsocket={}\n", socket.display()));
    for host in [&[][..], &["-H", "localhost"]] {
        let output = check(&["--defaults-file", &options]).args(host).run();
        assert_says(&output, State::Critical, &format!("{}: no such file", socket.display()));
        assert!(output.text().contains("give its socket with -S, or its port with -P"), "{output:?}");
    }
    let node = MariaDb::healthy();
    let output = check(&["--defaults-file", &options, "-H", "localhost", "-P", &node.port()]).run();
    assert_says(&output, State::Ok, "node1 synced");
}

#[test]
fn a_login_that_is_denied_is_ours() {
    for (code, said) in [(1130, "Host is not allowed"), (1129, "Host is blocked")] {
        assert_says(&ask(mariadb::refuses(code, said).addr()), State::Unknown, &format!("{said} ({code})"));
    }
    for code in [1044, 1045, 1251, 1524, 1698, 1820, 1862, 4151] {
        let node = mariadb::denies(code, "Access denied for user 'monitor'");
        assert_says(&ask(node.address()), State::Unknown, &format!("Access denied for user 'monitor' ({code})"));
        assert_eq!(node.statements(), [""; 0]);
    }
}

/// Where the node is comes from the file as well, so only who read it asks it.
#[test]
fn a_group_is_read_when_it_is_named() {
    let scratch = Scratch::new();
    let node = MariaDb::healthy();
    let section = format!("[galera-monitor]\nuser=monitor\nhost=127.0.0.1\nport={}\n", node.port());
    let options = scratch.file("group.cnf", &section);
    let output = check(&["--defaults-file", &options]).run();
    assert_says(
        &output,
        State::Unknown,
        "or [check_galera], only [galera-monitor]; name one of them with --defaults-group",
    );
    let output = check(&["--defaults-file", &options, "--defaults-group", "east"]).run();
    assert_says(&output, State::Unknown, "has no group [east], only [galera-monitor]");
    let output = check(&["--defaults-group", "galera-monitor"]).run();
    assert_says(&output, State::Unknown, "--defaults-group without an option file");
    let output = check(&["--defaults-file", &options, "--defaults-group", "galera-monitor"]).run();
    assert_says(&output, State::Ok, "node1 synced");
    assert_eq!(node.statements().len(), 2);
}

#[test]
fn an_option_file_includes_others() {
    let scratch = Scratch::new();
    let node = MariaDb::healthy();
    let (included, below) = (scratch.file("included.cnf", "[client]\nuser=monitor\n"), scratch.directory("conf.d"));
    fs::write(below.join("node.cnf"), format!("[check_galera]\nhost=127.0.0.1\nport={}\n", node.port())).unwrap();
    fs::write(below.join("node.cnf.orig"), "[check_galera]\nhost=192.0.2.1\n").unwrap();
    let options = scratch.file("includes.cnf", format!("!include {included}\n!includedir {}\n", below.display()));
    assert_says(&check(&["--defaults-file", &options]).run(), State::Ok, "node1 synced");
    let missing = scratch.file("missing.cnf", "[client]\nuser=monitor\n!includedir /nonexistent\n");
    assert_says(&check(&["--defaults-file", &missing]).run(), State::Unknown, "/nonexistent");
}

#[test]
fn an_argument_comes_before_the_file() {
    let scratch = Scratch::new();
    let (node, gone) = (MariaDb::healthy(), server::refused());
    let content = format!("[client]\nuser=other\nhost=127.0.0.1\nport={}\npassword=other\n", gone.addr().port());
    let options = scratch.file("before.cnf", content);
    let output = check(&["--defaults-file", &options, "-u", "monitor", "-P", &node.port()]).run();
    assert_says(&output, State::Ok, "node1 synced");
    assert!(node.login().windows(8).any(|bytes| bytes == b"monitor\0"), "{:?}", node.login());
}

#[test]
fn an_option_file_of_any_size_or_kind_does_no_harm() {
    let scratch = Scratch::new();
    let node = MariaDb::healthy();
    let long = format!("[client]\nuser=monitor\nsocket={}\n", "x".repeat(60_000));
    let loops = scratch.join("loops.cnf");
    let content = format!("[client]\nuser=monitor\n!include {}\n", loops.display());
    for options in [
        scratch.file("long.cnf", long),
        scratch.file("loops.cnf", content),
        scratch.file("binary.cnf", [0, 0xff, b'[', 0xfe]),
        "/dev/zero".to_owned(),
        scratch.to_str().unwrap().to_owned(),
    ] {
        let output = check(&["--defaults-file", &options, "-u", "monitor", "-H", &node.address()]).run();
        assert!(matches!(output.state(), State::Ok | State::Unknown), "{options} {output:?}");
        assert!(output.stdout.len() < 8192);
        let alone = check(&["--defaults-file", &options, "-P", "1"]).run();
        assert!(alone.stdout.len() < 8192, "{options}");
        alone.state();
    }
}
