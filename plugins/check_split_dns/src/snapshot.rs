//! What the name servers said.

use std::borrow::Cow;
use std::time::Duration;

use common::dns::{Question, Reply, Server};

use crate::policy::Whom;

/// Everybody who was asked.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The servers that are judged, in the order in which clients ask them.
    pub(crate) servers: Vec<Asked>,
    /// The source of the inside names, asked for those alone.
    pub(crate) upstream: Option<Asked>,
    /// Servers that must not know the inside zones, asked for random names there.
    pub(crate) outside: Vec<Asked>,
    /// How long a server that says nothing was waited for.
    pub(crate) patience: Duration,
}

/// One server and what came of asking it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) whom: Whom,
    pub(crate) server: Server,
    /// One for each subject, in their order.
    pub(crate) cells: Vec<Cell>,
    /// What further questions found out about its first failure, where there is one.
    pub(crate) diagnosis: Option<Diagnosis>,
}

/// What a server did with the questions for one name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// One for each question, in their order; none when the server is not asked for this name.
    pub(crate) replies: Vec<Both>,
    /// The same over UDP once more, where the first look left a doubt; else none.
    pub(crate) again: Vec<Reply>,
}

/// What a server said over each transport.
#[derive(Clone, Debug)]
pub(crate) struct Both {
    pub(crate) udp: Reply,
    /// None for random names: one transport is enough.
    pub(crate) tcp: Option<Reply>,
}

/// What tells why a name fails.
#[derive(Clone, Debug)]
pub(crate) struct Diagnosis {
    /// The question that failed.
    pub(crate) question: Question,
    /// The same without DNSSEC validation (CD=1).
    pub(crate) unchecked: Reply,
    /// A name below it that no cache has, with validation: CD passes over the cache of failures too, so that a
    /// failure that has just healed would look alike.
    pub(crate) fresh: Reply,
}

/// One of those who are asked for inside names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A server that is judged, by its place in the list.
    Server(usize),
    Upstream,
}

impl Place {
    pub(crate) fn of(self, snapshot: &Snapshot) -> Option<&Asked> {
        match self {
            Self::Server(index) => snapshot.servers.get(index),
            Self::Upstream => snapshot.upstream.as_ref(),
        }
    }

    pub(crate) fn of_mut(self, snapshot: &mut Snapshot) -> Option<&mut Asked> {
        match self {
            Self::Server(index) => snapshot.servers.get_mut(index),
            Self::Upstream => snapshot.upstream.as_mut(),
        }
    }
}

impl Asked {
    /// Every reply, those of further looks included.
    pub(crate) fn replies(&self) -> impl Iterator<Item = &Reply> {
        let diagnosis = self.diagnosis.iter().flat_map(|diagnosis| [&diagnosis.unchecked, &diagnosis.fresh]);
        self.cells.iter().flat_map(Cell::replies).chain(diagnosis)
    }
}

impl common::Subject for Asked {
    /// The same server may be asked in several parts.
    fn key(&self) -> Cow<'_, str> {
        let address = self.server.address;
        match self.whom {
            Whom::Judged => format!("server {address}").into(),
            Whom::Upstream => format!("upstream {address}").into(),
            Whom::Outside => format!("outside {address}").into(),
        }
    }

    fn label(&self) -> Cow<'_, str> {
        match self.whom {
            Whom::Judged | Whom::Upstream => self.server.label().into(),
            Whom::Outside => format!("{} (outside)", self.server.label()).into(),
        }
    }
}

impl Cell {
    /// Every reply, those of the second look included.
    pub(crate) fn replies(&self) -> impl Iterator<Item = &Reply> {
        self.replies.iter().flat_map(|both| [Some(&both.udp), both.tcp.as_ref()]).flatten().chain(&self.again)
    }
}
