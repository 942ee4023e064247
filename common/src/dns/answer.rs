//! What an answer says.

use std::net::IpAddr;

use hickory_resolver::proto::op::{Message, Metadata};
use hickory_resolver::proto::rr::{DNSClass, RData, Record, rdata::opt::EdnsOption};

use super::{Name, Question, Rcode, RecordType};

/// The longest chain of aliases that is followed: as long as the one that resolvers follow.
const MAX_CHAIN: usize = 16;

/// EDNS option code of an extended error (RFC 8914, section 2).
const EXTENDED_ERROR: u16 = 15;

/// An answer to a question, whatever its response code.
///
/// Records count when they belong to the name that was asked for or to the end of the chain of
/// aliases that starts there. All names and texts are the server's: hostile until sanitised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The response code.
    pub rcode: Rcode,
    /// The bits of the header.
    pub flags: Flags,
    /// The targets of the aliases (CNAME) between the name that was asked for and the records.
    pub cnames: Vec<Name>,
    /// The addresses, in the server's order.
    pub addresses: Vec<Address>,
    /// The services, in the server's order.
    pub srv: Vec<Srv>,
    /// The smallest time to live of the aliases and records, in seconds; `None` without any.
    pub min_ttl: Option<u32>,
    /// The zone that a negative answer comes from.
    pub soa: Option<Soa>,
    /// Why the answer is as it is.
    pub extended_errors: Vec<ExtendedError>,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There are records of the type that was asked for.
    Found,
    /// The name exists without such records (RFC 2308, section 2.2); also what a referral or a
    /// chain of aliases without end comes to.
    NoData,
    /// The name does not exist (RFC 2308, section 2.1), even if aliases in the answer do.
    NxDomain,
    /// The server failed.
    ServFail,
    /// The server's policy forbids an answer.
    Refused,
    /// Records were cut off, and none are left to tell: ask again over TCP.
    Truncated,
    /// Any other response code.
    Other(Rcode),
}

/// The bits of an answer's header (RFC 1035, section 4.1.1; RFC 4035, section 3.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent bits of the protocol")]
pub struct Flags {
    /// Authoritative answer.
    pub aa: bool,
    /// Truncated: records are missing.
    pub tc: bool,
    /// Recursion desired, copied from the query.
    pub rd: bool,
    /// Recursion available.
    pub ra: bool,
    /// Authentic data: validated by DNSSEC.
    pub ad: bool,
    /// Checking disabled, copied from the query.
    pub cd: bool,
}

/// An address record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// Time to live in seconds.
    pub ttl: u32,
}

/// A service record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// Lower is tried first.
    pub priority: u16,
    /// Share of the clients among equal priorities.
    pub weight: u16,
    /// The port of the service.
    pub port: u16,
    /// The host of the service; the root when there is decidedly none.
    pub target: Name,
    /// Time to live in seconds.
    pub ttl: u32,
}

/// The start of authority in a negative answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soa {
    /// The zone.
    pub owner: Name,
    /// Time to live in seconds.
    pub ttl: u32,
    /// The zone's limit for negative answers, in seconds.
    pub minimum: u32,
}

impl Soa {
    /// For how many seconds the negative answer may be cached (RFC 2308, section 5).
    pub fn negative_ttl(&self) -> u32 {
        self.ttl.min(self.minimum)
    }
}

/// An extended DNS error (RFC 8914).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedError {
    /// The code, for example 3 for a stale answer or 18 for a prohibited one.
    pub code: u16,
    /// The server's words, often none.
    pub text: String,
}

impl Answer {
    /// What the message says about the question that it answers.
    pub(super) fn read(message: &Message, question: &Question) -> Self {
        let records = &message.answers;
        let chain = follow_aliases(records, question.name());
        let end = chain.last().map_or(question.name(), |alias| alias.target);
        let mut answer = Self {
            rcode: Rcode(message.metadata.response_code.into()),
            flags: Flags::from(&message.metadata),
            cnames: chain.iter().map(|alias| alias.target.clone()).collect(),
            addresses: Vec::new(),
            srv: Vec::new(),
            min_ttl: chain.iter().map(|alias| alias.ttl).min(),
            soa: message.authorities.iter().find_map(read_soa),
            extended_errors: extended_errors(message),
        };
        for record in owned_by(records, end) {
            answer.take(record, question.rtype());
        }
        answer
    }

