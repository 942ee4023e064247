//! Servers that misbehave in the ways in which servers do, over TCP and UDP alike.

use std::net::SocketAddr;
use std::time::Duration;

use test_support::server::{self, Refused, Tcp, Udp};

/// What a plugin speaks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    Udp,
}

/// A way to misbehave.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Silent,
    /// A byte at a time, never an answer.
    Drip,
    ClosesAtOnce,
    /// A hundred megabytes.
    Flood,
    Garbage,
    Refused,
}

pub(crate) enum Fake {
    Tcp(Tcp),
    Udp(Udp),
    Refused(Refused),
}

/// The largest datagram that loopback carries in one piece, near enough.
const DATAGRAM: usize = 60_000;

impl Fake {
    pub(crate) fn start(transport: Transport, fault: Fault) -> Self {
        match (transport, fault) {
            (_, Fault::Refused) | (Transport::Udp, Fault::ClosesAtOnce) => Self::Refused(server::refused()),
            (Transport::Tcp, Fault::Silent) => Self::Tcp(server::silent()),
            (Transport::Tcp, Fault::Drip) => Self::Tcp(server::drip([b'1'; 100], Duration::from_millis(200))),
            (Transport::Tcp, Fault::ClosesAtOnce) => Self::Tcp(server::closes_at_once()),
            (Transport::Tcp, Fault::Flood) => Self::Tcp(server::flood(*b"HTTP/1.1 200 OK\r\n\r\n", 100 << 20)),
            (Transport::Tcp, Fault::Garbage) => Self::Tcp(server::garbage()),
            (Transport::Udp, Fault::Silent) => Self::Udp(server::udp_silent()),
            (Transport::Udp, Fault::Drip) => Self::Udp(server::udp_replies(|_| vec![vec![1]])),
            (Transport::Udp, Fault::Flood) => Self::Udp(server::udp_replies(|query| {
                vec![[query, &vec![0; DATAGRAM]].concat(); (100 << 20) / DATAGRAM]
            })),
            (Transport::Udp, Fault::Garbage) => {
                Self::Udp(server::udp_replies(|query| vec![query.iter().map(|byte| byte ^ 0x5a).collect()]))
            }
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        match self {
            Self::Tcp(server) => server.addr(),
            Self::Udp(server) => server.addr(),
            Self::Refused(server) => server.addr(),
        }
    }

    /// Waits until the plugin has asked.
    pub(crate) fn await_contact(&self) {
        match self {
            Self::Tcp(server) => server.await_accepted(1),
            Self::Udp(server) => server.await_received(1),
            Self::Refused(_) => {}
        }
    }
}
