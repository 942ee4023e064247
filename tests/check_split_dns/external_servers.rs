//! External servers, which must not know the internal zones.

use test_support::oracle::State::{Critical, Ok, Unknown, Warning};
use test_support::plugin::{Output, assert_says};
use test_support::server;

use crate::names::{EXTERNAL, INTERNAL, Names, SERVFAIL, code, denied, found};
use crate::{HASTY, ask, assert_finds, assert_hides, assert_shows, plugin, value};

/// The answer of a public resolver for a zone that nobody has.
fn foreign() -> Names {
    Names::but(|query| query.is_internal().then(|| denied(".", 3600)))
}

/// A healthy server, and this external one.
fn ask_external(external: &Names, args: &[&str]) -> Output {
    ask(&[Names::healthy().addr()], &[&["--external-server", &external.addr().to_string()], args].concat())
}

/// A known name would be leaked by asking.
#[test]
fn an_external_server_is_asked_for_random_internal_names_only() {
    let external = foreign();
    let output = ask_external(&external, &["-v", "-n", "old.service.consul"]);
    assert_says(&output, Ok, "SPLIT_DNS is OK: 1/1 name servers: ");
    assert_shows(&output, &format!("[OK] {} (external) does not know the internal zones", external.addr()));
    let heard = external.heard();
    assert!(heard.len() == 1 && heard[0].is_random_internal() && heard[0].is_udp(), "{heard:?}");
    assert_eq!((value(&output, "servers"), value(&output, "leaks")), (Some(1.0), Some(0.0)));
}

#[test]
fn an_external_server_that_knows_the_zone_is_critical() {
    for message in [denied("consul", 0), found(&["10.0.0.99"])] {
        let external = Names::but(move |query| query.is_internal().then(|| message.clone()));
        let output = ask_external(&external, &[]);
        let said = format!("{} (external) knows zone consul, which must stay internal", external.addr());
        assert_says(&output, Critical, &format!("SPLIT_DNS is CRITICAL: {said}"));
        assert_finds(&output, Critical, &said, "do not forward the zone there");
        assert_eq!((value(&output, "servers_ok"), value(&output, "leaks")), (Some(1.0), Some(1.0)));
    }
}

/// Who says nothing does not say that it does not know.
#[test]
fn an_external_server_that_gives_no_answer_proves_nothing() {
    let failing = Names::but(|_| Some(code(SERVFAIL)));
    let silent = Names::silent_to(|_| true);
    for (external, said) in [(&failing, "SERVFAIL"), (&silent, "no answer within 1.0 s")] {
        let output = ask_external(external, HASTY);
        let said = format!("{} (external): {said}: does it know zone consul?", external.addr());
        assert_says(&output, Warning, &format!("SPLIT_DNS is WARNING: {said}"));
        assert_finds(&output, Warning, &said, &format!("dig @127.0.0.1 -p {} consul", external.addr().port()));
        assert_hides(&output, "does not know the internal zones");
        assert_eq!((value(&output, "servers_ok"), value(&output, "failed")), (Some(1.0), Some(0.0)));
    }
    let closed = server::refused();
    let output = ask(&[Names::healthy().addr()], &["--external-server", &closed.addr().to_string()]);
    assert_says(&output, Warning, &format!("{} (external): connection refused", closed.addr()));
}

#[test]
fn each_zone_and_each_server_is_asked_for() {
    let (one, other) =
        (foreign(), Names::but(|query| query.name.ends_with(".db.consul").then(|| denied("db.consul", 0))));
    let list = format!("{},other={}", one.addr(), other.addr());
    let output = ask(
        &[Names::healthy().addr()],
        &["-i", "a.db.consul=min:1", "-z", "db.consul", "--external-server", &list, "-e", EXTERNAL],
    );
    let said = format!("other ({}) (external) knows zone ", other.addr());
    assert_finds(&output, Critical, &said, "allow-query, views");
    let zones = |names: &Names| {
        let mut parents: Vec<_> =
            names.heard().iter().map(|query| query.name.split_once('.').unwrap().1.to_owned()).collect();
        parents.sort_unstable();
        parents
    };
    assert_eq!(zones(&one), ["db.consul", "service.consul"]);
    assert_eq!(zones(&other), zones(&one));
}

#[test]
fn what_is_no_address_is_not_asked() {
    for (option, host) in [("--external-server", "dns.example.com"), ("--upstream", "consul.example.com")] {
        let output = plugin(&["-i", INTERNAL, "-H", "127.0.0.1", option, host]).run();
        assert_says(&output, Unknown, &format!("\"{host}\" is no IP address"));
    }
}
