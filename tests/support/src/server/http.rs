//! HTTP servers with scripted answers.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::tcp::{Tcp, finish, replies};

/// One answer. `Content-Length` is added unless the header has one, which may be wrong. `Connection: close` is added
/// unless the header has `Connection`.
#[derive(Debug, Clone)]
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
    /// The bytes after the header.
    pub body: Vec<u8>,
}

impl HttpReply {
    /// An answer without further header fields.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// The same answer with one more header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes the answer to a connection.
    ///
    /// # Errors
    ///
    /// The client went away.
    pub fn write_to(&self, stream: &mut impl Write) -> io::Result<()> {
        let has = |field: &str| self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(field));
        write!(stream, "HTTP/1.1 {} Scripted\r\n", self.status)?;
        if !has("connection") {
            stream.write_all(b"Connection: close\r\n")?;
        }
        for (name, value) in &self.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        if !has("content-length") {
            write!(stream, "Content-Length: {}\r\n", self.body.len())?;
        }
        stream.write_all(b"\r\n")?;
        stream.write_all(&self.body)
    }
}

/// Gives the same answer to every request.
pub fn http(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Tcp {
    let plain = HttpReply::new(status, body);
    let reply = headers.iter().fold(plain, |reply, (name, value)| reply.header(name, value));
    http_by_path(move |_| reply.clone())
}

/// Answers by the target of the request: its path, and its query if it has one. One request per connection.
pub fn http_by_path(reply: impl Fn(&str) -> HttpReply + Send + Sync + 'static) -> Tcp {
    replies(move |mut stream: TcpStream| {
        let head = read_http_request(&mut stream)?;
        let target = head.split(' ').nth(1).unwrap_or_default();
        reply(target).write_to(&mut stream)?;
        finish(&stream)
    })
}

/// Reads the head of a request, up to and including the empty line: the request line and the header fields. A body may
/// be lost.
///
/// # Errors
///
/// The client went away before the empty line.
pub fn read_http_request(stream: &mut impl Read) -> io::Result<String> {
    let mut head = String::new();
    let mut lines = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}
