//! Questions over TCP.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Answer, Options, Outcome, Question, Reply, Transport, wire};
use crate::Deadline;

/// Asks `server` over a new TCP connection (RFC 7766).
///
/// The time limit is that of all datagrams together, as the system repeats lost segments. A message that does not
/// answer the question is recorded, and the next one is read.
pub(super) async fn ask_tcp(server: SocketAddr, question: &Question, options: &Options, deadline: Deadline) -> Reply {
    let begin = Instant::now();
    let mut exchange = Exchange { question, sent: 0, garbage: None };
    let limit = deadline.within(options.patience());
    let outcome = match limit.bound(exchange.run(server, options)).await {
        Ok(Ok(answer)) => Outcome::Answer(answer),
        Ok(Err(error)) => exchange.garbage.map_or_else(|| Outcome::of(&error, server), Outcome::NotUnderstood),
        Err(_) => exchange.garbage.map_or(Outcome::Silent, Outcome::NotUnderstood),
    };
    let rtt = matches!(outcome, Outcome::Answer(_)).then(|| begin.elapsed());
    Reply { outcome, transport: Transport::Tcp, sent: exchange.sent, lost: 0, rtt }
}

struct Exchange<'a> {
    question: &'a Question,
    sent: u32,
    garbage: Option<String>,
}

impl Exchange<'_> {
    async fn run(&mut self, server: SocketAddr, options: &Options) -> io::Result<Answer> {
        let packet = wire::encode(self.question, options).map_err(io::Error::other)?;
        let mut stream = TcpStream::connect(server).await?;
        send(&mut stream, &packet.bytes).await?;
        self.sent = 1;
        loop {
            let bytes = receive(&mut stream).await?;
            match self.accept(&bytes, packet.id) {
                Ok(answer) => return Ok(answer),
                Err(reason) => self.garbage = Some(reason),
            }
        }
    }

    fn accept(&self, bytes: &[u8], id: u16) -> Result<Answer, String> {
        let answer = Answer::from_message(bytes, self.question)?;
        if wire::id(bytes) == Some(id) { Ok(answer) } else { Err(wire::FOREIGN_ID.to_owned()) }
    }
}

/// Sends two bytes of length and the message (RFC 1035, section 4.2.2), in one segment (RFC 7766, section 8).
async fn send(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat()).await
}

/// Reads one message. Its length field limits it to 64 KiB.
async fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::super::Kind;
    use super::super::fake::{self, A, HASTY, PATIENT, block_on, closed_ports, deadline, framed, question};
    use super::*;

    const CLOSED: &str = "the connection was closed before the answer was complete";

    /// The reply of a server that writes `answer` and closes the connection.
    fn ask_fake(answer: fn(&hickory_resolver::proto::op::Message) -> Vec<u8>) -> Reply {
        block_on(async { ask_tcp(fake::tcp(answer).await, &question(), &PATIENT, deadline()).await })
    }

    fn foreign(query: &hickory_resolver::proto::op::Message) -> Vec<u8> {
        let mut message = fake::answer_to(query);
        message.metadata.id ^= 1;
        framed(&message.to_vec().unwrap())
    }

    #[test]
    fn an_answer_is_returned_with_its_cost() {
        let reply = ask_fake(|query| framed(&fake::found(query)));
        let Outcome::Answer(answer) = &reply.outcome else { panic!("{reply:?}") };
        assert_eq!(answer.addresses[0].ip, A);
        assert_eq!((reply.transport, reply.sent, reply.lost), (Transport::Tcp, 1, 0));
        assert!(reply.rtt.is_some());
    }

    #[test]
    fn foreign_answers_are_skipped() {
        let reply = ask_fake(|query| [foreign(query), framed(&fake::found(query))].concat());
        assert!(matches!(&reply.outcome, Outcome::Answer(answer) if answer.kind() == Kind::Found), "{reply:?}");
    }

    #[test]
    fn garbage_alone_is_reported() {
        let reply = ask_fake(foreign);
        assert_eq!(reply.outcome, Outcome::NotUnderstood(wire::FOREIGN_ID.to_owned()));
        assert_eq!(reply.rtt, None);
    }

    #[test]
    fn half_an_answer_is_not_understood() {
        for answer in [
            |query: &_| framed(&fake::found(query))[..20].to_vec(),
            |_: &_| vec![0xff, 0xff, 0],
            |_: &_| vec![0],
            |_: &_| vec![],
        ] {
            assert_eq!(ask_fake(answer).outcome, Outcome::NotUnderstood(CLOSED.to_owned()));
        }
    }

    #[test]
    fn the_largest_answer_is_read_completely() {
        let reply = ask_fake(|query| {
            let mut message = fake::answer_to(query);
            let last_two = |number: u16| number.to_be_bytes();
            let addresses = (0..2000).map(last_two).map(|[high, low]| Ipv4Addr::new(10, 0, high, low));
            message.add_answers(addresses.map(|ip| fake::address("db.service.consul", ip)));
            framed(&message.to_vec().unwrap())
        });
        assert!(
            matches!(&reply.outcome, Outcome::Answer(answer) if answer.addresses.len() == 2000),
            "{:?}",
            reply.sent
        );
    }

    #[test]
    fn a_closed_port_refuses() {
        let reply = block_on(async {
            let closed = closed_ports::tcp(([127, 0, 0, 1], 0).into()).unwrap();
            ask_tcp(closed.local_addr().unwrap(), &question(), &PATIENT, deadline()).await
        });
        assert_eq!((reply.outcome, reply.sent), (Outcome::PortClosed, 0));
    }

    #[test]
    fn silence_on_an_open_connection_is_a_timeout() {
        let reply = block_on(async {
            let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ask_tcp(silent.local_addr().unwrap(), &question(), &HASTY, deadline()).await
        });
        assert_eq!((reply.outcome, reply.rtt), (Outcome::Silent, None));
    }
}
