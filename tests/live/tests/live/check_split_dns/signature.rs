//! The answers of a name server to six questions, which distinguish the faults; all were measured.

use std::thread;
use std::time::Duration;

use anyhow::ensure;
use lab::Lab;
use lab::node::SERVICE_NAME;
use lab::wait::wait_until;

/// The service, likewise without validation, its IPv6 addresses, no service, a name of the internet, none of it.
const QUESTIONS: [&str; 6] = [
    "galeradb.service.consul",
    "galeradb.service.consul A +cdflag",
    "galeradb.service.consul AAAA",
    "no-such-service.service.consul",
    "www.example.org",
    "no-such-name.com",
];

pub(super) const NODES: &str = "NOERROR 127.0.0.11 127.0.0.12 127.0.0.13";
pub(super) const WEB: &str = "NOERROR 93.184.215.14 AD";
pub(super) const NO_DATA: &str = "NOERROR SOA consul.";
pub(super) const NO_NAME: &str = "NXDOMAIN SOA consul.";
pub(super) const NO_COM: &str = "NXDOMAIN AD SOA com.";
/// The root denies what it should not have been asked.
pub(super) const ROOT: &str = "NXDOMAIN SOA .";
pub(super) const FAILED: &str = "SERVFAIL";
pub(super) const SILENT: &str = "no answer";

pub(super) const RIGHT: [&str; 6] = [NODES, NODES, NO_DATA, NO_NAME, WEB, NO_COM];

/// The longest wait for a silent server is shorter: BIND gives up after 10 s, and says so for one more.
const LIMIT: Duration = Duration::from_secs(60);

/// Asserts that a server answers so to the six questions.
#[track_caller]
pub(super) fn assert_signature(lab: &Lab, server: &str, signature: [&str; 6]) {
    assert_said(lab, server, QUESTIONS, signature);
}

/// Asks all at once, because some are not answered, until the answers are these: on a busy machine one may be late.
#[track_caller]
pub(super) fn assert_said<const N: usize>(lab: &Lab, server: &str, questions: [&str; N], answers: [&str; N]) {
    let seen = wait_until(&format!("{server} to answer {answers:#?}"), LIMIT, || {
        let said = thread::scope(|scope| {
            let asked = questions.map(|question| scope.spawn(move || lab.ask(server, question)));
            asked.map(|said| said.join().unwrap().map_or_else(|_| SILENT.to_owned(), |answer| answer.to_string()))
        });
        ensure!(said == answers, "it answers {said:#?}");
        Ok(())
    });
    seen.unwrap();
}

/// Asserts that what a server says of the service ends by itself, after so many seconds at most.
#[track_caller]
pub(super) fn assert_kept(lab: &Lab, server: &str, most: u32) {
    let answer = wait_until(&format!("an answer of {server}"), LIMIT, || lab.ask(server, SERVICE_NAME)).unwrap();
    assert!((1..=most).contains(&answer.lifetime), "{answer} for {} s", answer.lifetime);
}
