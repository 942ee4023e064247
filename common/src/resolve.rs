//! The addresses of a host name, from the C library.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use tokio::sync::oneshot;

use crate::{CheckError, Deadline, io_error, text};

/// The reason why there is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// The name does not exist, or has no address. The text is the C library's.
    NoSuchName(String),
    /// Our own side could not find out: name servers do not answer this host, or a limit of it was reached.
    OwnSide(CheckError),
}

/// The stack of a lookup thread, in bytes. The C library's own modules use some kilobytes of it.
const STACK: usize = 512 << 10;

/// The pause before another attempt to start a thread, while other lookups are about to end.
const PAUSE: Duration = Duration::from_millis(10);

/// The number of lookups that have begun, that are running, and that ran at most at a time.
static STARTED: AtomicUsize = AtomicUsize::new(0);
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Looks up the addresses of a host name or address, in the C library's order. Addresses to which this host has no
/// route are left out, unless it has a route to none.
///
/// tokio's own lookup is not used, as it panics if no thread can be started.
///
/// # Errors
/// [`Unresolved`] tells a missing name from a problem of our own side.
pub async fn resolve(host: &str, port: u16, deadline: Deadline) -> Result<Vec<SocketAddr>, Unresolved> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let patience = deadline.remaining();
    if patience.is_zero() {
        return Err(unanswered(host, "no time was left"));
    }
    let found = deadline.bound(look_up(host, port)).await.unwrap_or_else(|_| {
        let reason = format!("the name servers gave no answer within {:.1} s", patience.as_secs_f32());
        Err(unanswered(host, &reason))
    });
    found.map(with_route)
}

async fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, Unresolved> {
    let mut others = None;
    let found = loop {
        let (sender, receiver) = oneshot::channel();
        let (host, running) = (host.to_owned(), Running::start());
        let thread = thread::Builder::new().name("lookup".to_owned()).stack_size(STACK);
        let started = thread.spawn(move || {
            let found = find(&host, port);
            drop(running);
            // The receiver is gone if the deadline has passed.
            let _: Result<(), _> = sender.send(found);
        });
        match started {
            Ok(_) => {
                STARTED.fetch_add(1, Ordering::SeqCst);
                break receiver;
            }
            // A lookup that ends makes room for another thread. Fail only if none has run for a while.
            Err(_) => match others.replace(STARTED.load(Ordering::SeqCst)) {
                before if before == others && RUNNING.load(Ordering::SeqCst) == 0 => {
                    return Err(Unresolved::OwnSide(io_error::no_thread()));
                }
                _ => tokio::time::sleep(PAUSE).await,
            },
        }
    };
    found.await.unwrap_or_else(|_| Err(unanswered(host, "the lookup ended without a result")))
}

/// A running lookup.
struct Running;

