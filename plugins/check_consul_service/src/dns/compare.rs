//! What a name server tells, next to what the API says.

mod index;
mod named;
mod pair;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use common::dns::{Denial, RecordType};
use common::{CheckError, Subject, text};

use super::fault::{Fault, FaultKind};
use super::srv::Offer;
use super::{Expected, NameServer, ServerAnswers, list};
use index::Index;
use named::Named;
use pair::Pair;

pub(super) use named::{Handed, Lacking, Place};

/// How a name server fares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) server: NameServer,
    /// The addresses over both transports, with their smallest TTL in seconds, but for those of a host name.
    pub(super) named: BTreeMap<IpAddr, u32>,
    /// The host name that the answer leads to, where that may be right.
    pub(super) alias: Option<String>,
    /// Whether it names an instance that clients can use.
    pub(super) is_useful: bool,
    /// Whether it was asked for addresses of both families, as far as that was up to us.
    pub(super) is_heard: bool,
    /// Why our own side kept us from asking something, and what to do about it.
    pub(super) not_asked: Option<CheckError>,
    pub(super) fault: Option<ServerFault>,
    /// How the answers over UDP and TCP differ in kind.
    pub(super) split: Option<String>,
    /// What may not be handed out, and is.
    pub(super) dead: Vec<Handed>,
    /// Passing instances that it leaves out.
    pub(super) missing: Vec<Lacking>,
    /// What no instance has.
    pub(super) foreign: Vec<String>,
    /// The smallest TTL of all answers, in seconds.
    pub(super) ttl: Option<u32>,
    /// The slowest answer.
    pub(super) time: Option<Duration>,
}

/// What is wrong with a server's answers as such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerFault {
    /// Whether it gives no address at all; else it answers for one type only.
    pub(super) is_whole: bool,
    pub(super) kind: FaultKind,
    pub(super) words: String,
    /// For how many seconds caches may keep a negative answer.
    pub(super) cached: u32,
}

impl Subject for Comparison {
    fn key(&self) -> Cow<'_, str> {
        format!("name server {}", self.server.server.name).into()
    }

    fn label(&self) -> Cow<'_, str> {
        self.server.server.name.as_str().into()
    }
}

impl Comparison {
    /// Whether it gives no address at all.
    pub(super) fn has_whole_fault(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.is_whole)
    }

    /// Whether clients are sent to this address.
    pub(crate) fn names(&self, ip: IpAddr) -> bool {
        self.named.contains_key(&ip)
    }

    /// Whether it was asked for addresses, as far as that was up to us.
    pub(crate) fn is_heard(&self) -> bool {
        self.is_heard
    }

    /// Whether it tells the same as the API.
    pub(crate) fn agrees(&self) -> bool {
        self.is_heard && self.not_asked.is_none() && !self.is_wrong()
    }

    /// Whether something is wrong, which is worth asking again before it counts.
    pub(crate) fn is_wrong(&self) -> bool {
        self.fault.is_some()
            || self.split.is_some()
            || !(self.dead.is_empty() && self.missing.is_empty() && self.foreign.is_empty())
    }

    /// Whether everything that is wrong was so in this earlier answer of the same server: the same place, the same instance.
    pub(crate) fn repeats(&self, earlier: &Self) -> bool {
        let is_of_server = self.fault.is_none() || earlier.fault.is_some();
        let is_split = self.split.is_none() || earlier.split.is_some();
        is_of_server && is_split && *self == self.clone().only_repeated(earlier)
    }

    /// The same without the instances and places of which this was not wrong in the earlier answer, too.
    pub(crate) fn only_repeated(mut self, earlier: &Self) -> Self {
        let dead: BTreeSet<_> = earlier.dead.iter().map(|handed| &handed.place).collect();
        let missing: BTreeSet<_> = earlier.missing.iter().map(|lacking| &lacking.instance).collect();
        let foreign: BTreeSet<_> = earlier.foreign.iter().collect();
        self.dead.retain(|handed| dead.contains(&handed.place));
        self.missing.retain(|lacking| missing.contains(&lacking.instance));
        self.foreign.retain(|place| foreign.contains(place));
        self
    }

    /// Whether an answer to some question for addresses came.
    pub(super) fn has_answered(&self) -> bool {
        self.is_heard && !self.fault.as_ref().is_some_and(|fault| fault.is_whole && !fault.kind.is_denial())
    }
}

