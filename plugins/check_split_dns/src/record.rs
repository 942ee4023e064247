//! The records of an answer, of any type.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use common::dns::{Answer, Name};
use common::text;

/// A record. Addresses are sorted by number. It is displayed as in a zone file, cleaned and cut, with the host as a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record<'a> {
    pub(crate) ip: Option<IpAddr>,
    /// As in a zone file; hostile.
    pub(crate) text: String,
    /// The host that it points to.
    pub(crate) host: Option<&'a Name>,
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.map(Name::to_ascii);
        match host.as_deref().and_then(|host| Some((self.text.strip_suffix(host)?, host))) {
            Some(("", host)) => f.write_str(&text::name(host)),
            Some((before, host)) => write!(f, "{} {}", text::quote(before), text::name(host)),
            // The host of an SOA record is not its end.
            None => f.write_str(&text::quote(&self.text)),
        }
    }
}

/// The distinct records of the answer, in an order that does not depend on the server's.
pub(crate) fn records(answer: &Answer) -> BTreeSet<Record<'_>> {
    let addresses = answer.addresses.iter().map(|address| &address.ip);
    let addresses = addresses.map(|ip| Record { ip: Some(*ip), text: ip.to_string(), host: None });
    let services = answer.srv.iter().map(|srv| {
        let text = format!("{} {} {} {}", srv.priority, srv.weight, srv.port, srv.target.to_ascii());
        Record { ip: None, text, host: Some(&srv.target) }
    });
    let others = answer.others.iter();
    let others = others.map(|record| Record { ip: None, text: record.text.clone(), host: record.host.as_ref() });
    addresses.chain(services).chain(others).collect()
}
