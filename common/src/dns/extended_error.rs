//! Extended DNS errors.

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;

/// EDNS option code of an extended error (RFC 8914, section 2).
pub(super) const OPTION_CODE: u16 = 15;

/// An extended DNS error (RFC 8914).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedError {
    /// The code, for example 3 for a stale answer or 18 for a prohibited one.
    pub code: u16,
    /// The server's text, often empty.
    pub text: String,
}

/// All extended errors of the message, in its order.
pub(super) fn read_all(message: &Message) -> Vec<ExtendedError> {
    let options = message.edns.iter().flat_map(|edns| edns.options().as_ref());
    options.filter_map(|(_, option)| read(option)).collect()
}

/// Reads a code of two bytes and a text that may end in NUL (RFC 8914, section 2).
fn read(option: &EdnsOption) -> Option<ExtendedError> {
    let EdnsOption::Unknown(OPTION_CODE, data) = option else { return None };
    let (code, text) = data.split_first_chunk()?;
    let text = String::from_utf8_lossy(text);
    Some(ExtendedError { code: u16::from_be_bytes(*code), text: text.trim_end_matches('\0').to_owned() })
}
