//! Tests each server with a plain client.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use test_support::scratch::Scratch;
use test_support::server::{
    HttpReply, closes_at_once, dns, dns_at, dns_pair, drip, flood, garbage, http, http_by_path, read_http_request,
    refused, replies, silent, udp_replies, udp_silent, unix_replies,
};

/// The time that a client waits for a server that should not answer.
const A_MOMENT: Duration = Duration::from_millis(30);

/// Connects with a read timeout, so that a test fails instead of waiting for ever.
fn connect(addr: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(addr).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client
}

fn read_all(mut stream: impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    all
}

fn get(addr: SocketAddr, target: &str) -> String {
    let mut stream = connect(addr);
    write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    String::from_utf8(read_all(stream)).unwrap()
}

fn ask(addr: SocketAddr, query: &[u8]) -> UdpSocket {
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_read_timeout(Some(A_MOMENT)).unwrap();
    client.send_to(query, addr).unwrap();
    client
}

fn next_datagram(client: &UdpSocket) -> io::Result<Vec<u8>> {
    let mut buffer = [0; 64];
    client.recv(&mut buffer).map(|length| buffer.iter().take(length).copied().collect())
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap();
    [&length.to_be_bytes(), message].concat()
}

#[test]
fn silent_accepts_and_sends_nothing() {
    let server = silent();
    let mut client = connect(server.addr());
    client.set_read_timeout(Some(A_MOMENT)).unwrap();
    client.write_all(b"hello?").unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(server.accepted(), 1);
}

#[test]
fn drip_sends_byte_by_byte_and_stays() {
    let server = drip("abc", Duration::from_millis(1));
    let mut client = connect(server.addr());
    let mut got = [0; 3];
    client.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"abc");
    client.set_read_timeout(Some(A_MOMENT)).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn drip_pauses_between_bytes() {
    let server = drip("ab", Duration::from_secs(3600));
    let mut client = connect(server.addr());
    client.read_exact(&mut [0]).unwrap();
    client.set_read_timeout(Some(A_MOMENT)).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn closes_at_once_sends_nothing() {
    let server = closes_at_once();
    assert_eq!(read_all(connect(server.addr())), b"");
}

#[test]
fn flood_starts_with_the_prefix_and_ends_with_the_filler() {
    let server = flood("hi", 1_000_000);
    let all = read_all(connect(server.addr()));
    assert_eq!(all.len(), 1_000_002);
    assert!(all.starts_with(b"hix"));
}

#[test]
fn flood_stops_when_the_client_leaves() {
    let server = flood("", u64::MAX);
    connect(server.addr()).read_exact(&mut [0; 10_000]).unwrap();
    drop(server);
}

#[test]
fn garbage_is_the_same_every_time() {
    let server = garbage();
    let all = read_all(connect(server.addr()));
    assert_eq!(all.len(), 4096);
    assert!(String::from_utf8(all.clone()).is_err());
    assert_eq!(all, read_all(connect(server.addr())));
}

#[test]
fn a_script_serves_each_client() {
    let server = replies(|mut stream: TcpStream| {
        let mut name = [0; 2];
        stream.read_exact(&mut name)?;
        stream.write_all(b"hello ")?;
        stream.write_all(&name)
    });
    for name in ["me", "us"] {
        let mut client = connect(server.addr());
        client.write_all(name.as_bytes()).unwrap();
        assert_eq!(read_all(client), format!("hello {name}").as_bytes());
    }
    assert_eq!(server.accepted(), 2);
}

#[test]
fn clients_are_served_at_the_same_time() {
    let server = replies(|mut stream: TcpStream| io::copy(&mut stream.try_clone()?, &mut stream));
    let (mut first, mut second) = (connect(server.addr()), connect(server.addr()));
    for client in [&mut second, &mut first] {
        client.write_all(b"x").unwrap();
        client.read_exact(&mut [0]).unwrap();
    }
}

#[test]
fn a_failed_assertion_in_a_script_is_raised_by_the_drop() {
    let server = replies(|_| assert!(read_http_request(&mut io::empty()).is_ok()));
    assert_eq!(read_all(connect(server.addr())), b"");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(server))).is_err());
}

#[test]
fn await_accepted_returns_when_a_client_has_come() {
    let server = silent();
    let addr = server.addr();
    let (leave, left) = mpsc::channel::<()>();
    let client = thread::spawn(move || {
        let stream = connect(addr);
        left.recv().ok();
        drop(stream);
    });
    server.await_accepted(1);
    drop(leave);
    client.join().unwrap();
}

