//! The content of an answer.

use std::net::IpAddr;

use hickory_resolver::proto::op::{Message, Metadata};
use hickory_resolver::proto::rr::{RData, Record};

use super::records::{owned_by, ttl};
use super::{ExtendedError, Name, OtherRecord, Question, Rcode, RecordType, alias, extended_error, wire};

/// An answer to a question, with any response code.
///
/// A record counts when its owner is the name that was asked for, or the end of the chain of aliases that starts there.
/// All names and texts come from the server and are hostile until they are sanitised.
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
    /// The records of any other type, in the server's order.
    pub others: Vec<OtherRecord>,
    /// The smallest time to live of the aliases and records, in seconds; `None` without any.
    pub min_ttl: Option<u32>,
    /// The zone that a negative answer comes from.
    pub soa: Option<Soa>,
    /// The server's reasons for the answer (RFC 8914).
    pub extended_errors: Vec<ExtendedError>,
}

/// The meaning of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There are records of the type that was asked for.
    Found,
    /// The name exists without such records (RFC 2308, section 2.2). A referral and an endless chain of aliases count
    /// as this, too.
    NoData,
    /// The name, or the target of its aliases, does not exist (RFC 2308, section 2.1).
    NxDomain,
    /// The server failed.
    ServFail,
    /// The server's policy forbids an answer.
    Refused,
    /// Records were cut off and none is left. TCP has the whole answer.
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
    /// Share of the clients among targets of equal priority.
    pub weight: u16,
    /// The port of the service.
    pub port: u16,
    /// The host of the service. The root means that the service does not exist here (RFC 2782).
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
    /// Time in seconds for which the negative answer may be cached (RFC 2308, section 5).
    pub fn negative_ttl(&self) -> u32 {
        self.ttl.min(self.minimum)
    }
}

impl Answer {
    /// Reads the answer in a message. The id is left to the caller.
    ///
    /// # Errors
    /// The reason why the message does not answer the question.
    pub fn from_message(bytes: &[u8], question: &Question) -> Result<Self, String> {
        Ok(Self::read(&wire::decode(bytes, question)?, question))
    }

    /// Reads a message that answers the question.
    fn read(message: &Message, question: &Question) -> Self {
        let records = &message.answers;
        let chain = match question.rtype() {
            // The alias itself is the answer.
            RecordType::Cname => Vec::new(),
            _ => alias::follow(records, question.name()),
        };
        let end = chain.last().map_or(question.name(), |alias| alias.target);
        let mut answer = Self {
            rcode: Rcode(message.metadata.response_code.into()),
            flags: Flags::from(&message.metadata),
            cnames: chain.iter().map(|alias| alias.target.clone()).collect(),
            addresses: Vec::new(),
            srv: Vec::new(),
            others: Vec::new(),
            min_ttl: chain.iter().map(|alias| alias.ttl).min(),
            soa: message.authorities.iter().find_map(read_soa),
            extended_errors: extended_error::read_all(message),
        };
        for record in owned_by(records, end) {
            answer.take(record, question.rtype());
        }
        answer
    }

    /// The meaning of the answer.
    pub fn kind(&self) -> Kind {
        match self.rcode {
            Rcode::NOERROR if self.has_records() => Kind::Found,
            Rcode::NOERROR if self.flags.tc => Kind::Truncated,
            Rcode::NOERROR => Kind::NoData,
            Rcode::NXDOMAIN => Kind::NxDomain,
            Rcode::SERVFAIL => Kind::ServFail,
            Rcode::REFUSED => Kind::Refused,
            other => Kind::Other(other),
        }
    }

    fn has_records(&self) -> bool {
        !(self.addresses.is_empty() && self.srv.is_empty() && self.others.is_empty())
    }

    /// Adds the record if it has the type that was asked for.
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
            (RecordType::A | RecordType::Aaaa | RecordType::Srv, _) => return,
            _ if record.record_type() == rtype.into() => self.others.push(OtherRecord::read(record)),
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

fn read_soa(record: &Record) -> Option<Soa> {
    match &record.data {
        RData::SOA(soa) => Some(Soa { owner: record.name.clone(), ttl: ttl(record), minimum: soa.minimum }),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests;
