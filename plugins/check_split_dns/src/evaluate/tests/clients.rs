//! What clients suffer: the order of the servers, the waits of glibc, and which servers they are told of.

use common::ServiceState::{self, Critical, Ok, Warning};
use common::dns::{RecordType, Reply};

use super::check::{Check, Names, checked, closed, healthy, no_data, nx_domain, prohibited, servfail, silent, with};

/// Three servers in some state, what that means, and what is said.
struct Case(&'static str, Check, ServiceState, &'static [(&'static str, &'static str)]);

fn first(reply: &Reply) -> Check {
    healthy().answers(0, Names::All, reply)
}

/// The servers with these indices answer so to everything.
fn those(indices: &[usize], reply: &Reply) -> Check {
    those_of(healthy(), indices, reply)
}

fn those_of(check: Check, indices: &[usize], reply: &Reply) -> Check {
    indices.iter().fold(check, |check, index| check.answers(*index, Names::All, reply))
}

/// glibc 2.36, `getaddrinfo`, measured: what is believed is CRITICAL, and so is a wait that every lookup suffers.
fn measured() -> Vec<Case> {
    vec![
        Case(
            "a black hole, then good: 5.01 s",
            first(&silent()),
            Critical,
            &[(
                "first-server-silent",
                "10.0.0.11 (first name server): no answer within 4.0 s, so each lookup waits 5 s",
            )],
        ),
        Case(
            "a closed port, then good: 0.00 s",
            first(&closed()),
            Warning,
            &[("server-dead", "10.0.0.11: connection refused")],
        ),
        Case(
            "SERVFAIL, then good: 0.00 s",
            first(&servfail()),
            Warning,
            &[("no-answer-for-name", "10.0.0.11: galeradb.service.consul SERVFAIL")],
        ),
        Case(
            "REFUSED, then good: 0.00 s",
            first(&prohibited()),
            Warning,
            &[("recursion-refused", "10.0.0.11: galeradb.service.consul and www.example.com REFUSED (EDE 18)")],
        ),
        Case(
            "NXDOMAIN, then good: no such name",
            healthy().answers(0, Names::Internal, &nx_domain("consul", 0)),
            Critical,
            &[("wrong-answer", "10.0.0.11: galeradb.service.consul NXDOMAIN from zone consul")],
        ),
        Case(
            "NODATA, then good: no such name",
            healthy().answers(0, Names::Internal, &no_data("consul")),
            Critical,
            &[("wrong-answer", "10.0.0.11: galeradb.service.consul NODATA from zone consul")],
        ),
        Case(
            "good, then two black holes: 0.01 s, but no server may fail any more",
            those(&[1, 2], &silent()),
            Critical,
            &[
                ("server-dead", "10.0.0.12: no answer within 4.0 s"),
                ("too-few-servers", "1 of 3 name servers right, at least 2 needed"),
            ],
        ),
        Case(
            "three black holes, the fourth good: 28 s, no answer",
            those(&[0, 1, 2], &silent()).of_file(&["line 5: the fourth server is not asked"]),
            Critical,
            &[
                ("too-few-servers", "0 of 3 name servers right, at least 2 needed"),
                ("server-unused", "/etc/resolv.conf: line 5: the fourth server is not asked"),
                ("server-dead", "10.0.0.11: no answer within 4.0 s"),
            ],
        ),
        Case(
            "three closed ports, the fourth good: no answer",
            those(&[0, 1, 2], &closed()),
            Critical,
            &[("too-few-servers", "0 of 3 name servers right"), ("server-dead", "10.0.0.13: connection refused")],
        ),
        Case(
            "AAAA SERVFAIL, A fine (a narrow zone): 0.00 s",
            healthy().answers_of(0, Names::Internal, RecordType::Aaaa, &servfail()),
            Warning,
            &[("no-answer-for-name", "10.0.0.11: galeradb.service.consul AAAA SERVFAIL")],
        ),
    ]
}

