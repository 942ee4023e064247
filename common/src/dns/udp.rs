//! Questions over UDP.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use tokio::net::UdpSocket;

use super::{Answer, Options, Outcome, Question, Reply, Transport, wire};
use crate::Deadline;

/// The largest datagram there is: what a server sends is never cut by us.
const MAX_DATAGRAM: usize = 65_535;

/// Asks `server` over UDP.
///
/// Each question has a socket of its own, on a port that the system draws, and connected: the kernel
/// drops datagrams from elsewhere and tells when the port is closed. A datagram that does not answer
/// the question is remembered but waited past (RFC 5452, section 9.1). A truncated answer is
/// returned as it is.
pub async fn ask_udp(server: SocketAddr, question: &Question, options: &Options, deadline: Deadline) -> Reply {
    let mut exchange = match connect(server).await {
        Ok(socket) => Exchange::new(socket, question),
        Err(error) => return Reply { outcome: error.into(), transport: Transport::Udp, sent: 0, lost: 0, rtt: None },
    };
    for _ in 0..=options.retries {
        if deadline.remaining().is_zero() {
            break;
        }
        match deadline.within(options.timeout).bound(exchange.attempt(options)).await {
            Ok(Ok(reply)) => return reply,
            Ok(Err(error)) => return exchange.failed(error),
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

/// A datagram on its way. The id tells which one an answer belongs to, even one that comes late.
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

    /// Sends the question once more and waits for an answer to any of its datagrams.
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

    /// The reply, if the datagram in the buffer is the answer; else why it is not.
    fn accept(&self) -> Result<Reply, String> {
        let message = wire::decode(&self.buffer, self.question)?;
        let mut numbered = (0..).zip(&self.transmits);
        let (lost, transmit) =
            numbered.find(|(_, transmit)| transmit.id == message.metadata.id).ok_or(wire::FOREIGN_ID)?;
        let rtt = Some(transmit.at.elapsed());
        Ok(Reply { lost, rtt, ..self.reply(Outcome::Answer(Answer::read(&message, self.question))) })
    }

    /// The kernel told of the last datagram what became of it: only those before it are lost.
    fn failed(&self, error: io::Error) -> Reply {
        let reply = self.reply(error.into());
        Reply { lost: reply.sent.saturating_sub(1), ..reply }
    }

    fn unanswered(mut self) -> Reply {
        let outcome = self.garbage.take().map_or(Outcome::Timeout, Outcome::Garbage);
        let reply = self.reply(outcome);
        Reply { lost: reply.sent, ..reply }
    }

    fn reply(&self, outcome: Outcome) -> Reply {
        let sent = u32::try_from(self.transmits.len()).unwrap_or(u32::MAX);
        Reply { outcome, transport: Transport::Udp, sent, lost: 0, rtt: None }
    }
}
