//! What an answer says.

use std::net::IpAddr;

use hickory_resolver::proto::op::{Message, Metadata};
use hickory_resolver::proto::rr::{RData, Record};

use super::{ExtendedError, Name, Question, Rcode, RecordType, alias, extended_error};

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

impl Answer {
    /// What the message says about the question that it answers.
    pub(super) fn read(message: &Message, question: &Question) -> Self {
        let records = &message.answers;
        let chain = alias::follow(records, question.name());
        let end = chain.last().map_or(question.name(), |alias| alias.target);
        let mut answer = Self {
            rcode: Rcode(message.metadata.response_code.into()),
            flags: Flags::from(&message.metadata),
            cnames: chain.iter().map(|alias| alias.target.clone()).collect(),
            addresses: Vec::new(),
            srv: Vec::new(),
            min_ttl: chain.iter().map(|alias| alias.ttl).min(),
            soa: message.authorities.iter().find_map(read_soa),
            extended_errors: extended_error::read_all(message),
        };
        for record in alias::owned_by(records, end) {
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

fn read_soa(record: &Record) -> Option<Soa> {
    match &record.data {
        RData::SOA(soa) => Some(Soa { owner: record.name.clone(), ttl: ttl(record), minimum: soa.minimum }),
        _ => None,
    }
}

/// A time to live with the topmost bit set counts as zero (RFC 2181, section 8).
pub(super) fn ttl(record: &Record) -> u32 {
    if record.ttl > i32::MAX.unsigned_abs() { 0 } else { record.ttl }
}

#[cfg(test)]
pub(super) mod tests {
    use hickory_resolver::proto::op::{Edns, MessageType, OpCode, Query, ResponseCode};
    use hickory_resolver::proto::rr::{DNSClass, rdata, rdata::opt::EdnsOption};

    use super::super::fake::{A, address, question, record};
    use super::super::{parse_name, wire};
    use super::*;

    const ASKED: &str = "db.service.consul";

    fn message_to(question: &Question) -> Message {
        let mut message = Message::new(1, MessageType::Response, OpCode::Query);
        message.add_query(Query::query(question.name().clone(), question.rtype().into()));
        message
    }

    /// The answer after a journey over the wire.
    fn read_for(question: &Question, build: impl FnOnce(&mut Message)) -> Answer {
        let mut message = message_to(question);
        build(&mut message);
        Answer::read(&wire::decode(&message.to_vec().unwrap(), question).unwrap(), question)
    }

    fn read(build: impl FnOnce(&mut Message)) -> Answer {
        read_for(&question(), build)
    }

    fn cname(owner: &str, ttl: u32, target: &str) -> Record {
        record(owner, ttl, RData::CNAME(rdata::CNAME(parse_name(target).unwrap())))
    }

    fn soa(owner: Name, ttl: u32, minimum: u32) -> Record {
        let data = rdata::SOA::new(owner.clone(), owner.clone(), 1, 1, 1, 1, minimum);
        Record::from_rdata(owner, ttl, RData::SOA(data))
    }

    fn extended_error(data: &[u8]) -> Edns {
        let mut edns = Edns::new();
        edns.options_mut().insert(EdnsOption::Unknown(extended_error::OPTION_CODE, data.to_vec()));
        edns
    }

    /// A message with something in every section, for others to damage.
    pub(in super::super) fn rich_answer() -> Vec<u8> {
        let mut message = message_to(&question());
        message.add_answer(cname(ASKED, 5, "node.consul")).add_answer(address("node.consul", A));
        message.add_authority(soa(Name::root(), 10_800, 60));
        message.set_edns(extended_error(b"\0\x03stale"));
        message.to_vec().unwrap()
    }

    #[test]
    fn addresses_of_the_name_and_of_no_other_count() {
        let answer = read(|message| {
            let mut chaos = address(ASKED, [192, 0, 2, 2].into());
            chaos.dns_class = DNSClass::CH;
            message.add_answers([address("other.consul", [192, 0, 2, 3].into()), chaos, address(ASKED, A)]);
        });
        assert_eq!(answer.addresses, [Address { ip: A.into(), ttl: 0 }]);
        assert_eq!((answer.kind(), answer.min_ttl), (Kind::Found, Some(0)));
    }

    #[test]
    fn an_address_of_the_other_family_is_no_data() {
        let question = Question::new(ASKED, RecordType::Aaaa).unwrap();
        let v4 = read_for(&question, |message| {
            message.add_answer(address(ASKED, A));
        });
        assert_eq!((v4.kind(), v4.min_ttl), (Kind::NoData, None));

        let ip = "2001:db8::1".parse().unwrap();
        let v6 = read_for(&question, |message| {
            message.add_answer(record(ASKED, 7, RData::AAAA(rdata::AAAA(ip))));
        });
        assert_eq!(v6.addresses, [Address { ip: ip.into(), ttl: 7 }]);
    }

    #[test]
    fn services_are_read() {
        let question = Question::new(ASKED, RecordType::Srv).unwrap();
        let target = parse_name("node1.node.consul").unwrap();
        let answer = read_for(&question, |message| {
            let data = rdata::SRV::new(1, 2, 3306, target.clone());
            message.add_answer(record(ASKED, 9, RData::SRV(data)));
            message.add_additional(address("node1.node.consul", A));
        });
        assert_eq!(answer.srv, [Srv { priority: 1, weight: 2, port: 3306, target, ttl: 9 }]);
        assert_eq!((answer.kind(), answer.addresses), (Kind::Found, Vec::new()));
    }

    #[test]
    fn aliases_are_followed_in_any_order() {
        let answer = read(|message| {
            let records = [address("c.consul", A), cname("b.consul", 3, "c.consul"), cname(ASKED, 5, "B.consul")];
            message.add_answers(records);
        });
        assert_eq!(answer.cnames, ["b.consul", "c.consul"].map(|name| parse_name(name).unwrap()));
        assert_eq!((answer.kind(), answer.addresses[0].ip, answer.min_ttl), (Kind::Found, A.into(), Some(0)));
    }

    #[test]
    fn aliases_without_an_address_at_their_end_are_no_data() {
        let answer = read(|message| {
            message.add_answer(cname(ASKED, 5, "b.consul"));
        });
        assert_eq!((answer.kind(), answer.cnames.len(), answer.min_ttl), (Kind::NoData, 1, Some(5)));
    }

    #[test]
    fn a_loop_of_aliases_ends() {
        let to_itself = read(|message| {
            message.add_answer(cname(ASKED, 5, ASKED));
        });
        assert_eq!((to_itself.kind(), to_itself.cnames.len()), (Kind::NoData, 1));

        let of_three = read(|message| {
            let loop_back = cname("c.consul", 5, "b.consul");
            message.add_answers([cname(ASKED, 5, "b.consul"), cname("b.consul", 5, "c.consul"), loop_back]);
        });
        assert_eq!((of_three.kind(), of_three.cnames.len()), (Kind::NoData, 3));
    }

    #[test]
    fn a_chain_without_end_is_left() {
        let answer = read(|message| {
            message.add_answer(cname(ASKED, 5, "n0.consul"));
            let link = |n: usize| cname(&format!("n{n}.consul"), 5, &format!("n{}.consul", n + 1));
            message.add_answers((0..1000).map(link));
        });
        assert_eq!((answer.kind(), answer.cnames.len()), (Kind::NoData, alias::MAX_CHAIN));
    }

    #[test]
    fn the_owner_of_the_soa_tells_who_denies() {
        for owner in [Name::root(), parse_name("consul").unwrap()] {
            let answer = read(|message| {
                message.metadata.response_code = ResponseCode::NXDomain;
                message.add_authority(soa(owner.clone(), 10_757, 86_400));
            });
            assert_eq!(answer.kind(), Kind::NxDomain);
            let soa = answer.soa.unwrap();
            assert_eq!((&soa.owner, soa.ttl, soa.minimum), (&owner, 10_757, 86_400));
            assert_eq!(soa.negative_ttl(), 10_757);
        }
    }

    #[test]
    fn a_name_without_records_is_no_data() {
        let answer = read(|message| {
            message.add_authority(soa(parse_name("consul").unwrap(), 60, 5));
        });
        assert_eq!((answer.kind(), answer.soa.unwrap().negative_ttl()), (Kind::NoData, 5));
        assert_eq!(read(|_| ()).soa, None);
    }

    #[test]
    fn the_response_code_outweighs_the_records() {
        let answer = read(|message| {
            message.metadata.response_code = ResponseCode::NXDomain;
            message.add_answers([cname(ASKED, 5, "b.consul"), address("b.consul", A)]);
        });
        assert_eq!((answer.kind(), answer.addresses.len()), (Kind::NxDomain, 1));
    }

    #[test]
    fn response_codes_are_told_apart() {
        for (code, kind, text) in [
            (ResponseCode::ServFail, Kind::ServFail, "SERVFAIL"),
            (ResponseCode::Refused, Kind::Refused, "REFUSED"),
            (ResponseCode::NotImp, Kind::Other(Rcode(4)), "NOTIMP"),
            // The upper bits travel in the OPT record.
            (ResponseCode::BADCOOKIE, Kind::Other(Rcode(23)), "BADCOOKIE"),
            (ResponseCode::Unknown(3841), Kind::Other(Rcode(3841)), "RCODE 3841"),
        ] {
            let answer = read(|message| {
                message.metadata.response_code = code;
                message.set_edns(Edns::new());
            });
            assert_eq!((answer.kind(), answer.rcode.to_string().as_str()), (kind, text));
        }
    }

    #[test]
    fn an_empty_truncated_answer_denies_nothing() {
        let answer = read(|message| message.metadata.truncation = true);
        assert_eq!(answer.kind(), Kind::Truncated);
    }

    #[test]
    fn every_bit_of_the_header_is_read() {
        type Bit = fn(&mut Metadata) -> &mut bool;
        let none = Flags { aa: false, tc: false, rd: false, ra: false, ad: false, cd: false };
        let bits: [(Bit, Flags); 6] = [
            (|header| &mut header.authoritative, Flags { aa: true, ..none }),
            (|header| &mut header.truncation, Flags { tc: true, ..none }),
            (|header| &mut header.recursion_desired, Flags { rd: true, ..none }),
            (|header| &mut header.recursion_available, Flags { ra: true, ..none }),
            (|header| &mut header.authentic_data, Flags { ad: true, ..none }),
            (|header| &mut header.checking_disabled, Flags { cd: true, ..none }),
        ];
        for (bit, flags) in bits {
            assert_eq!(read(|message| *bit(&mut message.metadata) = true).flags, flags);
        }
    }

    #[test]
    fn extended_errors_are_read() {
        for (data, expected) in [
            (&b"\0\x03stale answer\0"[..], Some((3, "stale answer"))),
            (b"\0\x12", Some((18, ""))),
            (b"\0\x16\xff|", Some((22, "\u{fffd}|"))),
            (b"\0", None),
        ] {
            let answer = read(|message| {
                message.set_edns(extended_error(data));
            });
            let found = answer.extended_errors.first().map(|error| (error.code, error.text.as_str()));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn an_impossible_time_to_live_is_none() {
        let answer = read(|message| {
            message.add_answer(record(ASKED, 0x8000_0000, RData::A(rdata::A(A))));
        });
        assert_eq!(answer.addresses[0].ttl, 0);
    }
}