/// Where one family is NODATA and the other fails, clients take the NODATA (glibc 2.36, measured with two servers: no
/// such name). One that is silent for A alone is passed over after 10 s.
fn of_families() -> Vec<Case> {
    let internal = |a: &Reply, aaaa: &Reply| {
        healthy().answers_of(0, Names::Internal, RecordType::A, a).answers_of(
            0,
            Names::Internal,
            RecordType::Aaaa,
            aaaa,
        )
    };
    vec![
        Case(
            "A SERVFAIL, AAAA NODATA",
            internal(&servfail(), &no_data("consul")),
            Critical,
            &[("wrong-answer", "10.0.0.11: galeradb.service.consul A SERVFAIL (clients take the NODATA)")],
        ),
        Case(
            "A NODATA, AAAA SERVFAIL",
            internal(&no_data("consul"), &servfail()),
            Critical,
            &[("wrong-answer", "10.0.0.11: galeradb.service.consul AAAA SERVFAIL (clients take the NODATA)")],
        ),
        Case(
            "A REFUSED, AAAA NODATA",
            internal(&prohibited(), &no_data("consul")),
            Critical,
            &[("wrong-answer", "10.0.0.11: galeradb.service.consul A REFUSED (EDE 18) (clients take the NODATA)")],
        ),
        Case(
            "A NODATA, AAAA silent: 15 s",
            internal(&no_data("consul"), &silent()),
            Critical,
            &[("wrong-answer", "AAAA no answer within 4.0 s (clients take the NODATA)")],
        ),
        Case(
            "A silent, AAAA NODATA: found after 10 s",
            internal(&silent(), &no_data("consul")),
            Critical,
            &[("first-server-silent", "A no answer within 4.0 s, so each lookup of it waits 5 s")],
        ),
        Case(
            "A found, AAAA silent: found after 15 s",
            internal(&super::check::found(&super::check::MEMBERS), &silent()),
            Critical,
            &[("first-server-silent", "AAAA no answer within 4.0 s, so each lookup of it waits 5 s")],
        ),
    ]
}

#[track_caller]
fn assert_judged(cases: Vec<Case>) {
    for Case(what, check, state, said) in cases {
        let report = check.report();
        let findings = report.findings();
        assert_eq!(check.state(), state, "{what}: {findings:#?}");
        for (id, words) in said {
            let is_said = findings.iter().any(|finding| finding.id == Some(id) && finding.text.contains(words));
            assert!(is_said, "{what}: no {id} {words:?} in {findings:#?}");
        }
    }
}

#[test]
fn what_a_client_suffers_decides() {
    assert_judged(measured());
    assert_judged(of_families());
}

/// glibc waits 5 s for the first server, and for the second and third a share of twice and four times that
/// (`send_dg`; measured with three servers: 5, 3 and 6 s). It passes over one that fails at once.
#[test]
fn a_silent_server_is_waited_for_where_none_before_it_answers() {
    let two = || checked(&["-i", "x.consul", "-H", "10.0.0.11,10.0.0.12"]);
    let waited = |check: &Check| {
        let report = check.report();
        let findings: Vec<_> = report.findings().iter().map(|finding| finding.text.clone()).collect();
        let after = |text: &String| text.split_once("so each lookup waits ").map(|(_, rest)| rest.to_owned());
        findings.iter().filter_map(after).collect::<Vec<_>>()
    };
    for (check, waits) in [
        (those(&[0], &silent()), &["5 s"][..]),
        (those(&[0], &silent()).waiting(2), &["2 s"]),
        (those(&[0, 1], &silent()), &["5 s", "3 s"]),
        (those_of(those(&[0], &closed()), &[1], &silent()), &["3 s"]),
        (those_of(those(&[0], &prohibited()), &[1], &silent()), &["3 s"]),
        (those_of(those(&[0], &servfail()), &[1], &silent()).waiting(1), &["1 s"]),
        (those_of(those_of(two(), &[0], &closed()), &[1], &silent()), &[]),
        (those(&[1], &silent()), &[]),
        (those(&[1, 2], &silent()), &[]),
        (those(&[0, 1, 2], &silent()), &[]),
        // Whether the first would have answered is not known.
        (those_of(those(&[0], &super::check::not_asked()), &[1], &silent()), &[]),
    ] {
        assert_eq!(waited(&check), waits, "{:#?}", check.report().findings());
    }
}

#[test]
fn only_the_host_of_a_file_is_spoken_of_as_here() {
    let text = first(&silent()).of_file(&[]).finding("first-server-silent").0;
    assert!(text.ends_with("so each lookup here waits 5 s"), "{text}");
}

/// resolv.conf(5), rotate: all servers take turns, so that one of them stalls its share of the lookups.
#[test]
fn where_servers_take_turns_no_place_is_worse_than_another() {
    for index in 0..3 {
        let check = those(&[index], &silent()).rotating();
        assert_eq!((check.state(), check.ids()), (Warning, vec!["server-dead"]), "{index}");
        let text = check.finding("server-dead").0;
        assert!(text.ends_with("no answer within 4.0 s, so one lookup in 3 waits 5 s"), "{index}: {text}");
    }
    let wrong = healthy().answers(2, Names::Internal, &nx_domain("consul", 0)).rotating();
    assert_eq!(wrong.state(), Critical);
}

