//! An address where nobody listens.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, getsockname, socket};

/// A port that refuses TCP connections. It stays taken, so that no other test can start to listen on it.
pub struct Refused {
    addr: SocketAddr,
    _held: OwnedFd,
}

/// Takes a port without listening on it.
pub fn refused() -> Refused {
    let held =
        socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).expect("a descriptor is free");
    let any_port = SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
    bind(held.as_raw_fd(), &any_port).expect("127.0.0.1 has a free port");
    let name: SockaddrIn = getsockname(held.as_raw_fd()).expect("a socket has an address");
    Refused { addr: (name.ip(), name.port()).into(), _held: held }
}

impl Refused {
    /// The address that refuses.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}
