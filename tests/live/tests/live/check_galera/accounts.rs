//! Every way to log in, against a server that offers it.

use lab::Lab;
use live::Check;
use test_support::oracle::State;

use super::compared::assert_row_as;

fn as_account(lab: &Lab, command: &'static str, more: &[&str], state: State, said: &[&str]) {
    let words = ["env", "CHECK_GALERA_PASSWORD=lab-password", "check_galera"];
    let command = [&words.join(" "), command].join(" ");
    let check = Check { service: "GALERA", command: Box::leak(command.into_boxed_str()) };
    check.assert(lab, more, state, said);
}

#[test]
fn a_wrong_password_is_our_fault() {
    let lab = Lab::shared();
    let said = ["127.0.0.11 does not let the check log in: Access denied", "(1045)"];
    as_account(&lab, "-u icinga -H 127.0.0.11", &[], State::Unknown, &said);
    assert_row_as(&lab, "the check's own password is wrong", "wrong");
    let said = ["127.0.0.11 does not let the check log in: ", "GRANT USAGE is enough"];
    as_account(&lab, "-u nobody-at-all -H 127.0.0.11,127.0.0.12", &[], State::Unknown, &said);
}

#[test]
fn ed25519() {
    let lab = Lab::shared();
    for mode in ["disabled", "required"] {
        as_account(&lab, "-u icinga_ed -H 127.0.0.12", &["--ssl-mode", mode], State::Ok, &["db2 synced"]);
    }
    let wrong = Check { service: "GALERA", command: "env MYSQL_PWD=wrong check_galera -u icinga_ed -H 127.0.0.12" };
    wrong.assert(&lab, &[], State::Unknown, &["does not let the check log in"]);
}

#[test]
fn unix_socket() {
    let lab = Lab::shared();
    let root = Check { service: "GALERA", command: "check_galera -u root -S /run/lab/db2/mysqld.sock" };
    root.assert(&lab, &[], State::Ok, &["db2 synced"]);
    // The account of another user of the system.
    let nobody = Check { service: "GALERA", command: "check_galera -u nobody -S /run/lab/db2/mysqld.sock" };
    nobody.assert(&lab, &[], State::Unknown, &["does not let the check log in", "(1698)"]);
}

#[test]
fn caching_sha2_password() {
    let lab = Lab::shared();
    lab.mysql().unwrap();
    // The first login goes by the full exchange, the next by what the server has cached of it.
    for mode in ["disabled", "disabled", "required"] {
        let said = ["runs without Galera"];
        as_account(&lab, "-u icinga -H 127.0.0.15", &["--ssl-mode", mode], State::Unknown, &said);
    }
    let wrong = Check { service: "GALERA", command: "env MYSQL_PWD=wrong check_galera -u icinga -H 127.0.0.15" };
    wrong.assert(&lab, &[], State::Unknown, &["does not let the check log in: Access denied"]);
}

#[test]
fn parsec_and_the_split_options_of_a_newer_mariadb() {
    let lab = Lab::shared();
    lab.newer_mariadb().unwrap();
    for user in ["icinga", "icinga_parsec"] {
        let said = ["a cluster of 1, ", " synced; cannot survive a crash", "'weight'=1;", "'gcache_size'="];
        as_account(&lab, "-H 127.0.0.16", &["-u", user], State::Ok, &said);
    }
}
