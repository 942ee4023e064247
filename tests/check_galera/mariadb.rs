//! A MariaDB server that says what a test wants, in the classic protocol.
//!
//! It hears the statements that a check may make and no others: anything else fails the test when the server is
//! dropped.

mod answer;
mod wire;

use std::io;
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use rustls::ServerConfig;
use test_support::server::{self, Tcp};
use test_support::tls;

pub(crate) use answer::Answer;
use wire::wants_tls;
pub(crate) use wire::{
    OK, OK_AND_MORE, Wire, column, columns, endless, error, greeting, receive, result_set, send, string,
};

/// What the server does once it is asked something after the login.
#[derive(Clone)]
pub(crate) enum Then {
    /// It answers with these rows.
    Say(Answer),
    /// It says nothing more.
    Hang,
    /// It closes the connection.
    Close,
    /// It answers with this error.
    Fail(u16, &'static str),
    /// It sends rows without end, with values of this length or NULL.
    Endless(Option<usize>),
    /// It does as it likes, and then listens on.
    Write(fn(&mut dyn Wire) -> io::Result<()>),
}

impl Then {
    pub(crate) fn healthy() -> Self {
        Self::Say(Answer::healthy())
    }

    fn run(&self, wire: &mut dyn Wire) -> io::Result<()> {
        match self {
            Self::Say(answer) => {
                let sequence = result_set(wire, 1, &answer.status, true)?;
                result_set(wire, sequence, &answer.variables, false).map(drop)
            }
            Self::Hang => Ok(()),
            Self::Close => Err(io::ErrorKind::ConnectionAborted.into()),
            Self::Fail(code, message) => send(wire, 1, &error(*code, message)),
            Self::Endless(length) => endless(wire, 1, *length),
            Self::Write(write) => write(wire),
        }
    }
}

/// A server before its start.
#[derive(Clone)]
pub(crate) struct Script {
    /// One for each SHOW; the last for all that follow.
    shows: Vec<Then>,
    /// None to agree.
    set: Option<Then>,
    tls: Option<Arc<ServerConfig>>,
    /// One for each login; the last for all that follow. None to let everybody in.
    logins: Vec<Then>,
}

impl Script {
    pub(crate) fn new(shows: impl Into<Vec<Then>>) -> Self {
        Self { shows: shows.into(), set: None, tls: None, logins: Vec::new() }
    }

    /// What becomes of the SET.
    pub(crate) fn set(self, then: Then) -> Self {
        Self { set: Some(then), ..self }
    }

    /// What becomes of the login.
    pub(crate) fn login(self, then: Then) -> Self {
        self.logins([then])
    }

    /// What becomes of each login.
    pub(crate) fn logins(self, logins: impl Into<Vec<Then>>) -> Self {
        Self { logins: logins.into(), ..self }
    }

    /// Offers TLS.
    pub(crate) fn tls(self, config: Arc<ServerConfig>) -> Self {
        Self { tls: Some(config), ..self }
    }

    pub(crate) fn start(self) -> MariaDb {
        let heard = Arc::new(Ear::default());
        let shared = Arc::clone(&heard);
        let server = server::replies(move |stream| {
            let end = self.greet(stream, &shared);
            shared.note(|heard| heard.ended += 1);
            end
        });
        MariaDb { server, heard }
    }

    fn greet(&self, mut stream: TcpStream, ear: &Ear) -> io::Result<()> {
        send(&mut stream, 0, &greeting(self.tls.is_some()))?;
        let (sequence, login) = receive(&mut stream)?;
        let Some(config) = self.tls.as_ref().filter(|_| wants_tls(&login)) else {
            ear.note(|heard| heard.plain_logins += 1);
            return self.let_in(&mut stream, sequence, login, ear);
        };
        let mut stream = tls::encrypt(stream, config)?;
        let (sequence, login) = receive(&mut stream)?;
        let end = self.let_in(&mut stream, sequence, login, ear);
        stream.conn.send_close_notify();
        end
    }

