//! UDP and TCP: long answers, and who has one of them only.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use test_support::message::{A, Message};
use test_support::oracle::State::{Critical, Warning};
use test_support::server::{self, Dns, Transport};

use crate::names::{INTERNAL, MEMBERS, Names, Query, SERVFAIL, code, denied, found, right};
use crate::{HASTY, ask, ask_second, assert_finds, assert_hides, assert_shows, assert_worst, value};

/// What a good server says to a question over UDP.
pub(crate) fn answer(bytes: &[u8]) -> Vec<u8> {
    let (name, rtype) = test_support::message::question(bytes);
    let query = Query { index: 0, transport: Transport::Udp, name, rtype, is_unchecked: false, turn: 0 };
    right(&query).to(bytes)
}

/// Good over UDP, and a script over TCP.
pub(crate) fn tcp_script<R>(script: impl Fn(TcpStream) -> R + Send + Sync + 'static) -> Dns {
    server::dns_pair(|bytes| vec![answer(bytes)], script)
}

const BUT_OVER_UDP: &str = "for all names, over UDP an answer";

#[test]
fn a_closed_tcp_port_is_a_warning() {
    let server = server::udp_replies(|bytes| vec![answer(bytes)]);
    let output = ask_second(server.addr(), &[]);
    let said = format!("{}: over TCP connection refused {BUT_OVER_UDP}", server.addr());
    let dig = format!(
        "does it listen on TCP, or does a firewall reject that? dig @127.0.0.1 -p {} {INTERNAL} +tcp",
        server.addr().port()
    );
    assert_worst(&output, Warning, &said, &dig);
    assert_eq!(value(&output, "servers_ok"), Some(3.0), "{output:?}");
}

type Script = fn(TcpStream) -> io::Result<()>;

#[test]
fn silence_and_half_messages_over_tcp_are_warnings() {
    let closed = "no valid answer (the connection was closed before the answer was complete)";
    let scripts: [(Script, &str); 4] = [
        (|mut stream| stream.read_to_end(&mut Vec::new()).map(drop), "no answer within 1.0 s"),
        (|mut stream| stream.write_all(&[0, 40, 1, 2, 3]), closed),
        (|mut stream| stream.write_all(&[0xff]), closed),
        (|_| io::Result::Ok(()), closed),
    ];
    for (script, said) in scripts {
        let server = tcp_script(move |mut stream| {
            // What is not read when the connection ends would reset it.
            stream.read_exact(&mut [0; 2])?;
            script(stream)
        });
        let output = ask_second(server.addr(), HASTY);
        assert_worst(&output, Warning, &format!("{}: over TCP {said} {BUT_OVER_UDP}", server.addr()), "TCP");
    }
}

#[test]
fn another_answer_over_tcp_is_a_warning() {
    for (instead, said) in [
        (code(SERVFAIL), "SERVFAIL"),
        (denied("consul", 0), "a denial"),
        (Message { truncated: true, ..Message::default() }, "truncated over TCP too"),
    ] {
        let is_such = |query: &Query| query.is_for(INTERNAL) && query.rtype == A && !query.is_udp();
        let server = Names::but(move |query| is_such(query).then(|| instead.clone()));
        let output = ask_second(server.addr(), &[]);
        assert_worst(
            &output,
            Warning,
            &format!("{}: over TCP {said} for {INTERNAL} A, over UDP an answer", server.addr()),
            "does another server answer TCP, behind a balancer",
        );
    }
    let invented = Names::but(|query| {
        (!query.is_udp() && query.is_for(INTERNAL) && query.rtype != A).then(|| found(&["fd00::1"]))
    });
    let said = format!("{}: over TCP records for {INTERNAL} AAAA, over UDP an answer", invented.addr());
    assert_worst(&ask_second(invented.addr(), &[]), Warning, &said, "");
}

#[test]
fn a_truncated_answer_is_completed_over_tcp() {
    let cut =
        |query: &Query| Message { truncated: true, ..if query.rtype == A { found(&MEMBERS[..1]) } else { code(0) } };
    let server = Names::but(move |query| (query.is_udp() && query.is_for(INTERNAL)).then(|| cut(query)));
    let output = ask_second(server.addr(), &[]);
    let said = format!("{}: {INTERNAL} truncated over UDP, so each lookup needs TCP", server.addr());
    assert_worst(&output, Warning, &said, "a_record_limit");
    assert_eq!(value(&output, "servers_ok"), Some(3.0), "{output:?}");
    assert_shows(&output, &server.is_right());
    assert_hides(&output, "unlike");
}

#[test]
fn a_truncated_answer_without_tcp_is_no_answer() {
    let server = server::udp_replies(|bytes| {
        let whole = answer(bytes);
        let is_long = test_support::message::question(bytes).0 == INTERNAL;
        vec![if is_long { Message { truncated: true, ..code(0) }.to(bytes) } else { whole }]
    });
    let output = ask_second(server.addr(), &[]);
    let addr = server.addr();
    assert_worst(&output, Warning, &format!("{addr}: {INTERNAL} truncated, and over TCP connection refused"), "");
    assert_finds(
        &output,
        Warning,
        &format!("{addr}: over TCP connection refused {BUT_OVER_UDP}"),
        "does it listen on TCP",
    );
    assert_finds(&output, Warning, &format!("{addr}: {INTERNAL} truncated over UDP"), "");
    assert_eq!(value(&output, "servers_ok"), Some(2.0), "{output:?}");
    let output = ask(&[addr], &[]);
    assert_eq!(output.state(), Critical, "{output:?}");
}

/// Clients ask over UDP first.
#[test]
fn answers_over_tcp_alone_are_not_enough() {
    let server = Names::silent_to(Query::is_udp);
    let output = ask_second(server.addr(), HASTY);
    let said = format!("{}: {INTERNAL} no answer within 1.0 s, but it answers over TCP", server.addr());
    assert_worst(&output, Warning, &said, "does a firewall drop 53/udp?");
    assert_eq!(value(&output, "servers_ok"), Some(2.0), "{output:?}");
}
