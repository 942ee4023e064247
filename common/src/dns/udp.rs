//! Questions over UDP.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use tokio::net::UdpSocket;

use super::{Answer, Options, Outcome, Question, Reply, Transport, wire};
use crate::Deadline;

/// The largest possible datagram, so that we never cut an answer.
const MAX_DATAGRAM: usize = 65_535;

/// Asks `server` over UDP.
///
/// Each question has its own connected socket on a random port. The kernel drops datagrams from other addresses and
/// reports a closed port. A datagram that does not answer the question is recorded, and the wait goes on (RFC 5452,
/// section 9.1). A truncated answer is returned as it is.
pub(super) async fn ask_udp(server: SocketAddr, question: &Question, options: &Options, deadline: Deadline) -> Reply {
    let mut exchange = match connect(server).await {
        Ok(socket) => Exchange::new(socket, question),
        Err(error) => {
            let outcome = Outcome::of(&error, server);
            return Reply { outcome, transport: Transport::Udp, sent: 0, lost: 0, rtt: None };
        }
    };
    for _ in 0..=options.retries {
        if deadline.remaining().is_zero() {
            break;
        }
        match deadline.within(options.timeout).bound(exchange.attempt(options)).await {
            Ok(Ok(reply)) => return reply,
            Ok(Err(error)) => return exchange.failed(&error, server),
            Err(_) => {}
        }
    }
    exchange.unanswered()
}

async fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    Ok(socket)
}

/// A datagram on its way. The id shows which one an answer belongs to, even a late one.
struct Transmit {
    id: u16,
    at: Instant,
}

struct Exchange<'a> {
    socket: UdpSocket,
    question: &'a Question,
    transmits: Vec<Transmit>,
    garbage: Option<String>,
    buffer: Vec<u8>,
}

impl<'a> Exchange<'a> {
    fn new(socket: UdpSocket, question: &'a Question) -> Self {
        let buffer = Vec::with_capacity(MAX_DATAGRAM);
        Self { socket, question, transmits: Vec::new(), garbage: None, buffer }
    }

    /// Sends the question again and waits for an answer to any of its datagrams.
    async fn attempt(&mut self, options: &Options) -> io::Result<Reply> {
        let packet = wire::encode(self.question, options).map_err(io::Error::other)?;
        let at = Instant::now();
        self.socket.send(&packet.bytes).await?;
        self.transmits.push(Transmit { id: packet.id, at });
        loop {
            self.buffer.clear();
            self.socket.recv_buf(&mut self.buffer).await?;
            match self.accept() {
                Ok(reply) => return Ok(reply),
                Err(reason) => self.garbage = Some(reason),
            }
        }
    }

    /// The reply, if the datagram in the buffer is the answer; otherwise the reason why it is not.
    fn accept(&self) -> Result<Reply, String> {
        let answer = Answer::from_message(&self.buffer, self.question)?;
        let id = wire::id(&self.buffer);
        let mut numbered = (0..).zip(&self.transmits);
        let (lost, transmit) = numbered.find(|(_, transmit)| Some(transmit.id) == id).ok_or(wire::FOREIGN_ID)?;
        let rtt = Some(transmit.at.elapsed());
        Ok(Reply { lost, rtt, ..self.reply(Outcome::Answer(answer)) })
    }

    /// The kernel reported the fate of the last datagram, so only those before it are lost.
    fn failed(&self, error: &io::Error, server: SocketAddr) -> Reply {
        let reply = self.reply(Outcome::of(error, server));
        Reply { lost: reply.sent.saturating_sub(1), ..reply }
    }

    fn unanswered(mut self) -> Reply {
        let outcome = self.garbage.take().map_or(Outcome::Silent, Outcome::NotUnderstood);
        let reply = self.reply(outcome);
        Reply { lost: reply.sent, ..reply }
    }

