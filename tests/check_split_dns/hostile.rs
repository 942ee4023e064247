//! Name servers that want to do harm.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use test_support::message::{A, Message, wire_name};
use test_support::oracle::State::{self, Critical, Ok, Warning};
use test_support::plugin::{Output, assert_says};
use test_support::server::{self, Transport};

use crate::names::{INTERNAL, MEMBERS, NXDOMAIN, Names, Query, SERVFAIL, because, code, found, right};
use crate::transports::{answer, tcp_script};
use crate::{
    HASTY, ask, ask_second, asking, assert_finds, assert_hides, assert_shows, assert_worst, at_once, labels, second,
    value,
};

/// All that could break out of a line of output, and out of the page that shows it.
const NASTY: &str = "evil|x=1;;\r\nSPLIT_DNS is OK <b>\u{202e}\u{1b}[31m'\"\\";

/// What a check may take at its worst, a debug build included.
const MEMORY: u64 = 64 << 20;

/// Whatever was sent: a state, one line that Icinga reads as it was meant, and no more memory than is due.
#[track_caller]
fn assert_sane(output: &Output) {
    output.state();
    output.perfdata();
    assert_eq!(output.stdout.matches('|').count(), 1, "{output:?}");
    assert!(!output.stdout.chars().any(|c| c.is_control() && c != '\n'), "{output:?}");
    assert!(!output.stdout.contains("<b") && !output.stdout.contains('\u{202e}'), "{output:?}");
    assert_eq!(output.text().lines().filter(|line| line.starts_with("SPLIT_DNS is ")).count(), 1, "{output:?}");
    assert_eq!(output.stderr, "");
    assert!(output.peak_rss_bytes.is_none_or(|bytes| bytes < MEMORY), "{:?}", output.peak_rss_bytes);
}

/// The worst that is said is this of the server at `addr`, in an output that is sane.
#[track_caller]
fn assert_harmless(output: &Output, addr: SocketAddr, state: State, said: &str) {
    assert_worst(output, state, &format!("{addr}: {said}"), "");
    assert_sane(output);
}

/// The header and the question of an answer, then these bytes, which say that they are this many records.
fn crafted(query: &[u8], records: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = query[..end_of_question(query)].to_vec();
    bytes[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, records, 0, 0, 0, 0]);
    bytes.extend(rest);
    bytes
}

fn end_of_question(query: &[u8]) -> usize {
    12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 5
}

/// A pointer to what stands so many bytes behind the question.
fn pointer(query: &[u8], behind: usize) -> [u8; 2] {
    [0xc0, u8::try_from(end_of_question(query) + behind).unwrap()]
}

/// The same message with another id.
fn foreign(mut message: Vec<u8>) -> Vec<u8> {
    message[0] ^= 0x55;
    message
}

/// An answer to who asked for something else.
fn misplaced(query: &[u8]) -> Vec<u8> {
    let other = [&query[..12], &wire_name("other.service.consul"), &[0, 1, 0, 1]].concat();
    found(&["203.0.113.9"]).to(&other)
}

type Lie = fn(&Query, &[u8]) -> Vec<Vec<u8>>;

#[test]
fn what_is_no_answer_to_the_question_is_none() {
    let lies: [(Lie, &str); 12] = [
        (|query, bytes| vec![foreign(right(query).to(bytes))], "an answer with the id of no query of ours"),
        (|_, bytes| vec![misplaced(bytes)], "an answer to another question: other.service.consul. A"),
        (|_, bytes| vec![bytes.to_vec()], "a message that is no answer to a query"),
        (|_, _| vec![vec![]], "a malformed message: "),
        (|_, _| vec![vec![0xff; 40]], "a malformed message: "),
        (|query, bytes| vec![right(query).to(bytes)[..20].to_vec()], "a malformed message: "),
        // A name that leads to itself, and two that lead to each other.
        (
            |_, bytes| vec![crafted(bytes, 1, &[&pointer(bytes, 0)[..], &[0, 1, 0, 1]].concat())],
            "a malformed message: ",
        ),
        (
            |_, bytes| {
                let [one, other] = [pointer(bytes, 2), pointer(bytes, 0)];
                vec![crafted(bytes, 1, &[&one[..], &other, &[0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]].concat())]
            },
            "a malformed message: ",
        ),
        // More records than there are, a record longer than the message, and an address of three bytes.
        (|_, bytes| vec![crafted(bytes, 200, &[])], "a malformed message: "),
        (
            |_, bytes| vec![crafted(bytes, 1, &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 1, 2])],
            "a malformed message: ",
        ),
        (
            |_, bytes| vec![crafted(bytes, 1, &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3])],
            "a malformed message: ",
        ),
        (|_, _| vec![vec![0xc0; 65_507]], "a malformed message: "),
    ];
    let running = lies.map(|(lie, said)| {
        let server = Names::writing(lie);
        (second(server.addr(), HASTY), server, said)
    });
    for (run, server, said) in running {
        assert_harmless(&run.wait(), server.addr(), Warning, &format!("no valid answer ({said}"));
    }
}

