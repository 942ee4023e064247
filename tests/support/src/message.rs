//! DNS messages, byte by byte, so that the plugins do not test their DNS library against itself.

use std::net::IpAddr;

/// The type of a record with an IPv4 address.
pub const A: u16 = 1;
/// The type of a record with an IPv6 address.
pub const AAAA: u16 = 28;
/// The type of a record with a host and a port.
pub const SRV: u16 = 33;
const CNAME: u16 = 5;
const SOA: u16 = 6;
const OPT: u16 = 41;

/// The answer of a server.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The response code.
    pub rcode: u8,
    /// Whether TC is set: records are missing.
    pub truncated: bool,
    /// Whether AD is set: the server has validated the answer.
    pub authentic: bool,
    /// Whether RA is cleared: the server does not ask others.
    pub no_recursion: bool,
    /// Time to live of all records except the SOA, in seconds.
    pub ttl: u32,
    /// The target of an alias that the name in the question is.
    pub alias: Option<String>,
    /// Addresses of the name, or of its alias target.
    pub addresses: Vec<IpAddr>,
    /// Targets and ports of SRV records.
    pub services: Vec<(String, u16)>,
    /// Types and data of other records.
    pub records: Vec<(u16, Vec<u8>)>,
    /// Owner and TTL of the SOA.
    pub soa: Option<(&'static str, u32)>,
    /// Code and text of an extended error.
    pub extended_error: Option<(u16, String)>,
}

/// The name, without its last dot, and the type that a query asks for.
///
/// # Panics
/// `query` is not a query.
pub fn question(query: &[u8]) -> (String, u16) {
    let byte = |position: usize| *query.get(position).expect("a query has a question");
    let mut labels = Vec::new();
    let mut position = 12;
    while byte(position) != 0 {
        let end = position + 1 + usize::from(byte(position));
        labels
            .push(String::from_utf8_lossy(query.get(position + 1..end).expect("a label has its length")).into_owned());
        position = end;
    }
    (labels.join("."), u16::from_be_bytes([byte(position + 1), byte(position + 2)]))
}

/// Whether a query sets CD, to get data that DNSSEC validation rejects (RFC 4035, section 3.2.2).
///
/// # Panics
/// `query` is not a query.
pub fn is_unchecked(query: &[u8]) -> bool {
    query.get(3).expect("a query has a header") & 0x10 != 0
}

impl Message {
    /// The bytes of this answer to `query`.
    pub fn to(&self, query: &[u8]) -> Vec<u8> {
        let (name, rtype) = question(query);
        let answers = self.alias.iter().len() + self.addresses.len() + self.services.len() + self.records.len();
        let counts = [1, answers, self.soa.iter().len(), self.extended_error.iter().len()];
        // QR and RD: a response, recursion desired.
        let flags = [
            0x81 | u8::from(self.truncated) << 1,
            u8::from(!self.no_recursion) << 7 | u8::from(self.authentic) << 5 | self.rcode,
        ];
        let mut bytes = query.iter().copied().take(2).chain(flags).collect::<Vec<_>>();
        bytes.extend(counts.iter().flat_map(|count| u16::try_from(*count).expect("that many fit").to_be_bytes()));
        bytes.extend(wire_name(&name));
        bytes.extend([rtype.to_be_bytes(), [0, 1]].concat());
        if let Some(alias) = &self.alias {
            bytes.extend(record(&name, CNAME, self.ttl, &wire_name(alias)));
        }
        let owner = self.alias.as_ref().unwrap_or(&name);
        for address in &self.addresses {
            match address {
                IpAddr::V4(address) => bytes.extend(record(owner, A, self.ttl, &address.octets())),
                IpAddr::V6(address) => bytes.extend(record(owner, AAAA, self.ttl, &address.octets())),
            }
        }
        for (target, port) in &self.services {
            let numbers = [1, 1, *port].map(u16::to_be_bytes).concat();
            bytes.extend(record(owner, SRV, self.ttl, &[numbers, wire_name(target)].concat()));
        }
        for (rtype, data) in &self.records {
            bytes.extend(record(owner, *rtype, self.ttl, data));
        }
        if let Some((owner, ttl)) = self.soa {
            let numbers = [1_u32, 3600, 600, 86400, 86400].map(u32::to_be_bytes).concat();
            bytes.extend(record(owner, SOA, ttl, &[wire_name("ns"), wire_name("admin"), numbers].concat()));
        }
        if let Some((code, text)) = &self.extended_error {
            let length = u16::try_from(text.len() + 2).expect("the text is short").to_be_bytes();
            bytes.extend(opt(&[&[0, 15], &length[..], &code.to_be_bytes(), text.as_bytes()].concat()));
        }
        bytes
    }
}

fn record(owner: &str, rtype: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("a record is short").to_be_bytes();
    [&wire_name(owner), &rtype.to_be_bytes()[..], &[0, 1], &ttl.to_be_bytes(), &length, data].concat()
}

/// An OPT record with this option, for datagrams of 1232 bytes.
fn opt(option: &[u8]) -> Vec<u8> {
    let length = u16::try_from(option.len()).expect("an option is short").to_be_bytes();
    [&[0], &OPT.to_be_bytes()[..], &1232_u16.to_be_bytes(), &[0; 4], &length, option].concat()
}

/// A name in the wire format.
///
/// # Panics
/// A label is too long.
pub fn wire_name(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let length = |label: &str| u8::try_from(label.len()).expect("a label is short");
    let mut bytes: Vec<_> = labels.flat_map(|label| [&[length(label)], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}
