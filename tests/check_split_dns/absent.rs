//! Names that no server may know.

use test_support::message::{A, AAAA, Message};
use test_support::oracle::State::{self, Critical, Ok, Warning};
use test_support::plugin::{Output, assert_says};

use crate::names::{INTERNAL, Names, REFUSED, SERVFAIL, code, denied, found, no_data};
use crate::{HASTY, ask_one, asking_one, assert_finds, assert_shows, assert_worst, at_once, value};

const OLD: &str = "old.service.consul";

fn saying(message: Message) -> Names {
    Names::but(move |query| query.is_for(OLD).then(|| message.clone()))
}

fn ask(server: &Names, absent: &str) -> Output {
    ask_one(server, &["-v", "-i", INTERNAL, "-n", absent])
}

#[test]
fn a_name_must_be_denied_as_it_should() {
    let cases: [(&str, Message, State, &str); 4] = [
        (OLD, denied("consul", 0), Ok, ""),
        ("old.service.consul=nodata", no_data(), Ok, ""),
        ("old.service.consul=Refused", code(REFUSED), Ok, ""),
        (
            "old.service.consul=refused",
            denied("consul", 9),
            Critical,
            "NXDOMAIN from zone consul (cached for 9 s more) instead of REFUSED",
        ),
    ];
    for (absent, message, state, said) in cases {
        let server = saying(message);
        let output = ask(&server, absent);
        match state {
            Ok => {
                assert_says(&output, Ok, "1/1 name servers: 1 internal and 1 absent name right");
                assert_shows(&output, "old.service.consul is absent");
            }
            _ => assert_finds(&output, state, &format!("{}: {OLD} {said}", server.addr()), "dig @127.0.0.1"),
        }
        assert_eq!(value(&output, "servers_ok"), Some(f64::from(state == Ok)), "{output:?}");
    }
}

#[test]
fn a_name_that_is_there_is_critical() {
    let server = Names::but(|query| (query.is_for(OLD) && query.rtype == A).then(|| found(&["10.0.0.9"])));
    let said = format!("{}: {OLD} A exists: address 10.0.0.9", server.addr());
    assert_worst(&ask(&server, OLD), Critical, &said, "who serves it there, and is that intended?");
}

/// Half an absence is none: a client that asks for the other family gets no answer.
#[test]
fn every_question_must_be_denied() {
    let server = Names::but(|query| (query.is_for(OLD) && query.rtype == AAAA).then(|| code(SERVFAIL)));
    let output = ask(&server, OLD);
    assert_finds(&output, Warning, &format!("{}: {OLD} AAAA SERVFAIL", server.addr()), "");
    assert_eq!(value(&output, "servers_ok"), Some(0.0), "{output:?}");
}

/// A dead server knows no name either; that is why the stock check of absence passes on it.
#[test]
fn silence_is_no_absence() {
    let server = Names::silent_to(|query| query.is_for(OLD));
    let dead = Names::silent_to(|_| true);
    let failing = Names::but(|_| Some(code(SERVFAIL)));
    let checks = [(&server, &["-i", INTERNAL][..]), (&dead, &[]), (&failing, &[])];
    let [of_known, of_dead, of_failing] =
        at_once(checks.map(|(server, names)| asking_one(server, names).args(["-n", OLD]).args(HASTY)));
    assert_finds(&of_known, Warning, &format!("{}: {OLD} no answer within 1.0 s", server.addr()), "");
    for output in [of_dead, of_failing] {
        assert_says(&output, Critical, "0 of 1 name servers right");
    }
}
