//! ACLs, certificates and sockets.

use lab::Lab;
use live::Check;
use test_support::oracle::State;

/// The Consul that denies by default, over plain HTTP.
const DENYING: Check =
    Check { service: "CONSUL", command: "check_consul_service -s galeradb --expect 3 -H 127.0.0.17" };

/// The same over TLS; it wants a certificate of ours.
const ENCRYPTED: Check = Check {
    service: "CONSUL",
    command: "check_consul_service -s galeradb --expect 3 --http-addr https://127.0.0.17:8501 \
              --token-file /run/lab/consul-secured/good.token",
};

const CA: [&str; 2] = ["--ca-file", "/run/lab/tls/ca.pem"];
const OURS: [&str; 4] = ["--client-cert", "/run/lab/tls/client.pem", "--client-key", "/run/lab/tls/client-key.pem"];

fn token(name: &str) -> [String; 2] {
    ["--token-file".to_owned(), format!("/run/lab/consul-secured/{name}.token")]
}

#[test]
fn what_acls_hide_is_not_called_missing() {
    let lab = Lab::shared();
    lab.secured_consul().unwrap();
    let hidden = "no instance of galeradb can be seen";
    let policy = "service \"galeradb\" { policy = \"read\" } node_prefix \"\" { policy = \"read\" }";
    DENYING.assert(&lab, &[], State::Unknown, &[hidden, "the anonymous token lacks service:read", policy]);
    for (name, lacks) in [("no-node", "the token lacks node:read"), ("no-service", "the token lacks service:read")] {
        let token = token(name);
        let output = DENYING.run(&lab, &token.each_ref().map(String::as_str));
        DENYING.assert(&lab, &token.each_ref().map(String::as_str), State::Unknown, &[hidden, lacks, policy]);
        assert!(!output.stdout.contains("instances_"), "{}", output.stdout);
    }
    for name in ["good", "operator"] {
        let token = token(name);
        DENYING.assert(&lab, &token.each_ref().map(String::as_str), State::Ok, &["galeradb: 3/3 passing"]);
    }
}

#[test]
fn a_token_that_may_see_a_service_that_is_not_there_finds_it_missing() {
    let lab = Lab::shared();
    lab.secured_consul().unwrap();
    let all = Check { service: "CONSUL", command: "check_consul_service -s galeradb --tag nobody -H 127.0.0.17" };
    let token = token("good");
    all.assert(
        &lab,
        &token.each_ref().map(String::as_str),
        State::Critical,
        &["of 3 instances none has the tag nobody"],
    );
}

#[test]
fn a_token_that_nobody_knows_is_denied() {
    let lab = Lab::shared();
    lab.secured_consul().unwrap();
    let words = "env CONSUL_HTTP_TOKEN=11111111-2222-3333-4444-555555555555 check_consul_service -s galeradb \
                 -H 127.0.0.17";
    let bogus = Check { service: "CONSUL", command: words };
    bogus.assert(&lab, &["-vv"], State::Unknown, &["denies access: \"ACL not found\"", "fix the token"]);
}

#[test]
fn a_certificate_of_ours_is_shown() {
    let lab = Lab::shared();
    lab.secured_consul().unwrap();
    ENCRYPTED.assert(&lab, &[CA.as_slice(), &OURS].concat(), State::Ok, &["galeradb: 3/3 passing"]);
    let said = ["agent 127.0.0.17:8501 is not trusted: the server broke off the TLS handshake", "--client-cert"];
    ENCRYPTED.assert(&lab, &CA, State::Unknown, &said);
}

#[test]
fn an_authority_that_signed_nothing_is_not_enough() {
    let lab = Lab::shared();
    lab.secured_consul().unwrap();
    let other = [&["--ca-file", "/run/lab/tls/other-ca.pem"][..], &OURS].concat();
    ENCRYPTED.assert(&lab, &other, State::Unknown, &["its certificate is from no authority that is trusted here"]);
    ENCRYPTED.assert(&lab, &OURS, State::Unknown, &["its certificate is from no authority that is trusted here"]);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let lab = Lab::shared();
    lab.secured_consul().unwrap();
    let with = |name| [CA.as_slice(), &OURS, &["--tls-server-name", name]].concat();
    ENCRYPTED.assert(&lab, &with("server.dc1.consul"), State::Ok, &["galeradb: 3/3 passing"]);
    let said = ["its certificate is for another name", "server.dc1.consul"];
    ENCRYPTED.assert(&lab, &with("server.dc2.consul"), State::Unknown, &said);
}

#[test]
fn a_socket_is_an_agent_too() {
    let lab = Lab::shared();
    lab.secured_consul().unwrap();
    let socket = Check {
        service: "CONSUL",
        command: "check_consul_service -s galeradb --http-addr unix:///run/lab/consul-secured/http.sock \
                  --token-file /run/lab/consul-secured/good.token",
    };
    socket.assert(&lab, &[], State::Ok, &["galeradb: 3/3 passing", "agent /run/lab/consul-secured/http.sock"]);
    let gone = Check {
        service: "CONSUL",
        command: "check_consul_service -s galeradb --http-addr unix:///run/lab/nothing.sock",
    };
    gone.assert(&lab, &[], State::Critical, &["agent /run/lab/nothing.sock: no such file"]);
}
