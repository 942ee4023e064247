//! Faults of the answer to a question.

use std::collections::BTreeSet;
use std::net::IpAddr;

use common::dns::{Answer, Denial, FailureKind, Name, Rcode, Reading, RecordType, Soa, reasons};
use common::{CheckError, text, wording};

use super::client::stalls;
use crate::expect::Expect;
use crate::name::plain;
use crate::net::Nets;
use crate::probe::{AbsentAs, Side};
use crate::record::records;
use crate::subject::{Role, Subject};

/// A fault, in words that follow the names that have it.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) words: String,
    /// Whether clients take NODATA for the other family as the answer, and ask no other server.
    pub(crate) is_taken_for_no_data: bool,
    /// Whether caches may keep the denial for a while.
    pub(crate) is_cached: bool,
}

/// Faults of one kind have one cause and one remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// It differs from EXPECT.
    Unexpected,
    /// It has addresses of the other side.
    WrongSide,
    /// A zone above the internal one denies it, in an answer that was validated or not.
    Leaked {
        validated: bool,
    },
    Denied(Denial, Origin),
    /// NXDOMAIN beside an address of the other family.
    FamilyDenied,
    /// A random name has an address.
    Invented,
    /// A random internal name is denied, but not as its zone would.
    OddDenial(Denial, Origin),
    /// A name that should be absent is not, or is denied in another way.
    NotAbsent(Option<Denial>),
    Failed(FailureKind),
    /// A response code that clients take for the end of the search (glibc 2.36, measured: all but SERVFAIL, NOTIMP and
    /// REFUSED).
    Final(Rcode),
    /// This host could not ask: why, and what to do about it.
    OwnSide(CheckError),
}

/// The source of a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Zone(Name),
    /// The answer has no SOA: it was made, or stripped, on its way.
    Unknown,
}

impl FaultKind {
    /// Whether clients believe it and ask no other server.
    pub(crate) fn is_wrong(&self) -> bool {
        !matches!(self, Self::Failed(_) | Self::OwnSide(_) | Self::OddDenial(..))
    }

    /// Whether this host could not ask, so nothing is known of the server.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::OwnSide(_))
    }

    /// The kind in one word, which follows the name of the server.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Unexpected | Self::NotAbsent(Some(_)) => "unexpected",
            Self::WrongSide => "wrong",
            Self::Leaked { .. } => "leaking",
            Self::Denied(Denial::NxDomain, _) | Self::FamilyDenied | Self::OddDenial(Denial::NxDomain, _) => "NXDOMAIN",
            Self::Denied(Denial::NoData, _) | Self::OddDenial(Denial::NoData, _) => "NODATA",
            Self::Invented => "inventing",
            Self::NotAbsent(None) => "present",
            Self::Failed(kind) => kind.word(),
            Self::Final(_) => "failing",
            Self::OwnSide(_) => "not asked",
        }
    }

    /// Whether a client waits for its time limit: it ignores an answer that it does not understand.
    pub(crate) fn stalls(&self) -> bool {
        matches!(self, Self::Failed(kind) if stalls(*kind))
    }
}

