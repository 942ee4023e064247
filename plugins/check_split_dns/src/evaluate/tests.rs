//! Verdicts on what name servers say in faults that were measured on BIND 9.18 and Unbound 1.17.

use std::time::Duration;

use clap::Parser;
use common::dns::{Address, Answer, ExtendedError, Flags, Name, Outcome, Rcode, Reply, Soa, Transport, parse_name};
use common::{Rules, ServiceState};

use super::evaluate;
use crate::CATALOGUE;
use crate::cli::Cli;
use crate::policy::{Policy, Target};
use crate::snapshot::{Asked, Lookup, Snapshot};

const INSIDE: &str = "galeradb.service.consul=10.0.0.0/24";
const OUTSIDE: &str = "www.example.com";

fn reply(outcome: Outcome) -> Reply {
    let (lost, rtt) = match outcome {
        Outcome::Answer(_) => (0, Some(Duration::from_micros(4100))),
        Outcome::Refused | Outcome::Unreachable(_) => (0, None),
        _ => (2, None),
    };
    Reply { outcome, transport: Transport::Udp, sent: 1, lost, rtt }
}

fn answer(rcode: Rcode, addresses: &[&str]) -> Answer {
    let flags = Flags { aa: false, tc: false, rd: true, ra: true, ad: false, cd: false };
    let address = |ip: &&str| Address { ip: ip.parse().unwrap(), ttl: 0 };
    Answer {
        rcode,
        flags,
        cnames: Vec::new(),
        addresses: addresses.iter().map(address).collect(),
        srv: Vec::new(),
        min_ttl: None,
        soa: None,
        extended_errors: Vec::new(),
    }
}

fn found(addresses: &[&str]) -> Reply {
    reply(Outcome::Answer(answer(Rcode::NOERROR, addresses)))
}

fn rcode(rcode: Rcode) -> Reply {
    reply(Outcome::Answer(answer(rcode, &[])))
}

fn negative(rcode: Rcode, owner: &str, ttl: u32) -> Reply {
    let owner = if owner == "." { Name::root() } else { parse_name(owner).unwrap() };
    let soa = Some(Soa { owner, ttl, minimum: 86400 });
    reply(Outcome::Answer(Answer { soa, ..answer(rcode, &[]) }))
}

fn no_data() -> Reply {
    negative(Rcode::NOERROR, "consul", 0)
}

fn nx_domain(owner: &str, ttl: u32) -> Reply {
    negative(Rcode::NXDOMAIN, owner, ttl)
}

fn with_error(mut reply: Reply, code: u16, text: &str) -> Reply {
    let Outcome::Answer(answer) = &mut reply.outcome else { panic!("{reply:?}") };
    answer.extended_errors.push(ExtendedError { code, text: text.to_owned() });
    reply
}

/// What a server says to A and AAAA of the inside name, and of the outside name.
#[derive(Clone)]
struct Said {
    inside: [Reply; 2],
    outside: [Reply; 2],
}

fn healthy() -> Said {
    Said { inside: [found(&["10.0.0.12", "10.0.0.11"]), no_data()], outside: [found(&["192.0.2.1"]), no_data()] }
}

fn inside(a: Reply, aaaa: Reply) -> Said {
    Said { inside: [a, aaaa], ..healthy() }
}

fn everything(reply: &Reply) -> Said {
    Said { inside: [reply.clone(), reply.clone()], outside: [reply.clone(), reply.clone()] }
}

fn dead(outcome: Outcome) -> Said {
    everything(&reply(outcome))
}

/// Servers 10.0.0.11, 10.0.0.12 … that said this.
fn verdict(said: &[Said], args: &[&str]) -> (ServiceState, String) {
    let hosts: Vec<_> = (11..).take(said.len()).map(|host| format!("10.0.0.{host}")).collect();
    let hosts = hosts.join(",");
    let cli = Cli::parse_from([&["check_split_dns", "-i", INSIDE, "-e", OUTSIDE, "-H", &hosts], args].concat());
    let target = Target::new(&cli).unwrap();
    let rules = Rules::new(&CATALOGUE, &cli.common).unwrap();
    let policy = Policy::new(&cli, &target, rules);
    let lookup = |[a, aaaa]: [Reply; 2]| Lookup { a, aaaa };
    let asked = target
        .servers
        .into_iter()
        .zip(said.iter().cloned())
        .map(|(server, said)| Asked { server, lookups: vec![lookup(said.inside), lookup(said.outside)] });
    let snapshot = Snapshot { servers: asked.collect(), patience: target.options.patience() };
    evaluate(&snapshot, &policy).render(u8::from(args.contains(&"-v")))
}