/// Clients drop it and wait, as if nothing had come.
#[test]
fn nonsense_of_the_first_server_is_waited_for() {
    let server = Names::writing(|query, bytes| vec![foreign(right(query).to(bytes))]);
    let output = ask(&[server.addr(), Names::healthy().addr()], HASTY);
    assert_says(
        &output,
        Critical,
        &format!("1 of 2 name servers right, at least 2 needed: {} no valid answer (", server.addr()),
    );
    assert_finds(&output, Critical, &format!("{} (first name server): no valid answer (", server.addr()), "");
    assert_shows(&output, "so each lookup waits 5 s");
}

/// What answers a question that nobody asked spoils no answer that comes too.
#[test]
fn a_stranger_among_the_answers_is_passed_by() {
    let server = Names::writing(|query, bytes| {
        let lie = found(&["203.0.113.9"]);
        vec![foreign(lie.to(bytes)), misplaced(bytes), b"junk".to_vec(), right(query).to(bytes), lie.to(bytes)]
    });
    let output = ask_second(server.addr(), &[]);
    assert_says(&output, Ok, "3/3 name servers: 1 internal and 1 external name right");
    assert_hides(&output, "203.0.113.9");
}

/// A socket that is connected hears its server only.
#[test]
fn an_answer_from_elsewhere_is_not_heard() {
    let asked = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = asked.local_addr().unwrap();
    let elsewhere = UdpSocket::bind("127.0.0.1:0").unwrap();
    let liar = thread::spawn(move || {
        let mut buffer = [0; 512];
        loop {
            let (length, client) = asked.recv_from(&mut buffer).unwrap();
            if length == 0 {
                return;
            }
            elsewhere.send_to(&answer(&buffer[..length]), client).ok();
        }
    });
    let output = ask_second(addr, HASTY);
    assert_worst(&output, Warning, &format!("{addr}: "), "");
    assert_shows(&output, "2/3 name servers right");
    assert_hides(&output, &format!("[OK] {addr}"));
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&[], addr).unwrap();
    liar.join().unwrap();
}

#[test]
fn lies_about_the_length_over_tcp_are_no_answer() {
    let scripts: [fn(TcpStream) -> io::Result<()>; 5] = [
        |mut stream| stream.write_all(&vec![0xff; 0x10001]),
        |mut stream| io::copy(&mut io::repeat(0), &mut stream).map(drop),
        |mut stream| stream.write_all(&[0xff, 0xff, 0, 0]),
        |mut stream| io::copy(&mut io::repeat(0xff), &mut stream).map(drop),
        // A message without end: one byte at a time.
        |mut stream| {
            stream.write_all(&[0xff, 0xff])?;
            loop {
                stream.write_all(&[0])?;
                thread::sleep(Duration::from_millis(100));
            }
        },
    ];
    let running = scripts.map(|script| {
        let server = tcp_script(script);
        (second(server.addr(), HASTY), server)
    });
    for (run, server) in running {
        let output = run.wait();
        assert_harmless(&output, server.addr(), Warning, "over TCP no ");
        assert_eq!(value(&output, "servers_ok"), Some(3.0), "UDP is enough: {output:?}");
    }
}

