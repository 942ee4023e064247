//! Text that was written to be misread, wherever a server may put it, and more than anybody reads.

use std::net::{IpAddr, Ipv4Addr};

use common::ServiceState::{Critical, Ok};
use common::dns::{Address, Answer, Name, OtherRecord, Outcome, Rcode, RecordType, Reply, Soa, Srv};

use super::check::{
    Check, MEMBERS, Names, SERVERS, UPSTREAM, answer, answered, checked, found, healthy, nx_domain, reply, servfail,
    silent, with, with_reason,
};
use crate::probe::Side;

/// Perfdata of its own, lines, HTML, a direction override, an escape sequence and more than anybody reads.
fn hostile() -> String {
    format!(
        "<b>x</b>|'servers_ok'=99;;;0;\nSPLIT_DNS is OK: all well\r\n\u{202e}evil\u{1b}[31m\u{0}{}",
        "ü".repeat(4096)
    )
}

/// The same as far as a name can hold it: any bytes in labels of 63.
fn hostile_name(parent: &str) -> Name {
    let words = hostile();
    let labels: Vec<&[u8]> = words.as_bytes()[..180].chunks(60).collect();
    let labels = labels.into_iter().chain(parent.split('.').filter(|label| !label.is_empty()).map(str::as_bytes));
    Name::from_labels(labels).unwrap()
}

/// One first line that ends where ours ends, one set of perfdata, which is ours, and nothing that deceives.
#[track_caller]
fn assert_harmless(check: &Check) {
    let report = check.report();
    for verbosity in 0..=3 {
        let (state, text) = check.output(verbosity);
        assert!(text.starts_with(&format!("SPLIT_DNS is {}: ", state.to_string().to_uppercase())), "{text}");
        assert!(text.lines().next().unwrap().split('|').next().unwrap().len() <= 201, "{text}");
        assert!(text.matches('|').count() <= 1, "{text}");
        assert!(!text.split('|').nth(1).unwrap_or_default().contains("=99"), "{text}");
        assert!(!text.contains("\nSPLIT_DNS") && !text.contains("<b>"), "{text}");
        let deceives = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!text.contains(deceives), "{text:?}");
        assert!(verbosity > 0 || text.len() < 4000, "{} bytes", text.len());
    }
    for finding in report.findings().iter().filter(|finding| finding.state != Ok) {
        // Each piece is clean before it is put together with others, and not only the whole.
        assert!(!finding.text.contains(|c: char| c == '|' || c.is_control()), "{finding:?}");
        assert!(finding.text.len() < 4000 && finding.remedy.len() < 1000, "{finding:?}");
    }
}

/// Wherever a server may put words: reasons, names and texts.
fn replies() -> Vec<Reply> {
    let words = hostile();
    let soa = |owner: Name| Some(Soa { owner, ttl: u32::MAX, minimum: u32::MAX });
    let other = |host: Option<Name>| OtherRecord { text: words.clone(), host, ttl: u32::MAX };
    let srv = || Srv { priority: 0, weight: 0, port: 0, target: hostile_name(""), ttl: 0 };
    let plain = |code| answer(code, &[]);
    let mut replies: Vec<_> = [
        with_reason(plain(Rcode::SERVFAIL), 22, &words),
        with_reason(plain(Rcode::REFUSED), u16::MAX, &words),
        with_reason(plain(Rcode(4095)), 0, &words),
        with_reason(answer(Rcode::NOERROR, &MEMBERS), 3, &words),
        with_reason(answer(Rcode::NOERROR, &["198.51.100.7"]), 19, &words),
        Answer { soa: soa(hostile_name("consul")), ..with_reason(plain(Rcode::NXDOMAIN), 19, &words) },
        Answer { soa: soa(hostile_name("")), ..plain(Rcode::NXDOMAIN) },
        Answer { soa: soa(hostile_name("consul")), ..plain(Rcode::NOERROR) },
        Answer { cnames: vec![hostile_name(""); 100], ..plain(Rcode::NOERROR) },
        Answer { cnames: vec![hostile_name("")], ..answer(Rcode::NOERROR, &MEMBERS) },
        Answer { srv: vec![srv(); 50], ..plain(Rcode::NOERROR) },
        Answer { others: vec![other(None), other(Some(hostile_name("")))], ..plain(Rcode::NOERROR) },
    ]
    .into_iter()
    .map(answered)
    .collect();
    replies.push(reply(Outcome::NotUnderstood(words)));
    replies
}

