//! The endpoints of a node: the addresses and sockets at which it is asked.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use common::{CheckError, Deadline, Unresolved, text};

use crate::policy::NodeAddress;
use crate::snapshot::Outcome;

/// A node that does not let us log in within this time is down; less when the whole run is shorter.
pub(super) const LOGIN_LIMIT: Duration = Duration::from_secs(3);

/// The most addresses of a name: a name server must not make us ask a thousand hosts.
const ADDRESS_LIMIT: usize = 32;

/// An address or socket at which a node is asked.
#[derive(Clone, Debug)]
pub(super) enum Endpoint {
    /// An address, and the name by which it was found.
    Tcp(SocketAddr, String),
    Socket(String),
}

impl Endpoint {
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address, _) => Some(*address),
            Self::Socket(_) => None,
        }
    }
}

/// The endpoints of a node.
///
/// # Errors
/// The outcome for the node, when it has none.
pub(super) async fn endpoints(node: NodeAddress, deadline: Deadline) -> Result<Vec<Endpoint>, Outcome> {
    let (host, port) = match node {
        NodeAddress::Socket(path) => return Ok(vec![Endpoint::Socket(path.to_string_lossy().into_owned())]),
        NodeAddress::Tcp { host, port } => (host, port),
    };
    match common::resolve(&host, port, deadline.within(LOGIN_LIMIT)).await {
        Err(Unresolved::OwnSide(fault)) => Err(Outcome::OwnSide(fault)),
        Err(Unresolved::NoSuchName(_)) => Err(unresolved(&host, "no such name")),
        Ok(addresses) => {
            let addresses: BTreeSet<SocketAddr> = addresses.into_iter().take(ADDRESS_LIMIT).collect();
            if addresses.is_empty() {
                return Err(unresolved(&host, "it has no address"));
            }
            Ok(addresses.into_iter().map(|address| Endpoint::Tcp(address, host.clone())).collect())
        }
    }
}

/// A name that this host does not know says nothing about a node: nobody was asked.
fn unresolved(host: &str, reason: &str) -> Outcome {
    let problem = format!("this host cannot resolve {} ({reason})", text::name(host));
    // A name that a server announced could hold a command.
    let remedy =
        format!("check its spelling; getent ahosts {} shows what this host knows", text::argument(host, "HOST"));
    Outcome::OwnSide(CheckError::local(problem, remedy))
}