impl Fault {
    fn new(kind: FaultKind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into(), is_taken_for_no_data: false, is_cached: false }
    }

    /// Whether another fault is the same to the operator. How long a denial is cached makes no difference.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let is_in_words = matches!(
            self.kind,
            FaultKind::Unexpected | FaultKind::WrongSide | FaultKind::Invented | FaultKind::NotAbsent(None)
        );
        let is_same_kind = self.kind == other.kind && self.is_taken_for_no_data == other.is_taken_for_no_data;
        is_same_kind && (!is_in_words || self.words == other.words)
    }

    /// The fault of the answer to a question for this name; `None` if it is as expected.
    pub(crate) fn of(reading: &Reading, subject: &Subject, rtype: RecordType) -> Option<Self> {
        match reading {
            Reading::Failed(failure) if is_refusal_wanted(failure.kind, subject) => None,
            Reading::Failed(failure) => Some(Self::new(FaultKind::Failed(failure.kind), failure.words.clone())),
            Reading::OwnSide(fault) => {
                let words = format!("not asked: {}", text::quote(fault.parts().0));
                Some(Self::new(FaultKind::OwnSide((*fault).clone()), words))
            }
            Reading::Truncated(_) => {
                Some(Self::new(FaultKind::Failed(FailureKind::NotUnderstood), "truncated, and not asked over TCP"))
            }
            Reading::Found(answer) => Self::of_found(answer, subject, rtype),
            Reading::Denied(denial, answer) => Self::of_denied(*denial, answer, subject, rtype),
        }
    }

    fn of_found(answer: &Answer, subject: &Subject, rtype: RecordType) -> Option<Self> {
        match &subject.role {
            Role::Known { expect, nets, .. } => {
                of_side(answer, nets.as_ref()).or_else(|| of_expectation(rtype, answer, expect))
            }
            Role::Absent(_) => Some(Self::new(FaultKind::NotAbsent(None), format!("exists: {}", found(answer)))),
            Role::Random(_) => Some(Self::new(FaultKind::Invented, format!("has {}", found(answer)))),
        }
    }

    fn of_denied(denial: Denial, answer: &Answer, subject: &Subject, rtype: RecordType) -> Option<Self> {
        let words = format!("{}{}", denied(denial, answer.soa.as_ref()), reasons(answer));
        if let (Some(zone), Some(soa)) = (&subject.zone, &answer.soa)
            && !zone.zone_of(&soa.owner)
            // Behind an alias it is the zone of the alias's target that denies.
            && answer.cnames.is_empty()
        {
            return Some(Self::new(FaultKind::Leaked { validated: answer.flags.ad }, words));
        }
        let origin = answer.soa.as_ref().map_or(Origin::Unknown, |soa| Origin::Zone(soa.owner.clone()));
        match &subject.role {
            Role::Known { expect, .. } => {
                // Of an answer without records, only a missing record can be unexpected.
                let missing = of_expectation(rtype, answer, expect).filter(|_| denial == Denial::NoData);
                let is_cached = answer.soa.as_ref().is_some_and(|soa| soa.negative_ttl() > 0);
                let denied = Self { is_cached, ..Self::new(FaultKind::Denied(denial, origin), words) };
                missing.or(Some(denied))
            }
            Role::Random(Side::External) => None,
            Role::Random(Side::Internal) => {
                let is_right = denial == Denial::NxDomain && origin != Origin::Unknown;
                (!is_right).then(|| Self::new(FaultKind::OddDenial(denial, origin), words))
            }
            Role::Absent(wanted) => {
                let is_right = matches!(
                    (wanted, denial),
                    (AbsentAs::NxDomain, Denial::NxDomain) | (AbsentAs::NoData, Denial::NoData)
                );
                (!is_right)
                    .then(|| Self::new(FaultKind::NotAbsent(Some(denial)), format!("{words} instead of {wanted}")))
            }
        }
    }
}

fn is_refusal_wanted(kind: FailureKind, subject: &Subject) -> bool {
    kind == FailureKind::Refused && matches!(subject.role, Role::Absent(AbsentAs::Refused))
}

/// Addresses that are in none of the networks of their side.
fn of_side(answer: &Answer, nets: Option<&Nets>) -> Option<Fault> {
    let nets = nets?;
    let addresses = answer.addresses.iter().map(|address| address.ip);
    // Servers shuffle them for each answer.
    let foreign: BTreeSet<IpAddr> = addresses.filter(|ip| !nets.contains(*ip)).collect();
    if foreign.is_empty() {
        return None;
    }
    let noun = if foreign.len() == 1 { "address" } else { "addresses" };
    let foreign: Vec<_> = foreign.into_iter().collect();
    Some(Fault::new(FaultKind::WrongSide, format!("has {noun} {} (not in {nets})", wording::list(&foreign))))
}

fn of_expectation(rtype: RecordType, answer: &Answer, expect: &Expect) -> Option<Fault> {
    let mismatches = expect.judge(rtype, answer);
    let words = mismatches.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    (!mismatches.is_empty()).then(|| Fault::new(FaultKind::Unexpected, words))
}

/// `address 192.0.2.1`, or the other records.
fn found(answer: &Answer) -> String {
    let values: Vec<_> = records(answer).into_iter().collect();
    let noun = match (answer.addresses.len(), values.len()) {
        (0, _) => "",
        (_, 1) => "address ",
        _ => "addresses ",
    };
    format!("{noun}{}", wording::list(&values))
}

/// The SOA of a negative answer names the zone that gave it (RFC 2308, section 3), and how long caches keep it.
fn denied(denial: Denial, soa: Option<&Soa>) -> String {
    let Some(soa) = soa else { return format!("{denial} without SOA") };
    let cached = match soa.negative_ttl() {
        0 => None,
        ttl => Some(format!("cached for {} more", wording::age(f64::from(ttl)))),
    };
    if soa.owner.is_root() {
        let words = [Some("SOA \".\"".to_owned()), cached].into_iter().flatten().collect::<Vec<_>>().join(", ");
        return format!("{denial} from the root ({words})");
    }
    let words = cached.map_or_else(String::new, |cached| format!(" ({cached})"));
    format!("{denial} from zone {}{words}", text::name(&plain(&soa.owner)))
}
