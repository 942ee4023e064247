//! The recheck, and the questions that look for a cause.

use std::time::Duration;

use test_support::message::{A, Message};
use test_support::oracle::State::{Ok, Warning};
use test_support::plugin::assert_says;

use crate::names::{EXTERNAL, INTERNAL, MEMBERS, Names, Query, SERVFAIL, because, code, found};
use crate::{ask, ask_one, ask_second, assert_finds, assert_hides, assert_shows, assert_too_few, assert_worst, value};

/// The questions of a recheck: without validation, below a known name, or a second time.
fn further(names: &Names) -> Vec<Query> {
    let is_below =
        |query: &Query| query.is_random() && (query.name.ends_with(INTERNAL) || query.name.ends_with(EXTERNAL));
    let is_further = |query: &Query| query.is_unchecked || query.turn > 0 || is_below(query);
    names.heard().into_iter().filter(is_further).collect()
}

/// The server fails for internal names unless validation is switched off.
fn bogus(query: &Query) -> Option<Message> {
    (query.is_internal() && !query.is_unchecked).then(|| because(SERVFAIL, 9, "no SEP matching the DS found"))
}

#[test]
fn answers_without_validation_tell_that_dnssec_rejects_the_zone() {
    let server = Names::but(bogus);
    let output = ask_second(server.addr(), &[]);
    let said = format!(
        "{}: {INTERNAL} SERVFAIL (EDE 9: no SEP matching the DS found), but answers with CD=1: DNSSEC rejects zone consul",
        server.addr()
    );
    assert_worst(&output, Warning, &said, "validate-except { \"consul\"; }; in the options of its named.conf");
    assert_shows(&output, &format!("dig @127.0.0.1 -p {} {INTERNAL} +cd", server.addr().port()));
    let asked = further(&server);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().all(Query::is_udp), "{asked:?}");
}

#[test]
fn external_names_that_validation_rejects_are_reported_likewise() {
    let bogus = |query: &Query| (!query.is_internal() && !query.is_unchecked).then(|| code(SERVFAIL));
    let server = Names::but(bogus);
    let said =
        format!("{}: {EXTERNAL} SERVFAIL, but answers with CD=1: DNSSEC fails, is its clock right?", server.addr());
    assert_worst(&ask_second(server.addr(), &[]), Warning, &said, "timedatectl there");
    assert_eq!(further(&server).len(), 2);
}

/// A server that answers again a moment later answers without validation too.
#[test]
fn a_failure_that_heals_is_not_taken_for_dnssec() {
    let is_first = |query: &Query| query.is_for(INTERNAL) && !query.is_unchecked && query.turn == 0;
    let server = Names::but(move |query| is_first(query).then(|| code(SERVFAIL)));
    let output = ask_second(server.addr(), &[]);
    let said =
        format!("{}: {INTERNAL} SERVFAIL, but it answers with CD=1, and for a name below it without", server.addr());
    assert_worst(&output, Warning, &said, "it failed for a moment, or the signature of this name alone is bad");
}

#[test]
fn a_source_that_is_down_fails_either_way() {
    let server = Names::but(|query| query.is_internal().then(|| because(SERVFAIL, 22, "")));
    let output = ask_second(server.addr(), &[]);
    let said = format!("{}: {INTERNAL} SERVFAIL (EDE 22): is Consul's DNS up there?", server.addr());
    assert_worst(&output, Warning, &said, &format!("on that node: dig @127.0.0.1 -p 8600 {INTERNAL}"));
    assert_hides(&output, "+cd");
}

#[test]
fn a_server_that_fails_for_all_names_has_another_cause() {
    let server = Names::but(|_| Some(code(SERVFAIL)));
    let output = ask_second(server.addr(), &[]);
    assert_worst(
        &output,
        Warning,
        &format!("{}: {INTERNAL} SERVFAIL", server.addr()),
        "external names are not answered either: look at its log",
    );
    assert_eq!(further(&server).len(), 2, "two questions, for whatever number of names: {:?}", further(&server));
}

#[test]
fn a_healthy_server_is_asked_nothing_further() {
    let server = Names::healthy();
    ask(&[server.addr()], &[]);
    assert_eq!(further(&server), []);
}

/// Members come and go; who forwards the question a moment later has another answer.
fn without_last(turns: usize) -> impl Fn(&Query) -> Option<Message> + Send + Sync {
    move |query| {
        let is_such = query.is_for(INTERNAL) && query.rtype == A && query.turn < turns;
        is_such.then(|| found(&MEMBERS[..2]))
    }
}

#[test]
fn servers_that_disagree_are_asked_once_more() {
    let (one, late, three) = (Names::healthy(), Names::but(without_last(1)), Names::healthy());
    let output = ask(&[one.addr(), late.addr(), three.addr()], &[]);
    assert_says(&output, Ok, "3/3 name servers: 1 internal and 1 external name right");
    assert_eq!(value(&output, "disagree"), Some(0.0));
    for names in [&one, &late, &three] {
        let asked = further(names);
        assert_eq!(asked.len(), 2, "both families of the name, over UDP: {asked:?}");
        assert!(asked.iter().all(|query| query.is_for(INTERNAL) && query.is_udp()), "{asked:?}");
    }
}

#[test]
fn the_recheck_waits_as_long_as_it_is_told() {
    let (one, other) = (Names::healthy(), Names::but(without_last(1)));
    let output = ask(&[one.addr(), other.addr()], &["--recheck", "0.8"]);
    assert_eq!(output.state(), Ok, "{output:?}");
    assert!(output.elapsed >= Duration::from_millis(800), "{output:?}");
}

#[test]
fn servers_that_disagree_twice_are_a_warning() {
    let (one, other, three) = (Names::healthy(), Names::but(without_last(2)), Names::healthy());
    let output = ask(&[one.addr(), other.addr(), three.addr()], &[]);
    let said = format!("{}: {INTERNAL} A lacks 10.0.0.13, unlike {} and {}", other.addr(), one.addr(), three.addr());
    assert_worst(
        &output,
        Warning,
        &said,
        "a cache (rndc flushname), another source, or one that lags behind (consul members)?",
    );
    assert_eq!((value(&output, "disagree"), value(&output, "servers_ok")), (Some(1.0), Some(3.0)));
}

/// A name below it could not be asked for.
#[test]
fn a_name_of_the_greatest_length_is_asked_for_all_the_same() {
    let label = "a".repeat(63);
    let name = format!("{label}.{label}.{label}.{}.consul", "b".repeat(54));
    assert_eq!(name.len(), 253);
    let server = Names::but(move |query| query.name.starts_with("aaa").then(|| code(SERVFAIL)));
    let output = ask_one(&server, &["-i", &name, "-z", "consul", "-e", EXTERNAL]);
    // The name is too long for the first line.
    let because = format!("{} SERVFAIL", server.addr());
    assert_too_few(&output, "0 of 1 name servers right, at least 1", &because);
    assert_finds(&output, Warning, &format!("{}: {name} SERVFAIL", server.addr()), "");
    assert_eq!(further(&server), []);
}
