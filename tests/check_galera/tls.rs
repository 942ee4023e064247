//! Encryption, and whom to trust.

use std::io::{self, Write};
use std::net::Shutdown;
use std::sync::Arc;

use rustls::ServerConfig;
use test_support::oracle::State;
use test_support::plugin::{Output, assert_says};
use test_support::server;
use test_support::tls::{Authority, Files, Identity};

use crate::mariadb::{MariaDb, Script, Then, greeting, receive, send};
use crate::{check, monitor};

fn node(config: Arc<ServerConfig>) -> MariaDb {
    Script::new([Then::healthy()]).tls(config).start()
}

/// Nodes whose certificates an authority has signed.
trait Nodes {
    /// One with a certificate for these names.
    fn node(&self, names: &[&str]) -> MariaDb;
}

impl Nodes for Files {
    fn node(&self, names: &[&str]) -> MariaDb {
        node(self.authority.issue(names).server(None))
    }
}

#[track_caller]
fn assert_encrypted(node: &MariaDb, output: &Output) {
    assert_says(output, State::Ok, "node1 synced");
    assert_eq!((node.plain_logins(), node.goodbyes()), (0, 1), "{output:?}");
}

#[track_caller]
fn assert_untrusted(node: &MariaDb, output: &Output, said: &str) {
    assert_says(output, State::Unknown, said);
    assert!(output.text().contains("no trusted TLS connection"), "{output:?}");
    assert!(node.login().is_empty(), "not even the account's name: {output:?}");
}

#[test]
fn a_server_without_tls_is_refused_only_when_tls_is_required() {
    for mode in ["required", "verify-ca", "verify-identity"] {
        let plain = MariaDb::healthy();
        let output = monitor(plain.address(), &["--ssl-mode", mode]);
        assert_untrusted(&plain, &output, "the server offers no TLS");
    }
    for mode in ["preferred", "disabled"] {
        let plain = MariaDb::healthy();
        assert_says(&monitor(plain.address(), &["--ssl-mode", mode]), State::Ok, "node1 synced");
        assert_eq!(plain.plain_logins(), 1);
    }
}

#[test]
fn without_verification_any_certificate_is_taken() {
    for mode in ["preferred", "required"] {
        for identity in [Identity::self_signed(&["elsewhere"]), Authority::new().issue_expired(&[])] {
            let node = node(identity.server(None));
            assert_encrypted(&node, &monitor(node.address(), &["--ssl-mode", mode]));
        }
    }
    let node = node(Identity::self_signed(&[]).server(None));
    assert_encrypted(&node, &monitor(node.address(), &[]));
    assert_says(&monitor(node.address(), &["--ssl-mode", "disabled"]), State::Ok, "node1 synced");
    assert_eq!(node.plain_logins(), 1);
}

#[test]
fn an_authority_that_is_not_trusted_is_no_fault_of_the_node() {
    let (files, other) = (Files::new(), Files::new());
    for mode in ["verify-ca", "verify-identity"] {
        let node = files.node(&["127.0.0.1"]);
        assert_encrypted(&node, &monitor(node.address(), &["--ssl-mode", mode, "--ssl-ca", &files.ca]));
        // Neither another authority, nor the public ones.
        for args in [&["--ssl-mode", mode, "--ssl-ca", &other.ca][..], &["--ssl-mode", mode]] {
            let node = files.node(&["127.0.0.1"]);
            assert_untrusted(&node, &monitor(node.address(), args), "from no authority that is trusted here");
        }
    }
}

#[test]
fn the_name_counts_only_when_it_is_verified() {
    let files = Files::new();
    for names in [&["db3.example.org"][..], &["*.example.org", "db4"], &["10.0.0.1", "fd00::1"]] {
        let node = files.node(names);
        assert_encrypted(&node, &monitor(node.address(), &["--ssl-mode", "verify-ca", "--ssl-ca", &files.ca]));
        let node = files.node(names);
        let output = monitor(node.address(), &["--ssl-mode", "verify-identity", "--ssl-ca", &files.ca]);
        assert_untrusted(&node, &output, &format!("its certificate is for another name: {}", names[0]));
    }
}

