//! A proxy before a real server that changes what the server says.
#![allow(clippy::indexing_slicing, reason = "each index is checked just before")]

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread;

/// The change of one connection's answers, all derived from one number.
#[derive(Clone, Copy, Debug)]
pub struct Mutation {
    kind: Kind,
    /// The place in the server's bytes, counted from the first of the connection.
    at: usize,
    /// How many bytes are concerned, from 1.
    length: usize,
    seed: u64,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// One bit in each byte is the other.
    Flip,
    /// The connection ends.
    Cut,
    /// The bytes come twice.
    Repeat,
    /// Bytes by chance come before.
    Insert,
    /// The bytes are all `0xff`: a length, where one is there.
    Inflate,
    /// The bytes are all 0.
    Zero,
}

const KINDS: [Kind; 6] = [Kind::Flip, Kind::Cut, Kind::Repeat, Kind::Insert, Kind::Inflate, Kind::Zero];

/// MariaDB's greeting and the replies to a login are within so many bytes, and all of an answer within the second.
const PLACES: [usize; 2] = [256, 6 << 10];

/// The longest change, in bytes.
const LONGEST: usize = 64;

impl Mutation {
    /// The change by this number; the same one each time. Half of the changes are in the login.
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let mut below = |limit: usize| usize::try_from(chance.next()).unwrap_or_default() % limit;
        let kind = KINDS[below(KINDS.len())];
        let places = PLACES[below(PLACES.len())];
        Self { kind, at: below(places), length: 1 + below(LONGEST), seed }
    }

    /// Changes a piece of the answer that begins at `start`; false when the connection ends there.
    fn apply(&self, start: usize, piece: &mut Vec<u8>) -> bool {
        let Some(from) = self.at.checked_sub(start).filter(|from| *from < piece.len()) else { return true };
        let to = (from + self.length).min(piece.len());
        let mut chance = Chance(self.seed);
        match self.kind {
            Kind::Flip => piece[from..to].iter_mut().for_each(|byte| *byte ^= 1 << (chance.next() % 8)),
            Kind::Cut => piece.truncate(from),
            Kind::Repeat => drop(piece.splice(from..from, piece[from..to].to_vec()).collect::<Vec<_>>()),
            Kind::Insert => {
                let foreign: Vec<_> = (0..self.length).map(|_| chance.next().to_le_bytes()[0]).collect();
                drop(piece.splice(from..from, foreign).collect::<Vec<_>>());
            }
            Kind::Inflate => piece[from..to].fill(0xff),
            Kind::Zero => piece[from..to].fill(0),
        }
        !matches!(self.kind, Kind::Cut)
    }
}

/// A source of numbers that look like chance (xorshift, Marsaglia 2003).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        // 0 would stay 0.
        self.0 = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1) | 1;
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 16
    }
}

/// A proxy on a free port of 127.0.0.1. Every connection goes to a server's Unix socket.
pub struct Proxy {
    address: SocketAddr,
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

impl Proxy {
    /// Begins to listen; a server that ends takes its connections along, and the process its threads.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(server: PathBuf, mutation: Mutation) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            // A check logs in a few times at most.
            for client in listener.incoming().take(16).flatten() {
                let server = server.clone();
                thread::spawn(move || drop(carry(&client, &server, mutation)));
            }
        });
        Ok(Self { address })
    }
}

/// Carries one connection to its end.
fn carry(client: &TcpStream, server: &PathBuf, mutation: Mutation) -> io::Result<()> {
    let server = UnixStream::connect(server)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        drop(io::copy(&mut from_client, &mut to_server));
        drop(to_server.shutdown(Shutdown::Both));
    });
    drop(answer(&server, client, mutation));
    client.shutdown(Shutdown::Both)?;
    server.shutdown(Shutdown::Both)
}

fn answer(mut server: &UnixStream, mut client: &TcpStream, mutation: Mutation) -> io::Result<()> {
    let (mut buffer, mut start) = ([0; 4096], 0);
    loop {
        let read = server.read(&mut buffer)?;
        let mut piece = buffer[..read].to_vec();
        let goes_on = mutation.apply(start, &mut piece);
        client.write_all(&piece)?;
        start += read;
        if read == 0 || !goes_on {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(kind: Kind, at: usize, length: usize) -> (Vec<u8>, bool) {
        let mut piece = vec![1, 2, 3, 4];
        let goes_on = Mutation { kind, at, length, seed: 7 }.apply(100, &mut piece);
        (piece, goes_on)
    }

    #[test]
    fn each_kind_changes_the_bytes_at_its_place() {
        for (kind, is) in [
            (Kind::Repeat, vec![1, 2, 3, 2, 3, 4]),
            (Kind::Inflate, vec![1, 255, 255, 4]),
            (Kind::Zero, vec![1, 0, 0, 4]),
        ] {
            assert_eq!(changed(kind, 101, 2), (is, true), "{kind:?}");
        }
        assert_eq!(changed(Kind::Cut, 101, 2), (vec![1], false));
        let (flipped, _) = changed(Kind::Flip, 101, 2);
        assert_eq!((flipped[0], flipped[3]), (1, 4));
        assert!((flipped[1] ^ 2).is_power_of_two() && (flipped[2] ^ 3).is_power_of_two(), "{flipped:?}");
        let (more, _) = changed(Kind::Insert, 101, 2);
        assert_eq!((more.len(), more[0], &more[3..]), (6, 1, &[2, 3, 4][..]));
    }

    #[test]
    fn the_rest_is_left_alone() {
        for at in [99, 104] {
            assert_eq!(changed(Kind::Cut, at, 2), (vec![1, 2, 3, 4], true), "{at}");
        }
        assert_eq!(changed(Kind::Zero, 103, 60), (vec![1, 2, 3, 0], true));
    }

    #[test]
    fn the_numbers_reach_every_kind_and_both_places() {
        let all: Vec<_> = (0..200).map(Mutation::new).collect();
        for kind in KINDS {
            let of_kind = all.iter().filter(|mutation| format!("{:?}", mutation.kind) == format!("{kind:?}"));
            assert!(of_kind.count() > 10, "{kind:?}");
        }
        assert!(all.iter().filter(|mutation| mutation.at < PLACES[0]).count() > 60);
        assert!(all.iter().filter(|mutation| mutation.at > PLACES[0]).count() > 60);
    }
}