#[track_caller]
fn assert_verdict(said: &[Said], state: ServiceState, expected: &[&str]) {
    let (actual, text) = verdict(said, &[]);
    assert_eq!(actual, state, "{text}");
    for part in expected {
        assert!(text.contains(part), "{part:?} not in {text}");
    }
}

/// The second of three servers has the fault.
#[track_caller]
fn assert_second(said: Said, state: ServiceState, expected: &[&str]) {
    assert_verdict(&[healthy(), said, healthy()], state, expected);
}

#[test]
fn all_right() {
    let servers = [healthy(), healthy(), healthy()];
    assert_verdict(
        &servers,
        ServiceState::Ok,
        &[
            "SPLIT_DNS is OK: 3/3 name servers: 1 internal and 1 external name right, slowest answer 4.1 ms|",
            "'servers_ok'=3;;;0;3 'servers'=3;;;0; 'time'=0.0041s;;;0; 'failed'=0;;;0;12 'lost'=0;;;0;",
        ],
    );
    let (_, text) = verdict(&servers, &["-v"]);
    assert!(
        text.contains("\n[OK] 10.0.0.12: galeradb.service.consul 10.0.0.11, 10.0.0.12; www.example.com 192.0.2.1\n"),
        "{text}"
    );
}

#[test]
fn a_zone_that_is_missing_or_leaked_is_told_by_the_root() {
    assert_second(
        inside(nx_domain(".", 10757), nx_domain(".", 10757)),
        ServiceState::Critical,
        &[
            "SPLIT_DNS is CRITICAL: 10.0.0.12: galeradb.service.consul NXDOMAIN from the root (SOA \".\", cached 10757 s \
             more); 2/3 name servers right",
            "-> \"forward only;\" in zone \"consul\" of its named.conf, then rndc flushtree consul; dig @10.0.0.12 \
             galeradb.service.consul",
            "'servers_ok'=2;;;0;3",
            "'failed'=2;;;0;12",
        ],
    );
}

#[test]
fn a_service_that_consul_does_not_know() {
    assert_second(
        inside(nx_domain("consul", 57), nx_domain("consul", 57)),
        ServiceState::Critical,
        &["10.0.0.12: galeradb.service.consul NXDOMAIN from zone consul (cached 57 s more);", "-p 8600 galeradb"],
    );
    assert_second(
        inside(nx_domain("consul", 0), nx_domain("consul", 0)),
        ServiceState::Critical,
        &["galeradb.service.consul NXDOMAIN from zone consul;"],
    );
    assert_second(
        inside(rcode(Rcode::NXDOMAIN), rcode(Rcode::NXDOMAIN)),
        ServiceState::Critical,
        &["galeradb.service.consul NXDOMAIN without SOA;"],
    );
}

#[test]
fn an_unexpected_address_is_critical_even_among_right_ones() {
    assert_second(
        inside(found(&["10.0.0.11", "203.0.113.9"]), no_data()),
        ServiceState::Critical,
        &["10.0.0.12: galeradb.service.consul A unexpected address 203.0.113.9 (not in 10.0.0.0/24);", "'failed'=1;"],
    );
    let many = found(&["203.0.113.3", "203.0.113.2", "203.0.113.1", "203.0.113.5", "203.0.113.4"]);
    assert_second(
        inside(many, found(&["fd00::1"])),
        ServiceState::Critical,
        &[
            "A unexpected addresses 203.0.113.1, 203.0.113.2, 203.0.113.3 and 2 more (not in 10.0.0.0/24)",
            "AAAA unexpected address fd00::1 (not in 10.0.0.0/24)",
        ],
    );
}

#[test]
fn no_address_of_either_kind_is_critical() {
    assert_second(
        inside(no_data(), no_data()),
        ServiceState::Critical,
        &["10.0.0.12: galeradb.service.consul without address: NODATA from zone consul;", "'failed'=2;"],
    );
    // Unbound, private-address without private-domain.
    assert_second(
        inside(found(&[]), found(&[])),
        ServiceState::Critical,
        &["galeradb.service.consul without address: NODATA without SOA;", "private-address"],
    );
}

#[test]
fn addresses_of_one_kind_are_enough() {
    for outside in [[found(&["192.0.2.1"]), no_data()], [no_data(), found(&["2001:db8::1"])]] {
        assert_second(Said { outside, ..healthy() }, ServiceState::Ok, &["3/3 name servers"]);
    }
}