    /// What the answer means.
    pub fn kind(&self) -> Kind {
        match self.rcode {
            Rcode::NOERROR if !self.addresses.is_empty() || !self.srv.is_empty() => Kind::Found,
            Rcode::NOERROR if self.flags.tc => Kind::Truncated,
            Rcode::NOERROR => Kind::NoData,
            Rcode::NXDOMAIN => Kind::NxDomain,
            Rcode::SERVFAIL => Kind::ServFail,
            Rcode::REFUSED => Kind::Refused,
            other => Kind::Other(other),
        }
    }

    /// Adds the record if it is of the type that was asked for.
    fn take(&mut self, record: &Record, rtype: RecordType) {
        let ttl = ttl(record);
        match (rtype, &record.data) {
            (RecordType::A, RData::A(a)) => self.addresses.push(Address { ip: a.0.into(), ttl }),
            (RecordType::Aaaa, RData::AAAA(aaaa)) => self.addresses.push(Address { ip: aaaa.0.into(), ttl }),
            (RecordType::Srv, RData::SRV(srv)) => self.srv.push(Srv {
                priority: srv.priority,
                weight: srv.weight,
                port: srv.port,
                target: srv.target.clone(),
                ttl,
            }),
            _ => return,
        }
        self.min_ttl = Some(self.min_ttl.map_or(ttl, |least| least.min(ttl)));
    }
}

impl From<&Metadata> for Flags {
    fn from(header: &Metadata) -> Self {
        Self {
            aa: header.authoritative,
            tc: header.truncation,
            rd: header.recursion_desired,
            ra: header.recursion_available,
            ad: header.authentic_data,
            cd: header.checking_disabled,
        }
    }
}

/// One link of a chain of aliases.
struct Alias<'a> {
    target: &'a Name,
    ttl: u32,
}

/// The aliases from `start` on, in order (RFC 1034, section 3.6.2); a loop ends where it closes.
fn follow_aliases<'a>(records: &'a [Record], start: &'a Name) -> Vec<Alias<'a>> {
    let mut chain: Vec<Alias> = Vec::new();
    let mut owner = start;
    while let Some(alias) = owned_by(records, owner).find_map(read_alias) {
        owner = alias.target;
        let closes = owner == start || chain.iter().any(|link| link.target == owner);
        chain.push(alias);
        if closes || chain.len() == MAX_CHAIN {
            break;
        }
    }
    chain
}

fn owned_by<'a>(records: &'a [Record], owner: &Name) -> impl Iterator<Item = &'a Record> {
    records.iter().filter(move |record| record.dns_class == DNSClass::IN && record.name == *owner)
}

fn read_alias(record: &Record) -> Option<Alias<'_>> {
    match &record.data {
        RData::CNAME(cname) => Some(Alias { target: &cname.0, ttl: ttl(record) }),
        _ => None,
    }
}

fn read_soa(record: &Record) -> Option<Soa> {
    match &record.data {
        RData::SOA(soa) => Some(Soa { owner: record.name.clone(), ttl: ttl(record), minimum: soa.minimum }),
        _ => None,
    }
}

/// A time to live with the topmost bit set counts as zero (RFC 2181, section 8).
fn ttl(record: &Record) -> u32 {
    if record.ttl > i32::MAX.unsigned_abs() { 0 } else { record.ttl }
}

fn extended_errors(message: &Message) -> Vec<ExtendedError> {
    let options = message.edns.iter().flat_map(|edns| edns.options().as_ref());
    options.filter_map(|(_, option)| read_extended_error(option)).collect()
}

/// A code of two bytes and a text that may end in NUL (RFC 8914, section 2).
fn read_extended_error(option: &EdnsOption) -> Option<ExtendedError> {
    let EdnsOption::Unknown(EXTENDED_ERROR, data) = option else { return None };
    let (code, text) = data.split_first_chunk()?;
    let text = String::from_utf8_lossy(text);
    Some(ExtendedError { code: u16::from_be_bytes(*code), text: text.trim_end_matches('\0').to_owned() })
}
