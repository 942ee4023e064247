//! Name servers on 127.0.0.1 with scripted answers.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, OpCode};
use hickory_resolver::proto::rr::{RData, Record, rdata};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::{Options, Question, RecordType, parse_name};
use crate::Deadline;

/// The address in a correct answer.
pub(super) const A: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// For servers that answer. A test that waits this long has failed.
pub(super) const PATIENT: Options = Options { timeout: Duration::from_secs(60), retries: 0, checking_disabled: false };

/// For servers that do not answer.
pub(super) const HASTY: Options = Options { timeout: Duration::from_millis(50), retries: 2, checking_disabled: false };

const LOCALHOST: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

pub(super) fn deadline() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

/// Runs a test on its own runtime. The servers that it started end with it.
pub(super) fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

pub(super) fn question() -> Question {
    Question::new("db.service.consul", RecordType::A).unwrap()
}

/// An empty answer to the query.
pub(super) fn answer_to(query: &Message) -> Message {
    let mut message = Message::response(query.metadata.id, OpCode::Query);
    message.add_queries(query.queries.iter().cloned());
    message
}

/// The correct answer to the query.
pub(super) fn found(query: &Message) -> Vec<u8> {
    let mut message = answer_to(query);
    message.add_answer(address("db.service.consul", A));
    message.to_vec().unwrap()
}

pub(super) fn record(owner: &str, ttl: u32, data: RData) -> Record {
    Record::from_rdata(parse_name(owner).unwrap(), ttl, data)
}

pub(super) fn address(owner: &str, ip: Ipv4Addr) -> Record {
    record(owner, 0, RData::A(rdata::A(ip)))
}

/// A server that sends these datagrams for each query. The first query has the number 0.
pub(super) async fn udp(answers: impl FnMut(usize, &Message) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    serve_udp(UdpSocket::bind(LOCALHOST).await.unwrap(), answers)
}

pub(super) fn serve_udp(
    socket: UdpSocket,
    mut answers: impl FnMut(usize, &Message) -> Vec<Vec<u8>> + Send + 'static,
) -> SocketAddr {
    let here = socket.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let mut buffer = vec![0; 512];
            let (length, client) = socket.recv_from(&mut buffer).await.unwrap();
            for answer in answers(number, &Message::from_vec(&buffer[..length]).unwrap()) {
                socket.send_to(&answer, client).await.unwrap();
            }
        }
    });
    here
}

/// A server that writes these bytes for each query and closes the connection.
pub(super) async fn tcp(answer: impl FnMut(&Message) -> Vec<u8> + Send + 'static) -> SocketAddr {
    serve_tcp(TcpListener::bind(LOCALHOST).await.unwrap(), answer)
}

pub(super) fn serve_tcp(
    listener: TcpListener,
    mut answer: impl FnMut(&Message) -> Vec<u8> + Send + 'static,
) -> SocketAddr {
    let here = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut query = vec![0; stream.read_u16().await.unwrap().into()];
            stream.read_exact(&mut query).await.unwrap();
            stream.write_all(&answer(&Message::from_vec(&query).unwrap())).await.unwrap();
        }
    });
    here
}

/// A message as TCP carries it (RFC 1035, section 4.2.2).
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    [&u16::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

/// A UDP and a TCP server on the same port.
pub(super) async fn same_port() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind(LOCALHOST).await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
}

/// Ports that refuse. No other process gets them while the socket lives.
pub(super) mod closed_ports {
    use std::net::SocketAddr;

    use tokio::net::{TcpSocket, UdpSocket};

    use super::LOCALHOST;

    /// A socket that is connected to itself takes no datagram from other sockets.
    pub(in super::super) async fn udp() -> UdpSocket {
        let socket = UdpSocket::bind(LOCALHOST).await.unwrap();
        socket.connect(socket.local_addr().unwrap()).await.unwrap();
        socket
    }

    /// A socket that does not listen refuses connections.
    pub(in super::super) fn tcp(here: SocketAddr) -> std::io::Result<TcpSocket> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(here)?;
        Ok(socket)
    }
}
