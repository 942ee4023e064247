//! Servers that receive UDP datagrams.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::count::Count;
use super::refused;
use super::stop::Stop;

/// A running server.
pub struct Udp {
    addr: SocketAddr,
    shared: Arc<Shared>,
    receiver: Option<JoinHandle<()>>,
    refuses_tcp: Option<OwnedFd>,
}

#[derive(Default)]
struct Shared {
    stop: Stop,
    received: Count,
}

/// Takes every datagram and answers none. Connections to its port are refused.
pub fn udp_silent() -> Udp {
    udp_replies(|_| Vec::new())
}

/// Answers each datagram with any number of datagrams. Connections to its port are refused.
pub fn udp_replies(answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Udp {
    let (socket, tcp) = refused::bind_beside();
    let mut server = start(socket, answer);
    server.refuses_tcp = Some(tcp);
    server
}

impl Udp {
    /// The address of the server.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The number of datagrams that were received so far.
    pub fn received(&self) -> usize {
        self.shared.received.get()
    }

    /// Waits until `datagrams` were received.
    pub fn await_received(&self, datagrams: usize) {
        self.shared.received.wait_for(datagrams);
    }
}

impl Drop for Udp {
    fn drop(&mut self) {
        self.shared.stop.raise();
        // Wakes the receiver.
        UdpSocket::bind((self.addr.ip(), 0)).and_then(|socket| socket.send_to(&[], self.addr)).ok();
        let Some(Err(panic)) = self.receiver.take().map(JoinHandle::join) else { return };
        if !thread::panicking() {
            resume_unwind(panic);
        }
    }
}

pub(super) fn bind() -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port")
}

pub(super) fn start(socket: UdpSocket, answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Udp {
    let addr = socket.local_addr().expect("a socket has an address");
    let shared = Arc::new(Shared::default());
    let receiver = thread::spawn({
        let shared = Arc::clone(&shared);
        move || receive(&socket, &shared, answer)
    });
    Udp { addr, shared, receiver: Some(receiver), refuses_tcp: None }
}

fn receive(socket: &UdpSocket, shared: &Shared, answer: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let received = socket.recv_from(&mut buffer);
        if shared.stop.is_raised() {
            return;
        }
        // An error means that a client which is gone refused an earlier answer.
        let Ok((length, client)) = received else { continue };
        shared.received.add_one();
        for datagram in answer(buffer.get(..length).expect("a datagram fits its buffer")) {
            socket.send_to(&datagram, client).ok();
        }
    }
}
