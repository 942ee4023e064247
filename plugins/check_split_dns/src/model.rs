//! The answers of all servers together: who serves which name, and what a client gets.
//!
//! A client (glibc 2.36, measured) believes the first server that answers, even if the answer is NXDOMAIN or NODATA. It
//! asks the next server at once after SERVFAIL, REFUSED or a closed port, and after 5 s if the server is silent.

mod client;
mod fault;
mod lookup;
mod name_server;
pub(crate) mod reading;
mod statement;
mod upstream;

use std::collections::BTreeSet;
use std::time::Duration;

use common::Recheck;
use common::dns::Answer;

use crate::policy::{Clients, Target};
use crate::probe::{Side, are_for_addresses};
use crate::snapshot::{Asked, Doubtful, ServerId, Snapshot};
use crate::subject::{Role, Subject};
use client::{Fate, wait};

pub(crate) use fault::{Fault, FaultKind, Origin};
pub(crate) use lookup::Lookup;
pub(crate) use name_server::NameServer;
pub(crate) use statement::{Records, SharedQuestion, Statement};
pub(crate) use upstream::UpstreamAnswer;

/// A run asks twice at most.
const MOST_SNAPSHOTS: usize = 2;

/// A snapshot, understood.
pub(crate) struct Resolution<'a> {
    pub(crate) snapshot: &'a Snapshot,
    /// The names that were asked for.
    pub(crate) subjects: &'a [Subject],
    pub(crate) clients: &'a Clients,
    /// The servers that are judged, in the order in which clients ask them.
    pub(crate) servers: Vec<NameServer<'a>>,
    /// The source of the internal names.
    pub(crate) upstream: Option<NameServer<'a>>,
    /// Servers that must not know the internal zones.
    pub(crate) external: Vec<NameServer<'a>>,
}

