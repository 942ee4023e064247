//! A name to ask for, and the addresses that it may have.

use std::net::IpAddr;

use common::dns::{Question, RecordType};
use ipnet::IpNet;

/// Who serves a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// A zone of our own, such as `consul`.
    Internal,
    /// The world outside.
    External,
}

/// A name that every server must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) side: Side,
    /// As it is asked and printed: in ASCII, without the dot at its end.
    pub(crate) name: String,
    pub(crate) a: Question,
    pub(crate) aaaa: Question,
    /// The networks that hold all right addresses; empty when any address will do.
    pub(crate) expect: Vec<IpNet>,
}

impl Probe {
    /// `NAME[=EXPECT]` of an inside name.
    pub(crate) fn internal(text: &str) -> Result<Self, String> {
        Self::parse(text, Side::Internal)
    }

    /// `NAME[=EXPECT]` of an outside name.
    pub(crate) fn external(text: &str) -> Result<Self, String> {
        Self::parse(text, Side::External)
    }

    /// Whether a name with this address is as it should be.
    pub(crate) fn expects(&self, address: IpAddr) -> bool {
        self.expect.is_empty() || self.expect.iter().any(|net| net.contains(&address))
    }

    /// The last label: the zone that is forwarded, as a rule.
    pub(crate) fn zone(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    fn parse(text: &str, side: Side) -> Result<Self, String> {
        let (name, expect) = match text.split_once('=') {
            Some((name, list)) => (name, list.split(',').map(network).collect::<Result<_, _>>()?),
            None => (text, Vec::new()),
        };
        let question = |rtype| Question::new(name.trim(), rtype).map_err(|error| error.to_string());
        let (a, aaaa) = (question(RecordType::A)?, question(RecordType::Aaaa)?);
        let name = a.name().to_ascii().trim_end_matches('.').to_owned();
        Ok(Self { side, name, a, aaaa, expect })
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let address = || text.parse().map(|address: IpAddr| IpNet::from(address));
    text.parse().or_else(|_| address()).map_err(|_| format!("\"{text}\" is neither an address nor a network"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expects(text: &str, address: &str) -> bool {
        Probe::internal(text).unwrap().expects(address.parse().unwrap())
    }

    #[test]
    fn an_address_must_be_in_one_of_the_networks() {
        for (expect, inside, outside) in [
            ("10.0.0.11", "10.0.0.11", "10.0.0.1"),
            ("10.0.0.0/24", "10.0.0.255", "10.0.1.0"),
            ("10.0.0.11/24", "10.0.0.1", "10.0.1.11"),
            ("10.0.0.11, 10.0.0.12", "10.0.0.12", "10.0.0.13"),
            ("0.0.0.0/0", "192.0.2.1", "::"),
            ("fd00::5", "fd00::5", "fd00::50"),
            ("2001:db8::/32", "2001:db8::1", "fd00::5"),
            ("::/0", "fd00::5", "0.0.0.0"),
            ("10.0.0.0/8,fd00::/8", "fd00::1", "fe80::1"),
        ] {
            assert!(expects(&format!("db.consul={expect}"), inside), "{inside} in {expect}");
            assert!(!expects(&format!("db.consul={expect}"), outside), "{outside} in {expect}");
        }
    }

    #[test]
    fn any_address_will_do_when_none_is_expected() {
        assert!(expects("db.consul", "192.0.2.1") && expects("db.consul", "::1"));
    }

    #[test]
    fn what_is_no_network_or_name_is_named() {
        for (text, said) in [
            ("db.consul=", "\"\" is neither"),
            ("db.consul=10.0.0.1,", "\"\" is neither"),
            ("db.consul=10.0.0.0/33", "\"10.0.0.0/33\" is neither"),
            ("db.consul=10.0.0", "\"10.0.0\" is neither"),
            ("=10.0.0.1", "the name is empty"),
            ("db..consul", "one dot too many"),
        ] {
            let error = Probe::external(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_name_is_printed_as_it_is_asked() {
        for (text, name) in [("db.consul.", "db.consul"), ("bücher.example", "xn--bcher-kva.example")] {
            assert_eq!(Probe::internal(text).unwrap().name, name);
        }
        assert_eq!(Probe::internal("galeradb.service.consul").unwrap().zone(), "consul");
    }
}
