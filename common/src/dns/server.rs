//! A name server.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::str::FromStr;

use nix::net::if_::if_nametoindex;

use crate::HostPort;

/// `[ALIAS=]ADDR[:PORT]`. The address is not validated yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerArg {
    alias: Option<String>,
    address: HostPort,
}

impl FromStr for ServerArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (alias, address) = match text.split_once('=') {
            Some((alias, _)) if alias.trim().is_empty() => return Err(format!("\"{text}\" has an empty alias")),
            Some((alias, address)) => (Some(alias.trim().to_owned()), address),
            None => (None, text),
        };
        Ok(Self { alias, address: address.trim().parse()? })
    }
}

/// A name server to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The name in the output: the address, with the alias if there is one, and with the port unless it is 53.
    pub name: String,
    /// The address and port that are asked.
    pub address: SocketAddr,
    host: String,
    label: String,
}

/// The port of DNS (RFC 1035, section 4.2).
const DNS_PORT: u16 = 53;

impl Server {
    /// The server that an argument names.
    ///
    /// # Errors
    /// The host is not an IP address. Names are not accepted, as looking them up would ask the servers that are
    /// checked.
    pub fn new(arg: &ServerArg, default_port: u16) -> Result<Self, String> {
        let server = Self::at(&arg.address.host, arg.address.port.unwrap_or(default_port))?;
        Ok(match &arg.alias {
            Some(alias) => Self { name: format!("{alias} ({})", server.name), label: alias.clone(), ..server },
            None => server,
        })
    }

    /// The server with this address, which may have a scope: `fe80::1%eth0`.
    ///
    /// # Errors
    /// The host is not an IP address, or has a scope that this host does not know.
    pub fn at(host: &str, port: u16) -> Result<Self, String> {
        let address = match host.split_once('%') {
            Some((ip, scope)) => {
                let ip = ip.parse::<Ipv6Addr>().map_err(|_| no_address(host))?;
                SocketAddrV6::new(ip, port, 0, scope_id(scope)?).into()
            }
            None => SocketAddr::new(host.parse::<IpAddr>().map_err(|_| no_address(host))?, port),
        };
        let named_port = (port != DNS_PORT).then_some(port);
        let name = HostPort { host: host.to_owned(), port: named_port }.to_string();
        Ok(Self { label: name.clone(), name, address, host: host.to_owned() })
    }

    /// The short name: the alias, or the address, with the port unless it is 53.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The command that asks the server for a name by hand.
    pub fn dig(&self, name: &str) -> String {
        match self.address.port() {
            DNS_PORT => format!("dig @{} {name}", self.host),
            port => format!("dig @{} -p {port} {name}", self.host),
        }
    }
}

fn no_address(host: &str) -> String {
    format!("\"{host}\" is no IP address; looking up the name of a name server would ask the servers that are checked")
}

/// The number of a network interface, given by number or name (RFC 4007, section 11.2).
fn scope_id(scope: &str) -> Result<u32, String> {
    scope.parse().or_else(|_| if_nametoindex(scope)).map_err(|_| format!("this host has no interface \"{scope}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> Result<Server, String> {
        Server::new(&text.parse()?, 53)
    }

    #[test]
    fn servers_have_names_an_address_and_a_dig_command() {
        for (text, name, label, address, dig) in [
            ("10.0.0.11", "10.0.0.11", "10.0.0.11", "10.0.0.11:53", "dig @10.0.0.11 db"),
            ("10.0.0.11:5353", "10.0.0.11:5353", "10.0.0.11:5353", "10.0.0.11:5353", "dig @10.0.0.11 -p 5353 db"),
            ("ns1=10.0.0.11", "ns1 (10.0.0.11)", "ns1", "10.0.0.11:53", "dig @10.0.0.11 db"),
            ("fd00::1", "fd00::1", "fd00::1", "[fd00::1]:53", "dig @fd00::1 db"),
            ("ns2=[fd00::1]:5353", "ns2 ([fd00::1]:5353)", "ns2", "[fd00::1]:5353", "dig @fd00::1 -p 5353 db"),
            ("fe80::1%7", "fe80::1%7", "fe80::1%7", "[fe80::1%7]:53", "dig @fe80::1%7 db"),
            (
                "[fe80::1%lo]:5353",
                "[fe80::1%lo]:5353",
                "[fe80::1%lo]:5353",
                "[fe80::1%1]:5353",
                "dig @fe80::1%lo -p 5353 db",
            ),
        ] {
            let server = server(text).unwrap();
            let said = (server.name.as_str(), server.label(), server.address.to_string(), server.dig("db"));
            assert_eq!(said, (name, label, address.to_owned(), dig.to_owned()));
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, said) in [
            ("ns1.example.com", "\"ns1.example.com\" is no IP address"),
            ("ns1=", "names no host"),
            ("=10.0.0.11", "empty alias"),
            ("10.0.0.11:0", "the port must be 1 to 65535"),
            ("10.0.0.11%lo", "is no IP address"),
            ("fe80::1%no-such-if", "no interface \"no-such-if\""),
        ] {
            let error = server(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
