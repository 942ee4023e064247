//! Servers that give no answer, and how many of them may.

use test_support::oracle::State::{Critical, Unknown, Warning};
use test_support::plugin::assert_says;
use test_support::server;

use crate::names::{EXTERNAL, INTERNAL, Names, Query, SERVFAIL, code, denied};
use crate::{
    HASTY, ask, ask_second, asking, assert_finds, assert_hides, assert_shows, assert_too_few, assert_worst, at_once,
    labels, plugin, value,
};

#[test]
fn a_closed_port_is_a_warning_at_any_place_while_enough_servers_are_right() {
    let (one, three, closed) = (Names::healthy(), Names::healthy(), server::refused());
    let closed = closed.addr();
    for servers in [[one.addr(), closed, three.addr()], [closed, one.addr(), three.addr()]] {
        let output = ask(&servers, &[]);
        let dig =
            format!("is named running there (systemctl status named)? dig @127.0.0.1 -p {} {INTERNAL}", closed.port());
        assert_worst(&output, Warning, &format!("{closed}: connection refused"), &dig);
        assert_shows(&output, "2/3 name servers right");
        assert_eq!(value(&output, "servers_ok"), Some(2.0));
    }
}

/// Even one silent server costs its clients 5 s with each lookup when it is the first (glibc 2.36).
#[test]
fn silence_is_critical_of_the_server_that_clients_wait_for() {
    let (one, three, silent) = (Names::healthy(), Names::healthy(), Names::silent_to(|_| true));
    // The port before it is passed over at once, so that clients wait for the second: 10 s shared among three.
    let closed = server::refused();
    let checks = [
        [one.addr(), silent.addr(), three.addr()],
        [silent.addr(), one.addr(), three.addr()],
        [closed.addr(), silent.addr(), one.addr()],
    ];
    let [second, first, after_closed] = at_once(checks.map(|servers| asking(&servers, HASTY)));
    let said = format!("{}: no answer within 1.0 s", silent.addr());
    assert_worst(&second, Warning, &said, "is the host up, and does its firewall let port 53 through?");
    assert_hides(&second, "waits");
    let said = format!("{} (first name server): no answer within 1.0 s, so each lookup waits 5 s", silent.addr());
    assert_worst(&first, Critical, &said, "is the host up");
    let said = "no answer within 1.0 s, so each lookup waits 3 s";
    let because = format!("{} connection refused, {} {said}", closed.addr(), silent.addr());
    assert_too_few(&after_closed, "1 of 3 name servers right, at least 2", &because);
    assert_finds(&after_closed, Critical, &format!("{}: {said}", silent.addr()), "");
}

#[test]
fn a_server_that_is_silent_to_some_questions_is_waited_for_with_these() {
    let (silent, good) = (Names::silent_to(Query::is_internal), Names::healthy());
    let orders = [[silent.addr(), good.addr()], [good.addr(), silent.addr()]];
    let args = [HASTY, &["--min-servers", "1"]].concat();
    let [first, second] = at_once(orders.map(|servers| asking(&servers, &args)));
    let said = format!(
        "{}: {INTERNAL} no answer within 1.0 s, so each lookup of it waits 5 s; external names are answered: is Consul's DNS \
         silent there?",
        silent.addr()
    );
    assert_worst(
        &first,
        Critical,
        &said,
        "does a firewall drop the forwarded questions? on that node: dig @127.0.0.1 -p 8600",
    );
    assert_worst(&second, Warning, &format!("{}: {INTERNAL} no answer within 1.0 s", silent.addr()), "");
}

#[test]
fn too_few_right_servers_are_critical() {
    let (good, closed, other) = (Names::healthy(), server::refused(), server::refused());
    let servers = [good.addr(), closed.addr(), other.addr()];
    let output = ask(&servers, &[]);
    let because = format!("{} and {} connection refused", closed.addr(), other.addr());
    assert_too_few(&output, "1 of 3 name servers right, at least 2", &because);
    assert_eq!(ask(&servers, &["--min-servers", "1"]).state(), Warning);
}

