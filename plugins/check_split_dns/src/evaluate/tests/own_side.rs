//! What this host could not ask: each limit is named with its own remedy, and no server is accused.

use std::io;
use std::net::SocketAddr;

use common::CheckError;
use common::ServiceState::Unknown;
use common::dns::{RecordType, Reply};
use common::io_error::{own_side, own_side_to};

use super::check::{Check, EXTERNAL, INTERNAL, Names, UPSTREAM, checked, healthy, kept_by, not_asked, silent, with};

/// Linux errno values.
const EMFILE: i32 = 24;
const ENETUNREACH: i32 = 101;

const NO_ROUTE: &str = "this host has no route there";
const NO_DESCRIPTORS: &str = "the check is out of file descriptors";

/// An address of a link that is not there.
fn without_route() -> Reply {
    let nowhere: SocketAddr = "[fe80::1%4242]:53".parse().unwrap();
    limited(own_side_to(&io::Error::from_raw_os_error(ENETUNREACH), &[nowhere]))
}

fn without_descriptors() -> Reply {
    limited(own_side(&io::Error::from_raw_os_error(EMFILE)))
}

fn limited(limit: Option<CheckError>) -> Reply {
    kept_by(limit.unwrap())
}

/// The sentences and the remedies of what was not asked.
fn unasked(check: &Check) -> Vec<(String, String)> {
    let report = check.report();
    let found = report.findings().into_iter().filter(|finding| finding.id == Some("not-asked"));
    found.map(|finding| (finding.text.clone(), finding.remedy.clone())).collect()
}

#[track_caller]
fn assert_no_cure_for_servers(remedy: &str) {
    for word in ["dig", "named", "its firewall", "systemctl", "forward", "recursion", "log"] {
        assert!(!remedy.contains(word), "{word:?} in {remedy:?}");
    }
}

#[test]
fn each_limit_has_its_own_remedy() {
    let (route, descriptors) = (without_route(), without_descriptors());
    let check = healthy().answers(1, Names::All, &route).answers(2, Names::All, &descriptors);
    assert_eq!((check.state(), check.ids()), (Unknown, vec!["not-asked"]));
    let [first, second] = &unasked(&check)[..] else { panic!("{:?}", unasked(&check)) };
    assert_eq!(first.0, format!("10.0.0.12 was not asked: {NO_ROUTE}"));
    assert_eq!(second.0, format!("10.0.0.13 was not asked: {NO_DESCRIPTORS}"));
    assert!(first.1.contains("ip route") && !first.1.contains("ulimit"), "{}", first.1);
    assert!(second.1.contains("ulimit -n") && !second.1.contains("ip route"), "{}", second.1);
    for (_, remedy) in [first, second] {
        assert_no_cure_for_servers(remedy);
    }
}

/// Whoever was not asked, and for whatever part.
#[test]
fn no_limit_of_ours_suggests_a_cure_for_the_servers() {
    let external = || checked(&["-i", INTERNAL, "-H", "10.0.0.11", "--external-server", "192.0.2.53"]);
    for (reply, problem, cure) in
        [(without_route(), NO_ROUTE, "ip route"), (without_descriptors(), NO_DESCRIPTORS, "ulimit -n")]
    {
        for check in [
            healthy().answers(1, Names::All, &reply),
            healthy().answers(1, Names::Internal, &reply),
            healthy().answers(1, Names::RandomExternal, &reply),
            healthy().answers_of(1, Names::External, RecordType::Aaaa, &reply),
            healthy().answers_over_tcp(1, Names::All, &reply),
            with(&UPSTREAM).upstream_answers(None, &reply),
            external().external_server_answers(&reply),
        ] {
            let [(said, remedy)] = &unasked(&check)[..] else { panic!("{:?}", unasked(&check)) };
            assert!(said.contains(problem) && remedy.contains(cure), "{said} -> {remedy}");
            assert_no_cure_for_servers(remedy);
        }
    }
}

#[test]
fn names_with_the_same_limit_are_told_together() {
    let descriptors = without_descriptors();
    let check = healthy().answers(1, Names::Internal, &descriptors).answers(1, Names::External, &descriptors);
    let said = format!("10.0.0.12 was not asked: {NO_DESCRIPTORS} (left out: {INTERNAL} and {EXTERNAL})");
    assert_eq!(unasked(&check).iter().map(|(said, _)| said).collect::<Vec<_>>(), [&said]);
    let two = healthy().answers(1, Names::Internal, &descriptors).answers(1, Names::External, &without_route());
    assert_eq!(unasked(&two).len(), 2, "each has its own remedy");
}

/// A server that was asked and is silent is what can be said of it.
#[test]
fn silence_is_told_before_a_limit_of_ours() {
    let check = healthy().answers(1, Names::All, &silent()).answers(1, Names::Internal, &not_asked());
    assert_eq!(check.ids(), ["server-dead"]);
}

#[test]
fn the_first_line_names_the_server_and_the_limit() {
    let one = |reply: &Reply| healthy().answers(2, Names::All, reply).first_line();
    assert_eq!(
        one(&without_route()),
        format!("SPLIT_DNS is UNKNOWN: 10.0.0.13 was not asked: {NO_ROUTE}; slowest answer 4.1 ms")
    );
    let all = (0..3).fold(healthy(), |check, server| check.answers(server, Names::All, &without_descriptors()));
    let first = format!("SPLIT_DNS is UNKNOWN: 10.0.0.11 was not asked: {NO_DESCRIPTORS}");
    let others = format!("10.0.0.12 was not asked: {NO_DESCRIPTORS}; 10.0.0.13 not asked");
    assert_eq!(all.first_line(), format!("{first}; {others}"));
}