#[test]
fn the_name_is_the_one_that_was_asked() {
    let files = Files::new();
    let node = files.node(&["localhost"]);
    let output = check(&["-u", "monitor", "-H", "localhost", "-P", &node.port(), "--ssl-ca", &files.ca]).run();
    assert_encrypted(&node, &output);
}

#[test]
fn an_authority_alone_means_to_verify_the_name() {
    let files = Files::new();
    let node = files.node(&["elsewhere"]);
    assert_untrusted(&node, &monitor(node.address(), &["--ssl-ca", &files.ca]), "for another name: elsewhere");
    let options = files.file("alone.cnf", format!("[client]\nssl-ca={}\n", files.ca));
    assert_untrusted(&node, &monitor(node.address(), &["--defaults-file", &options]), "for another name: elsewhere");
}

#[test]
fn a_certificate_without_a_name_is_for_no_host() {
    let files = Files::new();
    let node = files.node(&[]);
    let output = monitor(node.address(), &["--ssl-ca", &files.ca]);
    assert_untrusted(&node, &output, "its certificate has no subjectAltName, so is for no name");
}

#[test]
fn a_certificate_that_has_expired_says_so() {
    let files = Files::new();
    for mode in ["verify-ca", "verify-identity"] {
        let node = node(files.authority.issue_expired(&["127.0.0.1"]).server(None));
        let output = monitor(node.address(), &["--ssl-mode", mode, "--ssl-ca", &files.ca]);
        assert_says(&output, State::Critical, "its certificate expired on 2001-01-01");
        assert!(output.text().contains("FLUSH SSL") && output.stdout.contains("'certificate_days'=0;"), "{output:?}");
    }
}

#[test]
fn a_client_certificate_is_shown_on_request() {
    let files = Files::new();
    let wants = || node(files.authority.issue(&["127.0.0.1"]).server(Some(&files.authority)));
    let client = files.authority.issue(&["monitor"]);
    let (cert, key) = files.identity("client", &client);
    let options = files.file("client.cnf", format!("[client]\nssl-cert={cert}\nssl-key={key}\nssl-ca={}\n", files.ca));
    for args in [&["--ssl-cert", &cert, "--ssl-key", &key][..], &["--defaults-file", &options]] {
        let node = wants();
        assert_encrypted(&node, &monitor(node.address(), args));
    }
    let node = wants();
    assert_untrusted(&node, &monitor(node.address(), &[]), "the server broke off the TLS handshake");
    let stranger = Identity::self_signed(&["monitor"]);
    let (cert, key) = files.identity("stranger", &stranger);
    let node = wants();
    let output = monitor(node.address(), &["--ssl-cert", &cert, "--ssl-key", &key]);
    assert_untrusted(&node, &output, "the server broke off the TLS handshake");
}

#[test]
fn files_that_hold_no_certificate_are_our_fault() {
    let files = Files::new();
    let client = files.authority.issue(&["monitor"]);
    let (cert, key) = files.identity("good", &client);
    let (empty, text) = (files.file("empty.pem", ""), files.file("text.pem", "no certificate\n"));
    for args in [
        &["--ssl-ca", &empty][..],
        &["--ssl-ca", &text],
        &["--ssl-ca", &key],
        &["--ssl-ca", "/nonexistent"],
        &["--ssl-cert", &cert],
        &["--ssl-key", &key],
        &["--ssl-cert", &cert, "--ssl-key", &empty],
        &["--ssl-cert", &cert, "--ssl-key", &cert],
        &["--ssl-cert", &empty, "--ssl-key", &key],
        &["--ssl-cert", &text, "--ssl-key", &key],
        &["--ssl-cert", &files.ca, "--ssl-key", &key],
    ] {
        let node = files.node(&["127.0.0.1"]);
        let output = monitor(node.address(), args);
        assert_eq!(output.state(), State::Unknown, "{args:?} {output:?}");
        assert!(node.login().is_empty(), "{args:?} {output:?}");
    }
}

