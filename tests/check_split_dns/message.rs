//! DNS messages, byte by byte: what the plugin reads is not made by the library that it reads with.

use std::net::IpAddr;

pub(crate) const A: u16 = 1;
const SOA: u16 = 6;
pub(crate) const AAAA: u16 = 28;
const OPT: u16 = 41;

/// What a server answers.
#[derive(Clone, Default)]
pub(crate) struct Message {
    pub(crate) rcode: u8,
    pub(crate) truncated: bool,
    pub(crate) addresses: Vec<IpAddr>,
    /// Owner and TTL of the SOA.
    pub(crate) soa: Option<(&'static str, u32)>,
    /// Code and text of an extended error.
    pub(crate) extended_error: Option<(u16, String)>,
}

/// The name, without its last dot, and the type that a query asks for.
pub(crate) fn question(query: &[u8]) -> (String, u16) {
    let mut labels = Vec::new();
    let mut place = 12;
    while query[place] != 0 {
        let end = place + 1 + usize::from(query[place]);
        labels.push(String::from_utf8_lossy(&query[place + 1..end]).into_owned());
        place = end;
    }
    (labels.join("."), u16::from_be_bytes([query[place + 1], query[place + 2]]))
}

impl Message {
    /// The bytes of this answer to the query.
    pub(crate) fn to(&self, query: &[u8]) -> Vec<u8> {
        let (name, rtype) = question(query);
        let counts = [1, self.addresses.len(), self.soa.iter().len(), self.extended_error.iter().len()];
        // A response, recursion desired and available.
        let mut bytes = [&query[..2], &[0x81 | u8::from(self.truncated) << 1, 0x80 | self.rcode]].concat();
        bytes.extend(counts.iter().flat_map(|count| u16::try_from(*count).unwrap().to_be_bytes()));
        bytes.extend(wire_name(&name));
        bytes.extend([rtype.to_be_bytes(), [0, 1]].concat());
        for address in &self.addresses {
            match address {
                IpAddr::V4(address) => bytes.extend(record(&name, A, 0, &address.octets())),
                IpAddr::V6(address) => bytes.extend(record(&name, AAAA, 0, &address.octets())),
            }
        }
        if let Some((owner, ttl)) = self.soa {
            let numbers = [1_u32, 3600, 600, 86400, 86400].map(u32::to_be_bytes).concat();
            bytes.extend(record(owner, SOA, ttl, &[wire_name("ns"), wire_name("admin"), numbers].concat()));
        }
        if let Some((code, text)) = &self.extended_error {
            let length = u16::try_from(text.len() + 2).unwrap().to_be_bytes();
            bytes.extend(opt(&[&[0, 15], &length[..], &code.to_be_bytes(), text.as_bytes()].concat()));
        }
        bytes
    }
}

fn record(owner: &str, rtype: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [&wire_name(owner), &rtype.to_be_bytes()[..], &[0, 1], &ttl.to_be_bytes(), &length, data].concat()
}

/// EDNS with this option, for datagrams of 1232 bytes.
fn opt(option: &[u8]) -> Vec<u8> {
    let length = u16::try_from(option.len()).unwrap().to_be_bytes();
    [&[0], &OPT.to_be_bytes()[..], &1232_u16.to_be_bytes(), &[0; 4], &length, option].concat()
}

fn wire_name(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut bytes: Vec<_> =
        labels.flat_map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}
