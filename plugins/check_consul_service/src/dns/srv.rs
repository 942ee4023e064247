//! What an SRV record of Consul's hands out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use common::dns::Srv;
use common::text;

use super::Known;

/// A record, read once: there may be thousands, and each is looked up several times.
pub(super) struct Offer {
    pub(super) target: Target,
    pub(super) mark: Mark,
    pub(super) port: u16,
    pub(super) ttl: u32,
}

impl Offer {
    pub(super) fn of(record: &Srv) -> Self {
        let target = Target::of(record);
        Self { mark: Mark::of(&target, record.port), target, port: record.port, ttl: record.ttl }
    }
}

/// What a record has in common with its instances. To look a mark up takes the place of holding every record against
/// every instance, for which a check of thousands of both has no time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    Address(IpAddr, u16),
    /// The node in lower case.
    Node(String, u16),
    /// Where the target tells nothing, the port decides.
    Port(u16),
}

impl Mark {
    fn of(target: &Target, port: u16) -> Self {
        match target {
            Target::Address(ip) => Self::Address(*ip, port),
            Target::Node(node) => Self::Node(node.to_ascii_lowercase(), port),
            Target::Other(_) => Self::Port(port),
        }
    }

    /// All marks of the instance: a record is one of it exactly if the record's mark is among them.
    pub(super) fn all_of(known: &Known) -> impl Iterator<Item = Self> + use<> {
        let port = known.port.unwrap_or(0);
        let by_address = known.ip.map(|ip| Self::Address(ip, port));
        by_address.into_iter().chain([Self::Node(known.node.to_ascii_lowercase(), port), Self::Port(port)])
    }
}

/// Whom the target of a record stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// `7f00000b.addr.dc1.consul.`: the address in hexadecimal, of an instance that has one of its own.
    Address(IpAddr),
    /// `db1.node.dc1.consul.`: the node of an instance that has none.
    Node(String),
    /// The host name of an instance whose address is one, or what Consul does not say.
    Other(String),
}

impl Target {
    fn of(record: &Srv) -> Self {
        let text = record.target.to_ascii();
        let mut labels = text.split('.');
        if let (Some(hex), Some("addr")) = (labels.next(), labels.next())
            && let Some(ip) = address(hex)
        {
            return Self::Address(ip);
        }
        match text.rsplit_once(".node.") {
            Some((node, _)) => Self::Node(node.to_owned()),
            None => Self::Other(text),
        }
    }

    /// What the output calls it.
    pub(super) fn say(&self) -> String {
        match self {
            Self::Address(ip) => ip.to_string(),
            Self::Node(name) | Self::Other(name) => text::name(name.trim_end_matches('.')),
        }
    }
}

fn address(hex: &str) -> Option<IpAddr> {
    match hex.len() {
        8 => u32::from_str_radix(hex, 16).ok().map(|bits| Ipv4Addr::from_bits(bits).into()),
        32 => u128::from_str_radix(hex, 16).ok().map(|bits| Ipv6Addr::from_bits(bits).into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use common::dns::parse_name;

    use super::*;

    #[test]
    fn targets_are_those_of_consul_1_8() {
        let ip = |text: &str| Target::Address(text.parse().unwrap());
        for (name, target) in [
            ("7f00000b.addr.dc1.consul.", ip("127.0.0.11")),
            ("fd000000000000000000000000000005.addr.dc1.consul.", ip("fd00::5")),
            ("db1.node.dc1.consul.", Target::Node("db1".to_owned())),
            ("db1.example.node.dc1.consul.", Target::Node("db1.example".to_owned())),
            ("7f00000.addr.dc1.consul.", Target::Other("7f00000.addr.dc1.consul.".to_owned())),
            ("7f00000g.addr.dc1.consul.", Target::Other("7f00000g.addr.dc1.consul.".to_owned())),
            ("www.example.com.", Target::Other("www.example.com.".to_owned())),
        ] {
            let record = Srv { priority: 1, weight: 1, port: 0, target: parse_name(name).unwrap(), ttl: 0 };
            assert_eq!(Target::of(&record), target, "{name}");
        }
    }
}