#[test]
fn a_dropped_server_closes_connections_and_its_port() {
    let server = silent();
    let addr = server.addr();
    let client = connect(addr);
    server.await_accepted(1);
    drop(server);
    assert_eq!(read_all(client), b"");
    assert_eq!(TcpStream::connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn refused_refuses() {
    let refusing = refused();
    assert_refuses(refusing.addr());
    // The refusal of a datagram arrives after sending, as an ICMP message.
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.connect(refusing.addr()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client.send(b"?").unwrap();
    assert_eq!(client.recv(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[track_caller]
fn assert_refuses(addr: SocketAddr) {
    assert_eq!(TcpStream::connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn http_answers_any_request() {
    let server = http(503, &[("Retry-After", "9")], "later");
    assert_eq!(
        get(server.addr(), "/any"),
        "HTTP/1.1 503 Scripted\r\nConnection: close\r\nRetry-After: 9\r\nContent-Length: 5\r\n\r\nlater"
    );
}

#[test]
fn http_by_path_sees_path_and_query() {
    let server = http_by_path(|target| HttpReply::new(200, target).header("content-length", "99"));
    let answer = get(server.addr(), "/v1/agent?dc=x");
    assert!(answer.ends_with("\r\n\r\n/v1/agent?dc=x"), "{answer}");
    assert!(!answer.contains("Content-Length"), "{answer}");
}

#[test]
fn a_request_is_read_up_to_its_empty_line() {
    let head = "GET / HTTP/1.1\r\nX-Token: t\r\n\r\n";
    assert_eq!(read_http_request(&mut format!("{head}body").as_bytes()).unwrap(), head);
    assert_eq!(read_http_request(&mut &b"GET / HT"[..]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn udp_silent_receives_and_sends_nothing() {
    let server = udp_silent();
    let client = ask(server.addr(), b"?");
    assert_eq!(next_datagram(&client).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(server.received(), 1);
}

#[test]
fn udp_answers_with_several_datagrams() {
    let server = udp_replies(|query| vec![query.to_ascii_uppercase(), b"more".to_vec()]);
    let client = ask(server.addr(), b"abc");
    assert_eq!(next_datagram(&client).unwrap(), b"ABC");
    assert_eq!(next_datagram(&client).unwrap(), b"more");
    server.await_received(1);
    assert_refuses(server.addr());
}

#[test]
fn dns_answers_on_both_transports_of_one_port() {
    let server = dns(|transport, query| vec![format!("{transport:?}").into_bytes(), query.to_vec()]);
    let client = ask(server.addr(), b"q");
    assert_eq!(next_datagram(&client).unwrap(), b"Udp");
    assert_eq!(next_datagram(&client).unwrap(), b"q");

    let mut stream = connect(server.addr());
    stream.write_all(&framed(b"qq")).unwrap();
    let mut got = [0; 9];
    stream.read_exact(&mut got).unwrap();
    assert_eq!(got.as_slice(), [framed(b"Tcp"), framed(b"qq")].concat());
    assert_eq!((server.udp.received(), server.tcp.accepted()), (1, 1));
}

#[test]
fn servers_at_several_addresses_have_one_port() {
    let hosts = ["127.0.0.1", "127.0.0.2", "::1"].map(|host| host.parse().unwrap());
    let servers = dns_at(&hosts, |index, _, _| vec![index.to_string().into_bytes()]);
    for (index, (server, host)) in servers.iter().zip(hosts).enumerate() {
        assert_eq!(server.addr(), SocketAddr::new(host, servers[0].addr().port()));
        let mut stream = connect(server.addr());
        stream.write_all(&framed(b"q")).unwrap();
        let mut got = [0; 3];
        stream.read_exact(&mut got).unwrap();
        assert_eq!(got.as_slice(), framed(index.to_string().as_bytes()));
    }
    assert_eq!(next_datagram(&ask(servers[1].addr(), b"q")).unwrap(), b"1");
}

#[test]
fn dns_pair_may_break_the_framing() {
    let server = dns_pair(|_| vec![b"cut".to_vec()], |mut stream: TcpStream| stream.write_all(&[0xff]));
    assert_eq!(next_datagram(&ask(server.addr(), b"q")).unwrap(), b"cut");
    assert_eq!(read_all(connect(server.addr())), [0xff]);
}

#[test]
fn http_keeps_a_connection_open_on_request() {
    let mut answer = Vec::new();
    HttpReply::new(200, "hi").header("Connection", "keep-alive").write_to(&mut answer).unwrap();
    assert_eq!(answer, b"HTTP/1.1 200 Scripted\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi");
}

#[test]
fn a_socket_is_served_until_its_server_is_dropped() {
    let scratch = Scratch::new();
    let path = scratch.join("socket");
    let server = unix_replies(&path, |mut stream| {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        stream.write_all(&byte)
    });
    let mut client = UnixStream::connect(&path).unwrap();
    client.write_all(b"x").unwrap();
    assert_eq!(read_all(&client), b"x");
    let waiting = UnixStream::connect(&path).unwrap();
    drop(server);
    assert_eq!(read_all(&waiting), b"");
    assert!(UnixStream::connect(&path).is_err());
}
