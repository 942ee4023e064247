//! Encryption, and whom to trust.

use std::io::{Read, Write};

use test_support::oracle::State;
use test_support::plugin::{Output, Plugin, assert_says};
use test_support::server::{self, HttpReply};
use test_support::tls::{Authority, Files, Identity};

use crate::consul::{Ask, Consul, Script, field};
use crate::{assert_shows, check, value};

/// Agents whose certificates an authority has signed.
trait Agents {
    /// One with a certificate for these names.
    fn consul(&self, names: &[&str]) -> Consul;

    /// One that wants a certificate from its clients.
    fn demanding(&self) -> Consul;
}

impl Agents for Files {
    fn consul(&self, names: &[&str]) -> Consul {
        shows(&self.authority.issue(names))
    }

    fn demanding(&self) -> Consul {
        Script::healthy().tls(self.authority.issue(&["127.0.0.1"]).server(Some(&self.authority))).start()
    }
}

fn shows(identity: &Identity) -> Consul {
    Script::healthy().tls(identity.server(None)).start()
}

fn secure(consul: &Consul, args: &[&str]) -> Plugin {
    check(&["--http-addr", &format!("https://{}", consul.addr()), "-t", "5"]).args(args)
}

#[track_caller]
fn assert_trusted(consul: &Consul, output: &Output) {
    assert_says(output, State::Ok, "3/3 passing");
    assert_eq!(consul.asked(Ask::Consistent), 1);
}

#[track_caller]
fn assert_untrusted(consul: &Consul, output: &Output, said: &str) {
    assert_says(output, State::Unknown, &format!("CONSUL is UNKNOWN: agent {} is not trusted: {said}", consul.addr()));
    assert_eq!(value(output, "agents_up"), None, "nobody knows: {output:?}");
    assert!(consul.heads().is_empty(), "not even the token: {:?}", consul.heads());
}

#[test]
fn an_authority_is_a_file_or_a_directory_of_them() {
    let files = Files::new();
    let directory = files.scratch.directory("authorities");
    files.file("authorities/one.pem", Authority::new().pem());
    files.file("authorities/two.pem", [Authority::new().pem(), files.authority.pem()].concat());
    std::fs::create_dir(directory.join("below")).unwrap();
    let directory = directory.to_str().unwrap();
    for (option, variable, path) in
        [("--ca-file", "CONSUL_CACERT", files.ca.as_str()), ("--ca-path", "CONSUL_CAPATH", directory)]
    {
        let consul = files.consul(&["127.0.0.1"]);
        assert_trusted(&consul, &secure(&consul, &[option, path]).run());
        let consul = files.consul(&["127.0.0.1"]);
        assert_trusted(&consul, &secure(&consul, &[]).env(variable, path).run());
        // The option counts.
        let consul = files.consul(&["127.0.0.1"]);
        assert_trusted(&consul, &secure(&consul, &[option, path]).env(variable, "/nonexistent").run());
    }
    // Of the two variables the file, as with Consul's own client.
    let consul = files.consul(&["127.0.0.1"]);
    let both = secure(&consul, &[]).env("CONSUL_CACERT", &files.ca).env("CONSUL_CAPATH", "/nonexistent");
    assert_trusted(&consul, &both.run());
}

#[test]
fn an_authority_that_is_not_trusted_is_told() {
    let (files, other) = (Files::new(), Files::new());
    for args in [&["--ca-file", &other.ca][..], &[]] {
        let consul = files.consul(&["127.0.0.1"]);
        let output = secure(&consul, args).env("CONSUL_HTTP_TOKEN", "hunter2-from-env").run();
        assert_untrusted(&consul, &output, "its certificate is from no authority that is trusted here");
        assert_shows(&output, "--ca-file");
    }
    let consul = shows(&Identity::self_signed(&["127.0.0.1"]));
    let output = secure(&consul, &["--ca-file", &files.ca]).run();
    assert_untrusted(&consul, &output, "its certificate is from no authority that is trusted here");
    let itself = Identity::self_signed_authority(&["127.0.0.1"]);
    let (consul, own) = (shows(&itself), files.file("own.pem", &itself.cert_pem));
    let output = secure(&consul, &["--ca-file", &own]).run();
    assert_untrusted(&consul, &output, "its certificate is that of an authority (CA:TRUE), not of a server");
}

#[test]
fn a_certificate_that_has_expired_says_so() {
    let files = Files::new();
    let consul = shows(&files.authority.issue_expired(&["127.0.0.1"]));
    assert_untrusted(&consul, &secure(&consul, &["--ca-file", &files.ca]).run(), "its certificate expired on ");
}

