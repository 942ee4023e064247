//! Servers on a Unix socket.

use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::stop::Stop;

/// A running server.
pub struct Unix {
    path: PathBuf,
    stop: Arc<Stop>,
    acceptor: Option<JoinHandle<()>>,
}

/// Listens on a new socket at this path, and runs a script for each connection, each in its own thread. The connection
/// ends with the script.
pub fn unix_replies<R>(path: &Path, script: impl Fn(UnixStream) -> R + Send + Sync + 'static) -> Unix {
    let listener = UnixListener::bind(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let stop = Arc::new(Stop::default());
    let acceptor = thread::spawn({
        let stop = Arc::clone(&stop);
        move || accept(&listener, &stop, &Arc::new(script))
    });
    Unix { path: path.to_owned(), stop, acceptor: Some(acceptor) }
}

impl Drop for Unix {
    fn drop(&mut self) {
        self.stop.raise();
        // Wakes the acceptor.
        UnixStream::connect(&self.path).ok();
        let Some(Err(panic)) = self.acceptor.take().map(JoinHandle::join) else { return };
        if !thread::panicking() {
            resume_unwind(panic);
        }
    }
}

fn accept<R>(listener: &UnixListener, stop: &Stop, script: &Arc<impl Fn(UnixStream) -> R + Send + Sync + 'static>) {
    let mut open = Vec::new();
    let mut scripts = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        if stop.is_raised() {
            break;
        }
        open.push(stream.try_clone().expect("a descriptor is free"));
        let script = Arc::clone(script);
        scripts.push(thread::spawn(move || {
            // The copy above would keep the connection open.
            let end = stream.try_clone().expect("a descriptor is free");
            drop(script(stream));
            end.shutdown(Shutdown::Both).ok();
        }));
    }
    for stream in open {
        stream.shutdown(Shutdown::Both).ok();
    }
    let ends: Vec<_> = scripts.into_iter().map(JoinHandle::join).collect();
    if let Some(panic) = ends.into_iter().find_map(Result::err) {
        resume_unwind(panic);
    }
}
