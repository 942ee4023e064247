//! Reads `resolv.conf` as glibc does.

mod options;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use super::Server;
use crate::{CheckError, file};

/// glibc never asks a fourth server (MAXNS in resolv.h).
const MAX_SERVERS: usize = 3;

/// The server that glibc asks when none is named.
const DEFAULT_SERVER: &str = "127.0.0.1";

/// A `resolv.conf` as glibc reads it (2.36, measured).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// The servers that glibc asks, in its order. A server that is named twice is listed once.
    pub servers: Vec<Server>,
    /// The lines that name a server but add none to `servers`.
    pub unused: Vec<UnusedLine>,
    /// `options rotate`: each lookup starts at a random server.
    pub rotate: bool,
    /// `options timeout:N`, 1 to 30 s, default 5: the wait for the first server that is asked.
    pub timeout: Duration,
    /// `options attempts:N`, 0 to 5, default 2: the number of rounds through the servers. With 0 glibc asks no server.
    pub attempts: u32,
}

/// A line that names a server but does not add one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedLine {
    /// The reason.
    pub kind: UnusedReason,
    /// The sentence: `line 4: nameserver "10.0.0.14" is past the third; glibc asks three`.
    pub words: String,
}

/// The reason why a line adds no server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnusedReason {
    /// Earlier lines have used up the three servers that glibc asks.
    PastThird,
    /// An earlier line names the same server. The line still counts as one of the three.
    Twice,
    /// The line names an interface that this host does not have. glibc counts the server, but cannot ask it.
    NoInterface,
    /// The line is indented, ends with CR LF, or has no address. glibc skips it without a message.
    Skipped,
}

impl UnusedReason {
    /// The remedy for such a line.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::PastThird => "remove it, or one before it",
            Self::Twice => "name another server instead",
            Self::NoInterface => "ip link shows the interfaces",
            Self::Skipped => "write \"nameserver ADDRESS\", from the start of the line and with Unix line ends",
        }
    }
}

impl ResolvConf {
    /// Reads the file at `path`. Its servers get `port`. `otherwise` is the remedy when the file cannot be read.
    ///
    /// # Errors
    /// The file cannot be read, or all its servers are at interfaces that this host does not have.
    pub fn read(path: &Path, port: u16, otherwise: &str) -> Result<Self, CheckError> {
        let bytes = file::read(path, otherwise)?;
        Self::parse(&String::from_utf8_lossy(&bytes), port)
            .map_err(|error| CheckError::local(format!("{}: {error}", path.display()), "ip link shows the interfaces"))
    }

    /// Returns `self` if glibc skips no line of the file at `path` that should name a server.
    ///
    /// # Errors
    /// The first line that glibc skips.
    pub fn unskipped(self, path: &Path) -> Result<Self, CheckError> {
        match self.unused.iter().find(|line| line.kind == UnusedReason::Skipped) {
            Some(line) => Err(CheckError::local(format!("{}: {}", path.display(), line.words), line.kind.remedy())),
            None => Ok(self),
        }
    }

    fn parse(text: &str, port: u16) -> Result<Self, String> {
        let (servers, unused) = (Vec::new(), Vec::new());
        let mut conf = Self { servers, unused, rotate: false, timeout: Duration::from_secs(5), attempts: 2 };
        for (number, line) in (1..).zip(text.split('\n')) {
            if let Some(value) = name_server(line.trim_start()) {
                conf.add(number, line, value, port);
            } else if let Some(options) = line.strip_prefix("options").filter(|rest| rest.starts_with([' ', '\t'])) {
                conf.set(options);
            }
        }
        if let (true, Some(line)) =
            (conf.servers.is_empty(), conf.unused.iter().find(|line| line.kind == UnusedReason::NoInterface))
        {
            return Err(line.words.clone());
        }
        if conf.servers.is_empty() {
            conf.servers.push(Server::at(DEFAULT_SERVER, port)?);
        }
        Ok(conf)
    }

    fn add(&mut self, number: usize, line: &str, value: &str, port: u16) {
        let (kind, words) = if self.used() == MAX_SERVERS {
            (UnusedReason::PastThird, format!(": nameserver {value:?} is past the third; glibc asks three"))
        } else if line.starts_with(char::is_whitespace) {
            (UnusedReason::Skipped, " is indented, so that glibc skips it".to_owned())
        } else if let Some(host) = address(value) {
            match Server::at(&host, port) {
                Ok(server) if self.servers.iter().all(|known| known.address != server.address) => {
                    self.servers.push(server);
                    return;
                }
                Ok(_) => (
                    UnusedReason::Twice,
                    format!(": nameserver {value:?} is named twice and uses up one of three servers"),
                ),
                Err(error) => (UnusedReason::NoInterface, format!(": nameserver {value:?}: {error}")),
            }
        } else {
            (UnusedReason::Skipped, format!(": {value:?} is no address, so that glibc skips it"))
        };
        self.unused.push(UnusedLine { kind, words: format!("line {number}{words}") });
    }

    /// The number of servers, out of three, that are used up.
    fn used(&self) -> usize {
        let counts = |line: &&UnusedLine| matches!(line.kind, UnusedReason::Twice | UnusedReason::NoInterface);
        self.servers.len() + self.unused.iter().filter(counts).count()
    }
}

/// The first word after the keyword `nameserver`.
fn name_server(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("nameserver")?;
    if !rest.starts_with([' ', '\t', '\r']) && !rest.is_empty() {
        return None;
    }
    rest.trim_start_matches([' ', '\t']).split([' ', '\t']).next()
}

/// The normal form of an address; `None` if glibc reads no address.
fn address(text: &str) -> Option<String> {
    if let Some(ip) = inet_aton(text) {
        return Some(ip.to_string());
    }
    let (address, scope) = text.split_once('%').unwrap_or((text, ""));
    let is_address = address.parse::<Ipv6Addr>().is_ok() && !scope.contains('\r');
    let host = if scope.is_empty() { address } else { text };
    is_address.then(|| host.to_owned())
}

/// Reads an IPv4 address of one to four decimal, octal or hexadecimal numbers. The last number fills the remaining
/// bytes: inet(3).
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let numbers = text.split('.').map(number).collect::<Option<Vec<u32>>>()?;
    let (last, bytes) = numbers.split_last()?;
    let rest = u32::try_from(bytes.len()).ok().filter(|bytes| *bytes < 4)?;
    let fits = *last <= u32::MAX >> (8 * rest);
    let mut bits = fits.then_some(*last)?;
    for (byte, shift) in bytes.iter().zip([24, 16, 8]) {
        bits |= u32::from(u8::try_from(*byte).ok()?) << shift;
    }
    Some(bits.into())
}

/// Reads a number in C notation.
fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix('0') {
        None | Some("") => (text, 10),
        Some(rest) => match rest.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => (hexadecimal, 16),
            None => (rest, 8),
        },
    };
    u32::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'))
}

#[cfg(test)]
mod tests;
