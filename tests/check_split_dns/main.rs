//! `check_split_dns` from its arguments to its output, against name servers that fail as a test wants.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a helper fails its test"
)]

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;

use test_support::message::{A, AAAA, Message, question};
use test_support::oracle::State;
use test_support::plugin::{Output, Plugin};
use test_support::server::{self, Dns, Transport, Udp};

const INSIDE: &str = "galeradb.service.consul";
const OUTSIDE: &str = "www.example.com";

const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const REFUSED: u8 = 5;

/// What a healthy server answers.
fn healthy(query: &[u8]) -> Message {
    let addresses: &[&str] = match question(query) {
        (name, A) if name == INSIDE => &["10.0.0.11", "10.0.0.12", "10.0.0.13"],
        (name, A) if name == OUTSIDE => &["192.0.2.1"],
        (name, AAAA) if name == OUTSIDE => &["2001:db8::1"],
        _ => &[],
    };
    let soa = addresses.is_empty().then_some(("consul", 0));
    Message { addresses: addresses.iter().map(|ip| ip.parse().unwrap()).collect(), soa, ..Message::default() }
}

fn good() -> Udp {
    server::udp_replies(|query| vec![healthy(query).to(query)])
}

/// A server that answers so for the inside name.
fn inside(message: Message) -> Udp {
    server::udp_replies(move |query| match question(query) {
        (name, _) if name == INSIDE => vec![message.to(query)],
        _ => vec![healthy(query).to(query)],
    })
}

fn rcode(rcode: u8) -> Message {
    Message { rcode, ..Message::default() }
}

/// A port that refuses datagrams: a socket that is connected to itself takes none from elsewhere.
fn closed_port() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(socket.local_addr().unwrap()).unwrap();
    socket
}

fn plugin(args: &[&str]) -> Plugin {
    Plugin::new(env!("CARGO_BIN_EXE_check_split_dns")).args(args)
}

/// Asks these servers for both names.
fn ask(servers: &[SocketAddr], args: &[&str]) -> Output {
    let servers: Vec<_> = servers.iter().map(ToString::to_string).collect();
    let expected = format!("{INSIDE}=10.0.0.0/24");
    plugin(&["-i", &expected, "-e", OUTSIDE, "-H", &servers.join(",")]).args(args).run()
}

/// For servers that do not answer; long enough for those that do.
const HASTY: &[&str] = &["--query-timeout", "0.5"];

#[track_caller]
fn assert_first(output: &Output, state: State, said: &str) {
    assert!(output.first_line().contains(said), "{said:?} not in {output:?}");
    assert_eq!(output.state(), state, "{output:?}");
    assert_eq!(output.stderr, "");
}

/// A server with the fault between two good ones.
#[track_caller]
fn assert_second(server: &Udp, state: State, said: &str) {
    let (one, three) = (good(), good());
    let output = ask(&[one.addr(), server.addr(), three.addr()], &[]);
    assert_first(&output, state, &format!("{}: {said}; 2/3 name servers right", server.addr()));
}

#[track_caller]
fn value(output: &Output, label: &str) -> f64 {
    let found = output.perfdata().into_iter().find(|data| data.label == label);
    found.unwrap_or_else(|| panic!("no {label} in {output:?}")).value
}

#[test]
fn healthy_servers_are_each_asked_for_every_name() {
    let servers = [good(), good(), good()];
    let output = ask(&servers.each_ref().map(Udp::addr), &["-v"]);
    assert_first(
        &output,
        State::Ok,
        "SPLIT_DNS is OK: 3/3 name servers: 1 internal and 1 external name right, slowest answer ",
    );
    let labels: Vec<_> = output.perfdata().into_iter().map(|data| data.label).collect();
    assert_eq!(labels, ["servers_ok", "servers", "time", "failed", "lost"]);
    for server in &servers {
        let line = format!(
            "[OK] {}: {INSIDE} 10.0.0.11, 10.0.0.12, 10.0.0.13; {OUTSIDE} 192.0.2.1, 2001:db8::1",
            server.addr()
        );
        assert!(output.text().contains(&line), "{line} not in {output:?}");
        assert_eq!(server.received(), 4);
    }
}

#[test]
fn nxdomain_from_the_root_is_a_leak() {
    let leaky = inside(Message { soa: Some((".", 10757)), ..rcode(NXDOMAIN) });
    let said = format!("{INSIDE} NXDOMAIN from the root (SOA \".\", cached 10757 s more)");
    assert_second(&leaky, State::Critical, &said);
}

#[test]
fn nxdomain_from_the_zone_is_not() {
    let unknown = inside(Message { soa: Some(("consul", 0)), ..rcode(NXDOMAIN) });
    assert_second(&unknown, State::Critical, &format!("{INSIDE} NXDOMAIN from zone consul"));
}

