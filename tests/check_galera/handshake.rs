//! Logins that no honest server would lead into.

use std::io;

use test_support::oracle::State;
use test_support::plugin::{Output, assert_says};
use test_support::tls::Files;

use crate::mariadb::{Answer, MariaDb, OK, Script, Then, Wire, addresses, error, receive, send};
use crate::{check, monitor};

/// Ends the login of a client that has a password in this way.
fn meet(then: fn(&mut dyn Wire) -> io::Result<()>) -> (MariaDb, Output) {
    let node = Script::new([Then::healthy()]).login(Then::Write(then)).start();
    let output = check(&["-u", "monitor", "-H", &node.address(), "-t", "2", "-vvv"]);
    let output = output.env("CHECK_GALERA_PASSWORD", "hunter2").run();
    assert!(!output.stdout.contains("hunter2"), "{output:?}");
    assert_eq!(output.stderr, "");
    (node, output)
}

/// A server may ask a client for a file: it gets none.
#[test]
fn no_file_is_given_away() {
    let node = MariaDb::start(Then::Write(|wire| send(wire, 1, b"\xfb/etc/passwd")));
    let output = check(&["-u", "monitor", "-H", &node.address(), "-t", "2", "-vvv"]).run();
    assert_says(&output, State::Critical, "does not speak the MariaDB protocol");
}

/// Nor the password in the clear.
#[test]
fn no_password_is_sent_in_the_clear() {
    let (_node, output) = meet(|wire| {
        send(wire, 2, b"\xfemysql_clear_password\0")?;
        let heard = receive(wire)?.1;
        assert!(!heard.windows(7).any(|bytes| bytes == b"hunter2"), "{heard:?}");
        Ok(())
    });
    assert_says(&output, State::Unknown, "the server wants the password in the clear");
}

#[test]
fn a_plugin_that_is_not_known_is_named() {
    let (_node, output) = meet(|wire| send(wire, 2, b"\xfenasty|plugin\0data"));
    assert_says(&output, State::Unknown, "is not supported");
    assert_eq!(output.stdout.matches('|').count(), 1, "{output:?}");
}

#[test]
fn the_password_format_before_mysql_4_1_is_refused() {
    let (_node, output) = meet(|wire| send(wire, 2, b"\xfemysql_old_password\0abcdefgh\0"));
    assert_says(&output, State::Unknown, "format before MySQL 4.1");
}

/// The driver panics about some of these; that is the server's fault all the same.
#[test]
fn an_exchange_that_makes_no_sense_ends_in_a_state() {
    let exchanges: [fn(&mut dyn Wire) -> io::Result<()>; 8] = [
        |wire| send(wire, 2, b""),
        |wire| send(wire, 2, b"\xff"),
        |wire| send(wire, 2, b"\x01\x04"),
        |wire| send(wire, 9, b"\0\0\0\x02\0\0\0"),
        |wire| send(wire, 2, b"\xfecaching_sha2_password\0").and_then(|()| then(wire, b"\x01\x04")),
        |wire| {
            send(wire, 2, b"\xfecaching_sha2_password\0abcdefghijklmnopqrst\0")?;
            then(wire, b"\x01\x04")?;
            then(wire, b"\x01no key")
        },
        |wire| send(wire, 2, b"\xfeparsec\0abc").and_then(|()| then(wire, b"P\0aaaaaaaaaaaaaaaaaa")),
        |wire| send(wire, 2, b"\xfeclient_ed25519\0").and_then(|()| then(wire, b"\xfeclient_ed25519\0")),
    ];
    for (number, exchange) in exchanges.into_iter().enumerate() {
        let (_node, output) = meet(exchange);
        assert_eq!(output.state(), State::Critical, "{number} {output:?}");
        assert!(!output.stdout.contains("internal error"), "{number} {output:?}");
        assert!(output.stdout.len() < 4096, "{number} {output:?}");
    }
}

