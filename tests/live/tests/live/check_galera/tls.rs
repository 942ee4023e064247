//! Encrypted connections: which server is trusted, and how far.

use lab::{Fault, Lab, Node};
use live::Check;
use test_support::oracle::State;

use super::CLUSTER;

const CA: &str = "/run/lab/tls/ca.pem";
const OTHER_CA: &str = "/run/lab/tls/other-ca.pem";

const TLS_ONLY: Check = Check {
    service: "GALERA",
    command: "env CHECK_GALERA_PASSWORD=lab-password check_galera -u icinga_tls --history-dir /dev/null",
};

const X509: Check = Check {
    service: "GALERA",
    command: "env CHECK_GALERA_PASSWORD=lab-password check_galera -u icinga_x509 -H 127.0.0.11 --history-dir /dev/null",
};

#[test]
fn an_account_that_requires_tls() {
    let lab = Lab::shared();
    for mode in ["preferred", "required"] {
        TLS_ONLY.assert(&lab, &["-H", "127.0.0.11", "--ssl-mode", mode], State::Ok, &["db1 synced"]);
    }
    let clear = ["-H", "127.0.0.11", "--ssl-mode", "disabled"];
    TLS_ONLY.assert(&lab, &clear, State::Unknown, &["does not let the check log in: Access denied"]);
}

#[test]
fn the_authority_is_the_one_that_is_given() {
    let lab = Lab::shared();
    for mode in ["verify-ca", "verify-identity"] {
        TLS_ONLY.assert(&lab, &["-H", "127.0.0.11", "--ssl-mode", mode, "--ssl-ca", CA], State::Ok, &["db1 synced"]);
        let said = ["127.0.0.11: no trusted TLS connection: its certificate is from no authority that is trusted here"];
        let other = ["-H", "127.0.0.11", "--ssl-mode", mode, "--ssl-ca", OTHER_CA];
        TLS_ONLY.assert(&lab, &other, State::Unknown, &said);
    }
    // An authority is used without a mode, too.
    TLS_ONLY.assert(&lab, &["-H", "127.0.0.11", "--ssl-ca", OTHER_CA], State::Unknown, &["from no authority"]);
    // Without one the public authorities are trusted, which did not sign this.
    TLS_ONLY.assert(&lab, &["-H", "127.0.0.11", "--ssl-mode", "verify-ca"], State::Unknown, &["from no authority"]);
}

#[test]
fn a_certificate_for_another_name() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraCertificate(Node::Db3)).unwrap();
    let identity = ["-H", "127.0.0.13", "--ssl-ca", CA];
    let said = ["127.0.0.13: no trusted TLS connection: its certificate is for another name: db3.example.org"];
    TLS_ONLY.assert(&lab, &identity, State::Unknown, &said);
    let ca = ["-H", "127.0.0.13", "--ssl-ca", CA, "--ssl-mode", "verify-ca"];
    TLS_ONLY.assert(&lab, &ca, State::Ok, &["db3 synced"]);

    // One node that is not trusted leaves the others to be judged.
    let all = ["-H", "127.0.0.11,127.0.0.12,127.0.0.13", "--ssl-ca", CA];
    TLS_ONLY.assert(&lab, &all, State::Unknown, &["lab: 3/3 members", "'members'=3;3:;2:;"]);
}

/// The lab's certificates live for thirty days: a quarter and a tenth are seven and three.
#[test]
fn the_days_of_a_certificate_are_those_of_the_session() {
    let lab = Lab::shared();
    let said = ["'certificate_days'=29.", ";7.5:;3:;0;"];
    TLS_ONLY.assert(&lab, &["-H", "127.0.0.11", "--ssl-mode", "required"], State::Ok, &said);
    TLS_ONLY.assert(&lab, &["-H", "127.0.0.11", "--ssl-ca", CA], State::Ok, &said);
    let limit = ["-H", "127.0.0.11", "--ssl-ca", CA, "-w", "certificate_days=60:"];
    TLS_ONLY.assert(&lab, &limit, State::Warning, &["db1: its certificate expires on ", ", in 29 d"]);
    let clear = CLUSTER.run(&lab, &["--ssl-mode", "disabled", "-v"]).stdout;
    assert!(
        !clear.contains("'certificate_days'")
            && clear.contains("certificate_days was not measured: no session was encrypted"),
        "{clear}"
    );
}

#[test]
fn a_client_certificate() {
    let lab = Lab::shared();
    X509.assert(&lab, &["--ssl-mode", "required"], State::Unknown, &["does not let the check log in: Access denied"]);
    let own = ["--ssl-ca", CA, "--ssl-cert", "/run/lab/tls/client.pem", "--ssl-key", "/run/lab/tls/client-key.pem"];
    X509.assert(&lab, &own, State::Ok, &["db1 synced"]);
    X509.assert(&lab, &own[..4], State::Unknown, &["a client certificate needs its key"]);
}