#[test]
fn an_unexpected_address_is_critical() {
    let hijacked = server::udp_replies(|query| match question(query) {
        (name, A) if name == INSIDE => {
            vec![Message { addresses: vec!["203.0.113.9".parse().unwrap()], ..Message::default() }.to(query)]
        }
        _ => vec![healthy(query).to(query)],
    });
    let said = format!("{INSIDE} A unexpected address 203.0.113.9 (not in 10.0.0.0/24)");
    assert_second(&hijacked, State::Critical, &said);
}

#[test]
fn no_data_is_critical() {
    let said = format!("{INSIDE} without address: NODATA without SOA");
    assert_second(&inside(rcode(0)), State::Critical, &said);
}

#[test]
fn servfail_and_refused_are_warnings_while_two_servers_are_good() {
    assert_second(&inside(rcode(SERVFAIL)), State::Warning, &format!("{INSIDE} SERVFAIL"));
    let closed_shop = server::udp_replies(|query| vec![rcode(REFUSED).to(query)]);
    assert_second(&closed_shop, State::Warning, &format!("{INSIDE}, {OUTSIDE} REFUSED"));
}

#[test]
fn a_closed_port_is_a_warning_at_any_place_while_two_servers_are_good() {
    let (one, three, closed) = (good(), good(), closed_port());
    let closed = closed.local_addr().unwrap();
    for servers in [[one.addr(), closed, three.addr()], [closed, one.addr(), three.addr()]] {
        let output = ask(&servers, &[]);
        assert_first(&output, State::Warning, &format!("{closed}: connection refused; 2/3 name servers right"));
        assert!(output.text().contains(&format!("dig @127.0.0.1 -p {} {INSIDE}", closed.port())), "{output:?}");
    }
}

#[test]
fn two_closed_ports_of_three_are_critical() {
    let (one, two, three) = (good(), closed_port(), closed_port());
    let output = ask(&[one.addr(), two.local_addr().unwrap(), three.local_addr().unwrap()], &[]);
    assert_first(&output, State::Critical, "1 of 3 name servers right, at least 2 needed: ");
}

#[test]
fn silence_is_critical_of_the_first_server_only() {
    let (one, three, silent) = (good(), good(), server::udp_silent());
    let output = ask(&[one.addr(), silent.addr(), three.addr()], HASTY);
    assert_first(&output, State::Warning, &format!("{}: no answer within 1.0 s; 2/3", silent.addr()));
    let output = ask(&[silent.addr(), one.addr(), three.addr()], HASTY);
    let said =
        format!("{} (first name server): no answer within 1.0 s, every lookup here waits for it;", silent.addr());
    assert_first(&output, State::Critical, &said);
    assert!((value(&output, "lost") - 8.0).abs() < f64::EPSILON, "{output:?}");
}

#[test]
fn garbage_is_no_answer() {
    let garbage = server::udp_replies(|query| vec![vec![0xff; 40], query.to_vec(), b"hello".to_vec()]);
    let (one, three) = (good(), good());
    let output = ask(&[one.addr(), garbage.addr(), three.addr()], HASTY);
    assert_first(&output, State::Warning, &format!("{}: no valid answer (", garbage.addr()));
}

#[test]
fn an_answer_of_another_query_is_garbage() {
    let stranger = server::udp_replies(|query| {
        let mut answer = healthy(query).to(query);
        answer[0] ^= 0xff;
        vec![answer]
    });
    let output = ask(&[stranger.addr()], HASTY);
    assert_first(&output, State::Critical, "no valid answer (an answer with the id of no query of ours)");
}

#[test]
fn a_lost_datagram_is_repeated_and_counted() {
    let counted = std::sync::atomic::AtomicUsize::new(0);
    let lossy = server::udp_replies(move |query| {
        let first = counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        if first { vec![] } else { vec![healthy(query).to(query)] }
    });
    let output = ask(&[lossy.addr()], HASTY);
    assert_first(&output, State::Ok, "1/1 name servers: 1 internal and 1 external name right");
    assert!((value(&output, "lost") - 1.0).abs() < f64::EPSILON, "{output:?}");
}

#[test]
fn dead_servers_are_critical_and_no_time_limit_of_ours() {
    let (one, two) = (server::udp_silent(), server::udp_silent());
    let output = ask(&[one.addr(), two.addr()], &["-t", "1"]);
    let said = format!("0 of 2 name servers right, at least 2 needed: {} no answer within 0.", one.addr());
    assert_first(&output, State::Critical, &said);
}