#[test]
fn as_many_servers_as_needed_must_be_right() {
    for (args, dead, state) in [
        (&[][..], 1, Warning),
        (&[], 2, Critical),
        (&["--min-servers", "1"], 2, Warning),
        (&["--min-servers", "1"], 3, Critical),
        (&["--min-servers", "3"], 1, Critical),
    ] {
        let dead = &[2, 1, 0][..dead];
        assert_eq!(those_of(with(args), dead, &closed()).state(), state, "{args:?} {dead:?}");
    }
    // With fewer than two, all of them.
    let one = checked(&["-i", "x.consul", "-H", "10.0.0.11"]);
    assert_eq!(one.state(), Ok);
    assert_eq!(
        those_of(one, &[0], &closed()).first_line(),
        "SPLIT_DNS is CRITICAL: 0 of 1 name servers right, at least 1 needed: 10.0.0.11 connection refused"
    );
    // One that is good although not all of it was asked is no second one.
    let check = with(&[]).answers_of(0, Names::Internal, RecordType::Aaaa, &super::check::not_asked());
    assert_eq!(those_of(check, &[1, 2], &closed()).state(), Critical);
    // Of one that was not asked nobody knows that it is lost.
    let check = those_of(those(&[0], &super::check::not_asked()), &[1], &closed());
    assert!(!check.ids().contains(&"too-few-servers"), "{:?}", check.ids());
}

#[test]
fn lines_that_name_a_server_in_vain_are_repeated() {
    let check = healthy().of_file(&["line 4: 10.0.0.14 is past the third", "line 5: 10.0.0.11 is there twice"]);
    let report = check.report();
    let said: Vec<_> =
        report.findings().iter().filter(|finding| finding.id.is_some()).map(|finding| finding.text.clone()).collect();
    assert_eq!(
        said,
        ["/etc/resolv.conf: line 4: 10.0.0.14 is past the third", "/etc/resolv.conf: line 5: 10.0.0.11 is there twice"]
    );
    assert_eq!(check.state(), Warning);
}

/// systemd-resolved.service(8): 127.0.0.53, and 127.0.0.54, which hide the real servers.
#[test]
fn a_stub_hides_the_servers_that_count() {
    for (server, is_stub) in [("127.0.0.53", true), ("127.0.0.54", true), ("127.0.0.1", false)] {
        let check = checked(&["-i", "x.consul", "-H", server]).of_file(&[]);
        assert_eq!(check.ids().contains(&"local-stub"), is_stub, "{server}");
    }
    let (text, remedy) = checked(&["-i", "x.consul", "-H", "127.0.0.53"]).of_file(&[]).finding("local-stub");
    assert_eq!(text, "/etc/resolv.conf names the stub 127.0.0.53: the real servers behind it were not asked");
    assert!(remedy.contains("--resolv-conf /run/systemd/resolve/resolv.conf"), "{remedy}");
}

/// Also while the operator has overruled the finding that says why.
#[test]
fn a_stub_is_no_reason_for_a_wrong_answer() {
    let args = ["-i", "x.consul", "-H", "127.0.0.53,10.0.0.12,10.0.0.13", "-w", "servers_ok=3:"];
    let check = checked(&args).of_file(&[]).answers(0, Names::All, &closed());
    for more in [&[][..], &["--severity", "server-dead=ok"]] {
        let (_, text) = check.report_with(&[&args[4..], more].concat()).render();
        let first = text.lines().next().unwrap();
        assert!(first.contains("2/3 name servers right: 127.0.0.53 connection refused"), "{first}");
    }
}

#[test]
fn the_servers_are_those_that_are_expected() {
    for (expected, said) in [
        ("3", None),
        ("2", Some("3 name servers, 2 expected")),
        ("4", Some("3 name servers, 4 expected")),
        ("10.0.0.13,10.0.0.12,10.0.0.11", None),
        ("10.0.0.11,10.0.0.12", Some("name servers not expected: 10.0.0.13")),
        ("10.0.0.11,10.0.0.12,10.0.0.13,10.0.0.14", Some("name servers missing: 10.0.0.14")),
        ("10.0.0.11,10.0.0.12,fd00::13", Some("name servers missing: fd00::13; not expected: 10.0.0.13")),
    ] {
        let check = with(&["--expect-servers", expected]);
        match said {
            None => assert_eq!(check.state(), Ok, "{expected}"),
            Some(said) => assert_eq!(check.finding("servers-unexpected").0, said, "{expected}"),
        }
    }
    // A server that is named twice is one.
    let twice = checked(&["-i", "x.consul", "-H", "10.0.0.11,10.0.0.11", "--expect-servers", "2"]);
    assert_eq!(twice.finding("servers-unexpected").0, "1 name server, 2 expected");
}
