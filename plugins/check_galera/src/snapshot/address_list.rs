//! Lists of addresses that nodes give: `wsrep_incoming_addresses` and `wsrep_cluster_address`.

use common::HostPort;

/// MariaDB's port.
pub(crate) const DEFAULT_PORT: u16 = 3306;

/// An element of a list: a host, and its port if it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Listed {
    /// Reads an element; `None` if it is no address. MariaDB prints the port 0 where it found the address out by itself,
    /// and then the port may be any.
    pub(crate) fn read(address: &str) -> Option<Self> {
        let portless = address.strip_suffix(":0").filter(|host| host.starts_with('[') || !host.contains(':'));
        let HostPort { host, port } = portless.unwrap_or(address).parse().ok()?;
        Some(Self { host, port: portless.is_none().then(|| port.unwrap_or(DEFAULT_PORT)) })
    }

    /// Whether it stands for this host and port.
    pub(crate) fn matches(&self, host: &str, port: u16) -> bool {
        self.host == host && self.port.is_none_or(|own| own == port)
    }
}

/// Whether an element is the default of `wsrep_node_incoming_address`, which servers print as it is.
pub(crate) fn is_auto(address: &str) -> bool {
    address.eq_ignore_ascii_case("auto")
}

/// The hosts of `gcomm://a,b:4567?options`.
pub(crate) fn cluster_hosts(address: &str) -> Vec<&str> {
    let list = address.trim().strip_prefix("gcomm://").unwrap_or_default();
    let list = list.split_once('?').map_or(list, |(list, _)| list);
    list.split(',').map(str::trim).filter(|host| !host.is_empty()).collect()
}
