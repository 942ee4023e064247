//! A DNS client that hides nothing: which server was asked, each datagram, each header bit.
//!
//! A resolver library retransmits, fails over and caches in silence, which is what a check of name
//! servers must see. hickory is therefore only the codec; the sockets are ours. A failed query is a
//! value ([`Outcome`]), never an error, and nothing here judges it.

mod answer;
mod question;
mod rcode;
mod reply;
mod tcp;
mod udp;
mod wire;

#[cfg(test)]
mod fake;

use std::net::SocketAddr;
use std::time::Duration;

pub use answer::{Address, Answer, ExtendedError, Flags, Kind, Soa, Srv};
pub use hickory_resolver::proto::rr::Name;
pub use question::{NameError, Question, RecordType, parse_name};
pub use rcode::Rcode;
pub use reply::{Outcome, Reply, Transport};
pub use tcp::ask_tcp;
pub use udp::ask_udp;

use crate::Deadline;

/// How a question is put to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long one datagram may stay unanswered before the next is sent.
    pub timeout: Duration,
    /// How many datagrams may follow an unanswered first one.
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
    /// The longest wait for a server that says nothing.
    pub fn patience(&self) -> Duration {
        self.timeout.saturating_mul(self.retries.saturating_add(1))
    }
}

/// Asks `server` over UDP and, when that answer is truncated, again over TCP (RFC 7766, section 5).
///
/// The reply is the one over TCP then, as its `transport` tells; it counts the datagrams too.
pub async fn ask(server: SocketAddr, question: &Question, options: &Options, deadline: Deadline) -> Reply {
    let udp = ask_udp(server, question, options, deadline).await;
    if !matches!(&udp.outcome, Outcome::Answer(answer) if answer.flags.tc) {
        return udp;
    }
    let tcp = ask_tcp(server, question, options, deadline).await;
    Reply { sent: udp.sent.saturating_add(tcp.sent), lost: udp.lost, ..tcp }
}

#[cfg(test)]
mod tests;
