//! Asks all name servers at once.

use std::net::SocketAddr;

use common::Deadline;
use common::dns::{Options, Outcome, Question, Reply, Transport, ask_tcp, ask_udp};
use tokio::task::JoinHandle;

use super::{Both, NameServer, Questions, Told};

/// Asks every server every question over UDP and over TCP, all at the same moment.
///
/// A truncated answer over UDP is left as it is: TCP is asked anyway.
pub(crate) async fn ask(
    servers: &[NameServer],
    questions: &Questions,
    options: &Options,
    deadline: Deadline,
) -> Vec<Told> {
    let patience = options.patience().min(deadline.remaining());
    let start = |at: SocketAddr, question: &Question| Asking::start(at, question, *options, deadline);
    // All tasks run before the first is waited for.
    let started = servers.iter().map(|server| {
        let at = server.server.address;
        (server.clone(), start(at, &questions.a), start(at, &questions.aaaa), start(at, &questions.srv))
    });
    let mut told = Vec::new();
    for (server, a, aaaa, srv) in started.collect::<Vec<_>>() {
        let (a, aaaa, srv) = (a.finish().await, aaaa.finish().await, srv.finish().await);
        told.push(Told { server, patience, a, aaaa, srv });
    }
    told
}

/// A question on its way.
struct Asking {
    udp: JoinHandle<Reply>,
    tcp: JoinHandle<Reply>,
}

impl Asking {
    fn start(at: SocketAddr, question: &Question, options: Options, deadline: Deadline) -> Self {
        let (over_udp, over_tcp) = (question.clone(), question.clone());
        Self {
            udp: tokio::spawn(async move { ask_udp(at, &over_udp, &options, deadline).await }),
            tcp: tokio::spawn(async move { ask_tcp(at, &over_tcp, &options, deadline).await }),
        }
    }

    async fn finish(self) -> Both {
        Both { udp: finish(self.udp, Transport::Udp).await, tcp: finish(self.tcp, Transport::Tcp).await }
    }
}

async fn finish(task: JoinHandle<Reply>, transport: Transport) -> Reply {
    task.await.unwrap_or_else(|error| {
        let outcome = Outcome::LocalError(error.to_string());
        Reply { outcome, transport, sent: 0, lost: 0, rtt: None }
    })
}
