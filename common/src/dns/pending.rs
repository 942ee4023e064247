//! Questions that are on their way.

use std::net::SocketAddr;

use tokio::task::JoinHandle;

use super::tcp::ask_tcp;
use super::udp::ask_udp;
use super::{Options, Outcome, Question, Reply, Transport};
use crate::{CheckError, Deadline, Panicked, contain};

/// A question on its way. It is asked even if nothing waits for the reply.
#[derive(Debug)]
pub struct Pending {
    transport: Transport,
    task: JoinHandle<Result<Reply, Panicked>>,
}

/// Sends a question to `server`. Must be called on a tokio runtime.
pub fn start(
    transport: Transport,
    server: SocketAddr,
    question: &Question,
    options: &Options,
    deadline: Deadline,
) -> Pending {
    let (question, options) = (question.clone(), *options);
    let task = tokio::spawn(contain(async move {
        match transport {
            Transport::Udp => ask_udp(server, &question, &options, deadline).await,
            Transport::Tcp => ask_tcp(server, &question, &options, deadline).await,
        }
    }));
    Pending { transport, task }
}

impl Pending {
    /// Waits for the reply.
    ///
    /// A message that makes the codec panic is [`Outcome::NotUnderstood`]. A task that ends otherwise is
    /// [`Outcome::OwnSide`].
    pub async fn reply(self) -> Reply {
        let outcome = match self.task.await {
            Ok(Ok(reply)) => return reply,
            Ok(Err(Panicked)) => Outcome::NotUnderstood("the message crashed the parser".to_owned()),
            Err(_) => Outcome::OwnSide(CheckError::local("a question ended without a result", "please report this")),
        };
        Reply { outcome, transport: self.transport, sent: 0, lost: 0, rtt: None }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::super::Kind;
    use super::super::fake::{self, HASTY, PATIENT, block_on, deadline, question};
    use super::*;

    #[test]
    fn questions_are_sent_before_the_first_wait() {
        let options = Options { retries: 100, ..HASTY };
        let was_asked = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&was_asked);
        let reply = block_on(async {
            let second = fake::tcp(move |query| {
                seen.store(true, Ordering::Relaxed);
                fake::framed(&fake::found(query))
            });
            let first = fake::udp(
                move |_, query| {
                    if was_asked.load(Ordering::Relaxed) { vec![fake::found(query)] } else { vec![] }
                },
            );
            let first = start(Transport::Udp, first.await, &question(), &options, deadline());
            let _second = start(Transport::Tcp, second.await, &question(), &PATIENT, deadline());
            first.reply().await
        });
        assert!(matches!(&reply.outcome, Outcome::Answer(answer) if answer.kind() == Kind::Found), "{reply:?}");
    }

    #[test]
    fn each_transport_is_asked() {
        for transport in [Transport::Udp, Transport::Tcp] {
            let reply = block_on(async {
                let (udp, tcp) = fake::same_port().await;
                let server = fake::serve_udp(udp, |_, query| vec![fake::found(query)]);
                fake::serve_tcp(tcp, |query| fake::framed(&fake::found(query)));
                start(transport, server, &question(), &PATIENT, deadline()).reply().await
            });
            assert!(matches!(reply.outcome, Outcome::Answer(_)), "{reply:?}");
            assert_eq!(reply.transport, transport);
        }
    }

    #[test]
    fn a_panic_in_a_question_does_not_end_the_check() {
        let transport = Transport::Tcp;
        let (broken, stopped) = block_on(async {
            let broken = Pending { transport, task: tokio::spawn(contain(async { panic!("by a message") })) };
            let stopped = Pending { transport, task: tokio::spawn(std::future::pending()) };
            stopped.task.abort();
            (broken.reply().await, stopped.reply().await)
        });
        assert!(matches!(broken.outcome, Outcome::NotUnderstood(_)), "{broken:?}");
        assert!(matches!(stopped.outcome, Outcome::OwnSide(_)), "{stopped:?}");
        assert_eq!((broken.transport, stopped.transport), (transport, transport));
    }
}
