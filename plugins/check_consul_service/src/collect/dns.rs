//! Asks all name servers at once.

use std::net::SocketAddr;

use common::Deadline;
use common::dns::{self, Options, Pending, Question, Transport};

use crate::dns::{Both, NameServer, Questions, ServerAnswers};

/// Asks every server every question over UDP and over TCP, all at the same moment.
///
/// A truncated answer over UDP is left as it is: TCP is asked anyway.
pub(crate) async fn ask(
    servers: &[NameServer],
    questions: &Questions,
    options: &Options,
    deadline: Deadline,
) -> Vec<ServerAnswers> {
    let patience = options.patience().min(deadline.remaining());
    let start = |at: SocketAddr, question: &Question| Asking::start(at, question, options, deadline);
    // All tasks run before the first is waited for.
    let started = servers.iter().map(|server| {
        let at = server.server.address;
        (server.clone(), start(at, &questions.a), start(at, &questions.aaaa), start(at, &questions.srv))
    });
    let mut answers = Vec::new();
    for (server, a, aaaa, srv) in started.collect::<Vec<_>>() {
        let (a, aaaa, srv) = (a.finish().await, aaaa.finish().await, srv.finish().await);
        answers.push(ServerAnswers { server, patience, a, aaaa, srv });
    }
    answers
}

/// A question on its way.
struct Asking {
    udp: Pending,
    tcp: Pending,
}

impl Asking {
    fn start(at: SocketAddr, question: &Question, options: &Options, deadline: Deadline) -> Self {
        let start = |transport| dns::start(transport, at, question, options, deadline);
        Self { udp: start(Transport::Udp), tcp: start(Transport::Tcp) }
    }

    async fn finish(self) -> Both {
        Both { udp: self.udp.reply().await, tcp: self.tcp.reply().await }
    }
}
