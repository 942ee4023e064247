//! The address family in which a dual-stack host is asked.

use super::contact::Contact;
use crate::snapshot::Outcome;

/// The contacts of the address family in which more of them answer: a dual-stack host is one node, and its server may
/// listen on one family alone.
pub(super) fn one_family(contacts: Vec<Contact>) -> Vec<Contact> {
    let is_ipv6 = |contact: &Contact| contact.asked.resolved.is_some_and(|address| address.is_ipv6());
    let (v6, v4): (Vec<_>, Vec<_>) = contacts.into_iter().partition(is_ipv6);
    let listens = |contact: &&Contact| {
        matches!(contact.asked.outcome, Outcome::Answered(_) | Outcome::AccessDenied(_) | Outcome::NotTrusted(_))
    };
    let count = |family: &[Contact]| family.iter().filter(listens).count();
    let mut better = if v4.is_empty() || count(&v6) > count(&v4) { v6 } else { v4 };
    better.sort_by(|one, two| one.asked.address.cmp(&two.asked.address));
    better
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use common::CheckError;

    use super::*;
    use crate::snapshot::{AskedNode, DenialKind, FailureKind};

    fn contacts(addresses: &[(&str, bool)]) -> Vec<Contact> {
        let contact = |(address, listens): &(&str, bool)| {
            let outcome = match listens {
                true => Outcome::denied(DenialKind::Account, "no matter"),
                false => Outcome::failed(FailureKind::PortClosed, "no matter"),
            };
            let resolved = Some(SocketAddr::new(address.parse().unwrap(), 3306));
            Contact::without_connection(AskedNode::given((*address).to_owned(), resolved, outcome))
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
        both[0].asked.outcome = Outcome::OwnSide(CheckError::local("permission denied", ""));
        assert_eq!(kept(both), ["127.0.0.1"]);
    }
}
