//! UDP and TCP on one port, as name servers have it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;

use super::tcp::{self, Tcp, finish};
use super::udp::{self, Udp};

/// Tries to find a port that is free for UDP and for TCP.
const ATTEMPTS: usize = 32;

/// How a query came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// In a datagram.
    Udp,
    /// In a stream, after two bytes of length.
    Tcp,
}

/// A server on one port of both transports.
pub struct Dns {
    /// The half that takes datagrams.
    pub udp: Udp,
    /// The half that takes connections.
    pub tcp: Tcp,
}

impl Dns {
    /// Where the server listens, on both transports.
    pub fn addr(&self) -> SocketAddr {
        self.udp.addr()
    }
}

/// Answers each message with any number of messages. The length that frames a message over TCP is added and removed
/// here.
pub fn dns(answer: impl Fn(Transport, &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Dns {
    let answer = Arc::new(answer);
    let over_udp = Arc::clone(&answer);
    dns_pair(
        move |query| over_udp(Transport::Udp, query),
        move |stream| converse(stream, |query| answer(Transport::Tcp, query)),
    )
}

/// The same with a script for what comes over TCP, which may then break its framing.
pub fn dns_pair<R>(
    answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
    script: impl Fn(TcpStream) -> R + Send + Sync + 'static,
) -> Dns {
    let (socket, listener) = bind_both();
    Dns { udp: udp::start(socket, answer), tcp: tcp::start(listener, move |stream, _| drop(script(stream))) }
}

fn bind_both() -> (UdpSocket, TcpListener) {
    let attempt = |_| {
        let socket = udp::bind();
        let addr = socket.local_addr().ok()?;
        TcpListener::bind(addr).ok().map(|listener| (socket, listener))
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