#[test]
fn a_handshake_that_goes_nowhere_is_the_servers_fault() {
    let greets = |then: Vec<u8>| {
        server::replies(move |mut stream| -> io::Result<()> {
            send(&mut stream, 0, &greeting(true))?;
            receive(&mut stream)?;
            stream.write_all(&then)?;
            if !then.is_empty() {
                stream.shutdown(Shutdown::Write)?;
            }
            io::copy(&mut stream, &mut io::sink()).map(drop)
        })
    };
    let stall = greets(vec![]);
    assert_says(&monitor(stall.addr(), &["-t", "2"]), State::Critical, "no login within");
    for bytes in [&[0x55; 512][..], &[0x16, 3, 3, 0, 8, 2, 0, 0, 4, 1, 2, 3, 4], &[0x17, 3, 3, 0, 2, 1, 2]] {
        let garbage = greets(bytes.to_vec());
        let output = monitor(garbage.addr(), &["-t", "2"]);
        assert_says(&output, State::Critical, "does not speak the MariaDB protocol");
    }
}

#[test]
fn the_option_file_says_how_far_to_trust() {
    let files = Files::new();
    let elsewhere = |options: &str, args: &[&str]| {
        let node = files.node(&["elsewhere"]);
        let options = files.file("modes.cnf", format!("[client]\n{}\n", options.replace("{CA}", &files.ca)));
        (monitor(node.address(), &[&["--defaults-file", &options], args].concat()).state(), node.plain_logins())
    };
    for (options, args, state, plain) in [
        ("", &[][..], State::Ok, 0),
        ("ssl=1", &[], State::Ok, 0),
        ("skip-ssl", &[], State::Ok, 1),
        ("ssl-mode=DISABLED", &[], State::Ok, 1),
        ("ssl-mode=DISABLED\nssl-ca={CA}", &[], State::Ok, 1),
        ("ssl-mode=DISABLED", &["--ssl-mode", "required"], State::Ok, 0),
        ("ssl-ca={CA}", &[], State::Unknown, 0),
        ("ssl-ca={CA}", &["--ssl-mode", "required"], State::Ok, 0),
        ("ssl-ca={CA}\nssl-mode=VERIFY_CA", &[], State::Ok, 0),
        ("ssl-ca={CA}\nssl-verify-server-cert=0", &[], State::Ok, 0),
        ("ssl-verify-server-cert", &[], State::Unknown, 0),
    ] {
        assert_eq!(elsewhere(options, args), (state, plain), "{options:?} {args:?}");
    }
    let plain = MariaDb::healthy();
    let options = files.file("required.cnf", "[client]\nssl-mode=REQUIRED\n");
    let output = monitor(plain.address(), &["--defaults-file", &options]);
    assert_untrusted(&plain, &output, "the server offers no TLS");
}

/// Whom nobody verifies may have any name; `127.1` is an address to the resolver and no name to TLS.
#[test]
fn a_name_that_no_certificate_can_have_is_only_asked_without_verification() {
    let files = Files::new();
    for (args, state) in [
        (&[][..], State::Ok),
        (&["--ssl-mode", "required"], State::Ok),
        (&["--ssl-mode", "verify-ca", "--ssl-ca", &files.ca], State::Ok),
        (&["--ssl-ca", &files.ca], State::Unknown),
    ] {
        let node = files.node(&["127.0.0.1"]);
        let output = monitor(format!("127.1:{}", node.port()), args);
        assert_eq!((output.state(), node.plain_logins()), (state, 0), "{args:?} {output:?}");
    }
}