    fn let_in(&self, wire: &mut dyn Wire, sequence: u8, login: Vec<u8>, ear: &Ear) -> io::Result<()> {
        let mut number = 0;
        ear.note(|heard| {
            heard.login = login;
            number = heard.logins;
            heard.logins += 1;
        });
        match self.logins.get(number).or(self.logins.last()) {
            None => send(wire, sequence, &OK)?,
            Some(Then::Fail(code, message)) => return send(wire, sequence, &error(*code, message)),
            Some(then) => then.run(wire)?,
        }
        let mut shows = 0;
        loop {
            let packet = receive(wire)?.1;
            let Some((3, statement)) = packet.split_first().map(|(command, rest)| (*command, rest)) else {
                ear.note(|heard| heard.goodbyes += usize::from(packet == [1]));
                return Ok(());
            };
            let statement = String::from_utf8_lossy(statement).into_owned();
            let is_set = statement == "SET SESSION wsrep_sync_wait=0";
            let is_show = statement.split(';').all(|part| part.starts_with("SHOW GLOBAL "));
            assert!(is_set || is_show, "a check may not say {statement:?}");
            ear.note(|heard| heard.statements.push(statement));
            match &self.set {
                Some(then) if is_set => then.run(wire)?,
                None if is_set => send(wire, 1, &OK)?,
                _ => {
                    self.shows[shows.min(self.shows.len() - 1)].run(wire)?;
                    shows += 1;
                }
            }
        }
    }
}

/// Separated by commas.
pub(crate) fn addresses(nodes: &[MariaDb]) -> String {
    nodes.iter().map(MariaDb::address).collect::<Vec<_>>().join(",")
}

/// A running server, and what it was told.
pub(crate) struct MariaDb {
    pub(crate) server: Tcp,
    heard: Arc<Ear>,
}

/// What a server was told, and who waits to know.
#[derive(Default)]
struct Ear {
    heard: Mutex<Heard>,
    changed: Condvar,
}

impl Ear {
    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap()
    }

    fn note(&self, change: impl FnOnce(&mut Heard)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

#[derive(Default)]
struct Heard {
    ended: usize,
    login: Vec<u8>,
    logins: usize,
    plain_logins: usize,
    statements: Vec<String>,
    goodbyes: usize,
}

impl MariaDb {
    /// Does the same whenever it is asked.
    pub(crate) fn start(then: Then) -> Self {
        Script::new([then]).start()
    }

    pub(crate) fn saying(answer: Answer) -> Self {
        Self::start(Then::Say(answer))
    }

    pub(crate) fn healthy() -> Self {
        Self::start(Then::healthy())
    }

    pub(crate) fn address(&self) -> String {
        self.server.addr().to_string()
    }

    pub(crate) fn port(&self) -> String {
        self.server.addr().port().to_string()
    }

    /// Every statement, in order.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.heard.lock().statements.clone()
    }

    /// How many clients said goodbye, now that all are gone.
    pub(crate) fn goodbyes(&self) -> usize {
        let remain = |heard: &mut Heard| heard.ended < self.server.accepted();
        let waited = self.heard.changed.wait_timeout_while(self.heard.lock(), Duration::from_secs(20), remain).unwrap();
        assert!(!waited.1.timed_out(), "a client stays");
        waited.0.goodbyes
    }

    /// How many clients logged in without TLS.
    pub(crate) fn plain_logins(&self) -> usize {
        self.heard.lock().plain_logins
    }

    /// The client's answer to the greeting: account and scrambled password. The challenge never changes, so
    /// equal passwords give equal answers.
    pub(crate) fn login(&self) -> Vec<u8> {
        self.heard.lock().login.clone()
    }
}

/// A server that sends this error instead of a greeting, as for too many connections; MariaDB without the SQLSTATE.
pub(crate) fn refuses(code: u16, message: &'static str) -> Tcp {
    let packet = [&[0xff][..], &code.to_le_bytes(), message.as_bytes()].concat();
    server::replies(move |mut stream| send(&mut stream, 0, &packet))
}

/// A server that greets and then refuses the login with this error.
pub(crate) fn denies(code: u16, message: &'static str) -> MariaDb {
    Script::new([Then::Hang]).login(Then::Fail(code, message)).start()
}
