//! Questions over TCP.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Answer, Options, Outcome, Question, Reply, Transport, wire};
use crate::Deadline;

/// Asks `server` over a TCP connection of its own (RFC 7766).
///
/// It has as much time as all datagrams together would have: the system repeats lost segments.
/// A message that does not answer the question is remembered but read past.
pub async fn ask_tcp(server: SocketAddr, question: &Question, options: &Options, deadline: Deadline) -> Reply {
    let begin = Instant::now();
    let mut exchange = Exchange { question, sent: 0, garbage: None };
    let limit = deadline.within(options.patience().min(deadline.remaining()));
    let outcome = match limit.bound(exchange.run(server, options)).await {
        Ok(Ok(answer)) => Outcome::Answer(answer),
        Ok(Err(error)) => exchange.garbage.map_or_else(|| error.into(), Outcome::Garbage),
        Err(_) => exchange.garbage.map_or(Outcome::Timeout, Outcome::Garbage),
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
        let message = wire::decode(bytes, self.question)?;
        if message.metadata.id != id {
            return Err(wire::FOREIGN_ID.to_owned());
        }
        Ok(Answer::read(&message, self.question))
    }
}

/// Two bytes of length and the message (RFC 1035, section 4.2.2), in one segment (RFC 7766, section 8).
async fn send(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat()).await
}

/// One message: at most 64 KiB, whatever the server claims.
async fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
