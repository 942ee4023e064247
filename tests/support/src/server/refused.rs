//! An address where nothing listens.

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, socket};

use super::udp;

/// The number of attempts to find a port that is free for UDP and for TCP.
pub(super) const ATTEMPTS: usize = 32;

/// A port that refuses connections and datagrams. It stays reserved, so that no other test can listen on it.
pub struct Refused {
    addr: SocketAddr,
    _udp: UdpSocket,
    _tcp: OwnedFd,
}

/// Reserves a port without listening on it.
pub fn refused() -> Refused {
    let (udp, tcp) = bind_beside();
    let addr = udp.local_addr().expect("a socket has an address");
    // A socket that is connected to itself takes no datagrams from other sockets.
    udp.connect(addr).expect("127.0.0.1 has a way to itself");
    Refused { addr, _udp: udp, _tcp: tcp }
}

impl Refused {
    /// The address that refuses.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

/// A socket for datagrams, and a handle that keeps its TCP port from accepting connections.
pub(super) fn bind_beside() -> (UdpSocket, OwnedFd) {
    let attempt = |_| {
        let udp = udp::bind();
        hold(udp.local_addr().ok()?).map(|tcp| (udp, tcp))
    };
    (0..ATTEMPTS).find_map(attempt).expect("a port is free on both transports")
}

/// Reserves this TCP port without listening on it.
fn hold(addr: SocketAddr) -> Option<OwnedFd> {
    let SocketAddr::V4(addr) = addr else { return None };
    let held =
        socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).expect("a descriptor is free");
    bind(held.as_raw_fd(), &SockaddrIn::from(addr)).ok().map(|()| held)
}