#[test]
fn a_byte_at_a_time_is_no_answer() {
    let server = server::dns_pair(
        |_| vec![],
        |mut stream: TcpStream| {
            let mut query = [0; 512];
            let length = stream.read(&mut query)?;
            let message = answer(&query[2..length]);
            for byte in [&u16::try_from(message.len()).unwrap().to_be_bytes()[..], &message].concat() {
                stream.write_all(&[byte])?;
                thread::sleep(Duration::from_millis(100));
            }
            io::Result::Ok(())
        },
    );
    assert_harmless(&ask_second(server.addr(), HASTY), server.addr(), Warning, "no answer within 1.0 s");
}

#[test]
fn of_the_largest_answer_a_few_records_are_shown() {
    let many = |count: u16| {
        let address = move |number: u16| {
            let [high, low] = number.to_be_bytes();
            format!("93.9.{high}.{low}").parse().unwrap()
        };
        Message { addresses: (0..count).map(address).collect(), ..Message::default() }
    };
    let server = Names::but(move |query| match (query.is_for(INTERNAL) && query.rtype == A, query.transport) {
        (true, Transport::Udp) => Some(Message { truncated: true, ..many(20) }),
        (true, Transport::Tcp) => Some(many(1500)),
        _ => None,
    });
    let said = format!("{INTERNAL} A has addresses 93.9.0.0, 93.9.0.1 and 1498 more (not in private)");
    let output = ask_second(server.addr(), &[]);
    assert_harmless(&output, server.addr(), Critical, &said);
    let quiet = ask(&[server.addr()], &[]);
    assert!(quiet.stdout.len() < 4000, "{}", quiet.stdout.len());
    assert_hides(&output, "93.9.0.2");
}

#[test]
fn text_of_a_server_is_shown_as_text_wherever_it_is_shown() {
    let healthy = labels(&ask(&[Names::healthy().addr()], &[]));
    let text = |length: usize| [&[u8::try_from(length).unwrap()][..], &NASTY.as_bytes()[..length]].concat();
    let label = NASTY.replace('.', "");
    let servers = [
        Names::but(|query| query.is_internal().then(|| because(SERVFAIL, 22, &NASTY.repeat(20)))),
        Names::but(|query| query.is_internal().then(|| because(NXDOMAIN, 15, NASTY))),
        Names::but(|query| query.is_for(INTERNAL).then(|| because(5, 18, NASTY))),
        Names::but(|query| {
            (query.rtype == A && query.is_for(INTERNAL))
                .then(|| Message { extended_error: Some((3, NASTY.to_owned())), ..found(&MEMBERS) })
        }),
        Names::but(|query| query.is_internal().then_some(Message { soa: Some((NASTY, 60)), ..code(NXDOMAIN) })),
        Names::but(move |query| {
            query.is_for("t.consul").then(|| Message { records: vec![(16, text(40))], ..Message::default() })
        }),
        Names::but(move |query| {
            (query.rtype == 33).then(|| Message { services: vec![(label.clone(), 80)], ..Message::default() })
        }),
        Names::writing(|_, bytes| vec![found(&[]).to(&[&bytes[..12], &wire_name(NASTY), &[0, 1, 0, 1]].concat())]),
    ];
    for server in servers {
        let names = ["-i", "t.consul/TXT=~x", "-i", "t.consul/SRV=x.", "--perfdata-per-server"];
        let checks = [&[][..], &["-vv"]].map(|args| asking(&[server.addr()], &[&names, HASTY, args].concat()));
        for output in at_once(checks) {
            assert_sane(&output);
            let own = |label: &String| {
                !label.contains('_') || healthy.contains(label) || label.contains("127") || label.contains("consul")
            };
            assert!(labels(&output).iter().all(own), "{output:?}");
        }
    }
}

#[test]
fn a_chain_of_aliases_without_end_is_no_address() {
    let server = Names::but(|query| {
        let alias = Some(query.name.clone());
        query.is_for(INTERNAL).then(|| Message { alias, ..Message::default() })
    });
    let output = ask_second(server.addr(), &[]);
    assert_harmless(&output, server.addr(), Critical, &format!("{INTERNAL} NODATA without SOA"));
}

#[test]
fn a_server_that_answers_a_thousand_times_is_heard_once() {
    let server = Names::writing(|query, bytes| vec![right(query).to(bytes); 1000]);
    let output = ask(&[server.addr()], &["-v"]);
    assert_says(&output, Ok, "1/1 name servers");
    assert_shows(&output, &server.is_right());
}
