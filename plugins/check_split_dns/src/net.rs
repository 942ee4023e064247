//! Sets of addresses: networks, and the classes of the IANA registries.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Networks and classes of addresses, as `--internal-net` and `--external-net` take them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Nets {
    text: String,
    classes: Vec<Class>,
}

/// One item of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Net(IpNet),
    Private,
    Public,
    Any,
}

impl Nets {
    /// Whether the address is in one of them. An IPv4 address is never in an IPv6 network, mapped or not.
    pub(crate) fn contains(&self, ip: IpAddr) -> bool {
        self.classes.iter().any(|class| match class {
            Class::Net(net) => net.contains(&ip),
            Class::Private => is_private(ip),
            Class::Public => is_public(ip),
            Class::Any => true,
        })
    }
}

impl FromStr for Nets {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let classes = text.split(',').map(|item| class(item.trim())).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), classes })
    }
}

impl fmt::Display for Nets {
    /// As given on the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn class(text: &str) -> Result<Class, String> {
    match text.to_ascii_lowercase().as_str() {
        "private" => Ok(Class::Private),
        "public" => Ok(Class::Public),
        "any" => Ok(Class::Any),
        _ => {
            let net = network(text).map(Class::Net);
            net.ok_or_else(|| format!("\"{text}\" is not an address, network, private, public or any"))
        }
    }
}

/// The network or the single address that the text means; `None` if it is neither.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    text.parse().or_else(|_| text.parse().map(|address: IpAddr| IpNet::from(address))).ok()
}

/// The addresses into which a NAT64 translates those of IPv4 (RFC 6052, section 2.1).
const NAT64: Ipv6Net = v6(0x0064_ff9b, 0, 96);

/// RFC 1918, section 3; RFC 6598, section 7.
const PRIVATE_V4: [Ipv4Net; 4] =
    [v4([10, 0, 0, 0], 8), v4([100, 64, 0, 0], 10), v4([172, 16, 0, 0], 12), v4([192, 168, 0, 0], 16)];

/// RFC 4193, section 3.1.
const PRIVATE_V6: Ipv6Net = v6(0xfc00_0000, 0, 7);

/// The IANA IPv4 Special-Purpose Address Registry's blocks that are not globally reachable, and multicast
/// (RFC 5771): none of them is an address of a public host.
const SPECIAL_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    // Deprecated by RFC 7526.
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// The parts of those blocks that are globally reachable.
const REACHABLE_V4: [Ipv4Net; 2] = [v4([192, 0, 0, 9], 32), v4([192, 0, 0, 10], 32)];

/// All unicast that IANA gives to registries (RFC 4291, section 2.4).
const UNICAST_V6: Ipv6Net = v6(0x2000_0000, 0, 3);

/// The IANA IPv6 Special-Purpose Address Registry's blocks in there that are not globally reachable, and 6to4, which
/// may be (RFC 7526).
const SPECIAL_V6: [Ipv6Net; 4] =
    [v6(0x2001_0000, 0, 23), v6(0x2001_0db8, 0, 32), v6(0x2002_0000, 0, 16), v6(0x3fff_0000, 0, 20)];

/// The parts of those blocks that are globally reachable.
const REACHABLE_V6: [Ipv6Net; 7] = [
    v6(0x2001_0001, 1, 128),
    v6(0x2001_0001, 2, 128),
    v6(0x2001_0001, 3, 128),
    v6(0x2001_0003, 0, 32),
    v6(0x2001_0004, 0x112 << 80, 48),
    v6(0x2001_0020, 0, 28),
    v6(0x2001_0030, 0, 28),
];

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

/// The network of this length whose first 32 bits are `head` and whose other bits are `tail`.
const fn v6(head: u32, tail: u128, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits(((head as u128) << 96) | tail), length)
}

/// Whether many networks use the address internally.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => PRIVATE_V4.iter().any(|net| net.contains(&ip)),
        IpAddr::V6(ip) => PRIVATE_V6.contains(&ip),
    }
}

/// Whether a host of the internet may have the address.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) if NAT64.contains(&ip) => {
            let [.., a, b, c, d] = ip.octets();
            is_public_v4([a, b, c, d].into())
        }
        IpAddr::V6(ip) => {
            let is_in = |nets: &[Ipv6Net]| nets.iter().any(|net| net.contains(&ip));
            UNICAST_V6.contains(&ip) && (is_in(&REACHABLE_V6) || !is_in(&SPECIAL_V6))
        }
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let is_in = |nets: &[Ipv4Net]| nets.iter().any(|net| net.contains(&ip));
    is_in(&REACHABLE_V4) || !is_in(&SPECIAL_V4)
}

#[cfg(test)]
mod tests;
