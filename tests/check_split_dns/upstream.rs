//! The source of the internal names, asked beside the servers that have them from it.

use test_support::message::{A, Message};
use test_support::oracle::State::{Critical, Ok, Warning};
use test_support::plugin::{Output, assert_says};
use test_support::server;

use crate::names::{EXTERNAL, INTERNAL, MEMBERS, Names, Query, SERVFAIL, code, denied, found, no_data};
use crate::{HASTY, ask, assert_finds, assert_hides, assert_worst, value};

fn ask_with(server: &Names, upstream: &Names, args: &[&str]) -> Output {
    ask(&[server.addr()], &[&["--upstream", &upstream.addr().to_string()], args].concat())
}

/// This instead of the addresses of the internal name.
fn saying(message: Message) -> Names {
    Names::but(move |query| query.is_for(INTERNAL).then(|| if query.rtype == A { message.clone() } else { no_data() }))
}

#[test]
fn the_source_is_asked_for_the_internal_names_only() {
    let (server, upstream) = (Names::healthy(), Names::healthy());
    let output = ask_with(&server, &upstream, &["-n", "old.service.consul"]);
    assert_says(&output, Ok, "1/1 name servers");
    assert!(upstream.heard().iter().all(|query| query.is_for(INTERNAL)), "{:?}", upstream.heard());
    assert_eq!(upstream.heard().len(), 4, "both families over both transports");
    assert_eq!((value(&output, "servers"), value(&output, "queries")), (Some(1.0), Some(14.0)), "the servers' alone");
}

#[test]
fn a_denial_that_the_source_does_not_share_is_a_cache() {
    let server = Names::but(|query| query.is_for(INTERNAL).then(|| denied("consul", 23)));
    let upstream = Names::healthy();
    let output = ask_with(&server, &upstream, &[]);
    let said = format!(
        "{}: {INTERNAL} NXDOMAIN from zone consul (cached for 23 s more), but {} has it",
        server.addr(),
        upstream.addr()
    );
    assert_worst(&output, Critical, &said, &format!("at once: rndc flushname {INTERNAL}"));
}

#[test]
fn a_denial_that_the_source_shares_is_the_truth() {
    let denying = || Names::but(|query| query.is_for(INTERNAL).then(|| denied("consul", 0)));
    let (server, upstream) = (denying(), denying());
    let output = ask_with(&server, &upstream, &[]);
    let said =
        format!("{}: {INTERNAL} NXDOMAIN from zone consul, as {} does: unknown there", server.addr(), upstream.addr());
    assert_worst(&output, Critical, &said, "consul catalog services");
}

#[test]
fn other_addresses_than_the_source_are_a_warning_when_they_stay() {
    let (server, upstream) = (saying(found(&["10.0.0.11", "10.0.0.14"])), Names::healthy());
    let output = ask_with(&server, &upstream, &[]);
    let said = format!(
        "{}: {INTERNAL} A lacks 10.0.0.12 and 10.0.0.13, has 10.0.0.14, unlike {}",
        server.addr(),
        upstream.addr()
    );
    assert_worst(&output, Warning, &said, &format!("does it forward to {}?", upstream.addr()));
    assert_eq!((value(&output, "disagree"), value(&output, "stale")), (Some(1.0), Some(0.0)));
    for names in [&server, &upstream] {
        assert_eq!(names.count(|query| query.is_for(INTERNAL) && query.is_udp()), 4, "twice: {:?}", names.heard());
    }
    let late = Names::but(|query| {
        (query.is_for(INTERNAL) && query.rtype == A && query.is_udp() && query.turn == 0).then(|| found(&MEMBERS[..2]))
    });
    assert_eq!(ask_with(&late, &Names::healthy(), &[]).state(), Ok);
    assert_eq!(ask_with(&Names::healthy(), &late, &[]).state(), Ok);
}

#[test]
fn what_the_source_does_not_have_any_more_is_stale() {
    let (server, upstream) = (Names::healthy(), saying(denied("consul", 0)));
    let output = ask_with(&server, &upstream, &[]);
    let said = format!(
        "{}: {INTERNAL} A has 10.0.0.11, 10.0.0.12 and 10.0.0.13, but {} denies it",
        server.addr(),
        upstream.addr()
    );
    assert_worst(&output, Warning, &said, "rndc flushname there");
    assert_eq!((value(&output, "stale"), value(&output, "disagree")), (Some(1.0), Some(0.0)));
}

#[test]
fn a_source_that_fails_is_a_warning() {
    let (server, failing) = (Names::healthy(), Names::but(|_| Some(code(SERVFAIL))));
    let output = ask_with(&server, &failing, &[]);
    assert_worst(
        &output,
        Warning,
        &format!("{}: {INTERNAL} SERVFAIL", failing.addr()),
        "is Consul up there, with its DNS at that port?",
    );
    let silent = Names::silent_to(|_| true);
    let output = ask_with(&server, &silent, HASTY);
    assert_worst(
        &output,
        Warning,
        &format!("{}: {INTERNAL} no answer within 1.0 s", silent.addr()),
        "is Consul up there",
    );
    assert_eq!((value(&output, "retries"), value(&output, "loss")), (Some(0.0), Some(0.0)), "the servers' alone");
    let closed = server::refused();
    let output = ask(&[server.addr()], &["--upstream", &closed.addr().to_string()]);
    assert_worst(&output, Warning, &format!("{}: {INTERNAL} connection refused", closed.addr()), "");
    assert_hides(&output, "unlike");
}

#[test]
fn the_source_tells_on_which_side_of_it_a_failure_is() {
    let failing = || Names::but(|query| query.is_internal().then(|| code(SERVFAIL)));
    let (server, up, down) = (failing(), Names::healthy(), failing());
    let output = ask_with(&server, &up, &[]);
    let said =
        format!("{}: {INTERNAL} SERVFAIL, but its upstream {} answers: forwarding is broken", server.addr(), up.addr());
    assert_finds(&output, Warning, &said, "look at the forwarders of zone consul");
    let output = ask_with(&server, &down, &[]);
    let said = format!("{}: {INTERNAL} SERVFAIL, and its upstream {} fails too (SERVFAIL)", server.addr(), down.addr());
    assert_finds(&output, Warning, &said, "bring Consul's DNS back there");
    let silent = Names::silent_to(Query::is_internal);
    let output = ask_with(&silent, &up, HASTY);
    let said = format!("{}: {INTERNAL} no answer within 1.0 s, but its upstream {} answers", silent.addr(), up.addr());
    assert_finds(&output, Warning, &said, "does a firewall drop the questions?");
}

/// A server that is asked for no internal name has no source to be compared with.
#[test]
fn without_internal_names_the_source_is_not_asked() {
    let (server, upstream) = (Names::healthy(), Names::healthy());
    let servers = [server.addr().to_string(), upstream.addr().to_string()];
    let output = crate::plugin(&["-e", EXTERNAL, "-H", &servers[0], "--upstream", &servers[1]]).run();
    assert_eq!((output.state(), upstream.heard()), (Ok, vec![]), "{output:?}");
}