#[test]
fn nxdomain_for_one_type_poisons_the_name() {
    assert_second(
        inside(found(&["10.0.0.11"]), nx_domain("consul", 0)),
        ServiceState::Critical,
        &["10.0.0.12: galeradb.service.consul AAAA NXDOMAIN from zone consul;", "'failed'=1;"],
    );
}

/// A zone statement narrower than Consul's SOA: clients live with it.
#[test]
fn aaaa_that_fails_beside_a_is_a_warning_on_all_servers_too() {
    let narrow = inside(found(&["10.0.0.11"]), rcode(Rcode::SERVFAIL));
    assert_verdict(
        &[narrow.clone(), narrow.clone(), narrow],
        ServiceState::Warning,
        &["10.0.0.11: galeradb.service.consul AAAA SERVFAIL;", "'servers_ok'=3;", "'failed'=3;"],
    );
}

#[test]
fn servfail_is_a_warning_while_enough_servers_are_left() {
    let failing = inside(rcode(Rcode::SERVFAIL), rcode(Rcode::SERVFAIL));
    assert_second(
        failing.clone(),
        ServiceState::Warning,
        &[
            "SPLIT_DNS is WARNING: 10.0.0.12: galeradb.service.consul SERVFAIL; 2/3 name servers right",
            "validate-except { consul; })? dig @10.0.0.12 galeradb.service.consul +cd",
        ],
    );
    assert_verdict(
        &[healthy(), failing.clone(), failing],
        ServiceState::Critical,
        &[
            "1 of 3 name servers right, at least 2 needed: 10.0.0.12 galeradb.service.consul SERVFAIL, 10.0.0.13",
            "[WARNING] 10.0.0.13: galeradb.service.consul SERVFAIL ->",
        ],
    );
}

/// BIND `deny-answer-addresses`: A fails, AAAA is NODATA.
#[test]
fn nodata_beside_a_failure_is_the_failure() {
    assert_second(
        inside(rcode(Rcode::SERVFAIL), no_data()),
        ServiceState::Warning,
        &["10.0.0.12: galeradb.service.consul A SERVFAIL;", "'servers_ok'=2;", "'failed'=1;"],
    );
}

#[test]
fn names_with_the_same_fault_are_one_finding() {
    let refused = with_error(rcode(Rcode::REFUSED), 18, "");
    assert_second(
        everything(&refused),
        ServiceState::Warning,
        &["10.0.0.12: galeradb.service.consul, www.example.com REFUSED (EDE 18);", "allow-recursion"],
    );
    assert_second(everything(&rcode(Rcode(4))), ServiceState::Warning, &["www.example.com NOTIMP;"]);
}

#[test]
fn a_dead_server_is_a_warning_while_enough_are_left() {
    for (outcome, words, remedy) in [
        (Outcome::Refused, "connection refused", "is named running there"),
        (Outcome::Timeout, "no answer within 4.0 s", "is the host up"),
        (Outcome::Unreachable("host unreachable".to_owned()), "host unreachable", "is the host up"),
        (Outcome::Garbage("x".to_owned()), "no valid answer (x)", "is no name server"),
    ] {
        let line = format!("SPLIT_DNS is WARNING: 10.0.0.12: {words}; 2/3 name servers right");
        assert_second(dead(outcome), ServiceState::Warning, &[&line, remedy, "dig @10.0.0.12 galeradb.service.consul"]);
    }
}

#[test]
fn silence_does_not_hide_a_refusal() {
    let mut said = dead(Outcome::Timeout);
    said.outside[1] = reply(Outcome::Refused);
    assert_second(said, ServiceState::Warning, &["10.0.0.12: connection refused;"]);
}

#[test]
fn too_few_servers_left_is_critical() {
    let (closed, silent) = (dead(Outcome::Refused), dead(Outcome::Timeout));
    assert_verdict(
        &[healthy(), closed.clone(), silent.clone()],
        ServiceState::Critical,
        &["SPLIT_DNS is CRITICAL: 1 of 3 name servers right, at least 2 needed: 10.0.0.12 connection refused, \
             10.0.0.13 no answer within 4.0 s; 2 warning more"],
    );
    assert_verdict(
        &[silent.clone(), silent.clone()],
        ServiceState::Critical,
        &["0 of 2 name servers right, at least 2 needed: 10.0.0.11 no answer within 4.0 s", "'servers_ok'=0;;;0;2"],
    );
    let (_, text) = verdict(&[silent.clone(), silent], &[]);
    assert!(!text.contains("waits"), "there is nothing to wait for: {text}");
    assert_verdict(&[closed], ServiceState::Critical, &["0 of 1 name servers right, at least 1 needed"]);
}

