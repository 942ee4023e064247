//! Answers, encoded and read back.

use hickory_resolver::proto::op::{Edns, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{DNSClass, rdata, rdata::opt::EdnsOption};

use super::super::fake::{A, address, question, record};
use super::super::parse_name;
use super::*;

const ASKED: &str = "db.service.consul";

fn message_to(question: &Question) -> Message {
    let mut message = Message::new(1, MessageType::Response, OpCode::Query);
    message.add_query(Query::query(question.name().clone(), question.rtype().into()));
    message
}

/// The answer that is read after encoding.
pub(in super::super) fn read_for(question: &Question, build: impl FnOnce(&mut Message)) -> Answer {
    let mut message = message_to(question);
    build(&mut message);
    Answer::from_message(&message.to_vec().unwrap(), question).unwrap()
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

/// A message with a record in every section, for tests that damage it.
pub(in super::super) fn rich_answer() -> Vec<u8> {
    let mut message = message_to(&question());
    message.add_answer(cname(ASKED, 5, "node.consul")).add_answer(address("node.consul", A));
    message.add_authority(soa(Name::root(), 10_800, 60));
    message.set_edns(extended_error(b"\0\x03stale"));
    message.to_vec().unwrap()
}

#[test]
fn only_addresses_of_the_name_count() {
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
fn records_of_any_type_are_read() {
    let question = Question::new(ASKED, RecordType::Mx).unwrap();
    let mx = |ttl, host| record("b.consul", ttl, RData::MX(rdata::MX::new(10, parse_name(host).unwrap())));
    let answer = read_for(&question, |message| {
        let elsewhere = record(ASKED, 1, RData::MX(rdata::MX::new(10, Name::root())));
        message.add_answers([cname(ASKED, 9, "b.consul"), mx(7, "m1.consul"), mx(8, "m2.consul"), elsewhere]);
        message.add_answer(address("b.consul", A));
    });
    let texts: Vec<_> = answer.others.iter().map(|record| (record.text.as_str(), record.ttl)).collect();
    assert_eq!(texts, [("10 m1.consul.", 7), ("10 m2.consul.", 8)]);
    assert_eq!((answer.kind(), answer.min_ttl, answer.cnames.len()), (Kind::Found, Some(7), 1));
}

#[test]
fn a_question_for_an_alias_is_answered_by_the_alias() {
    let question = Question::new(ASKED, RecordType::Cname).unwrap();
    let answer = read_for(&question, |message| {
        message.add_answers([cname(ASKED, 5, "b.consul"), cname("b.consul", 3, "c.consul")]);
    });
    let [alias] = answer.others.as_slice() else { panic!("{answer:?}") };
    assert_eq!((alias.host.as_ref(), alias.ttl), (Some(&parse_name("b.consul").unwrap()), 5));
    assert_eq!((answer.kind(), answer.cnames, answer.min_ttl), (Kind::Found, Vec::new(), Some(5)));
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
fn an_endless_chain_of_aliases_is_cut_off() {
    let answer = read(|message| {
        message.add_answer(cname(ASKED, 5, "n0.consul"));
        let link = |n: usize| cname(&format!("n{n}.consul"), 5, &format!("n{}.consul", n + 1));
        message.add_answers((0..1000).map(link));
    });
    assert_eq!((answer.kind(), answer.cnames.len()), (Kind::NoData, alias::MAX_CHAIN));
}

#[test]
fn the_owner_of_the_soa_is_the_denying_zone() {
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
fn response_codes_are_distinguished() {
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
    let unset = Flags { aa: false, tc: false, rd: false, ra: false, ad: false, cd: false };
    let bits: [(Bit, Flags); 6] = [
        (|header| &mut header.authoritative, Flags { aa: true, ..unset }),
        (|header| &mut header.truncation, Flags { tc: true, ..unset }),
        (|header| &mut header.recursion_desired, Flags { rd: true, ..unset }),
        (|header| &mut header.recursion_available, Flags { ra: true, ..unset }),
        (|header| &mut header.authentic_data, Flags { ad: true, ..unset }),
        (|header| &mut header.checking_disabled, Flags { cd: true, ..unset }),
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
fn an_impossible_time_to_live_is_zero() {
    let answer = read(|message| {
        message.add_answer(record(ASKED, 0x8000_0000, RData::A(rdata::A(A))));
    });
    assert_eq!(answer.addresses[0].ttl, 0);
}