impl Running {
    fn start() -> Self {
        MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

fn find(host: &str, port: u16) -> Result<Vec<SocketAddr>, Unresolved> {
    match (host, port).to_socket_addrs() {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => Err(unresolved(host, &error, is_short_of_descriptors())),
    }
}

/// The messages of the C libraries, glibc and musl, for a name that does not exist or has no address. Every other error
/// is a problem of the name servers or of our own side.
const NO_SUCH_NAME: [&str; 4] = [
    "Name or service not known",
    "No address associated with hostname",
    "Name does not resolve",
    "Name has no usable address",
];

fn unresolved(host: &str, error: &io::Error, is_short_of_descriptors: bool) -> Unresolved {
    // Without free descriptors the C library reports that the name does not exist.
    let errno = if is_short_of_descriptors { Some(Errno::EMFILE as i32) } else { error.raw_os_error() };
    if let Some(fault) = errno.and_then(|errno| io_error::own_side(&io::Error::from_raw_os_error(errno))) {
        return Unresolved::OwnSide(fault);
    }
    let words = error.to_string();
    let words = words.strip_prefix("failed to lookup address information: ").unwrap_or(&words);
    if error.kind() == io::ErrorKind::InvalidInput || NO_SUCH_NAME.contains(&words) {
        return Unresolved::NoSuchName(text::quote(&words.to_lowercase()));
    }
    unanswered(host, &text::quote(&words.to_lowercase()))
}

fn unanswered(host: &str, reason: &str) -> Unresolved {
    // A name that a server announced could hold a command.
    let name = text::argument(host, "HOST");
    let remedy = format!("getent ahosts {name} shows it; look at /etc/resolv.conf and its name servers");
    Unresolved::OwnSide(CheckError::local(format!("this host could not look up its name: {reason}"), remedy))
}

/// The pipes that stand for one lookup, which may need four descriptors at a time. Each pipe has two.
const PIPES: usize = 2;

/// Whether lookups may have lacked descriptors: fewer are free than all lookups together could have needed.
fn is_short_of_descriptors() -> bool {
    // Lookups that fail at the same time would count each other's pipes.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let pipes = (0..PIPES * MOST.load(Ordering::SeqCst).max(1)).map(|_| io::pipe());
    pipes.collect::<io::Result<Vec<_>>>().is_err()
}

/// The addresses to which this host has a route, or all of them if there are none.
fn with_route(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (reachable, others): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| !io_error::lacks_route(*address));
    if reachable.is_empty() { others } else { reachable }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    fn deadline() -> Deadline {
        Deadline::after(Duration::from_secs(60))
    }

    #[test]
    fn names_and_addresses_have_addresses() {
        let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, 3306));
        assert_eq!(block_on(resolve("127.0.0.1", 3306, deadline())), Ok(vec![v4]));
        assert_eq!(block_on(resolve("::1", 1, deadline())), Ok(vec!["[::1]:1".parse().unwrap()]));
        assert!(block_on(resolve("localhost", 3306, deadline())).unwrap().contains(&v4));
    }

    #[test]
    fn an_impossible_name_does_not_exist() {
        for name in ["no..such..name", "a\0b"] {
            let found = block_on(resolve(name, 1, deadline()));
            assert!(matches!(found, Err(Unresolved::NoSuchName(_))), "{name:?} {found:?}");
        }
    }

    #[test]
    fn a_lookup_after_the_deadline_is_our_own_side() {
        let found = block_on(resolve("localhost", 1, Deadline::after(Duration::ZERO)));
        assert!(matches!(found, Err(Unresolved::OwnSide(_))), "{found:?}");
    }

    #[test]
    fn the_message_of_the_c_library_decides_the_side() {
        let said = |words: &str| io::Error::other(format!("failed to lookup address information: {words}"));
        for words in NO_SUCH_NAME {
            assert_eq!(unresolved("db1", &said(words), false), Unresolved::NoSuchName(words.to_lowercase()));
            let Unresolved::OwnSide(fault) = unresolved("db1", &said(words), true) else { panic!("{words}") };
            assert_eq!(fault.parts().1, "raise its limit of open files (ulimit -n)");
        }
        for words in ["Temporary failure in name resolution", "Try again", "Memory allocation failure", "anything|else"]
        {
            let Unresolved::OwnSide(fault) = unresolved("db1", &said(words), false) else { panic!("{words}") };
            let shown = words.to_lowercase().replace('|', " ");
            assert_eq!(fault.parts().0, format!("this host could not look up its name: {shown}"));
            assert!(fault.parts().1.starts_with("getent ahosts db1 shows it"), "{fault:?}");
        }
        let system = io::Error::from_raw_os_error(Errno::ENFILE as i32);
        let Unresolved::OwnSide(fault) = unresolved("db1", &system, false) else { panic!("{system}") };
        assert_eq!(fault.parts().0, "this host is out of file descriptors");
    }

    #[test]
    fn the_remedy_never_contains_a_command_from_a_host_name() {
        for host in ["x;reboot", "$(reboot)"] {
            let Unresolved::OwnSide(fault) = unanswered(host, "try again") else { panic!("{host}") };
            assert!(fault.parts().1.starts_with("getent ahosts HOST shows it; "), "{fault:?}");
        }
    }

    /// As on a host without IPv6: an address without a route is left out if another has one.
    #[test]
    fn addresses_without_a_route_are_left_out_beside_others() {
        let (there, nowhere) = (SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), "[fe80::1%4242]:1".parse().unwrap());
        assert_eq!(with_route(vec![nowhere, there]), [there]);
        assert_eq!(with_route(vec![nowhere]), [nowhere]);
    }
}