/// Compares what a server told with what the API says.
pub(crate) fn compare(told: &ServerAnswers, expected: &Expected) -> Comparison {
    let [a, aaaa, srv] = told.questions().map(|(rtype, both)| Pair::of(rtype, both, told.patience));
    let pairs = [&a, &aaaa, &srv];
    let replies = told.questions().into_iter().flat_map(|(_, both)| [&both.udp, &both.tcp]);
    let named = Named::of([&a, &aaaa], expected);
    let alias = named.alias.filter(|_| expected.has_alias());
    let index = Index::of(expected);
    let offers = offers(&srv);
    let (dead, foreign) = named::unexpected(&named.addresses, offers.iter().flatten(), &index);
    Comparison {
        server: told.server.clone(),
        is_useful: alias.is_some() || named.addresses.keys().any(|ip| index.may_use(*ip)),
        alias: alias.map(|alias| text::quote(alias.to_ascii().trim_end_matches('.'))),
        is_heard: [&a, &aaaa].iter().all(|pair| pair.rank().is_some()),
        not_asked: pairs.iter().find_map(|pair| pair.not_asked()).cloned(),
        fault: fault([&a, &aaaa], &srv, expected),
        split: split(&pairs, expected),
        dead,
        missing: named::missing([&a, &aaaa], offers.first(), expected),
        foreign,
        ttl: pairs.iter().flat_map(|pair| pair.answers()).filter_map(|answer| answer.min_ttl).min(),
        time: replies.filter_map(|reply| reply.rtt).max(),
        named: named.addresses,
    }
}

/// What SRV hands out, by transport; the whole answer comes first.
fn offers(srv: &Pair) -> Vec<Vec<Offer>> {
    srv.answers().map(|answer| answer.srv.iter().map(Offer::of).collect()).collect()
}

const NO_DATA: FaultKind = FaultKind::Denied(Denial::NoData);

/// What is wrong with the answers as such. That a name has no address of one family is as it should be, and so is that
/// it has none at all when no instance passes, or none that stood still.
fn fault(families: [&Pair; 2], srv: &Pair, expected: &Expected) -> Option<ServerFault> {
    let faults = |pairs: &[&Pair], counts: fn(&Fault) -> bool| -> Vec<_> {
        let faults = pairs.iter().filter_map(|pair| Some((pair.rtype, pair.fault()?.clone())));
        faults.filter(|(_, fault)| counts(fault)).collect()
    };
    if families.iter().any(|pair| pair.is_found()) {
        let mut parts = faults(&families, |fault| fault.kind != NO_DATA);
        parts.retain(|(_, fault)| !fault.is_answer() || !expected.may_deny(RecordType::Srv));
        // A service without a passing instance may be left out of one answer and not of the other: both are right.
        parts.extend(faults(&[srv], |_| true).into_iter().filter(|_| expected.has_passing()));
        return ServerFault::of(&parts, false);
    }
    let mut parts = faults(&families, |fault| !fault.is_denial());
    let is_blind = families.iter().any(|pair| pair.rank().is_none());
    if parts.is_empty() && expected.has_passing() && !is_blind {
        parts = faults(&families, Fault::is_denial);
    }
    ServerFault::of(&parts, true)
}

impl ServerFault {
    fn of(parts: &[(RecordType, Fault)], is_whole: bool) -> Option<Self> {
        let (_, first) = parts.first()?;
        let is_one = is_whole && parts.len() > 1 && parts.iter().all(|(_, fault)| fault.words == first.words);
        let words = if is_one { first.words.clone() } else { by_words(parts) };
        let cached = parts.iter().map(|(_, fault)| fault.cached).max().unwrap_or(0);
        Some(Self { is_whole, kind: first.kind, words, cached })
    }
}

/// `AAAA and SRV SERVFAIL`.
fn by_words(parts: &[(RecordType, Fault)]) -> String {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for (rtype, fault) in parts {
        match groups.iter_mut().find(|(words, _)| *words == fault.words) {
            Some((_, types)) => types.push(rtype.to_string()),
            None => groups.push((&fault.words, vec![rtype.to_string()])),
        }
    }
    let said: Vec<_> = groups.iter().map(|(words, types)| format!("{} {words}", list(types))).collect();
    said.join(", ")
}

/// `connection refused over TCP`; `SRV SERVFAIL over UDP`.
fn split(pairs: &[&Pair; 3], expected: &Expected) -> Option<String> {
    let splits = pairs.iter().filter_map(|pair| Some((pair.rtype, pair.split()?)));
    // Over one transport it was asked a moment later than over the other.
    let splits: Vec<_> =
        splits.filter(|(rtype, (_, fault))| !fault.is_answer() || !expected.may_deny(*rtype)).collect();
    let mut said: Vec<String> = Vec::new();
    for (transport, name) in pair::TRANSPORTS {
        let parts = splits.iter().filter(|(_, (worse, _))| *worse == transport);
        let parts: Vec<_> = parts.map(|(rtype, (_, fault))| (*rtype, (*fault).clone())).collect();
        let Some((_, first)) = parts.first() else { continue };
        let is_one = parts.len() == pairs.len() && parts.iter().all(|(_, fault)| fault.words == first.words);
        let words = if is_one { first.words.clone() } else { by_words(&parts) };
        said.push(format!("{words} over {name}"));
    }
    if said.is_empty() { None } else { Some(said.join(", ")) }
}
