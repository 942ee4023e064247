//! What a reply says, and what can be wrong with it.

use std::time::Duration;

use common::dns::{Answer, ExtendedError, Kind, Outcome, Reply, Soa, Transport};
use common::text;

/// Why a server gives nothing usable, in words that follow its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    pub(super) words: String,
    /// For how many seconds caches may keep a negative answer.
    pub(super) cached: u32,
}

/// Faults of one kind have one remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// Nobody listens on its port, or no way leads there.
    Closed,
    Silent,
    /// What it says is no answer.
    Garbage,
    ServFail,
    Refused,
    OtherRcode,
    NxDomain,
    NoData,
    /// A denial by the root, which knows nothing of the zone: the question was not forwarded.
    Leaked,
}

/// What a server said to one question over one transport.
pub(super) enum Said<'a> {
    /// Records of the type, or an alias.
    Found(&'a Answer),
    /// An answer, which denies that there are any.
    Nothing(Fault),
    /// More than fits into a datagram, and none of it.
    Truncated,
    Failed(Fault),
    /// Our own side kept us from asking; the reason.
    NotAsked(&'a str),
}

impl<'a> Said<'a> {
    pub(super) fn of(reply: &'a Reply, patience: Duration) -> Self {
        let failed = |kind, words: String| Self::Failed(Fault::new(kind, words));
        match &reply.outcome {
            Outcome::Answer(answer) => Self::of_answer(answer, reply.transport),
            Outcome::Timeout => failed(FaultKind::Silent, format!("no answer within {:.1} s", patience.as_secs_f32())),
            Outcome::Refused => failed(FaultKind::Closed, "connection refused".to_owned()),
            Outcome::Unreachable(reason) => failed(FaultKind::Closed, reason.clone()),
            Outcome::Garbage(reason) => {
                failed(FaultKind::Garbage, format!("no valid answer ({})", text::quote(reason)))
            }
            Outcome::LocalError(reason) => Self::NotAsked(reason),
        }
    }

    fn of_answer(answer: &'a Answer, transport: Transport) -> Self {
        let failed = |kind, words: String| Self::Failed(Fault::new(kind, words));
        match answer.kind() {
            Kind::Found => Self::Found(answer),
            // Consul resolves no host names: the alias is all that it says.
            Kind::NoData if !answer.cnames.is_empty() => Self::Found(answer),
            Kind::NoData => Self::Nothing(Fault::negative(answer, FaultKind::NoData, "NODATA")),
            Kind::NxDomain => Self::Nothing(Fault::negative(answer, FaultKind::NxDomain, "NXDOMAIN")),
            Kind::Truncated if transport == Transport::Udp => Self::Truncated,
            Kind::Truncated => failed(FaultKind::Garbage, "truncated over TCP too".to_owned()),
            Kind::ServFail => failed(FaultKind::ServFail, with_reasons("SERVFAIL", answer)),
            Kind::Refused => failed(FaultKind::Refused, with_reasons("REFUSED", answer)),
            Kind::Other(rcode) => failed(FaultKind::OtherRcode, with_reasons(&rcode.to_string(), answer)),
        }
    }

    /// How good it is; none when we did not ask. Of what does not fit, TCP tells how good it is.
    pub(super) fn rank(&self) -> Option<u8> {
        match self {
            Self::Found(_) => Some(2),
            Self::Nothing(_) => Some(1),
            Self::Failed(_) => Some(0),
            Self::Truncated | Self::NotAsked(_) => None,
        }
    }

    pub(super) fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Nothing(fault) | Self::Failed(fault) => Some(fault),
            Self::Found(_) | Self::Truncated | Self::NotAsked(_) => None,
        }
    }
}

impl Fault {
    fn new(kind: FaultKind, words: String) -> Self {
        Self { kind, words, cached: 0 }
    }

    /// The SOA of a negative answer tells who gave it (RFC 2308, section 3).
    fn negative(answer: &Answer, kind: FaultKind, word: &str) -> Self {
        let cached = answer.soa.as_ref().map_or(0, Soa::negative_ttl);
        let (kind, word) = match &answer.soa {
            Some(soa) if soa.owner.is_root() => (FaultKind::Leaked, format!("{word} from the root")),
            _ => (kind, word.to_owned()),
        };
        Self { kind, words: with_reasons(&word, answer), cached }
    }

    pub(super) fn is_denial(&self) -> bool {
        self.kind.is_denial()
    }
}

impl FaultKind {
    /// Whether the server said that there is nothing, rather than failed to say anything.
    pub(super) fn is_denial(self) -> bool {
        matches!(self, Self::NxDomain | Self::NoData | Self::Leaked)
    }
}

/// `SERVFAIL (EDE 22: No Reachable Authority)`.
fn with_reasons(word: &str, answer: &Answer) -> String {
    let reasons: Vec<_> = answer.extended_errors.iter().take(3).map(reason).collect();
    if reasons.is_empty() { word.to_owned() } else { format!("{word} ({})", reasons.join(", ")) }
}

fn reason(error: &ExtendedError) -> String {
    match text::quote(&error.text) {
        words if words.is_empty() => format!("EDE {}", error.code),
        words => format!("EDE {}: {words}", error.code),
    }
}
