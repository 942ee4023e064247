//! The signatures of faults that were measured with BIND 9.18 and Unbound 1.17: what each is called, how bad it is,
//! what the first line asks and which line is to be changed.

use common::ServiceState::{Critical, Warning};
use common::dns::{Rcode, RecordType};

use super::check::{
    Check, EXTERNAL, MEMBERS, Names, SERVERS, answer, answered, checked, closed, denied, found, healthy, no_data,
    nx_domain, prohibited, rcode, servfail, silent, with_reason,
};
use crate::probe::Side;

/// The second of three servers has the fault.
struct Case {
    fault: &'static str,
    check: Check,
    state: common::ServiceState,
    finding: &'static str,
    /// In the sentence.
    hint: &'static str,
    /// In the remedy.
    remedy: &'static str,
}

fn second(names: Names, reply: &common::dns::Reply) -> Check {
    healthy().answers(1, names, reply)
}

const INTERNAL_SIDE: Names = Names::Side(Side::Internal);

fn denials() -> Vec<Case> {
    vec![
        Case {
            fault: "the zone is not there, or \"forward first\" once fell back",
            check: second(INTERNAL_SIDE, &nx_domain(".", 10_757)),
            state: Critical,
            finding: "leak",
            hint: "10.0.0.12: galeradb.service.consul NXDOMAIN from the root (SOA \".\", cached for 2 h 59 min more): is \"forward only;\" missing in zone \"consul\"?",
            remedy: "zone \"consul\" { type forward; forward only; forwarders { 127.0.0.1 port 8600; }; }; then",
        },
        Case {
            fault: "forward first, and validation, with Consul up: AD",
            check: second(INTERNAL_SIDE, &{
                let mut answer = denied(Rcode::NXDOMAIN, ".", 10_800);
                answer.flags.ad = true;
                answered(answer)
            }),
            state: Critical,
            finding: "leak",
            hint: "is \"forward only;\" missing",
            remedy: "validate-except { \"consul\"; };",
        },
        Case {
            fault: "the name is kept from a worse moment, others go the right way",
            check: second(Names::Internal, &nx_domain(".", 300)),
            state: Critical,
            finding: "leak",
            hint: "\"forward first\" asked the root while its forwarders were away",
            remedy: "rndc flushtree consul",
        },
        Case {
            fault: "the service is unknown, has no healthy instance, or is hidden",
            check: healthy().all_answer(Names::Internal, &nx_domain("consul", 0)),
            state: Critical,
            finding: "wrong-answer",
            hint: "galeradb.service.consul NXDOMAIN from zone consul: unknown there, no healthy instance, or hidden by ACLs",
            remedy: "service and node",
        },
        Case {
            fault: "negative caching, where the source is not asked",
            check: second(Names::Internal, &nx_domain("consul", 58)),
            state: Critical,
            finding: "wrong-answer",
            hint: "10.0.0.12: galeradb.service.consul NXDOMAIN from zone consul (cached for 58 s more), but other servers have it: an old denial",
            remedy: "rndc flushname galeradb.service.consul",
        },
        Case {
            fault: "Unbound strips private addresses: no error, no records, no SOA",
            check: second(Names::Internal, &rcode(Rcode::NOERROR)),
            state: Critical,
            finding: "wrong-answer",
            hint: "galeradb.service.consul NODATA without SOA: are private addresses filtered?",
            remedy: "private-domain: \"consul\"",
        },
    ]
}

fn failures() -> Vec<Case> {
    let narrow = healthy().answers_of(1, Names::Internal, RecordType::Aaaa, &servfail()).answers(
        1,
        Names::RandomInternal,
        &rcode(Rcode::NXDOMAIN),
    );
    vec![
        Case {
            fault: "DNSSEC rejects the zone",
            check: second(INTERNAL_SIDE, &servfail()).diagnosed(1, Side::Internal, &found(&MEMBERS), &servfail()),
            state: Warning,
            finding: "no-answer-for-name",
            hint: "10.0.0.12: galeradb.service.consul SERVFAIL, but answers with CD=1: DNSSEC rejects zone consul",
            remedy: "validate-except { \"consul\"; };",
        },
        Case {
            fault: "Consul is down behind BIND",
            check: second(INTERNAL_SIDE, &servfail()).diagnosed(1, Side::Internal, &servfail(), &servfail()),
            state: Warning,
            finding: "no-answer-for-name",
            hint: "galeradb.service.consul SERVFAIL: is Consul's DNS up there?",
            remedy: "dig @127.0.0.1 -p 8600 galeradb.service.consul",
        },
        Case {
            fault: "it has healed meanwhile, which CD=1 alone would take for DNSSEC",
            check: second(INTERNAL_SIDE, &servfail()).diagnosed(
                1,
                Side::Internal,
                &found(&MEMBERS),
                &nx_domain("consul", 0),
            ),
            state: Warning,
            finding: "no-answer-for-name",
            hint: "SERVFAIL, but it answers with CD=1, and for a name below it without",
            remedy: "look at its log",
        },
        Case {
            fault: "Consul is black-holed behind BIND, which says SERVFAIL after 10 s",
            check: second(INTERNAL_SIDE, &silent()),
            state: Warning,
            finding: "no-answer-for-name",
            hint: "no answer within 4.0 s; external names are answered: is Consul's DNS silent there?",
            remedy: "does a firewall drop the forwarded questions?",
        },
        Case {
            fault: "deny-answer-addresses",
            check: healthy().answers_of(1, Names::Internal, RecordType::A, &servfail()).diagnosed(
                1,
                Side::Internal,
                &servfail(),
                &nx_domain("consul", 0),
            ),
            state: Critical,
            finding: "wrong-answer",
            hint: "galeradb.service.consul A SERVFAIL (clients take the NODATA); random names there are denied as they should be: are internal addresses filtered?",
            remedy: "except \"consul\" from deny-answer-addresses",
        },
        Case {
            fault: "a zone narrower than Consul's SOA",
            check: narrow,
            state: Warning,
            finding: "no-answer-for-name",
            hint: "galeradb.service.consul AAAA SERVFAIL: is its zone narrower than consul, whose SOA it gets?",
            remedy: "forward zone \"consul\"",
        },
    ]
}