#[test]
fn a_truncated_answer_is_followed_over_tcp() {
    let serve = |transport, query: &[u8]| {
        let message = healthy(query);
        let truncated = Message { truncated: true, ..Message::default() };
        vec![if transport == Transport::Udp { truncated.to(query) } else { message.to(query) }]
    };
    let server: Dns = server::dns(serve);
    let output = ask(&[server.addr()], &["-v"]);
    assert_first(&output, State::Ok, "1/1 name servers: 1 internal and 1 external name right");
    assert!(output.text().contains(&format!("{INSIDE} 10.0.0.11, 10.0.0.12, 10.0.0.13")), "{output:?}");
    assert_eq!(server.tcp.accepted(), 4);
}

#[test]
fn the_text_of_an_extended_error_stays_in_its_line() {
    let text = "evil|x=1\r\nSPLIT_DNS is OK <b>\u{202e}".repeat(8);
    let server = inside(Message { extended_error: Some((22, text)), ..rcode(SERVFAIL) });
    let output = ask(&[server.addr()], &[]);
    assert_first(&output, State::Critical, "SERVFAIL (EDE 22: evil x=1; SPLIT_DNS is OK < b>");
    assert_eq!(output.stdout.matches('|').count(), 1, "{output:?}");
    assert!(!output.stdout.contains('\u{202e}'), "{output:?}");
}

#[test]
fn an_alias_names_its_server() {
    let silent = closed_port();
    let address = silent.local_addr().unwrap();
    let output = plugin(&["-e", OUTSIDE, "-H", &format!("ns1={address}")]).run();
    assert_first(&output, State::Critical, &format!("ns1 ({address}) connection refused"));
}

/// A `resolv.conf` of this test run with this content.
fn resolv_conf(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    fs::write(&path, content).unwrap();
    path
}

fn ask_configured(file: &str, port: u16) -> Output {
    plugin(&["-i", INSIDE, "-p", &port.to_string(), "--resolv-conf", file]).run()
}

#[test]
fn three_servers_of_resolv_conf_are_asked_and_no_fourth() {
    let server = good();
    let lines = [1, 2, 3, 4].map(|host| format!("nameserver\t127.0.0.{host} # here\n")).concat();
    let file = resolv_conf("four", &format!("search consul\n{lines}"));
    let output = ask_configured(file.to_str().unwrap(), server.addr().port());
    assert_first(&output, State::Critical, "1 of 3 name servers right");
    assert!(output.text().contains("127.0.0.3") && !output.text().contains("127.0.0.4"), "{output:?}");
}

#[test]
fn a_server_that_is_named_twice_is_no_redundancy() {
    let server = good();
    let file = resolv_conf("twice", "nameserver 127.0.0.1\nnameserver 127.0.0.1\n");
    let output = ask_configured(file.to_str().unwrap(), server.addr().port());
    assert_first(&output, State::Ok, "1/1 name servers: 1 internal name right");
    assert_eq!(server.received(), 2);
}

#[test]
fn without_a_name_server_this_host_is_asked() {
    let server = good();
    let file = resolv_conf("none", "options rotate\n");
    let output = ask_configured(file.to_str().unwrap(), server.addr().port());
    assert_first(&output, State::Ok, "1/1 name servers");
    assert_eq!(server.received(), 2);
}

#[test]
fn what_is_wrong_with_our_arguments_and_files_is_unknown() {
    let dos = resolv_conf("dos", "nameserver 127.0.0.1\r\n");
    for (args, said) in [
        (&["-H", "127.0.0.1"][..], "no name to ask for; give --internal or --external"),
        (&["-e", OUTSIDE, "-H", "ns1.example.com"], "\"ns1.example.com\" is no IP address"),
        (&["-e", "www..example.com"], "one dot too many"),
        (&["-e", OUTSIDE, "--resolv-conf", "/nonexistent"], "cannot read /nonexistent: no such file"),
        (&["-e", OUTSIDE, "--resolv-conf", dos.to_str().unwrap()], "line 1: \"127.0.0.1\\r\" is no address"),
    ] {
        assert_first(&plugin(args).run(), State::Unknown, said);
    }
}

#[test]
fn our_own_limits_are_unknown() {
    let server = good();
    let names = ["-e", OUTSIDE].repeat(20);
    let output = plugin(&["-H", &server.addr().to_string()]).args(names).limit_nofile(16).run();
    assert_first(&output, State::Unknown, "was not asked: too many open files");
    let labels: Vec<_> = output.perfdata().into_iter().map(|value| value.label).collect();
    assert_eq!(labels, ["servers", "time", "lost"], "the others were not measured");
}

#[test]
fn our_own_limits_hide_no_proven_fault() {
    let wrong = inside(Message { soa: Some(("", 0)), ..rcode(NXDOMAIN) });
    let servers = format!("127.255.255.255:9,{}", wrong.addr());
    let output = plugin(&["-i", INSIDE, "-H", &servers]).run();
    assert_first(&output, State::Critical, "NXDOMAIN from the root");
    assert!(output.text().contains("[UNKNOWN] 127.255.255.255:9 was not asked: "), "{output:?}");
}
