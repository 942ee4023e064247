//! Questions and answers as bytes.

use hickory_resolver::proto::ProtoError;
use hickory_resolver::proto::op::{Edns, Header, Message, MessageType, OpCode, Query};
use hickory_resolver::proto::rr::DNSClass;
use hickory_resolver::proto::serialize::binary::{BinDecodable, BinDecoder, DecodeError};

use super::{Options, Question};

/// The largest datagram that no path fragments (DNS flag day 2020). Without EDNS, Consul leaves out records beyond the
/// third and does not set TC.
const UDP_PAYLOAD: u16 = 1232;

/// The reason to ignore a well-formed answer to the question.
pub(super) const FOREIGN_ID: &str = "an answer with the id of no query of ours";

/// A query, ready to send.
pub(super) struct Packet {
    pub(super) id: u16,
    pub(super) bytes: Vec<u8>,
}

/// The question as a message with a random id (RFC 5452, section 9.2).
pub(super) fn encode(question: &Question, options: &Options) -> Result<Packet, ProtoError> {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.metadata.checking_disabled = options.checking_disabled;
    // Asks for AD in the answer (RFC 6840, section 5.7).
    message.metadata.authentic_data = true;
    message.add_query(Query::query(question.name().clone(), question.rtype().into()));
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_PAYLOAD);
    message.set_edns(edns);
    Ok(Packet { id: message.metadata.id, bytes: message.to_vec()? })
}

/// Reads `bytes` as an answer to `question` (RFC 5452, section 9.1). The id is left to the caller.
///
/// # Errors
/// The reason why `bytes` do not answer the question.
pub(super) fn decode(bytes: &[u8], question: &Question) -> Result<Message, String> {
    let message = read_message(bytes).map_err(|error| format!("a malformed message: {error}"))?;
    if message.metadata.message_type != MessageType::Response || message.metadata.op_code != OpCode::Query {
        return Err("a message that is no answer to a query".to_owned());
    }
    let [asked] = message.queries.as_slice() else {
        return Err(format!("an answer to {} questions instead of one", message.queries.len()));
    };
    let same = asked.name == *question.name()
        && asked.query_type == question.rtype().into()
        && asked.query_class == DNSClass::IN;
    if !same {
        return Err(format!("an answer to another question: {} {}", asked.name.to_ascii(), asked.query_type));
    }
    Ok(message)
}

/// The id of a message (RFC 1035, section 4.1.1).
pub(super) fn id(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().map(|id| u16::from_be_bytes(*id))
}

/// Reads a message. One with TC set may end within a record (RFC 2181, section 9).
fn read_message(bytes: &[u8]) -> Result<Message, DecodeError> {
    Message::from_vec(bytes).or_else(|error| read_truncated(bytes).ok_or(error))
}

