//! The replies of the name servers.

use std::borrow::Cow;
use std::time::Duration;

use common::dns::{Question, Reply, Server};

use crate::probe::Side;
use crate::subject::{Role, Subject};

/// The replies of all servers that were asked.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The servers that are judged, in the order in which clients ask them.
    pub(crate) servers: Vec<Asked>,
    /// The source of the internal names, asked for those alone.
    pub(crate) upstream: Option<Asked>,
    /// Servers that must not know the internal zones, asked for random names there.
    pub(crate) external: Vec<Asked>,
    /// How long to wait for a silent server.
    pub(crate) patience: Duration,
}

/// One server and its replies.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) kind: ServerKind,
    pub(crate) server: Server,
    /// For each subject, in their order, the replies to its questions; none if the server is not asked for this name.
    pub(crate) names: Vec<Vec<Replies>>,
    /// The cause of its first failure. Only a recheck looks for it.
    pub(crate) diagnosis: Option<Diagnosis>,
}

/// The reason why a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerKind {
    /// It must know every name.
    Judged,
    /// It is the source of the internal names.
    Upstream,
    /// It must not know the internal zones.
    External,
}

/// The replies of a server to one question.
#[derive(Clone, Debug)]
pub(crate) struct Replies {
    pub(crate) udp: Reply,
    /// `None` for random names: one transport is enough.
    pub(crate) tcp: Option<Reply>,
    /// Over UDP once more, in a snapshot that rechecks an earlier one, if the question was doubtful.
    pub(crate) rechecked: Option<Reply>,
}

/// Replies that tell why a name fails.
#[derive(Clone, Debug)]
pub(crate) struct Diagnosis {
    /// The question that failed.
    pub(crate) question: Question,
    /// The reply to the same question without DNSSEC validation (CD=1).
    pub(crate) unchecked: Reply,
    /// The reply for a name below it that no cache has, with validation. A question with CD=1 skips the cache of
    /// failures too, so a failure that has just ended would look the same without this reply.
    pub(crate) fresh: Reply,
}

/// A server that is asked for internal names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerId {
    /// A server that is judged, by its index.
    Judged(usize),
    Upstream,
}

/// The questions of a recheck.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Doubtful {
    /// Names on which servers differ: the server, and the index of the subject.
    pub(crate) names: Vec<(ServerId, usize)>,
    /// Questions whose failure needs a cause, at most one for each server.
    pub(crate) failing: Vec<(ServerId, Question)>,
}

impl Snapshot {
    /// The replies of this server.
    pub(crate) fn asked(&self, id: ServerId) -> Option<&Asked> {
        match id {
            ServerId::Judged(index) => self.servers.get(index),
            ServerId::Upstream => self.upstream.as_ref(),
        }
    }

    /// The same, to complete a snapshot while it is being taken.
    pub(crate) fn asked_mut(&mut self, id: ServerId) -> Option<&mut Asked> {
        match id {
            ServerId::Judged(index) => self.servers.get_mut(index),
            ServerId::Upstream => self.upstream.as_mut(),
        }
    }
}

impl Asked {
    /// Every reply, including those of a recheck.
    pub(crate) fn replies(&self) -> impl Iterator<Item = &Reply> {
        let diagnosis = self.diagnosis.iter().flat_map(|diagnosis| [&diagnosis.unchecked, &diagnosis.fresh]);
        self.names.iter().flatten().flat_map(Replies::all).chain(diagnosis)
    }
}

impl common::Subject for Asked {
    /// The same server may be asked as several kinds.
    fn key(&self) -> Cow<'_, str> {
        let address = self.server.address;
        match self.kind {
            ServerKind::Judged => format!("server {address}").into(),
            ServerKind::Upstream => format!("upstream {address}").into(),
            ServerKind::External => format!("external {address}").into(),
        }
    }

    fn label(&self) -> Cow<'_, str> {
        match self.kind {
            ServerKind::Judged | ServerKind::Upstream => self.server.label().into(),
            ServerKind::External => format!("{} (external)", self.server.label()).into(),
        }
    }
}

impl ServerKind {
    /// Whether servers of this kind are asked for the name. An external server must see only random names, because
    /// asking it for a real one would leak that name.
    pub(crate) fn is_asked_for(self, subject: &Subject) -> bool {
        match self {
            Self::Judged => true,
            Self::Upstream => subject.is_known(Side::Internal),
            Self::External => matches!(subject.role, Role::Random(Side::Internal)),
        }
    }
}

impl Replies {
    /// Every reply, over both transports and including that of a recheck.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Reply> {
        [Some(&self.udp), self.tcp.as_ref(), self.rechecked.as_ref()].into_iter().flatten()
    }
}

impl Doubtful {
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.failing.is_empty()
    }
}