#[test]
fn a_certificate_for_another_name_tells_that_name() {
    let files = Files::new();
    for (names, said) in [
        (&["server.dc1.consul", "localhost"][..], "its certificate is for another name: server.dc1.consul, localhost"),
        (&["10.0.0.1"], "its certificate is for another name: 10.0.0.1"),
        (&[], "its certificate has no subjectAltName, so is for no name"),
    ] {
        let consul = files.consul(names);
        assert_untrusted(&consul, &secure(&consul, &["--ca-file", &files.ca]).run(), said);
    }
}

/// The certificates that `consul tls cert create` makes are for `server.dc1.consul`.
#[test]
fn the_name_of_the_certificate_may_be_given() {
    let files = Files::new();
    let name = "server.dc1.consul";
    let args = ["--ca-file", &files.ca, "--tls-server-name", name];
    let by_option = files.consul(&[name]);
    let by_variable = files.consul(&[name]);
    let by_both = files.consul(&[name]);
    for (consul, plugin) in [
        (&by_option, secure(&by_option, &args)),
        (&by_variable, secure(&by_variable, &args[..2]).env("CONSUL_TLS_SERVER_NAME", name)),
        (&by_both, secure(&by_both, &args).env("CONSUL_TLS_SERVER_NAME", "elsewhere")),
    ] {
        assert_trusted(consul, &plugin.run());
        // A proxy in front of the agent knows it by its own name.
        for head in consul.heads() {
            assert_eq!(field(&head, "Host"), Some(consul.address().as_str()), "{head}");
        }
    }
    for consul in [by_option, by_variable, by_both] {
        let names = consul.into_names();
        assert!(!names.is_empty() && names.iter().all(|told| told == name), "{names:?}");
    }
    let consul = files.consul(&["127.0.0.1"]);
    let output = secure(&consul, &args).run();
    assert_untrusted(&consul, &output, "its certificate is for another name: 127.0.0.1");
}

#[test]
fn a_name_of_a_certificate_is_nothing_to_an_agent_without_tls() {
    let consul = Consul::healthy();
    let output = check(&["-H", &consul.address(), "--tls-server-name", "server.dc1.consul"]).run();
    assert_says(&output, State::Ok, "3/3 passing");
    assert_eq!(field(&consul.heads()[0], "Host"), Some(consul.address().as_str()));
}

#[test]
fn a_client_certificate_is_shown_to_who_wants_one() {
    let files = Files::new();
    let (cert, key) = files.identity("client", &files.authority.issue(&["monitor"]));
    let options = ["--ca-file", &files.ca, "--client-cert", &cert, "--client-key", &key];
    let consul = files.demanding();
    assert_trusted(&consul, &secure(&consul, &options).run());
    let consul = files.demanding();
    let variables = secure(&consul, &options[..2]).env("CONSUL_CLIENT_CERT", &cert).env("CONSUL_CLIENT_KEY", &key);
    assert_trusted(&consul, &variables.run());
    let consul = files.demanding();
    let both = secure(&consul, &options).env("CONSUL_CLIENT_CERT", "/nonexistent").env("CONSUL_CLIENT_KEY", &key);
    assert_trusted(&consul, &both.run());
    // Nobody asked for it.
    let consul = files.consul(&["127.0.0.1"]);
    assert_trusted(&consul, &secure(&consul, &options).run());

    let consul = files.demanding();
    let output = secure(&consul, &options[..2]).run();
    assert_untrusted(&consul, &output, "the server broke off the TLS handshake: CertificateRequired");
    let (cert, key) = files.identity("stranger", &Identity::self_signed(&["monitor"]));
    let consul = files.demanding();
    let output = secure(&consul, &["--ca-file", &files.ca, "--client-cert", &cert, "--client-key", &key]).run();
    assert_untrusted(&consul, &output, "the server broke off the TLS handshake: ");
}

