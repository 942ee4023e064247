//! Every way to log in, against a server that offers it.

use std::time::Duration;

use anyhow::ensure;
use lab::wait::wait_until;
use lab::{Lab, Node};
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
    let said = ["none of 2 nodes lets the check log in: ", "GRANT USAGE is enough"];
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

/// MariaDB denies one `ed25519` login in 256 although the password is right: a denied login is tried once more.
#[test]
fn ed25519_logins_never_fail() {
    let lab = Lab::shared();
    let script = "for login in $(seq 600); do
        check_galera -u icinga_ed -H 127.0.0.12 --history-dir /dev/null >/run/lab/said || break
        echo $login
    done; cat /run/lab/said";
    let mut shell = lab.command("timeout");
    let output = shell.args(["120", "sh", "-c", script]).env("CHECK_GALERA_PASSWORD", "lab-password").output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("\n600\n"), "{stdout}");
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

const ALL: &str = "-u icinga_denied -H 127.0.0.11,127.0.0.12,127.0.0.13";

/// Makes the account with this condition, and waits until every node knows it.
fn create(lab: &Lab, condition: &str) {
    let account = "icinga_denied@'%' IDENTIFIED BY 'lab-password'";
    lab.sql(Node::Db1, &format!("CREATE OR REPLACE USER {account} {condition}")).unwrap();
    for node in Node::ALL {
        // The question waits for all that was written before it.
        let known = "SET wsrep_sync_wait = 1; SELECT COUNT(*) FROM mysql.user WHERE user = 'icinga_denied'";
        assert_eq!(lab.sql(node, known).unwrap(), "1\n", "{node}");
    }
}

/// Asserts one sentence for the three nodes, on the first line, with this cause and this remedy.
#[track_caller]
fn denied(lab: &Lab, more: &[&str], cause: &str, remedy: &str) {
    let sentence = format!("none of 3 nodes lets the check log in: {cause}");
    as_account(lab, ALL, more, State::Unknown, &[&sentence, remedy]);
    let command = ["env CHECK_GALERA_PASSWORD=lab-password check_galera", ALL].join(" ");
    let check = Check { service: "GALERA", command: Box::leak(command.into_boxed_str()) };
    let stdout = check.run(lab, more).stdout;
    let first = stdout.lines().next().unwrap_or_default();
    assert_eq!(first.matches("the check log in").count(), 1, "{stdout}");
    assert!(first.contains(&sentence), "{stdout}");
}

#[test]
fn each_denial_has_its_own_remedy() {
    let lab = Lab::shared();
    create(&lab, "ACCOUNT LOCK");
    denied(&lab, &[], "Access denied, this account is locked", "ALTER USER user@host ACCOUNT UNLOCK");
    create(&lab, "PASSWORD EXPIRE");
    denied(&lab, &[], "You must SET PASSWORD before executing this statement (1820)", "PASSWORD EXPIRE NEVER");
    for node in Node::ALL {
        lab.sql(node, "SET GLOBAL disconnect_on_expired_password = ON").unwrap();
    }
    denied(&lab, &[], "Your password has expired", "PASSWORD EXPIRE NEVER");
    create(&lab, "REQUIRE SSL");
    denied(&lab, &["--ssl-mode", "disabled"], "Access denied for user", "if it has REQUIRE SSL: --ssl-mode required");
    as_account(&lab, ALL, &["--ssl-mode", "required"], State::Ok, &["3/3 members"]);
    lab.sql(Node::Db1, "DROP USER icinga_denied").unwrap();
}

/// Runs statements on the newer server as its administrator.
fn on_newer(lab: &Lab, statements: &str) {
    let client = ["--no-defaults", "--user=root", "--socket=/run/lab/newer/mysqld.sock", "--execute", statements];
    let output = lab.command("mariadb").args(client).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_host_that_is_blocked() {
    let lab = Lab::shared();
    lab.newer_mariadb().unwrap();
    let asked = "-u icinga -H 127.0.0.16";
    as_account(&lab, asked, &[], State::Ok, &[" synced"]);

    on_newer(&lab, "SET GLOBAL max_connect_errors = 1");
    wait_until("the server to block this host", Duration::from_secs(30), || {
        // Breaks off one login, and looks at the next greeting.
        let script = "exec 3<>/dev/tcp/127.0.0.16/3306; exec 3>&-; exec 3<>/dev/tcp/127.0.0.16/3306; head -c 150 <&3";
        let output = lab.command("timeout").args(["2", "bash", "-c", script]).output()?;
        let greeting = String::from_utf8_lossy(&output.stdout);
        ensure!(greeting.contains("is blocked"), "{greeting}");
        Ok(())
    })
    .unwrap();
    let said = ["does not let the check log in: ", "is blocked", "(1129)", "mariadb-admin flush-hosts on 127.0.0.16"];
    as_account(&lab, asked, &[], State::Unknown, &said);
}
