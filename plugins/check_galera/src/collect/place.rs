//! Where a node is.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use common::{Deadline, Unresolved};

use super::{Contact, LOGIN_LIMIT};
use crate::policy::Node;
use crate::snapshot::{Answer, FailureKind};

/// A name stands for a cluster at most; whoever answers for it does not make us knock at a thousand doors.
const ADDRESS_LIMIT: usize = 32;

/// One way to reach a node.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// An address, and the name by which it was found.
    Tcp(SocketAddr, String),
    Socket(String),
}

impl Place {
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address, _) => Some(*address),
            Self::Socket(_) => None,
        }
    }
}

/// The addresses of a node; the error is what becomes of it without any.
pub(super) async fn places(node: Node, deadline: Deadline) -> Result<Vec<Place>, Answer> {
    let (host, port) = match node {
        Node::Socket(path) => return Ok(vec![Place::Socket(path.to_string_lossy().into_owned())]),
        Node::Tcp { host, port } => (host, port),
    };
    match common::resolve(&host, port, deadline.within(LOGIN_LIMIT)).await {
        Err(Unresolved::OwnSide(fault)) => Err(Answer::NotAsked(fault)),
        Err(Unresolved::NoSuchName(_)) => {
            Err(Answer::unreachable(FailureKind::Unresolved, "the name does not resolve"))
        }
        Ok(addresses) => {
            let addresses: BTreeSet<SocketAddr> = addresses.into_iter().take(ADDRESS_LIMIT).collect();
            if addresses.is_empty() {
                return Err(Answer::unreachable(FailureKind::Unresolved, "the name has no address"));
            }
            Ok(addresses.into_iter().map(|address| Place::Tcp(address, host.clone())).collect())
        }
    }
}

/// Of a name with addresses of both families, those of the family in which more of them answer: a dual-stack host is
/// one node, and its server may listen on one of the two.
pub(super) fn one_family(contacts: Vec<Contact>) -> Vec<Contact> {
    let is_ipv6 = |contact: &Contact| contact.asked.at.is_some_and(|address| address.is_ipv6());
    let (v6, v4): (Vec<_>, Vec<_>) = contacts.into_iter().partition(is_ipv6);
    let listens =
        |contact: &&Contact| matches!(contact.asked.answer, Answer::Said(_) | Answer::Denied(_) | Answer::Untrusted(_));
    let count = |family: &[Contact]| family.iter().filter(listens).count();
    let mut better = if v4.is_empty() || count(&v6) > count(&v4) { v6 } else { v4 };
    better.sort_by(|one, two| one.asked.address.cmp(&two.asked.address));
    better
}

#[cfg(test)]
mod tests {
    use common::CheckError;

    use super::*;
    use crate::snapshot::Asked;

    fn contacts(addresses: &[(&str, bool)]) -> Vec<Contact> {
        let contact = |(address, listens): &(&str, bool)| {
            let answer = match listens {
                true => Answer::Denied("no matter".to_owned()),
                false => Answer::unreachable(FailureKind::Refused, "no matter"),
            };
            let at = Some(SocketAddr::new(address.parse().unwrap(), 3306));
            Contact { asked: Asked { address: (*address).to_owned(), at, answer }, connection: None }
        };
        addresses.iter().map(contact).collect()
    }

    fn kept(contacts: Vec<Contact>) -> Vec<String> {
        one_family(contacts).into_iter().map(|contact| contact.asked.address).collect()
    }

    #[test]
    fn a_dual_stack_name_counts_in_the_family_that_answers() {
        for (addresses, counted) in [
            (&[("::1", false), ("127.0.0.1", true)][..], &["127.0.0.1"][..]),
            (&[("::1", true), ("127.0.0.1", false)], &["::1"]),
            (&[("::1", true), ("127.0.0.1", true)], &["127.0.0.1"]),
            (&[("::1", false), ("127.0.0.1", false)], &["127.0.0.1"]),
            (&[("10.0.0.2", false), ("10.0.0.1", true)], &["10.0.0.1", "10.0.0.2"]),
            (&[("fd00::2", true), ("fd00::1", false)], &["fd00::1", "fd00::2"]),
        ] {
            assert_eq!(kept(contacts(addresses)), counted, "{addresses:?}");
        }
    }

    #[test]
    fn a_family_that_was_not_asked_does_not_hide_the_other() {
        let mut both = contacts(&[("::1", true), ("127.0.0.1", false)]);
        both[0].asked.answer = Answer::NotAsked(CheckError::local("permission denied", ""));
        assert_eq!(kept(both), ["127.0.0.1"]);
    }
}
