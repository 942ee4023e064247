//! UDP and TCP on one port, as for name servers.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;

use super::refused::ATTEMPTS;
use super::tcp::{self, Tcp, finish};
use super::udp::{self, Udp};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The transport of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// In a datagram.
    Udp,
    /// In a stream, after two bytes of length.
    Tcp,
}

/// A server on one port, over UDP and TCP.
pub struct Dns {
    /// The UDP part.
    pub udp: Udp,
    /// The TCP part.
    pub tcp: Tcp,
}

impl Dns {
    /// The address of the server, for both transports.
    pub fn addr(&self) -> SocketAddr {
        self.udp.addr()
    }
}

/// Answers each message with any number of messages. Over TCP, the length before each message is removed and added
/// here.
pub fn dns(answer: impl Fn(Transport, &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Dns {
    let at = move |_, transport, query: &[u8]| answer(transport, query);
    dns_at(&[LOCALHOST], at).pop().expect("each address has its server")
}

/// As [`dns`], at each of these addresses of this host, all on one port. `answer` gets the index of the address.
pub fn dns_at(
    hosts: &[IpAddr],
    answer: impl Fn(usize, Transport, &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static,
) -> Vec<Dns> {
    let answer = Arc::new(answer);
    let serve = |(index, (socket, listener))| {
        let (over_udp, over_tcp) = (Arc::clone(&answer), Arc::clone(&answer));
        let converse = move |stream| converse(stream, |query| over_tcp(index, Transport::Tcp, query));
        pair(socket, listener, move |query| over_udp(index, Transport::Udp, query), converse)
    };
    bind_all(hosts).into_iter().enumerate().map(serve).collect()
}

/// As [`dns`], with a script for TCP, which may break the framing.
pub fn dns_pair<R>(
    answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
    script: impl Fn(TcpStream) -> R + Send + Sync + 'static,
) -> Dns {
    let (socket, listener) = bind_all(&[LOCALHOST]).pop().expect("each address has its sockets");
    pair(socket, listener, answer, script)
}

fn pair<R>(
    socket: UdpSocket,
    listener: TcpListener,
    answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
    script: impl Fn(TcpStream) -> R + Send + Sync + 'static,
) -> Dns {
    Dns { udp: udp::start(socket, answer), tcp: tcp::start(listener, move |stream, _| drop(script(stream))) }
}

fn bind_all(hosts: &[IpAddr]) -> Vec<(UdpSocket, TcpListener)> {
    let attempt = |_| {
        let mut port = 0;
        let both = |host: &IpAddr| {
            let socket = UdpSocket::bind((*host, port)).ok()?;
            port = socket.local_addr().ok()?.port();
            Some((socket, TcpListener::bind((*host, port)).ok()?))
        };
        hosts.iter().map(both).collect()
    };
    (0..ATTEMPTS).find_map(attempt).expect("a port is free on both transports")
}

fn converse(mut stream: TcpStream, answer: impl Fn(&[u8]) -> Vec<Vec<u8>>) -> io::Result<()> {
    let mut length = [0; 2];
    while stream.read_exact(&mut length).is_ok() {
        let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut query)?;
        for message in answer(&query) {
            let length = u16::try_from(message.len()).expect("a message has at most 65535 bytes");
            stream.write_all(&[&length.to_be_bytes(), message.as_slice()].concat())?;
        }
    }
    finish(&stream)
}
