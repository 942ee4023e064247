//! Why a request gave nothing.

use common::CheckError;

/// Why a request gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The agent cannot be connected to, or gives no whole answer.
    Unreachable(Unreachable),
    /// The agent reaches no server that speaks for the cluster; in its words.
    Leaderless(String),
    /// 401 or 403: not the agent's fault.
    AccessDenied(Denial),
    /// TLS: one side does not trust the other, for this reason.
    NotTrusted(String),
    /// 400: the question is wrong, which is our side's fault; in the agent's words.
    Rejected(String),
    /// The agent or a server was asked too often; in its words.
    RateLimited(String),
    /// Consul never answers so, or only in trouble; what is wrong with the answer.
    NotUnderstood(String),
    /// 404, in the agent's words. An agent says so when its node has no such service; otherwise it is not Consul.
    NotFound(String),
    /// The agent knows no tokens, since it enforces no ACLs.
    NoAcls,
    /// This host could not ask.
    OwnSide(CheckError),
    /// There was no reason to ask.
    Needless,
}

impl Failure {
    /// The agent gave no whole answer, for this reason.
    pub(crate) fn unreachable(kind: UnreachableKind, words: impl Into<String>) -> Self {
        Self::Unreachable(Unreachable { kind, words: words.into() })
    }

    /// Access was denied in these words.
    pub(crate) fn denied(kind: DenialKind, words: impl Into<String>) -> Self {
        Self::AccessDenied(Denial { kind, words: words.into() })
    }

    /// Whether our side keeps the agent from answering: it lacks a permission, trust or a socket, or asks wrongly or too
    /// often.
    pub(crate) fn is_ours(&self) -> bool {
        match self {
            Self::AccessDenied(_)
            | Self::NotTrusted(_)
            | Self::OwnSide(_)
            | Self::Rejected(_)
            | Self::RateLimited(_) => true,
            Self::Unreachable(_)
            | Self::Leaderless(_)
            | Self::NotUnderstood(_)
            | Self::NotFound(_)
            | Self::NoAcls
            | Self::Needless => false,
        }
    }
}

/// Why there was no answer, in words that follow the agent's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreachable {
    pub(crate) kind: UnreachableKind,
    pub(crate) words: String,
}

/// Agents that are unreachable in one way have one remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnreachableKind {
    /// The name of its host has no address.
    Unresolved,
    /// The connection is refused.
    PortClosed,
    /// The answer did not begin, or did not end, in time.
    Silent,
    /// There is no way to the host, or the connection broke.
    ConnectionLost,
}

/// A denial of access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) kind: DenialKind,
    /// As they follow the agent's name.
    pub(crate) words: String,
}

/// Denials of one kind have one remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DenialKind {
    /// Consul does not know the token, or no longer.
    UnknownToken,
    /// The token lacks a permission.
    Permission,
    /// 401: a proxy in front of the agent wants a login.
    Login,
}