    fn reply(&self, outcome: Outcome) -> Reply {
        let sent = u32::try_from(self.transmits.len()).unwrap_or(u32::MAX);
        Reply { outcome, transport: Transport::Udp, sent, lost: 0, rtt: None }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::fake::{self, A, HASTY, PATIENT, block_on, closed_ports, deadline, question};
    use super::super::{Kind, Options, Transport};
    use super::*;

    fn answer(reply: &Reply) -> &Answer {
        let Outcome::Answer(answer) = &reply.outcome else { panic!("{reply:?}") };
        answer
    }

    #[test]
    fn an_answer_is_returned_with_its_cost() {
        let reply = block_on(async {
            let server = fake::udp(|_, query| vec![fake::found(query)]).await;
            ask_udp(server, &question(), &PATIENT, deadline()).await
        });
        assert_eq!(answer(&reply).addresses[0].ip, A);
        assert_eq!((reply.transport, reply.sent, reply.lost), (Transport::Udp, 1, 0));
        assert!(reply.rtt.is_some());
    }

    #[test]
    fn an_ipv6_server_is_asked_too() {
        let reply = block_on(async {
            let socket = UdpSocket::bind("[::1]:0").await.unwrap();
            let server = fake::serve_udp(socket, |_, query| vec![fake::found(query)]);
            ask_udp(server, &question(), &PATIENT, deadline()).await
        });
        assert_eq!(answer(&reply).kind(), Kind::Found);
    }

    #[test]
    fn foreign_datagrams_are_ignored() {
        let reply = block_on(async {
            let server = fake::udp(|_, query| {
                let mut foreign = fake::answer_to(query);
                foreign.metadata.id ^= 1;
                vec![query.to_vec().unwrap(), foreign.to_vec().unwrap(), b"junk".to_vec(), fake::found(query)]
            });
            ask_udp(server.await, &question(), &PATIENT, deadline()).await
        });
        assert_eq!(answer(&reply).kind(), Kind::Found);
        assert_eq!(reply.sent, 1);
    }

    #[test]
    fn garbage_alone_is_not_silence() {
        let reply = block_on(async {
            let server = fake::udp(|_, query| {
                let mut foreign = fake::answer_to(query);
                foreign.metadata.id ^= 1;
                vec![foreign.to_vec().unwrap()]
            });
            ask_udp(server.await, &question(), &HASTY, deadline()).await
        });
        assert_eq!(reply.outcome, Outcome::NotUnderstood(wire::FOREIGN_ID.to_owned()));
        assert_eq!((reply.sent, reply.lost, reply.rtt), (3, 3, None));
    }

    #[test]
    fn endless_garbage_times_out() {
        let reply = block_on(async {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let server = socket.local_addr().unwrap();
            tokio::spawn(async move {
                let (_, client) = socket.recv_from(&mut [0; 512]).await.unwrap();
                while socket.send_to(b"junk", client).await.is_ok() {}
            });
            ask_udp(server, &question(), &HASTY, deadline()).await
        });
        assert!(matches!(reply.outcome, Outcome::NotUnderstood(_)), "{reply:?}");
    }

    #[test]
    fn an_answer_from_another_address_is_ignored() {
        let reply = block_on(async {
            let asked = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let elsewhere = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let server = asked.local_addr().unwrap();
            tokio::spawn(async move {
                loop {
                    let mut buffer = vec![0; 512];
                    let (length, client) = asked.recv_from(&mut buffer).await.unwrap();
                    let query = hickory_resolver::proto::op::Message::from_vec(&buffer[..length]).unwrap();
                    elsewhere.send_to(&fake::found(&query), client).await.unwrap();
                }
            });
            ask_udp(server, &question(), &HASTY, deadline()).await
        });
        assert_eq!(reply.outcome, Outcome::Silent);
    }

    #[test]
    fn a_lost_datagram_shows_as_loss_and_not_as_latency() {
        let options = Options { retries: 100, ..HASTY };
        let begin = Instant::now();
        let reply = block_on(async {
            let server = fake::udp(|number, query| if number == 0 { vec![] } else { vec![fake::found(query)] });
            ask_udp(server.await, &question(), &options, deadline()).await
        });
        assert_eq!((answer(&reply).kind(), reply.lost), (Kind::Found, 1));
        assert!(begin.elapsed() >= reply.rtt.unwrap() + options.timeout);
    }

    #[test]
    fn a_late_answer_counts_as_latency_and_not_as_loss() {
        let options = Options { retries: 100, ..HASTY };
        let reply = block_on(async {
            let mut late = Vec::new();
            let server = fake::udp(move |number, query| {
                if number == 0 {
                    late = fake::found(query);
                    return vec![];
                }
                vec![late.clone()]
            });
            ask_udp(server.await, &question(), &options, deadline()).await
        });
        assert_eq!((answer(&reply).kind(), reply.lost), (Kind::Found, 0));
        assert!(reply.rtt.unwrap() >= options.timeout);
    }

    #[test]
    fn silence_is_a_timeout_of_every_datagram() {
        let reply = block_on(async {
            let server = fake::udp(|_, _| vec![]).await;
            ask_udp(server, &question(), &HASTY, deadline()).await
        });
        assert_eq!(reply, Reply { outcome: Outcome::Silent, transport: Transport::Udp, sent: 3, lost: 3, rtt: None });
    }

    #[test]
    fn a_closed_port_is_reported_at_once() {
        let reply = block_on(async {
            let closed = closed_ports::udp().await;
            ask_udp(closed.local_addr().unwrap(), &question(), &PATIENT, deadline()).await
        });
        assert_eq!((reply.outcome, reply.sent, reply.lost), (Outcome::PortClosed, 1, 0));
    }

    #[test]
    fn a_forbidden_destination_is_our_own_side() {
        // Datagrams to a broadcast address need a permission that the socket does not have.
        let reply = block_on(ask_udp(([127, 255, 255, 255], 53).into(), &question(), &PATIENT, deadline()));
        assert!(matches!(reply.outcome, Outcome::OwnSide(_)), "{reply:?}");
        assert_eq!(reply.sent, 0);
    }

    #[test]
    fn nothing_is_sent_after_the_deadline() {
        let reply = block_on(async {
            let server = fake::udp(|_, query| vec![fake::found(query)]).await;
            ask_udp(server, &question(), &PATIENT, Deadline::after(Duration::ZERO)).await
        });
        assert_eq!((reply.outcome, reply.sent), (Outcome::Silent, 0));
    }

    #[test]
    fn a_compression_loop_is_garbage() {
        let reply = block_on(async {
            let server = fake::udp(|_, query| vec![wire::tests::compression_loop(query)]).await;
            ask_udp(server, &question(), &HASTY, deadline()).await
        });
        assert!(matches!(&reply.outcome, Outcome::NotUnderstood(reason) if reason.contains("malformed")), "{reply:?}");
    }
}