#[test]
fn files_that_are_no_use_are_our_fault() {
    let files = Files::new();
    let (cert, key) = files.identity("client", &files.authority.issue(&["monitor"]));
    let (_, other) = files.identity("other", &files.authority.issue(&["monitor"]));
    let (empty, text) = (files.file("empty.pem", ""), files.file("text.pem", "no certificate\n"));
    let nothing = files.scratch.directory("nothing");
    let pair = |cert, key| vec!["--ca-file", files.ca.as_str(), "--client-cert", cert, "--client-key", key];
    for args in [
        vec!["--ca-file", &empty],
        vec!["--ca-file", &text],
        vec!["--ca-file", &key],
        vec!["--ca-file", "/nonexistent"],
        vec!["--ca-path", "/nonexistent"],
        vec!["--ca-path", nothing.to_str().unwrap()],
        pair(&cert, &other),
        pair(&cert, &empty),
        pair(&cert, &cert),
        pair(&empty, &key),
        pair(&text, &key),
        pair("/nonexistent", &key),
        pair(&cert, "/nonexistent"),
    ] {
        let consul = files.consul(&["127.0.0.1"]);
        let output = secure(&consul, &args).run();
        assert_eq!(output.state(), State::Unknown, "{args:?} {output:?}");
        assert!(consul.heads().is_empty(), "{args:?} {output:?}");
    }
    let consul = files.consul(&["127.0.0.1"]);
    for (variable, file) in [("CONSUL_CLIENT_CERT", &cert), ("CONSUL_CLIENT_KEY", &key)] {
        let output = secure(&consul, &[]).env(variable, file).run();
        assert_says(&output, State::Unknown, "only one of $CONSUL_CLIENT_CERT and $CONSUL_CLIENT_KEY is set");
    }
    assert_eq!(consul.accepted(), 0);
}

/// `CONSUL_HTTP_SSL` is never given up, not even for an address that says otherwise.
#[test]
fn the_environment_may_ask_for_tls() {
    let files = Files::new();
    for address in ["", "http://", "https://"] {
        for truth in ["1", "true", "T", "TRUE"] {
            let consul = files.consul(&["127.0.0.1"]);
            let address = format!("{address}{}", consul.addr());
            let plugin = check(&["--ca-file", &files.ca]).env("CONSUL_HTTP_SSL", truth);
            assert_trusted(&consul, &plugin.env("CONSUL_HTTP_ADDR", &address).run());
        }
    }
    let consul = files.consul(&["127.0.0.1"]);
    let output = check(&["--ca-file", &files.ca, "-H", &consul.address()]).env("CONSUL_HTTP_SSL", "true").run();
    assert_trusted(&consul, &output);
    for lie in ["0", "false", "F"] {
        let consul = files.consul(&["127.0.0.1"]);
        assert_trusted(&consul, &secure(&consul, &["--ca-file", &files.ca]).env("CONSUL_HTTP_SSL", lie).run());
        let plain = Consul::healthy();
        assert_trusted(&plain, &check(&["-H", &plain.address()]).env("CONSUL_HTTP_SSL", lie).run());
    }
}

#[test]
fn the_environment_may_trust_anybody() {
    for identity in [
        Identity::self_signed(&["elsewhere"]),
        Authority::new().issue_expired(&["127.0.0.1"]),
        Authority::new().issue(&[]),
    ] {
        for lie in ["false", "0"] {
            let consul = shows(&identity);
            assert_trusted(&consul, &secure(&consul, &[]).env("CONSUL_HTTP_SSL_VERIFY", lie).run());
        }
        for truth in ["true", "1"] {
            let consul = shows(&identity);
            assert_untrusted(&consul, &secure(&consul, &[]).env("CONSUL_HTTP_SSL_VERIFY", truth).run(), "its certif");
        }
    }
}

#[test]
fn who_does_not_speak_tls_does_not_speak_it_at_all() {
    let plain = server::replies(|mut stream| {
        stream.read_exact(&mut [0; 5])?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new())
    });
    let output = check(&["--http-addr", &format!("https://{}", plain.addr())]).run();
    assert_says(&output, State::Critical, &format!("CONSUL is CRITICAL: agent {}: TLS fails (", plain.addr()));
    let silent = server::silent();
    let output = check(&["-t", "2", "--http-addr", &format!("https://{}", silent.addr())]).run();
    assert_says(&output, State::Critical, &format!("agent {}: no connection in time", silent.addr()));
}

/// As Go's HTTP server says it to who speaks without TLS.
#[test]
fn an_agent_that_wants_tls_says_so() {
    let refusal = "Client sent an HTTP request to an HTTPS server.\n";
    let tls = Script::healthy().all(HttpReply::new(400, refusal)).start();
    let output = check(&["-H", &tls.address()]).run();
    let said = "rejects the question: \"Client sent an HTTP request to an HTTPS server.\"";
    assert_says(&output, State::Unknown, &format!("agent {} {said}", tls.addr()));
    assert_shows(&output, "https://");
}