#[test]
fn what_was_not_measured_is_no_metric() {
    let (_, text) = verdict(&[dead(Outcome::Refused)], &[]);
    assert!(text.contains("'servers'=1;;;0; 'failed'=4;;;0;4 'lost'=0;"), "{text}");
}

#[test]
fn how_many_servers_are_needed_is_the_operators_word() {
    let servers = [healthy(), dead(Outcome::Refused), dead(Outcome::Refused)];
    assert_eq!(verdict(&servers, &["--min-servers", "1"]).0, ServiceState::Warning);
    let (state, text) = verdict(&[healthy(), healthy()], &["--min-servers", "3"]);
    assert_eq!(state, ServiceState::Critical);
    assert!(text.contains("2 of 2 name servers right, at least 3 needed"), "{text}");
}

#[test]
fn a_silent_first_server_is_critical_and_a_closed_one_is_not() {
    for outcome in [Outcome::Timeout, Outcome::Garbage("x".to_owned())] {
        let (state, text) = verdict(&[dead(outcome), healthy(), healthy()], &[]);
        assert_eq!(state, ServiceState::Critical, "{text}");
        assert!(text.contains("10.0.0.11 (first name server): no "), "{text}");
        assert!(text.contains(", every lookup here waits for it; 2/3 name servers right"), "{text}");
    }
    assert_verdict(
        &[dead(Outcome::Refused), healthy(), healthy()],
        ServiceState::Warning,
        &["10.0.0.11: connection refused"],
    );
}

/// The server is alive and talks to others; only Consul is black-holed.
#[test]
fn silence_for_one_name_is_not_death() {
    let silence = reply(Outcome::Timeout);
    assert_verdict(
        &[inside(silence.clone(), silence), healthy(), healthy()],
        ServiceState::Warning,
        &["10.0.0.11: galeradb.service.consul no answer within 4.0 s;", "'lost'=4;"],
    );
}

#[test]
fn a_wrong_server_counts_but_is_told_once() {
    let wrong = inside(nx_domain(".", 10800), nx_domain(".", 10800));
    let (state, text) = verdict(&[wrong.clone(), wrong.clone(), wrong.clone()], &[]);
    assert_eq!(state, ServiceState::Critical);
    assert!(!text.contains("needed"), "{text}");
    assert_verdict(
        &[healthy(), wrong, dead(Outcome::Refused)],
        ServiceState::Critical,
        &["1 of 3 name servers right, at least 2 needed: 10.0.0.13 connection refused"],
    );
}

#[test]
fn tcp_that_fails_is_not_the_death_of_a_server() {
    let cut = Reply { transport: Transport::Tcp, ..reply(Outcome::Refused) };
    assert_second(
        everything(&cut),
        ServiceState::Warning,
        &["www.example.com over TCP, after a truncated answer: connection refused;"],
    );
}

#[test]
fn text_of_a_server_stays_in_its_line() {
    let hostile = "evil|x=1\nSPLIT_DNS is OK <b>".repeat(100);
    let reply = with_error(rcode(Rcode::SERVFAIL), 22, &hostile);
    let (_, text) = verdict(&[healthy(), everything(&reply), healthy()], &[]);
    assert_eq!(text.matches('|').count(), 1, "{text}");
    assert!(text.contains("SERVFAIL (EDE 22: evil x=1; SPLIT_DNS is OK < b>evil"), "{text}");
    assert!(text.len() < 2000, "{text}");
}

#[test]
fn a_reason_is_told_of_a_right_answer_too() {
    let reply = with_error(found(&["10.0.0.11"]), 3, "stale data");
    let (state, text) = verdict(&[inside(reply, no_data())], &["-v"]);
    assert_eq!(state, ServiceState::Ok);
    assert!(text.contains("galeradb.service.consul 10.0.0.11 (EDE 3: stale data); www"), "{text}");
}

#[test]
fn names_are_counted_by_kind() {
    for (args, said) in [
        (&["-i", "db.consul"][..], "2 internal and 1 external name right"),
        (&["-e", "example.com"], "1 internal and 2 external names right"),
    ] {
        let (_, text) = verdict(&[healthy()], args);
        assert!(text.contains(said), "{text}");
    }
}