impl<'a> Resolution<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot, target: &'a Target) -> Self {
        let server = |asked| NameServer::of(asked, &target.subjects, snapshot.patience);
        Self {
            snapshot,
            subjects: &target.subjects,
            clients: &target.clients,
            servers: snapshot.servers.iter().map(server).collect(),
            upstream: snapshot.upstream.as_ref().map(server),
            external: snapshot.external.iter().map(server).collect(),
        }
    }

    /// The names on which servers differ, because a change takes a moment to reach all of them, and the failures whose
    /// cause two more questions can find.
    pub(crate) fn recheck(&self) -> Option<Recheck<Doubtful>> {
        let servfail =
            |(index, server): (usize, &NameServer)| Some((ServerId::Judged(index), server.servfail()?.clone()));
        let failing = self.servers.iter().enumerate().filter_map(servfail).collect();
        let doubtful = Doubtful { names: self.differing(), failing };
        (!doubtful.is_empty()).then_some(Recheck { doubtful, most: MOST_SNAPSHOTS })
    }

    /// The servers that answer for a name, for each name that they do not answer alike.
    fn differing(&self) -> Vec<(ServerId, usize)> {
        let mut differing = Vec::new();
        for question in SharedQuestion::all(self.subjects) {
            let statements = self.statements(question);
            let first = statements.first().map(|statement| &statement.records);
            if statements.iter().any(|statement| Some(&statement.records) != first) {
                let servers = statements.iter().map(|statement| (statement.id, question.index));
                let new: Vec<_> = servers.filter(|new| !differing.contains(new)).collect();
                differing.extend(new);
            }
        }
        differing
    }

    /// The answers of all servers to a question, the servers in order, the source last.
    pub(crate) fn statements(&self, question: SharedQuestion) -> Vec<Statement<'a>> {
        let servers = self.servers.iter().enumerate().map(|(index, server)| (ServerId::Judged(index), server));
        let upstream = self.upstream.iter().map(|server| (ServerId::Upstream, server));
        servers.chain(upstream).filter_map(|(id, server)| question.statement(id, server)).collect()
    }

    /// The server with this id.
    pub(crate) fn server(&self, id: ServerId) -> Option<&NameServer<'a>> {
        match id {
            ServerId::Judged(index) => self.servers.get(index),
            ServerId::Upstream => self.upstream.as_ref(),
        }
    }

    /// The number of servers that are judged.
    pub(crate) fn total(&self) -> usize {
        self.servers.len()
    }

    /// The number of servers whose answers are all right.
    pub(crate) fn good(&self) -> usize {
        self.servers.iter().filter(|server| server.is_good()).count()
    }

    /// The servers with a wrong or missing answer.
    pub(crate) fn not_good(&self) -> impl Iterator<Item = &'a Asked> {
        self.servers.iter().filter(|server| !server.is_good()).map(|server| server.asked)
    }

    /// Whether random internal names were asked for, and every server has them denied by their own zones.
    pub(crate) fn keeps_internal_names(&self) -> bool {
        let lookups = self.servers.iter().flat_map(|server| &server.lookups);
        let mut random = lookups.filter(|name| matches!(name.subject.role, Role::Random(Side::Internal))).peekable();
        random.peek().is_some() && random.all(|name| name.faults.is_empty())
    }

    /// The answer of the source for the name with this index; `None` if it was not asked.
    pub(crate) fn upstream_answer(&self, index: usize) -> Option<UpstreamAnswer> {
        UpstreamAnswer::of(self.upstream.as_ref()?.lookups.get(index)?)
    }

    /// How long every lookup of a name waits for this server before another one answers; `None` if it does not.
    ///
    /// It waits if no server before this one answers for the name, and one after it does. If servers take turns, each is
    /// the first of some lookups.
    pub(crate) fn wait_for(&self, position: usize, subject: usize) -> Option<Duration> {
        let fate = |server: &NameServer| server.lookups.get(subject).and_then(Lookup::fate);
        let fates: Vec<_> = self.servers.iter().map(fate).collect();
        let answers = |fate: &Option<Fate>| fate.is_some_and(Fate::is_answer);
        let may_answer = |fate: &Option<Fate>| fate.is_none_or(Fate::is_answer);
        let (before, rest) = fates.split_at_checked(position)?;
        let (own, behind) = rest.split_first()?;
        // If servers take turns, each has its turn, and all others are behind it.
        let (turn, is_asked, is_helped) = if self.clients.rotate {
            (0, true, before.iter().chain(behind).any(answers))
        } else {
            (position, !before.iter().any(may_answer), behind.iter().any(answers))
        };
        let gets_on = match own {
            Some(Fate::Waits) => is_helped,
            Some(Fate::AnsweredLate) => true,
            _ => false,
        };
        (is_asked && gets_on).then(|| wait(turn, self.total(), self.clients.timeout))
    }

    /// The longest such wait, over all names except random ones.
    pub(crate) fn longest_wait_for(&self, position: usize) -> Option<Duration> {
        let subjects = self.subjects.iter().enumerate();
        let looked_up = subjects.filter(|(_, subject)| !subject.is_random());
        looked_up.filter_map(|(index, _)| self.wait_for(position, index)).max()
    }

    /// The number of addresses of a name, on all servers together; `None` if there is no answer, or if the name is not
    /// asked for addresses.
    pub(crate) fn addresses(&self, subject: usize) -> Option<usize> {
        if !are_for_addresses(&self.subjects.get(subject)?.questions) {
            return None;
        }
        let answers: Vec<_> = self.answers(subject).collect();
        let addresses = answers.iter().flat_map(|answer| &answer.addresses).map(|address| address.ip);
        (!answers.is_empty()).then(|| addresses.collect::<BTreeSet<_>>().len())
    }

    /// The longest time to live of a name's records, in seconds.
    pub(crate) fn ttl(&self, subject: usize) -> Option<u32> {
        self.answers(subject).filter_map(|answer| answer.min_ttl).max()
    }

    /// The answers of all judged servers for a name.
    fn answers(&self, subject: usize) -> impl Iterator<Item = &'a Answer> {
        let lookups = self.servers.iter().filter_map(move |server| server.lookups.get(subject));
        lookups.flat_map(Lookup::latest).filter_map(reading::answer)
    }
}