/// A server that is wrong is told on its own; it is no loss that somebody could bring back.
#[test]
fn wrong_servers_are_not_told_as_lost() {
    let wrong = || Names::but(|query| query.is_internal().then(|| denied(".", 60)));
    let (good, one, other) = (Names::healthy(), wrong(), wrong());
    let output = ask(&[good.addr(), one.addr(), other.addr()], &[]);
    assert_worst(&output, Critical, &format!("{}: {INTERNAL} NXDOMAIN from the root", one.addr()), "");
    assert_hides(&output, "needed");
    assert_eq!((value(&output, "servers_ok"), value(&output, "leaks")), (Some(1.0), Some(2.0)));
}

#[test]
fn a_server_that_fails_for_one_name_is_not_right() {
    let failing = || Names::but(|query| query.is_for(EXTERNAL).then(|| code(SERVFAIL)));
    let (good, one, other) = (Names::healthy(), failing(), failing());
    let output = ask_second(one.addr(), &[]);
    assert_worst(&output, Warning, &format!("{}: {EXTERNAL} SERVFAIL", one.addr()), "are its forwarders up");
    assert_eq!(value(&output, "failed"), Some(2.0));
    let output = ask(&[good.addr(), one.addr(), other.addr()], &[]);
    let because = format!("{} and {} {EXTERNAL} SERVFAIL", one.addr(), other.addr());
    assert_too_few(&output, "1 of 3 name servers right, at least 2", &because);
}

#[test]
fn failures_of_random_names_alone_show_that_known_ones_come_from_a_cache() {
    let internal = Names::but(|query| query.is_random_internal().then(|| code(SERVFAIL)));
    let output = ask_second(internal.addr(), &[]);
    let said = format!("{}: (random).service.consul SERVFAIL: is Consul's DNS up there?", internal.addr());
    assert_worst(&output, Warning, &said, "look at the forwarders of zone consul in its named.conf");
    assert_eq!(value(&output, "servers_ok"), Some(3.0), "known names are served");
    let external = Names::but(|query| query.is_random_external().then(|| code(SERVFAIL)));
    let output = ask_second(external.addr(), &[]);
    let said = format!("{}: (random).com SERVFAIL: does it reach the internet?", external.addr());
    assert_worst(&output, Warning, &said, "its way to the root servers");
}

#[test]
fn dead_servers_are_critical_and_no_time_limit_of_ours() {
    let (one, two) = (Names::silent_to(|_| true), Names::silent_to(|_| true));
    let output = ask(&[one.addr(), two.addr()], &["-t", "1"]);
    let because = format!("{} and {} no answer within ", one.addr(), two.addr());
    assert_too_few(&output, "0 of 2 name servers right, at least 2", &because);
    let (one, two) = (server::refused(), server::refused());
    let output = ask(&[one.addr(), two.addr()], &[]);
    let because = format!("{} and {} connection refused", one.addr(), two.addr());
    assert_too_few(&output, "0 of 2 name servers right, at least 2", &because);
    assert_eq!(value(&output, "servers_ok"), Some(0.0));
}

/// Datagrams to a broadcast address need a permission that the plugin does not have.
const FORBIDDEN: &str = "127.255.255.255:9";

#[test]
fn our_own_limits_are_unknown() {
    let server = Names::healthy();
    let names = ["-e", EXTERNAL].repeat(20);
    let output = plugin(&["-H", &server.addr().to_string()]).args(names).limit_nofile(16).run();
    assert_says(&output, Unknown, "was not asked: the check is out of file descriptors");
    assert_finds(&output, Unknown, &server.addr().to_string(), "ulimit -n");
    for label in ["servers_ok", "failed"] {
        assert_eq!(value(&output, label), None, "it was not measured: {:?}", labels(&output));
    }
}

#[test]
fn our_own_limits_hide_no_proven_fault() {
    let wrong = Names::but(|query| query.is_for(INTERNAL).then(|| denied(".", 0)));
    let servers = format!("{FORBIDDEN},{}", wrong.addr());
    let output = plugin(&["-i", INTERNAL, "-H", &servers]).run();
    assert_says(&output, Critical, "NXDOMAIN from the root (SOA \".\")");
    assert_finds(&output, Unknown, &format!("{FORBIDDEN} was not asked: "), "firewall");
    assert_hides(&output, "at least");
}
