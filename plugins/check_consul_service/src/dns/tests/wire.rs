//! Servers on 127.0.0.1 that misbehave.

use std::net::{IpAddr, TcpStream};
use std::time::Duration;

use common::Deadline;
use common::dns::{Options, Outcome};
use test_support::server::{self, Dns};

use super::super::Condition::Passing;
use super::*;
use crate::collect::dns::ask;

const A: u16 = 1;
const AAAA: u16 = 28;
const SRV: u16 = 33;

const PATIENT: Options = Options { timeout: Duration::from_secs(60), retries: 0, checking_disabled: false };
const HASTY: Options = Options { timeout: Duration::from_millis(50), retries: 1, checking_disabled: false };

/// The type that a query asks for, and where its question ends.
fn question(query: &[u8]) -> (u16, usize) {
    let mut place = 12;
    while query[place] != 0 {
        place += 1 + usize::from(query[place]);
    }
    (u16::from_be_bytes([query[place + 1], query[place + 2]]), place + 5)
}

/// The answer of Consul with these instances of port 3306, all of it.
fn right(query: &[u8], ips: &[IpAddr]) -> Vec<u8> {
    let (rtype, end) = question(query);
    let data: Vec<Vec<u8>> = ips.iter().filter_map(|ip| record(rtype, *ip)).collect();
    let mut bytes = [&query[..2], &[0x85, 0x80, 0, 1, 0, u8::try_from(data.len()).unwrap(), 0, 0, 0, 0]].concat();
    bytes.extend(&query[12..end]);
    for data in data {
        // A pointer to the name of the question, and a TTL of 0.
        bytes.extend([&[0xc0, 12], &rtype.to_be_bytes()[..], &[0, 1, 0, 0, 0, 0]].concat());
        bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
    }
    bytes
}

fn record(rtype: u16, ip: IpAddr) -> Option<Vec<u8>> {
    let (octets, hex) = match ip {
        IpAddr::V4(ip) => (ip.octets().to_vec(), format!("{:08x}", ip.to_bits())),
        IpAddr::V6(ip) => (ip.octets().to_vec(), format!("{:032x}", ip.to_bits())),
    };
    match (rtype, ip) {
        (A, IpAddr::V4(_)) | (AAAA, IpAddr::V6(_)) => Some(octets),
        (SRV, _) => {
            let labels = [hex.as_str(), "addr", "dc1", "consul"];
            let target =
                labels.map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat()).concat();
            Some([&[0, 1, 0, 1][..], &3306_u16.to_be_bytes(), &target, &[0]].concat())
        }
        _ => None,
    }
}

/// Four instances with IPv4 and one with IPv6.
fn five() -> (Vec<IpAddr>, Expected) {
    let mut expected = expected(&[Passing; 5]);
    expected.instances[4].ip = Some("fd00::5".parse().unwrap());
    (expected.instances.iter().filter_map(|known| known.ip).collect(), expected)
}

fn told_by(servers: &[&Dns], options: Options) -> Vec<ServerAnswers> {
    let servers: Vec<_> = servers.iter().map(|dns| server(&dns.addr().to_string(), Role::Consul)).collect();
    let questions = Questions::new("db.service.consul").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ask(&servers, &questions, &options, Deadline::after(Duration::from_secs(60))))
}

fn comparison(dns: &Dns, options: Options) -> Comparison {
    compare(&told_by(&[dns], options)[0], &five().1)
}

/// A server that answers rightly over UDP, with this script for what comes over TCP.
fn over_udp<R>(script: impl Fn(TcpStream) -> R + Send + Sync + 'static) -> Dns {
    let (ips, _) = five();
    server::dns_pair(move |query| vec![right(query, &ips)], script)
}

#[test]
fn five_instances_are_named_over_both_transports() {
    let (ips, _) = five();
    let dns = server::dns(move |_, query| vec![right(query, &ips)]);
    let comparison = comparison(&dns, PATIENT);
    assert!(comparison.agrees(), "{comparison:?}");
    assert!(five().0.iter().all(|ip| comparison.names(*ip)));
    assert_eq!((comparison.named.len(), comparison.ttl), (5, Some(0)));
    assert!(comparison.time.is_some());
}

#[test]
fn each_question_is_asked_once_over_each_transport() {
    let (ips, _) = five();
    let dns = server::dns(move |_, query| vec![right(query, &ips)]);
    told_by(&[&dns], PATIENT);
    assert_eq!((dns.udp.received(), dns.tcp.accepted()), (3, 3));
}

#[test]
fn a_server_that_cuts_its_datagrams_is_right() {
    let (ips, _) = five();
    let dns = server::dns(move |transport, query| {
        let some = if transport == server::Transport::Udp { &ips[1..] } else { &ips[..] };
        vec![right(query, some)]
    });
    let comparison = comparison(&dns, PATIENT);
    assert!(comparison.agrees(), "{comparison:?}");
}

#[test]
fn a_connection_that_is_closed_at_once_is_a_fault_of_tcp() {
    let comparison = comparison(&over_udp(drop), PATIENT);
    let split = comparison.split.unwrap();
    assert!(split.contains("the connection was closed") && split.ends_with("over TCP"), "{split}");
    assert_eq!((comparison.fault, comparison.missing), (None, Vec::new()));
}

#[test]
fn silence_over_udp_is_a_fault_of_udp() {
    let (ips, _) = five();
    let dns = server::dns(move |transport, query| match transport {
        server::Transport::Udp => Vec::new(),
        server::Transport::Tcp => vec![right(query, &ips)],
    });
    let comparison = comparison(&dns, HASTY);
    assert_eq!(comparison.split.as_deref(), Some("no answer within 0.1 s over UDP"));
    assert_eq!(comparison.missing, []);
}

#[test]
fn garbage_is_no_answer() {
    let dns = server::dns(|_, _| vec![b"<b>|evil\n".to_vec()]);
    let fault = comparison(&dns, HASTY).fault.unwrap();
    assert!(fault.is_whole && fault.words.starts_with("no valid answer (a malformed message"), "{fault:?}");
}

#[test]
fn a_closed_port_is_refused() {
    let closed = server::refused();
    let servers = [server(&closed.addr().to_string(), Role::Consul)];
    let questions = Questions::new("db.service.consul").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let told = runtime.block_on(ask(&servers, &questions, &HASTY, Deadline::after(Duration::from_secs(60))));
    assert!(told[0].questions().iter().all(|(_, both)| both.tcp.outcome == Outcome::PortClosed), "{told:?}");
}

#[test]
fn silent_servers_are_waited_for_together() {
    let silent: Vec<_> = (0..3).map(|_| server::dns(|_, _| Vec::new())).collect();
    let begin = std::time::Instant::now();
    let told = told_by(&silent.iter().collect::<Vec<_>>(), Options { timeout: Duration::from_millis(500), ..HASTY });
    assert!(begin.elapsed() < Duration::from_secs(2), "one after the other takes at least 3 s");
    assert_eq!(
        told.iter().map(|told| told.server.server.address).collect::<Vec<_>>(),
        silent.iter().map(Dns::addr).collect::<Vec<_>>()
    );
}
