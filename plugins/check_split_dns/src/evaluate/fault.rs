//! What can be wrong with the answer to a question.

use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

use common::dns::{Answer, ExtendedError, Kind, Outcome, Rcode, Reply, Soa, Transport};
use common::text;

use crate::probe::Probe;

/// A fault and the words for it, which follow the names that have it.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    pub(super) words: String,
}

/// Faults of one kind on one server are one to the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// It has these addresses, and they are not expected.
    UnexpectedAddress(Vec<IpAddr>),
    NxDomain(Origin),
    NoData(Origin),
    ServFail,
    /// REFUSED, or what a server says still more rarely.
    OtherRcode(Rcode),
    /// It says nothing.
    Timeout,
    /// Nobody listens on its port.
    PortClosed,
    Unreachable,
    /// What it says is no answer.
    Garbage,
    /// Our own side kept us from asking.
    NotAsked,
}

/// The zone that a negative answer comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The root answered for a name that it knows nothing of: the question has left its zone.
    Root,
    Zone(String),
    /// The answer does not say: it was made, or stripped, on its way.
    Unknown,
}

impl FaultKind {
    /// Whether clients believe it, and ask no other server.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self, Self::UnexpectedAddress(_) | Self::NxDomain(_) | Self::NoData(_))
    }

    /// Whether a client waits for its time limit.
    pub(super) fn stalls(&self) -> bool {
        matches!(self, Self::Timeout | Self::Garbage)
    }
}

impl Fault {
    /// What is wrong with the reply; nothing when it has addresses and all are expected.
    pub(super) fn of(reply: &Reply, probe: &Probe, patience: Duration) -> Option<Self> {
        let (kind, words) = match &reply.outcome {
            Outcome::Answer(answer) => return Self::of_answer(answer, probe),
            Outcome::Timeout => (FaultKind::Timeout, format!("no answer within {:.1} s", patience.as_secs_f32())),
            Outcome::Refused => (FaultKind::PortClosed, "connection refused".to_owned()),
            Outcome::Unreachable(reason) => (FaultKind::Unreachable, reason.clone()),
            Outcome::LocalError(reason) => (FaultKind::NotAsked, format!("was not asked: {reason}")),
            Outcome::Garbage(reason) => (FaultKind::Garbage, format!("no valid answer ({})", text::quote(reason))),
        };
        Some(match reply.transport {
            Transport::Udp => Self { kind, words },
            Transport::Tcp => Self { kind, words: format!("over TCP, after a truncated answer: {words}") },
        })
    }

    fn new(kind: FaultKind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into() }
    }

    fn of_answer(answer: &Answer, probe: &Probe) -> Option<Self> {
        let mut fault = match answer.kind() {
            Kind::Found => unexpected(answer, probe)?,
            Kind::NxDomain => {
                let (origin, words) = origin(answer.soa.as_ref());
                Self::new(FaultKind::NxDomain(origin), format!("NXDOMAIN {words}"))
            }
            Kind::NoData => {
                let (origin, words) = origin(answer.soa.as_ref());
                Self::new(FaultKind::NoData(origin), format!("without address: NODATA {words}"))
            }
            Kind::ServFail => Self::new(FaultKind::ServFail, "SERVFAIL"),
            Kind::Refused | Kind::Other(_) => Self::new(FaultKind::OtherRcode(answer.rcode), answer.rcode.to_string()),
            Kind::Truncated => Self::new(FaultKind::Garbage, "truncated over TCP too"),
        };
        fault.words.push_str(&extended_errors(&answer.extended_errors));
        Some(fault)
    }
}

/// How much of a long list is printed.
const SHOWN: usize = 3;

fn unexpected(answer: &Answer, probe: &Probe) -> Option<Fault> {
    let addresses = answer.addresses.iter().map(|address| address.ip);
    let mut foreign: Vec<_> = addresses.filter(|address| !probe.expects(*address)).collect();
    // Servers shuffle them for each answer.
    foreign.sort_unstable();
    if foreign.is_empty() {
        return None;
    }
    let noun = if foreign.len() == 1 { "address" } else { "addresses" };
    let expect = probe.expect.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let words = format!("unexpected {noun} {} (not in {expect})", some(&foreign));
    Some(Fault::new(FaultKind::UnexpectedAddress(foreign), words))
}

/// The first few, and how many more there are.
pub(super) fn some<T: ToString>(items: &[T]) -> String {
    let mut list = items.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = items.len().checked_sub(SHOWN) {
        // Writing to a string cannot fail.
        let _ = write!(list, " and {more} more");
    }
    list
}

/// The SOA of a negative answer tells who gave it (RFC 2308, section 3), and for how long caches keep it.
fn origin(soa: Option<&Soa>) -> (Origin, String) {
    let Some(soa) = soa else { return (Origin::Unknown, "without SOA".to_owned()) };
    let cached = match soa.negative_ttl() {
        0 => None,
        ttl => Some(format!("cached {ttl} s more")),
    };
    if soa.owner.is_root() {
        let words = [Some("SOA \".\"".to_owned()), cached].into_iter().flatten().collect::<Vec<_>>().join(", ");
        return (Origin::Root, format!("from the root ({words})"));
    }
    let zone = text::quote(soa.owner.to_ascii().trim_end_matches('.'));
    let words = cached.map_or_else(String::new, |cached| format!(" ({cached})"));
    let words = format!("from zone {zone}{words}");
    (Origin::Zone(zone), words)
}

/// ` (EDE 18: Prohibited)`; empty when the server gives no reasons.
pub(super) fn extended_errors(errors: &[ExtendedError]) -> String {
    let said = |error: &ExtendedError| match text::quote(&error.text) {
        words if words.is_empty() => format!("EDE {}", error.code),
        words => format!("EDE {}: {words}", error.code),
    };
    if errors.is_empty() {
        return String::new();
    }
    format!(" ({})", errors.iter().take(SHOWN).map(said).collect::<Vec<_>>().join(", "))
}
