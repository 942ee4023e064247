//! Questions and answers as bytes.

use hickory_resolver::proto::ProtoError;
use hickory_resolver::proto::op::{Edns, Header, Message, MessageType, OpCode, Query};
use hickory_resolver::proto::rr::DNSClass;
use hickory_resolver::proto::serialize::binary::{BinDecodable, BinDecoder, DecodeError};

use super::{Options, Question};

/// The largest datagram that no path fragments (DNS flag day 2020). Without EDNS, Consul leaves
/// out records beyond the third and does not say so.
const UDP_PAYLOAD: u16 = 1232;

/// Why a well-formed answer to the question is none to us.
pub(super) const FOREIGN_ID: &str = "an answer with the id of no query of ours";

/// A query, ready to send.
pub(super) struct Packet {
    pub(super) id: u16,
    pub(super) bytes: Vec<u8>,
}

/// The question as a message with an id of its own, drawn at random (RFC 5452, section 9.2).
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

/// The answer in `bytes`, if they are one to `question` (RFC 5452, section 9.1).
///
/// # Errors
/// Why they are not. The id is left to the caller.
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

/// A message that says that it is truncated may end within a record (RFC 2181, section 9).
fn read_message(bytes: &[u8]) -> Result<Message, DecodeError> {
    Message::from_vec(bytes).or_else(|error| read_truncated(bytes).ok_or(error))
}

/// The header and the question of a truncated message.
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