#[test]
fn what_a_server_says_stays_text() {
    let args = ["-i", "x.consul", "-i", "x.consul/TXT=~y", "-i", "x.consul/SRV=db.consul.", "-e", "www.example.com"];
    let more = ["-n", "old.consul", "--external-server", "192.0.2.53", "-H", &SERVERS.join(",")];
    for reply in replies() {
        for names in [Names::All, Names::Side(Side::Internal), Names::At(1)] {
            let check = || checked(&[&args[..], &more, &UPSTREAM].concat());
            assert_harmless(&check().answers(1, names, &reply).rechecked());
            assert_harmless(&check().answers_over_tcp(1, names, &reply));
            assert_harmless(
                &check()
                    .all_answer(names, &reply)
                    .upstream_answers(None, &reply)
                    .external_server_answers(&reply)
                    .rechecked(),
            );
            let failing = check().answers(1, names, &servfail());
            assert_harmless(&failing.diagnosed(1, Side::Internal, &reply, &reply));
        }
    }
}

/// A reason that is quoted is still there to be read.
#[test]
fn what_is_harmless_of_it_is_kept() {
    let text = healthy().answers(1, Names::Internal, &replies()[0]).finding("no-answer-for-name").0;
    assert!(
        text.contains(
            "SERVFAIL (EDE 22: < b>x< /b> 'servers_ok'=99;;;0;; SPLIT_DNS is OK: all well; \\u{202e}evil\\x1b[31m"
        ),
        "{text}"
    );
    let text = healthy()
        .answers(1, Names::Internal, &reply(Outcome::NotUnderstood("no question\nin it".to_owned())))
        .finding("no-answer-for-name")
        .0;
    assert!(text.contains("no valid answer (no question; in it)"), "{text}");
}

fn many(count: u32) -> Reply {
    let address = |number| Address { ip: IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number)), ttl: 0 };
    answered(Answer { addresses: (1..=count).map(address).collect(), ..answer(Rcode::NOERROR, &["10.0.0.1"]) })
}

/// 4096 addresses are what 64 KiB hold.
#[test]
fn thousands_of_addresses_are_counted_and_not_listed() {
    let alike = healthy().all_answer(Names::Internal, &many(4096));
    assert_harmless(&alike);
    assert_eq!((alike.state(), alike.value("internal_addresses").as_deref()), (Ok, Some("4096")));
    let fewer = healthy().all_answer(Names::Internal, &many(4096)).answers(1, Names::Internal, &many(1)).rechecked();
    assert_harmless(&fewer);
    let text = fewer.finding("disagreement").0;
    assert!(text.contains("A lacks 10.0.0.2, 10.0.0.3 and 4093 more, unlike 10.0.0.11 and 10.0.0.13"), "{text}");
    let narrow = checked(&["-i", "x.consul=10.0.0.0/30", "-H", "10.0.0.11"]);
    assert_harmless(&narrow.answers_of(0, Names::Internal, RecordType::A, &many(4096)));
    assert_harmless(&healthy().all_answer(Names::External, &many(4096)));
    assert_harmless(&healthy().all_answer(Names::RandomExternal, &many(4096)));
}

#[test]
fn many_servers_and_names_are_cut_and_the_worst_is_kept() {
    let servers: Vec<_> = (1..=32).map(|number| format!("10.0.0.{number}")).collect();
    let names: Vec<_> = (0..16).map(|number| format!("a-rather-long-name-{number}.service.consul")).collect();
    let external: Vec<_> = (0..16).map(|number| format!("www{number}.example.com")).collect();
    let names = names.iter().flat_map(|name| ["-i", name]);
    let external = external.iter().flat_map(|name| ["-e", name]);
    let servers = servers.join(",");
    let args: Vec<_> = names.chain(external).chain(["-H", &servers]).chain(UPSTREAM).collect();
    for (index, reply) in
        [silent(), servfail(), nx_domain(".", 300), found(&["198.51.100.7"]), many(50)].into_iter().enumerate()
    {
        let check = checked(&args).all_answer(Names::Internal, &reply).rechecked();
        assert_harmless(&check);
        assert!(check.output(0).1.contains("'servers_ok'="), "{index}");
        let last = checked(&args).answers(31, Names::Internal, &reply).rechecked();
        assert_harmless(&last);
        assert!(index == 4 || last.first_line().contains("10.0.0.32"), "{index}: {}", last.first_line());
    }
    let leak = checked(&args).all_answer(Names::All, &servfail()).answers(31, Names::At(15), &nx_domain(".", 300));
    assert_eq!(leak.state(), Critical);
    assert!(
        leak.first_line().contains("10.0.0.32 a-rather-long-name-15.service.consul NXDOMAIN from the root"),
        "{}",
        leak.first_line()
    );
}

/// Words of an external server are quoted too.
#[test]
fn the_words_of_an_external_server_and_of_the_source_are_quoted() {
    for reply in replies() {
        assert_harmless(&with(&["--external-server", "192.0.2.53"]).external_server_answers(&reply));
        assert_harmless(&with(&UPSTREAM).upstream_answers(None, &reply).answers(1, Names::Internal, &servfail()));
    }
}
