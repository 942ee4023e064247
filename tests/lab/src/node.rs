//! The machines of the lab: loopback addresses in its own network namespace.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, bail};

/// The two hosts that run a Consul client agent, as Icinga masters would.
pub const MONITORS: [(&str, &str); 2] = [("mon1", "127.0.0.21"), ("mon2", "127.0.0.22")];

/// Address of the Galera arbitrator, while it runs.
pub const ARBITRATOR: &str = "127.0.0.14";

/// A second address of a node's server, while it is shared: the arbitrator does not use its port 3306.
pub(crate) const SHARED: &str = ARBITRATOR;

/// Address of MySQL, while it runs.
pub const MYSQL: &str = "127.0.0.15";

/// Address of the `MariaDB` of Debian 13 (trixie), while it runs.
pub const NEWER: &str = "127.0.0.16";

/// Address of the Consul with access control and TLS, while it runs.
pub const SECURED: &str = "127.0.0.17";

/// Address of Unbound, while it runs.
pub const UNBOUND: &str = "127.0.0.18";

/// Address of dnsmasq, while it runs.
pub const DNSMASQ: &str = "127.0.0.19";

/// An address on which nothing ever listens: it refuses.
pub const NOBODY: &str = "127.0.0.20";

/// The name server of the private internet: root, `com`, `org` and `example.org`, signed. No address of this machine
/// as resolvers see it: some do not ask those.
pub const INTERNET: &str = "198.51.100.53";

/// The name under which Consul's DNS lists the Galera nodes that pass their check.
pub const SERVICE_NAME: &str = "galeradb.service.consul";

/// The address of [`SERVICE_NAME`] in a resolver's own zone `consul`.
pub const FOREIGN_ADDRESS: &str = "192.0.2.66";

/// The address of every name in a zone whose names a resolver invents: a public one.
pub const INVENTED_ADDRESS: &str = "93.184.215.66";

/// The address of [`PUBLIC_NAME`] by a resolver that rebinds.
pub const PRIVATE_ADDRESS: &str = "10.0.0.66";

/// A service's name that no path, no query and no DNS name can hold as it is.
pub const ODD_SERVICE: &str = "a b/c?d#e%";

/// A name in the private internet; nothing is ever sent to its addresses.
pub const PUBLIC_NAME: &str = "www.example.org";

/// The IPv4 address of [`PUBLIC_NAME`].
pub const PUBLIC_ADDRESS: &str = "93.184.215.14";

/// The IPv6 address of [`PUBLIC_NAME`].
pub const PUBLIC_ADDRESS_V6: &str = "2606:2800:21f:cb07:6820:80da:af6b:8b2c";

/// A database host: a Galera node, a Consul server and a BIND resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// 127.0.0.11
    Db1,
    /// 127.0.0.12
    Db2,
    /// 127.0.0.13
    Db3,
}

impl Node {
    /// All three, in order.
    pub const ALL: [Self; 3] = [Self::Db1, Self::Db2, Self::Db3];

    /// The host's name, which is also its Consul node name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Db1 => "db1",
            Self::Db2 => "db2",
            Self::Db3 => "db3",
        }
    }

    /// The address that all of its servers listen on.
    pub fn address(self) -> &'static str {
        match self {
            Self::Db1 => "127.0.0.11",
            Self::Db2 => "127.0.0.12",
            Self::Db3 => "127.0.0.13",
        }
    }

    /// The other two.
    pub fn others(self) -> [Self; 2] {
        match self {
            Self::Db1 => [Self::Db2, Self::Db3],
            Self::Db2 => [Self::Db1, Self::Db3],
            Self::Db3 => [Self::Db1, Self::Db2],
        }
    }

    /// Counts from 1, as the name does.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Db1 => 1,
            Self::Db2 => 2,
            Self::Db3 => 3,
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Node {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match Self::ALL.into_iter().find(|node| node.name() == name) {
            Some(node) => Ok(node),
            None => bail!("no node {name:?}: db1, db2 or db3"),
        }
    }
}

/// The addresses of the three database hosts, as the plugins' `-H` takes them.
pub fn addresses() -> String {
    Node::ALL.map(Node::address).join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for node in Node::ALL {
            assert_eq!(node.name().parse::<Node>().unwrap(), node);
            assert!(!node.others().contains(&node));
        }
        assert!("db4".parse::<Node>().is_err());
    }
}
