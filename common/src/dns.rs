//! A DNS client that hides nothing: which server was asked, each datagram, each header bit.
//!
//! A resolver library retransmits, fails over and caches in silence, which is what a check of name
//! servers must see. hickory is therefore only the codec; the sockets are ours. A failed query is a
//! value ([`Outcome`]), never an error, and nothing here judges it.

mod alias;
mod answer;
mod extended_error;
mod question;
mod rcode;
mod reply;
mod resolv_conf;
mod server;
mod tcp;
mod udp;
mod wire;

#[cfg(test)]
mod fake;

use std::net::SocketAddr;
use std::time::Duration;

pub use answer::{Address, Answer, Flags, Kind, Soa, Srv};
pub use extended_error::ExtendedError;
pub use hickory_resolver::proto::rr::Name;
pub use question::{NameError, Question, RecordType, parse_name};
pub use rcode::Rcode;
pub use reply::{Outcome, Reply, Transport};
pub use resolv_conf::discover;
pub use server::{Server, ServerArg};
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
mod tests {
    use super::*;
    use fake::{A, block_on, closed_ports, question};

    fn truncated(query: &hickory_resolver::proto::op::Message) -> Vec<u8> {
        let mut message = fake::answer_to(query);
        message.metadata.truncation = true;
        message.to_vec().unwrap()
    }

    #[test]
    fn a_truncated_answer_is_completed_over_tcp() {
        let options = Options { retries: 100, ..fake::HASTY };
        let reply = block_on(async {
            let (udp, tcp) = fake::same_port().await;
            let server = fake::serve_udp(udp, |n, query| if n == 0 { vec![] } else { vec![truncated(query)] });
            fake::serve_tcp(tcp, |query| fake::framed(&fake::found(query)));
            ask(server, &question(), &options, fake::deadline()).await
        });
        let Outcome::Answer(answer) = &reply.outcome else { panic!("{reply:?}") };
        assert_eq!((answer.kind(), answer.flags.tc), (Kind::Found, false));
        assert_eq!((reply.transport, reply.lost), (Transport::Tcp, 1));
        assert!(reply.sent >= 3, "{reply:?}");
    }

    #[test]
    fn a_truncated_answer_that_tcp_does_not_complete_is_a_failure_of_tcp() {
        let reply = block_on(async {
            let (udp, _closed) = closed_ports::tcp_beside_udp().await;
            let server = fake::serve_udp(udp, |_, query| vec![truncated(query)]);
            ask(server, &question(), &fake::PATIENT, fake::deadline()).await
        });
        assert_eq!((reply.outcome, reply.transport), (Outcome::Refused, Transport::Tcp));
        assert_eq!((reply.sent, reply.rtt), (1, None));
    }

    #[test]
    fn a_whole_answer_needs_no_tcp() {
        let reply = block_on(async {
            let server = fake::udp(|_, query| vec![fake::found(query)]).await;
            ask(server, &question(), &fake::PATIENT, fake::deadline()).await
        });
        let Outcome::Answer(answer) = &reply.outcome else { panic!("{reply:?}") };
        assert_eq!(answer.addresses.first().map(|address| address.ip), Some(A.into()));
        assert_eq!((reply.transport, reply.sent), (Transport::Udp, 1));
    }
}
