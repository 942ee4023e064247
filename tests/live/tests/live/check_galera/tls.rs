//! Encrypted connections: which server is trusted, and how far.

use lab::{Fault, Lab, Node, Shown};
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

/// The days and the range of `certificate_days`, as the performance data gives them.
#[track_caller]
fn days(stdout: &str) -> (f64, String) {
    let (_, rest) = stdout.split_once("'certificate_days'=").unwrap();
    let (days, limits) = rest.split_once(';').unwrap();
    (days.parse().unwrap(), limits.split(' ').next().unwrap().trim_end().to_owned())
}

/// The lab's certificates live for thirty days: the limits are a quarter and a tenth of that.
#[test]
fn the_days_of_a_certificate_are_those_of_the_session() {
    let lab = Lab::shared();
    for more in [["--ssl-mode", "required"], ["--ssl-ca", CA]] {
        let more = [&["-H", "127.0.0.11"], &more[..]].concat();
        TLS_ONLY.assert(&lab, &more, State::Ok, &["db1 synced"]);
        let (days, limits) = days(&TLS_ONLY.run(&lab, &more).stdout);
        assert!(29.5 < days && days <= 30.0, "{days}");
        assert_eq!(limits, "7.5:;3:;0;");
    }
    let limit = ["-H", "127.0.0.11", "--ssl-ca", CA, "-w", "certificate_days=60:"];
    TLS_ONLY.assert(&lab, &limit, State::Warning, &["db1: its certificate expires on ", ", in "]);
    let clear = CLUSTER.run(&lab, &["--ssl-mode", "disabled", "-v"]).stdout;
    assert!(
        !clear.contains("'certificate_days'")
            && clear.contains("certificate_days was not measured: no session was encrypted"),
        "{clear}"
    );
}

#[test]
fn a_certificate_that_is_about_to_end() {
    let lab = Lab::shared();
    let asked = ["-H", "127.0.0.11,127.0.0.12,127.0.0.13", "--ssl-ca", CA];
    // Each lives for forty days.
    for (shown, state, left) in [(Shown::Ending, State::Warning, 4.5..=5.0), (Shown::Last, State::Critical, 2.5..=3.0)]
    {
        lab.show_certificate(Node::Db2, shown).unwrap();
        TLS_ONLY.assert(&lab, &asked, state, &["db2: its certificate expires on ", "FLUSH SSL", "3/3 members"]);
        let (days, limits) = days(&TLS_ONLY.run(&lab, &asked).stdout);
        assert!(left.contains(&days), "{days}");
        assert_eq!(limits, "10:;4:;0;");
    }
}

#[test]
fn a_certificate_that_has_expired() {
    let lab = Lab::shared();
    lab.show_certificate(Node::Db2, Shown::Expired).unwrap();
    let day = "date -u -d \"$(openssl x509 -noout -enddate -in /run/lab/db2/server.pem | cut -d= -f2)\" +%F";
    let day = String::from_utf8(lab.command("sh").args(["-c", day]).output().unwrap().stdout).unwrap();
    assert_eq!(day.trim().len(), 10, "{day}");
    let said = format!("db2: its certificate expired on {}", day.trim());
    let all = ["-H", "127.0.0.11,127.0.0.12,127.0.0.13"];
    TLS_ONLY.assert(&lab, &[&all[..], &["--ssl-mode", "required"]].concat(), State::Critical, &[&said, "FLUSH SSL"]);
    // Verification ends before the server tells its name.
    let said = said.replace("db2", "127.0.0.12");
    for mode in ["verify-ca", "verify-identity"] {
        let verified = [&all[..], &["--ssl-ca", CA, "--ssl-mode", mode]].concat();
        TLS_ONLY.assert(&lab, &verified, State::Critical, &[&said, "FLUSH SSL", "3/3 members"]);
    }
}

#[test]
fn a_client_certificate() {
    let lab = Lab::shared();
    X509.assert(&lab, &["--ssl-mode", "required"], State::Unknown, &["does not let the check log in: Access denied"]);
    let own = ["--ssl-ca", CA, "--ssl-cert", "/run/lab/tls/client.pem", "--ssl-key", "/run/lab/tls/client-key.pem"];
    X509.assert(&lab, &own, State::Ok, &["db1 synced"]);
    X509.assert(&lab, &own[..4], State::Unknown, &["a client certificate needs its key"]);
}