fn failures_of_servers() -> Vec<Case> {
    vec![
        Case {
            fault: "an ACL",
            check: second(Names::All, &prohibited()),
            state: Warning,
            finding: "recursion-refused",
            hint: "galeradb.service.consul and www.example.com REFUSED (EDE 18): does its allow-query",
            remedy: "allow-recursion",
        },
        Case {
            fault: "BIND is down",
            check: second(Names::All, &closed()),
            state: Warning,
            finding: "server-dead",
            hint: "10.0.0.12: connection refused",
            remedy: "systemctl status named",
        },
        Case {
            fault: "the host is down",
            check: second(Names::All, &silent()),
            state: Warning,
            finding: "server-dead",
            hint: "10.0.0.12: no answer within 4.0 s",
            remedy: "is the host up",
        },
        Case {
            fault: "the clock is wrong: signed external names fail",
            check: second(Names::External, &servfail()).diagnosed(
                1,
                Side::External,
                &found(&["93.184.215.14"]),
                &servfail(),
            ),
            state: Warning,
            finding: "no-answer-for-name",
            hint: "www.example.com SERVFAIL, but answers with CD=1: DNSSEC fails, is its clock right?",
            remedy: "timedatectl",
        },
        Case {
            fault: "the internet is not reached",
            check: second(Names::Side(Side::External), &servfail()),
            state: Warning,
            finding: "no-answer-for-name",
            hint: "www.example.com SERVFAIL: does it reach the internet?",
            remedy: "forwarders",
        },
    ]
}

fn answers() -> Vec<Case> {
    let stale = with_reason(answer(Rcode::NOERROR, &MEMBERS), 3, "");
    vec![
        Case {
            fault: "serve-stale, Consul dead",
            check: second(Names::RandomInternal, &servfail()).answers_of(
                1,
                Names::Internal,
                RecordType::A,
                &answered(stale),
            ),
            state: Warning,
            finding: "stale-answer",
            hint: "10.0.0.12: galeradb.service.consul stale (EDE 3), ttl 0: is the server that it forwards to down?",
            remedy: "Consul on that node",
        },
        Case {
            fault: "the same, seen by the random name that no cache has",
            check: second(Names::RandomInternal, &servfail()),
            state: Warning,
            finding: "uncached-fails",
            hint: "(random).service.consul SERVFAIL: is Consul's DNS up there?",
            remedy: "dig @10.0.0.12 csd-",
        },
        Case {
            fault: "an upstream that invents answers",
            check: second(Names::RandomExternal, &found(&["198.51.100.7"])),
            state: Critical,
            finding: "hijack",
            hint: "(random).com has address 198.51.100.7: who invents it?",
            remedy: "forwarders",
        },
        Case {
            fault: "the same for internal names",
            check: second(INTERNAL_SIDE, &found(&["198.51.100.7"])),
            state: Critical,
            finding: "internal-public",
            hint: "galeradb.service.consul has address 198.51.100.7 (not in private): who answers for it?",
            remedy: "--internal-net",
        },
        Case {
            fault: "a private address for an external name",
            check: healthy().answers_of(1, Names::External, RecordType::A, &found(&["0.0.0.0"])),
            state: Critical,
            finding: "external-private",
            hint: "www.example.com A has address 0.0.0.0 (not in public): rebinding, a captive portal or a filter?",
            remedy: "RPZ",
        },
        Case {
            fault: "NXDOMAIN for AAAA beside an address",
            check: healthy().answers_of(1, Names::Internal, RecordType::Aaaa, &nx_domain("consul", 0)),
            state: Critical,
            finding: "family-denied",
            hint: "galeradb.service.consul AAAA NXDOMAIN from zone consul, which denies the whole name",
            remedy: "NODATA",
        },
        Case {
            fault: "negative caching, the source has the name again",
            check: checked(&[
                "-i",
                "galeradb.service.consul",
                "-e",
                EXTERNAL,
                "-H",
                &SERVERS.join(","),
                "--upstream",
                "127.0.0.1:8600",
            ])
            .answers(1, Names::Internal, &nx_domain("consul", 57)),
            state: Critical,
            finding: "negative-cache",
            hint: "galeradb.service.consul NXDOMAIN from zone consul (cached for 57 s more), but 127.0.0.1:8600 has it",
            remedy: "rndc flushname galeradb.service.consul",
        },
        Case {
            fault: "NODATA for a random name",
            check: second(Names::RandomInternal, &no_data("consul")),
            state: Warning,
            finding: "odd-denial",
            hint: "(random).service.consul NODATA from zone consul",
            remedy: "forward zone \"consul\"",
        },
    ]
}

#[test]
fn each_fault_is_told_with_its_cause_and_its_remedy() {
    for case in [denials(), failures(), failures_of_servers(), answers()].into_iter().flatten() {
        let Case { fault, check, state, finding, hint, remedy } = case;
        assert_eq!(check.state(), state, "{fault}: {:#?}", check.report().findings());
        let (sentence, told) = check.finding(finding);
        assert!(sentence.contains(hint), "{fault}: {sentence}");
        assert!(told.contains(remedy), "{fault}: {told}");
    }
}
