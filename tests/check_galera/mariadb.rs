//! A MariaDB server that says what a test wants, in the classic protocol.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use test_support::server::{self, Tcp};

/// What the server does once it is asked something after the login.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    /// It answers as a healthy node.
    Answer,
    /// It says nothing more.
    Hang,
    /// It answers SHOW with this error.
    Fail(u16, &'static str),
    /// It sends rows without end, with values of this length or NULL.
    Endless(Option<usize>),
}

/// A running server, and what it was told.
pub(crate) struct MariaDb {
    pub(crate) server: Tcp,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    login: Vec<u8>,
    statements: Vec<String>,
    goodbyes: usize,
}

impl MariaDb {
    pub(crate) fn start(then: Then) -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let shared = Arc::clone(&heard);
        let server = server::replies(move |mut stream| serve(&mut stream, then, &shared));
        Self { server, heard }
    }

    pub(crate) fn address(&self) -> String {
        self.server.addr().to_string()
    }

    /// Every statement, in order.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.heard.lock().unwrap().statements.clone()
    }

    /// How many clients said goodbye.
    pub(crate) fn goodbyes(&self) -> usize {
        self.heard.lock().unwrap().goodbyes
    }

    /// The client's answer to the greeting: account and scrambled password. The challenge never changes, so
    /// equal passwords give equal answers.
    pub(crate) fn login(&self) -> Vec<u8> {
        self.heard.lock().unwrap().login.clone()
    }
}

/// A server that sends this error instead of a greeting, as for too many connections.
pub(crate) fn refuses(code: u16, message: &'static str) -> Tcp {
    server::replies(move |mut stream| send(&mut stream, 0, &error(code, message)))
}

/// A server that greets and then refuses the login with this error.
pub(crate) fn denies(code: u16, message: &'static str) -> Tcp {
    server::replies(move |mut stream| -> io::Result<()> {
        send(&mut stream, 0, &greeting())?;
        receive(&mut stream)?;
        send(&mut stream, 2, &error(code, message))
    })
}

fn serve(stream: &mut TcpStream, then: Then, heard: &Mutex<Heard>) -> io::Result<()> {
    send(stream, 0, &greeting())?;
    heard.lock().unwrap().login = receive(stream)?;
    send(stream, 2, &OK)?;
    loop {
        let packet = receive(stream)?;
        let Some((3, statement)) = packet.split_first().map(|(command, rest)| (*command, rest)) else {
            heard.lock().unwrap().goodbyes += usize::from(packet.first() == Some(&1));
            return Ok(());
        };
        let statement = String::from_utf8_lossy(statement).into_owned();
        heard.lock().unwrap().statements.push(statement.clone());
        match (statement.starts_with("SET"), then) {
            (true, _) => send(stream, 1, &OK)?,
            (false, Then::Answer) => answer(stream)?,
            (false, Then::Hang) => {}
            (false, Then::Fail(code, message)) => send(stream, 1, &error(code, message))?,
            (false, Then::Endless(length)) => endless(stream, length)?,
        }
    }
}

const OK: [u8; 7] = [0, 0, 0, 2, 0, 0, 0];

fn greeting() -> Vec<u8> {
    // PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, MULTI_STATEMENTS, MULTI_RESULTS, TRANSACTIONS, LONG_PASSWORD
    let capabilities: u32 = 0x200 | 0x8000 | 0x8_0000 | 0x1_0000 | 0x2_0000 | 0x2000 | 1;
    let [low, high] =
        [capabilities & 0xffff, capabilities >> 16].map(|half| u16::try_from(half).unwrap().to_le_bytes());
    let mut packet = vec![10];
    packet.extend(b"5.5.5-10.11.6-MariaDB\0\x01\0\0\0abcdefgh\0");
    packet.extend(low);
    packet.extend([45, 2, 0]);
    packet.extend(high);
    packet.push(21);
    packet.extend([0; 10]);
    packet.extend(b"ijklmnopqrst\0mysql_native_password\0");
    packet
}

fn error(code: u16, message: &str) -> Vec<u8> {
    let mut packet = vec![0xff];
    packet.extend(code.to_le_bytes());
    packet.extend(b"#HY000");
    packet.extend(message.as_bytes());
    packet
}

/// Both result sets of a healthy node, the first announcing the second.
fn answer(stream: &mut TcpStream) -> io::Result<()> {
    let status = [
        ("wsrep_cluster_size", "3"),
        ("wsrep_cluster_state_uuid", "3e44cb65-e64c-11f1-9af2-2ad78b91430d"),
        ("wsrep_cluster_status", "Primary"),
        ("wsrep_local_state", "4"),
        ("wsrep_local_state_comment", "Synced"),
        ("wsrep_ready", "ON"),
    ];
    let variables = [("wsrep_on", "ON"), ("wsrep_node_name", "node1"), ("wsrep_provider", "libgalera_smm.so")];
    let sequence = result_set(stream, 1, &status, 0x000a)?;
    result_set(stream, sequence, &variables, 2)?;
    Ok(())
}

fn result_set(stream: &mut TcpStream, first: u8, rows: &[(&str, &str)], status: u16) -> io::Result<u8> {
    let mut sequence = first;
    let mut next = |stream: &mut TcpStream, packet: &[u8]| {
        send(stream, sequence, packet)?;
        sequence = sequence.wrapping_add(1);
        io::Result::Ok(())
    };
    next(stream, &[2])?;
    for name in ["Variable_name", "Value"] {
        next(stream, &column(name))?;
    }
    next(stream, &[0xfe, 0, 0, 2, 0])?;
    for (name, value) in rows {
        next(stream, &[string(name), string(value)].concat())?;
    }
    let [low, high] = status.to_le_bytes();
    next(stream, &[0xfe, 0, 0, low, high])?;
    Ok(sequence)
}

fn endless(stream: &mut TcpStream, length: Option<usize>) -> io::Result<()> {
    let mut sequence = 1_u8;
    let value = length.map_or(vec![0xfb], |length| {
        let [a, b, c, ..] = length.to_le_bytes();
        [vec![0xfd, a, b, c], vec![b'x'; length]].concat()
    });
    let row = [string("wsrep_ready"), value].concat();
    for packet in [vec![2], column("Variable_name"), column("Value"), vec![0xfe, 0, 0, 2, 0]] {
        send(stream, sequence, &packet)?;
        sequence += 1;
    }
    loop {
        send(stream, sequence, &row)?;
        sequence = sequence.wrapping_add(1);
    }
}

fn column(name: &str) -> Vec<u8> {
    let mut packet = [string("def"), string(""), string(""), string(""), string(name), string(name)].concat();
    packet.extend([0x0c, 45, 0, 0, 4, 0, 0, 0xfd, 0, 0, 0, 0, 0]);
    packet
}

/// A string of less than 251 bytes with its length.
fn string(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

fn send(stream: &mut TcpStream, sequence: u8, payload: &[u8]) -> io::Result<()> {
    let [a, b, c, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    stream.write_all(&[&[a, b, c, sequence], payload].concat())
}

fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let [a, b, c, _] = header;
    let mut payload = vec![0; u32::from_le_bytes([a, b, c, 0]) as usize];
    stream.read_exact(&mut payload)?;
    Ok(payload)
}
