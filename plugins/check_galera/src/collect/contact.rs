//! A contact: one node that was asked, and its connection.

use std::time::{Duration, Instant};

use common::{Deadline, contain};
use mysql_async::Conn;

use super::clock::now;
use super::endpoint::{Endpoint, LOGIN_LIMIT};
use super::lane::Lane;
use super::login::Account;
use super::read;
use crate::snapshot::facts::Facts;
use crate::snapshot::{Answer, AskedNode, FailureKind, Outcome, Sample};

/// A node that was asked, and the connection while it is still of use.
pub(super) struct Contact {
    pub(super) asked: AskedNode,
    connection: Option<Conn>,
    lane: Lane,
    /// The start of the sample, if one was taken.
    sample_start: Option<Instant>,
}

impl Contact {
    /// A node that was not reached.
    pub(super) fn without_connection(asked: AskedNode) -> Self {
        Self { asked, connection: None, lane: Lane::main(), sample_start: None }
    }

    /// Asks a node on this thread. A login that does not end keeps the thread, and says so.
    pub(super) async fn ask_on(
        lane: Lane,
        endpoint: Endpoint,
        address: String,
        account: Account,
        deadline: Deadline,
    ) -> Self {
        let (resolved, name) = (endpoint.address(), address.clone());
        let (login, start) = (LOGIN_LIMIT.min(deadline.remaining() / 2), Instant::now());
        let limit = login + deadline.remaining().saturating_sub(login) / 2;
        let asking = async move { Self::ask(endpoint, address, &account, deadline).await };
        if let Some(contact) = lane.run(asking, deadline.within(limit)).await {
            return Self { lane, ..contact };
        }
        let reason = format!("the login kept this host computing for {:.1} s", start.elapsed().as_secs_f32());
        let outcome = Outcome::failed(FailureKind::Silent, reason);
        Self::without_connection(AskedNode::given(name, resolved, outcome))
    }

    /// Logs in and reads the variables: two round trips after the login.
    async fn ask(endpoint: Endpoint, address: String, account: &Account, deadline: Deadline) -> Self {
        let resolved = endpoint.address();
        let start = Instant::now();
        let limit = LOGIN_LIMIT.min(deadline.remaining() / 2);
        let (mut connection, by_extra_port) = match account.log_in(&endpoint, deadline.within(limit), limit).await {
            Ok(connected) => connected,
            Err(outcome) => return Self::without_connection(AskedNode::given(address, resolved, outcome)),
        };
        let login_time = start.elapsed();
        // A node that hangs leaves time for the members that are discovered, and for a second look at the others.
        let limit = deadline.remaining() / 2;
        let asked_at = now();
        let (outcome, is_usable) = match read::read(&mut connection, deadline.within(limit)).await {
            Ok(facts) => {
                let (answered_at, total_time) = (now(), start.elapsed());
                let answer =
                    Answer { facts, sample: None, asked_at, answered_at, login_time, total_time, by_extra_port };
                (Outcome::Answered(Box::new(answer)), true)
            }
            Err(failed) => (failed.outcome, failed.is_usable),
        };
        // Without the goodbye the server counts an aborted client; with rows left unread it would wait for their end.
        let connection = if is_usable { Some(connection) } else { abandon(connection) };
        let asked = AskedNode::given(address, resolved, outcome);
        Self { connection, ..Self::without_connection(asked) }
    }

    /// Runs a task on the thread of the contact. If it does not come to an end, the first answer stands.
    async fn on_its_thread<F>(self, task: impl FnOnce(Self) -> F, deadline: Deadline) -> Self
    where
        F: Future<Output = Self> + Send + 'static,
    {
        let (lane, asked) = (self.lane.clone(), self.asked.clone());
        lane.run(task(self), deadline).await.unwrap_or_else(|| Self::without_connection(asked))
    }

    /// Waits, then reads the variables once more: rates are measured over this time.
    pub(super) async fn sample(self, pause: Duration, deadline: Deadline) -> Self {
        self.on_its_thread(move |contact| contact.take_sample(pause, deadline), deadline).await
    }

    /// Reads the variables once more; a sample goes on.
    pub(super) async fn ask_again(self, deadline: Deadline) -> Self {
        self.on_its_thread(move |contact| contact.read_again(deadline), deadline).await
    }

    async fn take_sample(mut self, pause: Duration, deadline: Deadline) -> Self {
        if self.asked.outcome.facts().is_none() {
            return self;
        }
        self.sample_start = Some(Instant::now());
        if deadline.bound(tokio::time::sleep(pause)).await.is_err() {
            return self;
        }
        self.read_again(deadline).await
    }

    /// A node that does not answer any more has failed since its first
    /// answer, unless our own time is over.
    async fn read_again(mut self, deadline: Deadline) -> Self {
        let (Outcome::Answered(before), Some(connection)) = (&self.asked.outcome, &mut self.connection) else {
            return self;
        };
        let (limit, asked_at) = (deadline.remaining() / 2, now());
        match read::again(connection, deadline.within(limit)).await {
            Ok(facts) => {
                let sample =
                    self.sample_start.map(|start| Sample { facts: start_of_sample(before), length: start.elapsed() });
                let answer = Answer { facts, sample, asked_at, answered_at: now(), ..Answer::clone(before) };
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

    /// Says goodbye.
    pub(super) async fn disconnect(self, deadline: Deadline) {
        if let Some(connection) = self.connection {
            // A server that does not take the goodbye has the time that is left.
            let goodbye = async move { deadline.bound(contain(connection.disconnect())).await.is_ok() };
            let _ = self.lane.run(goodbye, deadline).await;
        }
    }
}

/// Leaves a connection as it is: the driver's own way of dropping one reads it to its end, which a hostile server
/// need not have. The kernel closes it, soon.
fn abandon(connection: Conn) -> Option<Conn> {
    std::mem::forget(connection);
    None
}

/// The facts at the start of the sample that goes on, or that begins with this answer.
fn start_of_sample(answer: &Answer) -> Facts {
    answer.sample.as_ref().map_or(&answer.facts, |sample| &sample.facts).clone()
}