/// Reads only the header and the question of a truncated message.
fn read_truncated(bytes: &[u8]) -> Option<Message> {
    let mut decoder = BinDecoder::new(bytes);
    let header = Header::read(&mut decoder).ok()?;
    if !header.metadata.truncation || header.counts.queries != 1 {
        return None;
    }
    let mut message = Message::new(header.metadata.id, header.metadata.message_type, header.metadata.op_code);
    message.metadata = header.metadata;
    message.add_query(Query::read(&mut decoder).ok()?);
    Some(message)
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use hickory_resolver::proto::rr::RecordType as Rtype;
    use proptest::prelude::*;

    use super::super::fake::{self, question};
    use super::super::{Answer, RecordType, parse_name};
    use super::*;

    const OPTIONS: Options = Options { timeout: Duration::ZERO, retries: 0, checking_disabled: false };

    fn query() -> Message {
        Message::from_vec(&encode(&question(), &OPTIONS).unwrap().bytes).unwrap()
    }

    /// An answer whose only record has a name that points to itself.
    pub(in super::super) fn compression_loop(query: &Message) -> Vec<u8> {
        let mut bytes = fake::answer_to(query).to_vec().unwrap();
        bytes[7] = 1;
        let here = u8::try_from(bytes.len()).unwrap();
        bytes.extend([0xc0, here, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1]);
        bytes
    }

    #[test]
    fn a_query_requests_everything_that_is_judged() {
        let options = Options { checking_disabled: true, ..OPTIONS };
        let message = Message::from_vec(&encode(&question(), &options).unwrap().bytes).unwrap();
        assert!(message.metadata.recursion_desired && message.metadata.authentic_data);
        assert!(message.metadata.checking_disabled && !query().metadata.checking_disabled);
        assert_eq!(message.max_payload(), 1232);
        assert_eq!(message.queries, [Query::query(parse_name("db.service.consul").unwrap(), Rtype::A)]);
    }

    #[test]
    fn ids_are_unpredictable() {
        let ids: HashSet<u16> = (0..100).map(|_| encode(&question(), &OPTIONS).unwrap().id).collect();
        assert!(ids.len() > 90, "{ids:?}");
        let consecutive = ids.iter().filter(|id| ids.contains(&id.wrapping_add(1))).count();
        assert!(consecutive < 10, "{ids:?}");
    }

    #[test]
    fn names_are_compared_ignoring_case() {
        let mut message = fake::answer_to(&query());
        message.queries[0].name = parse_name("DB.Service.CONSUL").unwrap();
        assert!(decode(&message.to_vec().unwrap(), &question()).is_ok());
    }

    #[test]
    fn only_an_answer_to_the_question_is_accepted() {
        type Change = fn(&mut Message);
        let changes: [(Change, &str); 7] = [
            (|message| message.metadata.message_type = MessageType::Query, "no answer"),
            (|message| message.metadata.op_code = OpCode::Status, "no answer"),
            (|message| message.queries.clear(), "0 questions"),
            (|message| message.queries.push(message.queries[0].clone()), "2 questions"),
            (|message| message.queries[0].name = parse_name("other.consul").unwrap(), "other.consul. A"),
            (|message| message.queries[0].query_type = Rtype::AAAA, "consul. AAAA"),
            (|message| message.queries[0].query_class = DNSClass::CH, "another question"),
        ];
        for (change, words) in changes {
            let mut message = fake::answer_to(&query());
            change(&mut message);
            let reason = decode(&message.to_vec().unwrap(), &question()).unwrap_err();
            assert!(reason.contains(words), "{reason}");
        }
    }

    #[test]
    fn malformed_messages_are_refused() {
        let found = fake::found(&query());
        let mut lying = found.clone();
        lying[6..12].fill(0xff);
        for bytes in [compression_loop(&query()), lying, found[..found.len() - 1].to_vec(), Vec::new(), vec![0; 11]] {
            let reason = decode(&bytes, &question()).unwrap_err();
            assert!(reason.contains("malformed"), "{reason}");
        }
    }

    #[test]
    fn a_truncated_message_may_end_within_a_record() {
        let mut bytes = fake::found(&query());
        bytes[2] |= 0x02;
        let message = decode(&bytes[..bytes.len() - 1], &question()).unwrap();
        assert!(message.metadata.truncation && message.answers.is_empty());
        assert!(decode(&bytes[..20], &question()).is_err());
    }

    /// Reads a message as the answer to questions of several types.
    fn read(mut bytes: Vec<u8>) {
        for rtype in [RecordType::A, RecordType::Cname, RecordType::Txt, RecordType::Other(257)] {
            // After the header and the name.
            if let Some(asked) = bytes.get_mut(12 + 19..12 + 21) {
                asked.copy_from_slice(&u16::from(rtype).to_be_bytes());
            }
            let question = Question::new("db.service.consul", rtype).unwrap();
            let _ = Answer::from_message(&bytes, &question).map(|answer| answer.kind());
        }
    }

    proptest! {
        #[test]
        fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            read(bytes);
        }

        #[test]
        fn random_records_do_no_harm(counts in any::<[u8; 6]>(), tail in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut bytes = fake::answer_to(&query()).to_vec().unwrap();
            bytes[6..12].copy_from_slice(&counts);
            bytes.extend(tail);
            read(bytes);
        }

        #[test]
        fn flipped_bytes_do_no_harm(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut bytes = super::super::answer::tests::rich_answer();
            for (index, byte) in flips {
                let position = index.index(bytes.len());
                bytes[position] = byte;
            }
            read(bytes);
        }
    }
}
