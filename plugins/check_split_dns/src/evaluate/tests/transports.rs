//! UDP and TCP beside each other, and answers that are too long for a datagram.

use common::ServiceState::{Critical, Ok, Warning};
use common::dns::{RecordType, Reply};

use super::scene::{
    MEMBERS, Names, Scene, closed, found, healthy, no_data, not_asked, nx_domain, servfail, silent, truncated,
};

fn over_tcp(names: Names, reply: &Reply) -> Scene {
    healthy().says_over_tcp(1, names, reply)
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
            Names::Inside,
            silent(),
            "over TCP no answer within 4.0 s for galeradb.service.consul A and galeradb.service.consul AAAA, over UDP an answer",
            "does a firewall drop TCP",
        ),
        (
            Names::Outside,
            closed(),
            "over TCP connection refused for www.example.com A and www.example.com AAAA, over UDP an answer",
            "does it listen on TCP",
        ),
    ] {
        let scene = over_tcp(names, &reply);
        assert_eq!((scene.state(), scene.ids()), (Warning, vec!["tcp-broken"]), "{words}");
        let (text, remedy) = scene.finding("tcp-broken");
        assert_eq!(text, format!("10.0.0.12: {words}"));
        assert!(
            remedy.starts_with(cause) && remedy.ends_with("dig @10.0.0.12 galeradb.service.consul +tcp"),
            "{remedy}"
        );
        assert_eq!(scene.value("servers_ok").as_deref(), Some("3"));
    }
}

#[test]
fn what_is_said_otherwise_over_tcp_is_told() {
    let denied = over_tcp(Names::Inside, &nx_domain("consul", 0)).finding("tcp-broken").0;
    assert_eq!(denied, "10.0.0.12: over TCP a denial for galeradb.service.consul A, over UDP an answer");
    let found = over_tcp(Names::Inside, &found(&MEMBERS)).finding("tcp-broken").0;
    assert_eq!(found, "10.0.0.12: over TCP records for galeradb.service.consul AAAA, over UDP an answer");
    // One denies what the other denies, too.
    let other = healthy().says_of(1, Names::Inside, RecordType::Aaaa, &no_data("consul"));
    assert_eq!(other.state(), Ok);
}

/// Over UDP too it fails, so that it is no fault of TCP.
#[test]
fn who_fails_over_both_is_no_case_of_tcp() {
    for reply in [silent(), closed(), servfail()] {
        for names in [Names::All, Names::Inside] {
            let ids = healthy().says(1, names, &reply).ids();
            assert!(!ids.contains(&"tcp-broken"), "{ids:?}");
        }
    }
}

#[test]
fn our_own_side_is_no_fault_of_tcp() {
    let scene = over_tcp(Names::All, &not_asked());
    assert_eq!(scene.ids(), ["not-asked"]);
    assert_eq!(scene.finding("not-asked").0, "10.0.0.12 was not asked over TCP: too many open files");
}

/// RFC 7766, section 5: a client that gets TC asks again over TCP.
#[test]
fn a_truncated_answer_counts_as_what_tcp_says() {
    let many: Vec<_> = (1..=100).map(|number| format!("10.0.1.{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    for cut in [&many[..20], &[]] {
        let scene = (0..3).fold(healthy(), |scene, server| {
            let scene = scene.says_of(server, Names::Inside, RecordType::A, &found(&many));
            scene.says_over_udp(server, Names::Inside, &truncated(cut)).says_over_tcp(
                server,
                Names::Inside,
                &found(&many),
            )
        });
        assert_eq!((scene.state(), scene.ids()), (Warning, vec!["truncated"]), "{:#?}", scene.report().findings());
        assert_eq!(scene.value("internal_addresses").as_deref(), Some("100"));
        assert_eq!(scene.value("servers_ok").as_deref(), Some("3"));
        let text = scene.finding("truncated").0;
        assert_eq!(text, "10.0.0.11: galeradb.service.consul truncated over UDP, so each lookup needs TCP");
    }
}

/// glibc goes on to the next server; here it is told which half fails.
#[test]
fn a_truncated_answer_that_tcp_does_not_complete_is_no_answer() {
    for (reply, words) in [(closed(), "connection refused"), (silent(), "no answer within 4.0 s")] {
        let scene =
            healthy().says_over_udp(1, Names::Inside, &truncated(&MEMBERS)).says_over_tcp(1, Names::Inside, &reply);
        assert_eq!(scene.state(), Warning);
        assert_eq!(scene.ids(), ["no-answer-for-name", "tcp-broken", "truncated"]);
        let text = scene.finding("no-answer-for-name").0;
        assert!(
            text.starts_with(&format!("10.0.0.12: galeradb.service.consul truncated, and over TCP {words}")),
            "{text}"
        );
        assert_eq!(scene.value("servers_ok").as_deref(), Some("2"));
    }
    let again = healthy().says(1, Names::Inside, &truncated(&[]));
    let text = again.finding("no-answer-for-name").0;
    assert!(
        text.contains("truncated, and over TCP truncated over TCP too") || text.contains("truncated over TCP too"),
        "{text}"
    );
}

#[test]
fn who_answers_over_tcp_alone_has_no_udp() {
    let deaf = |server: usize| healthy().says_over_udp(server, Names::All, &silent());
    let scene = deaf(1);
    assert_eq!((scene.state(), scene.value("servers_ok").as_deref()), (Warning, Some("2")));
    let (text, remedy) = scene.finding("no-answer-for-name");
    assert_eq!(text, "10.0.0.12: galeradb.service.consul no answer within 4.0 s, but it answers over TCP");
    assert!(remedy.contains("53/udp"), "{remedy}");
    let first = deaf(0);
    assert_eq!(first.state(), Critical);
    assert!(first.finding("first-server-silent").0.contains("so each lookup of it waits 5 s, but it answers over TCP"));
    let two = deaf(1).says_over_udp(2, Names::All, &silent());
    assert_eq!((two.state(), two.ids().contains(&"too-few-servers")), (Critical, true));
}
