//! UDP and TCP beside each other, and answers that are too long for a datagram.

use common::ServiceState::{Critical, Ok, Warning};
use common::dns::{RecordType, Reply};

use super::check::{
    Check, MEMBERS, Names, closed, found, healthy, no_data, not_asked, nx_domain, servfail, silent, truncated,
};

fn over_tcp(names: Names, reply: &Reply) -> Check {
    healthy().answers_over_tcp(1, names, reply)
}

/// A client needs TCP only for long answers, so that nobody suffers yet.
#[test]
fn what_fails_over_tcp_alone_is_told() {
    for (names, reply, words, cause) in [
        (
            Names::All,
            silent(),
            "over TCP no answer within 4.0 s for all names, over UDP an answer",
            "does a firewall drop TCP",
        ),
        (
            Names::All,
            closed(),
            "over TCP connection refused for all names, over UDP an answer",
            "does it listen on TCP",
        ),
        (
            Names::All,
            servfail(),
            "over TCP SERVFAIL for all names, over UDP an answer",
            "does another server answer TCP",
        ),
        (
            Names::Internal,
            silent(),
            "over TCP no answer within 4.0 s for galeradb.service.consul A and galeradb.service.consul AAAA, over UDP an answer",
            "does a firewall drop TCP",
        ),
        (
            Names::External,
            closed(),
            "over TCP connection refused for www.example.com A and www.example.com AAAA, over UDP an answer",
            "does it listen on TCP",
        ),
    ] {
        let check = over_tcp(names, &reply);
        assert_eq!((check.state(), check.ids()), (Warning, vec!["tcp-broken"]), "{words}");
        let (text, remedy) = check.finding("tcp-broken");
        assert_eq!(text, format!("10.0.0.12: {words}"));
        assert!(
            remedy.starts_with(cause) && remedy.ends_with("dig @10.0.0.12 galeradb.service.consul +tcp"),
            "{remedy}"
        );
        assert_eq!(check.value("servers_ok").as_deref(), Some("3"));
    }
}

#[test]
fn what_is_said_otherwise_over_tcp_is_told() {
    let denied = over_tcp(Names::Internal, &nx_domain("consul", 0)).finding("tcp-broken").0;
    assert_eq!(denied, "10.0.0.12: over TCP a denial for galeradb.service.consul A, over UDP an answer");
    let found = over_tcp(Names::Internal, &found(&MEMBERS)).finding("tcp-broken").0;
    assert_eq!(found, "10.0.0.12: over TCP records for galeradb.service.consul AAAA, over UDP an answer");
    // One denies what the other denies, too.
    let other = healthy().answers_of(1, Names::Internal, RecordType::Aaaa, &no_data("consul"));
    assert_eq!(other.state(), Ok);
}

/// Over UDP too it fails, so that it is no fault of TCP.
#[test]
fn who_fails_over_both_is_no_case_of_tcp() {
    for reply in [silent(), closed(), servfail()] {
        for names in [Names::All, Names::Internal] {
            let ids = healthy().answers(1, names, &reply).ids();
            assert!(!ids.contains(&"tcp-broken"), "{ids:?}");
        }
    }
}

#[test]
fn our_own_side_is_no_fault_of_tcp() {
    let check = over_tcp(Names::All, &not_asked());
    assert_eq!(check.ids(), ["not-asked"]);
    assert_eq!(check.finding("not-asked").0, "10.0.0.12 was not asked over TCP: too many open files");
}

/// RFC 7766, section 5: a client that gets TC asks again over TCP.
#[test]
fn a_truncated_answer_counts_as_what_tcp_says() {
    let many: Vec<_> = (1..=100).map(|number| format!("10.0.1.{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    for cut in [&many[..20], &[]] {
        let check = (0..3).fold(healthy(), |check, server| {
            let check = check.answers_of(server, Names::Internal, RecordType::A, &found(&many));
            check.answers_over_udp(server, Names::Internal, &truncated(cut)).answers_over_tcp(
                server,
                Names::Internal,
                &found(&many),
            )
        });
        assert_eq!((check.state(), check.ids()), (Warning, vec!["truncated"]), "{:#?}", check.report().findings());
        assert_eq!(check.value("internal_addresses").as_deref(), Some("100"));
        assert_eq!(check.value("servers_ok").as_deref(), Some("3"));
        let text = check.finding("truncated").0;
        assert_eq!(text, "10.0.0.11: galeradb.service.consul truncated over UDP, so each lookup needs TCP");
    }
}

/// glibc goes on to the next server; here it is told which half fails.
#[test]
fn a_truncated_answer_that_tcp_does_not_complete_is_no_answer() {
    for (reply, words) in [(closed(), "connection refused"), (silent(), "no answer within 4.0 s")] {
        let check = healthy().answers_over_udp(1, Names::Internal, &truncated(&MEMBERS)).answers_over_tcp(
            1,
            Names::Internal,
            &reply,
        );
        assert_eq!(check.state(), Warning);
        assert_eq!(check.ids(), ["no-answer-for-name", "tcp-broken", "truncated"]);
        let text = check.finding("no-answer-for-name").0;
        assert!(
            text.starts_with(&format!("10.0.0.12: galeradb.service.consul truncated, and over TCP {words}")),
            "{text}"
        );
        assert_eq!(check.value("servers_ok").as_deref(), Some("2"));
    }
    let again = healthy().answers(1, Names::Internal, &truncated(&[]));
    let text = again.finding("no-answer-for-name").0;
    assert!(
        text.contains("truncated, and over TCP truncated over TCP too") || text.contains("truncated over TCP too"),
        "{text}"
    );
}

#[test]
fn who_answers_over_tcp_alone_has_no_udp() {
    let deaf = |server: usize| healthy().answers_over_udp(server, Names::All, &silent());
    let check = deaf(1);
    assert_eq!((check.state(), check.value("servers_ok").as_deref()), (Warning, Some("2")));
    let (text, remedy) = check.finding("no-answer-for-name");
    assert_eq!(text, "10.0.0.12: galeradb.service.consul no answer within 4.0 s, but it answers over TCP");
    assert!(remedy.contains("53/udp"), "{remedy}");
    let first = deaf(0);
    assert_eq!(first.state(), Critical);
    assert!(first.finding("first-server-silent").0.contains("so each lookup of it waits 5 s, but it answers over TCP"));
    let two = deaf(1).answers_over_udp(2, Names::All, &silent());
    assert_eq!((two.state(), two.ids().contains(&"too-few-servers")), (Critical, true));
}
