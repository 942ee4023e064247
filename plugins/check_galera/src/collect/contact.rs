//! A contact: one node that was asked, and its connection.

use std::time::{Duration, Instant};

use common::{Deadline, contain};
use mysql_async::Conn;

use super::endpoint::{Endpoint, LOGIN_LIMIT};
use super::login::Account;
use super::read;
use crate::snapshot::facts::Facts;
use crate::snapshot::{Answer, Asked, Outcome, Sample};

/// A node that was asked, and the connection while it is still of use.
pub(super) struct Contact {
    pub(super) asked: Asked,
    connection: Option<Conn>,
}

impl Contact {
    /// A node that was not reached.
    pub(super) fn without_connection(asked: Asked) -> Self {
        Self { asked, connection: None }
    }

    /// Logs in and reads the variables: two round trips after the login.
    pub(super) async fn ask(endpoint: Endpoint, address: String, account: &Account, deadline: Deadline) -> Self {
        let at = endpoint.address();
        let start = Instant::now();
        let limit = LOGIN_LIMIT.min(deadline.remaining() / 2);
        let (mut connection, by_extra_port) = match account.log_in(&endpoint, deadline.within(limit), limit).await {
            Ok(connected) => connected,
            Err(outcome) => return Self::without_connection(Asked { address, at, outcome }),
        };
        let login = start.elapsed();
        // A node that hangs leaves time for the members that are discovered, and for a second look at the others.
        let limit = deadline.remaining() / 2;
        let (outcome, is_usable) = match read::read(&mut connection, deadline.within(limit)).await {
            Ok(facts) => {
                let answer = Answer { facts, sample: None, login, time: start.elapsed(), by_extra_port };
                (Outcome::Answered(Box::new(answer)), true)
            }
            Err(failed) => (failed.outcome, failed.in_order),
        };
        // Without the goodbye the server counts an aborted client; with rows left unread it would wait for their end.
        let connection = if is_usable { Some(connection) } else { abandon(connection) };
        Self { asked: Asked { address, at, outcome }, connection }
    }

    /// Waits, then reads the variables once more: rates are measured over this time.
    pub(super) async fn sample(self, pause: Duration, deadline: Deadline) -> Self {
        let start = Instant::now();
        if deadline.bound(tokio::time::sleep(pause)).await.is_err() {
            return self;
        }
        let sampled = |before: &Answer| Some(Sample { facts: before.facts.clone(), length: start.elapsed() });
        self.ask_again(sampled, deadline).await
    }

    /// Reads the variables once more; a sample goes on.
    pub(super) async fn recheck(self, pause: Duration, deadline: Deadline) -> Self {
        let longer = |sample: &Sample| Sample { length: sample.length + pause, ..sample.clone() };
        self.ask_again(|before| before.sample.as_ref().map(longer), deadline).await
    }

    /// A node that does not answer any more has failed since its first answer, unless our own time is over.
    async fn ask_again(mut self, sample: impl Fn(&Answer) -> Option<Sample>, deadline: Deadline) -> Self {
        let (Outcome::Answered(before), Some(connection)) = (&self.asked.outcome, &mut self.connection) else {
            return self;
        };
        let limit = deadline.remaining() / 2;
        match read::again(connection, deadline.within(limit)).await {
            Ok(facts) => {
                let answer = Self::later(before, facts, sample(before));
                self.asked.outcome = Outcome::Answered(Box::new(answer));
            }
            Err(failed) => {
                self.connection = self.connection.take().and_then(abandon);
                if !deadline.remaining().is_zero() {
                    self.asked.outcome = failed.outcome;
                }
            }
        }
        self
    }

    fn later(before: &Answer, facts: Facts, sample: Option<Sample>) -> Answer {
        Answer { facts, sample, login: before.login, time: before.time, by_extra_port: before.by_extra_port }
    }

    /// Says goodbye.
    pub(super) async fn disconnect(self, deadline: Deadline) {
        if let Some(connection) = self.connection {
            // A server that does not take the goodbye has the time that is left.
            let _ = deadline.bound(contain(connection.disconnect())).await;
        }
    }
}

/// Leaves a connection as it is: the driver's own way of dropping one reads it to its end, which a hostile server
/// need not have. The kernel closes it, soon.
fn abandon(connection: Conn) -> Option<Conn> {
    std::mem::forget(connection);
    None
}
