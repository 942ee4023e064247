//! Servers that accept TCP connections, and mostly misbehave.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::count::Count;
use super::stop::Stop;

/// A running server.
pub struct Tcp {
    addr: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// The state that the threads of a server share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) stop: Stop,
    accepted: Count,
    open: Mutex<HashMap<usize, TcpStream>>,
}

/// Accepts connections and never sends a byte.
pub fn silent() -> Tcp {
    replies(|stream| drain(&stream))
}

/// Sends one byte per interval, then stays silent.
pub fn drip(bytes: impl Into<Vec<u8>>, every: Duration) -> Tcp {
    let bytes = bytes.into();
    start(listen(), move |mut stream, shared| {
        for byte in &bytes {
            if stream.write_all(&[*byte]).is_err() || shared.stop.within(every) {
                return;
            }
        }
        drain(&stream).ok();
    })
}

/// Closes each connection as soon as it is accepted. A client that wrote first may see a reset.
pub fn closes_at_once() -> Tcp {
    replies(drop)
}

/// Sends a prefix, and then up to `filler` times the letter `x` while the client reads.
pub fn flood(prefix: impl Into<Vec<u8>>, filler: u64) -> Tcp {
    let prefix = prefix.into();
    replies(move |mut stream| {
        stream.write_all(&prefix)?;
        io::copy(&mut io::repeat(b'x').take(filler), &mut stream)?;
        finish(&stream)
    })
}

/// Sends 4 KiB of bytes that no protocol accepts, the same in every run, and closes.
pub fn garbage() -> Tcp {
    let bytes = noise(4096);
    replies(move |mut stream| {
        stream.write_all(&bytes)?;
        finish(&stream)
    })
}

/// Runs a script for each connection, each in its own thread. The connection ends with the script.
///
/// The script may return anything. An [`io::Result`] allows `?`; its error, a client that went away, is ignored. A
/// script that blocks outside its stream delays the drop of the handle.
pub fn replies<R>(script: impl Fn(TcpStream) -> R + Send + Sync + 'static) -> Tcp {
    start(listen(), move |stream, _| drop(script(stream)))
}

impl Tcp {
    /// The address of the server.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The number of connections that were accepted so far.
    pub fn accepted(&self) -> usize {
        self.shared.accepted.get()
    }

    /// Waits until `connections` were accepted. The client is then waiting for an answer.
    pub fn await_accepted(&self, connections: usize) {
        self.shared.accepted.wait_for(connections);
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        self.shared.stop.raise();
        // Wakes the acceptor.
        TcpStream::connect(self.addr).ok();
        let Some(Err(panic)) = self.acceptor.take().map(JoinHandle::join) else { return };
        if !thread::panicking() {
            resume_unwind(panic);
        }
    }
}

pub(super) fn start(listener: TcpListener, script: impl Fn(TcpStream, &Shared) + Send + Sync + 'static) -> Tcp {
    let addr = listener.local_addr().expect("a listener has an address");
    let shared = Arc::new(Shared::default());
    let acceptor = thread::spawn({
        let shared = Arc::clone(&shared);
        move || accept(&listener, &shared, &Arc::new(script))
    });
    Tcp { addr, shared, acceptor: Some(acceptor) }
}

/// Ends the answer and waits for the client to leave. Closing with unread input would reset the connection, and the
/// client could lose data that was sent.
pub(super) fn finish(stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    drain(stream)
}

fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port")
}

fn accept<S>(listener: &TcpListener, shared: &Arc<Shared>, script: &Arc<S>)
where
    S: Fn(TcpStream, &Shared) + Send + Sync + 'static,
{
    let mut scripts = Vec::new();
    for id in 0.. {
        let accepted = listener.accept();
        if shared.stop.is_raised() {
            break;
        }
        let Ok((stream, _)) = accepted else {
            // Possibly no descriptor is free.
            shared.stop.within(Duration::from_millis(10));
            continue;
        };
        shared.register(id, &stream);
        let (shared, script) = (Arc::clone(shared), Arc::clone(script));
        scripts.push(thread::spawn(move || {
            let _registered = Registered { shared: &shared, id };
            script(stream, &shared);
        }));
    }
    shared.disconnect_all();
    let ends: Vec<_> = scripts.into_iter().map(JoinHandle::join).collect();
    if let Some(panic) = ends.into_iter().find_map(Result::err) {
        resume_unwind(panic);
    }
}

impl Shared {
    fn register(&self, id: usize, stream: &TcpStream) {
        stream.set_nodelay(true).ok();
        let copy = stream.try_clone().expect("a descriptor is free");
        self.open.lock().expect("no holder panics").insert(id, copy);
        self.accepted.add_one();
    }

    fn disconnect_all(&self) {
        for stream in self.open.lock().expect("no holder panics").values() {
            stream.shutdown(Shutdown::Both).ok();
        }
    }
}

/// Removes a stream when its script is over, as the copy would keep the connection open.
struct Registered<'a> {
    shared: &'a Shared,
    id: usize,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.shared.open.lock().expect("no holder panics").remove(&self.id);
    }
}

fn drain(mut stream: &TcpStream) -> io::Result<()> {
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

/// Bytes of a xorshift generator with a fixed seed.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    };
    std::iter::repeat_with(next).flatten().take(bytes).collect()
}
