//! A DNS client that shows everything: the server that was asked, each datagram, each header bit.
//!
//! A resolver library retransmits, fails over and caches without telling, but a check of name servers must see exactly
//! that. hickory is therefore only the codec, and the sockets are ours. A failed query is a value ([`Outcome`]), never
//! an error, and this module judges nothing.

mod alias;
mod answer;
mod extended_error;
mod other_record;
mod pending;
mod question;
mod rcode;
mod reading;
mod record_type;
mod records;
mod reply;
mod resolv_conf;
mod server;
mod tcp;
mod udp;
mod wire;

#[cfg(test)]
mod fake;

use std::time::Duration;

pub use answer::{Address, Answer, Flags, Kind, Soa, Srv};
pub use extended_error::ExtendedError;
pub use hickory_resolver::proto::rr::Name;
pub use other_record::OtherRecord;
pub use pending::{Pending, start};
pub use question::{NameError, Question, parse_name};
pub use rcode::Rcode;
pub use reading::{Denial, Failure, FailureKind, Reading, reasons};
pub use record_type::RecordType;
pub use reply::{Outcome, Reply, Transport};
pub use resolv_conf::{ResolvConf, UnusedLine, UnusedReason};
pub use server::{Server, ServerArg};

/// The way to put a question to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Time after which an unanswered datagram is followed by the next.
    pub timeout: Duration,
    /// Number of datagrams that may follow an unanswered first one.
    pub retries: u32,
    /// Sets CD (RFC 4035, section 3.2.2): asks for data that the server's DNSSEC validation rejects.
    pub checking_disabled: bool,
}

impl Default for Options {
    /// Two datagrams of 2 s each: less than the 5 s that a libc resolver waits for its first server.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(2), retries: 1, checking_disabled: false }
    }
}

impl Options {
    /// The longest wait for a server that does not answer.
    pub fn patience(&self) -> Duration {
        self.timeout.saturating_mul(self.retries.saturating_add(1))
    }
}