/// 2^64-1 columns make the driver panic.
#[test]
fn a_node_that_the_driver_gives_up_leaves_the_others_to_be_judged() {
    let well = MariaDb::healthy();
    let hostile = MariaDb::start(Then::Write(|wire| send(wire, 1, b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff")));
    let output = monitor(addresses(&[well, hostile]), &[]);
    assert!(output.stdout.contains("the driver gave up") && output.stdout.contains("'members'=3;"), "{output:?}");
}

/// The next word after the client's.
fn then(wire: &mut dyn Wire, payload: &[u8]) -> io::Result<()> {
    let sequence = receive(wire)?.0;
    send(wire, sequence, payload)
}

/// A server that talks without end before it lets the client in.
#[test]
fn a_login_without_end_is_cut() {
    let (_node, output) = meet(|wire| {
        let mut next = 2_u8;
        loop {
            // Progress reports, which clients pass over.
            send(wire, next, b"\xff\xff\xff\x01\x02\x03\0\0\x02ab")?;
            next = next.wrapping_add(1);
        }
    });
    assert_says(&output, State::Critical, "does not speak the MariaDB protocol");
    assert!(output.peak_rss_bytes.is_some_and(|bytes| bytes < 64 << 20), "{output:?}");
}

/// `ed25519` answers a challenge of 32 random bytes. The driver loses a 0 at the end of it, so one right password in 256
/// is denied. The next challenge is another.
#[test]
fn a_login_that_the_driver_spoils_is_tried_once_more() {
    let node = Script::new([Then::healthy()]).logins([Then::Write(challenge_of_ed25519), Then::Write(let_in)]).start();
    let output = with_password(&node);
    assert_says(&output, State::Ok, "node1 synced");
    assert_eq!(node.plain_logins(), 2);
    let node = Script::new([Then::Hang]).login(Then::Write(challenge_of_ed25519)).start();
    assert_says(&with_password(&node), State::Unknown, "Access denied (1045)");
    assert_eq!(node.plain_logins(), 2, "a wrong password is tried no third time");
}

fn with_password(node: &MariaDb) -> Output {
    check(&["-u", "monitor", "-H", &node.address(), "-t", "2"]).env("CHECK_GALERA_PASSWORD", "hunter2").run()
}

/// Denies a signature of anything but the whole challenge, as a right password with the driver's fault gives it.
fn challenge_of_ed25519(wire: &mut dyn Wire) -> io::Result<()> {
    send(wire, 2, &[b"\xfeclient_ed25519\0".as_slice(), &[7; 31], &[0]].concat())?;
    let sequence = receive(wire)?.0;
    send(wire, sequence, &error(1045, "Access denied"))
}

fn let_in(wire: &mut dyn Wire) -> io::Result<()> {
    send(wire, 2, &OK)
}

/// `parsec` computes as many rounds as the server says. The other nodes are asked meanwhile, and judged.
#[test]
fn a_login_that_keeps_the_driver_computing_holds_up_no_other_node() {
    let compute: fn(&mut dyn Wire) -> io::Result<()> = |wire| {
        send(wire, 2, &[b"\xfeparsec\0".as_slice(), &[7; 32]].concat())?;
        then(wire, b"P\x13aaaaaaaaaaaaaaaaaa").and_then(|()| receive(wire).map(drop))
    };
    let busy = Script::new([Then::Hang]).login(Then::Write(compute)).start();
    let well = [0, 1].map(|index| MariaDb::saying(Answer::member(index, 3)));
    let nodes = format!("{},{}", busy.address(), addresses(&well));
    let output = check(&["-u", "monitor", "-H", &nodes, "-t", "5"]).env("CHECK_GALERA_PASSWORD", "hunter2").run();
    let text = output.text();
    for (index, node) in well.iter().enumerate() {
        assert!(text.contains(&format!("node{} {} synced", index + 1, node.address())), "{output:?}");
    }
    let reason = format!("{} is hung: the login kept this host computing", busy.address());
    assert!(text.contains(&reason), "{output:?}");
    assert_says(&output, State::Critical, "2 synced");
    // A node that is asked alone has the time limit of the process.
    let output = with_password(&busy);
    assert_says(&output, State::Unknown, &format!("time limit passed while asking {}", busy.address()));
}

/// The driver answers any plugin: a server that asks for the full exchange gets the password.
#[test]
fn without_verified_tls_the_details_say_who_could_have_the_password() {
    let rob: fn(&mut dyn Wire) -> io::Result<()> = |wire| {
        send(wire, 2, b"\xfecaching_sha2_password\0abcdefghijklmnopqrst\0")?;
        then(wire, b"\x01\x04")?;
        assert_eq!(receive(wire)?.1, b"hunter2\0");
        Ok(())
    };
    let files = Files::new();
    let robber = || {
        let config = files.authority.issue(&["localhost"]).server(None);
        Script::new([Then::Hang]).login(Then::Write(rob)).tls(config).start()
    };
    let (open, verified) = (robber(), robber());
    let ask = |node: &MariaDb, args: &[&str]| {
        let plugin = check(&["-u", "monitor", "-H", &node.address(), "-t", "2", "-v"]).args(args);
        plugin.env("CHECK_GALERA_PASSWORD", "hunter2").run()
    };
    let said = |node: &MariaDb| {
        format!("the password could have been read by whoever answers at {}: no verified TLS", node.address())
    };
    let output = ask(&open, &[]);
    assert!(output.text().contains(&said(&open)), "{output:?}");
    // Its certificate is for another name.
    let output = ask(&verified, &["--ssl-mode", "verify-identity", "--ssl-ca", &files.ca]);
    assert!(!output.text().contains("the password could"), "{output:?}");
    assert!(verified.login().is_empty(), "a server that is not verified hears no login");
}
