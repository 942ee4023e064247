//! The name servers of `resolv.conf`, as glibc reads them.

use std::net::IpAddr;
use std::path::Path;

use super::Server;
use crate::{CheckError, file};

/// glibc never asks a fourth (MAXNS in resolv.h).
const MAX_SERVERS: usize = 3;

/// What glibc asks when no server is named.
const DEFAULT_SERVER: &str = "127.0.0.1";

/// The servers that the `resolv.conf` at `path` has glibc ask, in its order, at `port`; `otherwise` says how to do
/// without the file.
///
/// # Errors
/// When the file cannot be read, or does not say what it seems to say.
pub fn discover(path: &Path, port: u16, otherwise: &str) -> Result<Vec<Server>, CheckError> {
    let bytes = file::read(path, otherwise)?;
    let text = String::from_utf8_lossy(&bytes);
    let servers = name_servers(&text).and_then(|hosts| hosts.into_iter().map(|host| Server::at(host, port)).collect());
    servers.map_err(|error| {
        let problem = format!("{}: {error}", path.display());
        CheckError::local(problem, "write \"nameserver ADDRESS\", from the start of the line and with Unix line ends")
    })
}

/// The addresses of the servers that glibc asks, in its order.
///
/// # Errors
/// A line that is meant to name a server but that glibc (measured: 2.36) skips in silence: one that is indented, that
/// ends like a line of DOS, or that has something else than an address.
fn name_servers(text: &str) -> Result<Vec<&str>, String> {
    let mut servers = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        if servers.len() == MAX_SERVERS {
            break;
        }
        let Some(value) = name_server(line.trim_start()) else { continue };
        if line.starts_with([' ', '\t']) {
            return Err(format!("line {number} is indented, so that glibc skips it"));
        }
        if !is_address(value) {
            return Err(format!("line {number}: {value:?} is no address, so that glibc skips it"));
        }
        servers.push(value);
    }
    if servers.is_empty() {
        servers.push(DEFAULT_SERVER);
    }
    Ok(servers)
}

/// The first word after the keyword.
fn name_server(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("nameserver")?;
    if !rest.starts_with([' ', '\t', '\r']) && !rest.is_empty() {
        return None;
    }
    rest.trim_start_matches([' ', '\t']).split([' ', '\t']).next()
}

fn is_address(text: &str) -> bool {
    let (address, scope) = text.split_once('%').unwrap_or((text, ""));
    address.parse().is_ok_and(|address: IpAddr| scope.is_empty() || address.is_ipv6()) && !scope.contains('\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_those_that_glibc_asks() {
        for (text, servers) in [
            ("nameserver 10.0.0.11\nnameserver 10.0.0.12\n", &["10.0.0.11", "10.0.0.12"][..]),
            ("nameserver\t10.0.0.11\t \nnameserver   ::1 # local", &["10.0.0.11", "::1"]),
            ("# nameserver 10.0.0.1\n;nameserver 10.0.0.2\nnameserver 10.0.0.3", &["10.0.0.3"]),
            ("search example.com\noptions rotate timeout:1\nnameserver 10.0.0.3", &["10.0.0.3"]),
            ("nameserver fe80::1%eth0", &["fe80::1%eth0"]),
            (
                "nameserver 1.0.0.1\nnameserver 1.0.0.2\nnameserver 1.0.0.3\nnameserver 1.0.0.4\nnameserver x",
                &["1.0.0.1", "1.0.0.2", "1.0.0.3"],
            ),
            ("", &["127.0.0.1"]),
            ("search example.com\nnameservers 10.0.0.1\n", &["127.0.0.1"]),
        ] {
            assert_eq!(name_servers(text).as_deref(), Ok(servers), "{text:?}");
        }
    }

    #[test]
    fn lines_that_glibc_skips_are_not_skipped_in_silence() {
        for (text, said) in [
            ("nameserver 10.0.0.11\r\n", "line 1: \"10.0.0.11\\r\" is no address"),
            ("nameserver fe80::1%eth0\r\n", "line 1: \"fe80::1%eth0\\r\" is no address"),
            ("search a\n nameserver 10.0.0.11", "line 2 is indented"),
            ("nameserver ns1.example.com", "line 1: \"ns1.example.com\" is no address"),
            ("nameserver 10.0.0.11;local", "line 1: \"10.0.0.11;local\" is no address"),
            ("nameserver\n", "line 1: \"\" is no address"),
        ] {
            let error = name_servers(text).unwrap_err();
            assert!(error.starts_with(said), "{text:?}: {error}");
        }
    }
}
