//! What is named, and which instances that is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use common::dns::{Answer, Name, Srv};

use super::super::srv::{Target, fits};
use super::super::{Expected, Known, Standing};
use super::pair::Pair;

/// The addresses that a server names.
pub(super) struct Named<'a> {
    /// With their smallest TTL, in seconds.
    pub(super) addresses: BTreeMap<IpAddr, u32>,
    /// The end of a chain of aliases.
    pub(super) alias: Option<&'a Name>,
}

/// Something dead that is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handed {
    pub(crate) place: Place,
    /// What the output calls the instances that are there.
    pub(crate) instances: Vec<String>,
    /// The best of theirs.
    pub(crate) standing: Standing,
    /// The smallest TTL of the records, in seconds.
    pub(crate) ttl: u32,
}

/// Where clients are sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// By A or AAAA.
    Address(IpAddr),
    /// By SRV, where the address alone would be right: whom the target stands for, and the port.
    Service(String, u16),
}

/// A passing instance that is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lacking {
    /// Whether only SRV leaves it out.
    pub(crate) only_srv: bool,
    pub(crate) instance: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(ip) => ip.fmt(f),
            Self::Service(target, port) => write!(f, "port {port} of {target} by SRV"),
        }
    }
}

impl<'a> Named<'a> {
    pub(super) fn of(families: [&Pair<'a>; 2], expected: &Expected) -> Self {
        let answers = || families.iter().flat_map(|pair| pair.answers());
        let mut addresses = BTreeMap::new();
        for address in answers().filter(|answer| is_comparable(answer, expected)).flat_map(|answer| &answer.addresses) {
            let ttl = addresses.entry(address.ip).or_insert(address.ttl);
            *ttl = address.ttl.min(*ttl);
        }
        Self { addresses, alias: answers().find_map(|answer| answer.cnames.last()) }
    }
}

/// Nobody but the zone of a host name knows which addresses it should have.
fn is_comparable(answer: &Answer, expected: &Expected) -> bool {
    answer.cnames.is_empty() || !expected.has_alias()
}

/// What is handed out and should not be: what is dead, and what no instance has.
pub(super) fn unexpected(
    addresses: &BTreeMap<IpAddr, u32>,
    srv: &Pair,
    expected: &Expected,
) -> (Vec<Handed>, Vec<String>) {
    let (mut dead, mut foreign) = (Vec::new(), BTreeSet::new());
    for (ip, ttl) in addresses {
        match Owners::of(expected, |known| known.ip == Some(*ip)) {
            Owners::Usable => {}
            Owners::Dead(owners) => dead.push(Handed::new(Place::Address(*ip), &owners, *ttl)),
            Owners::Nobody => drop(foreign.insert(*ip)),
        }
    }
    let mut foreign_srv = BTreeSet::new();
    for record in srv.answers().flat_map(|answer| &answer.srv) {
        let place = place(record);
        match Owners::of(expected, |known| fits(record, known)) {
            Owners::Dead(owners) if !said(&owners, &dead) => add(&mut dead, Handed::new(place, &owners, record.ttl)),
            Owners::Usable | Owners::Dead(_) => {}
            Owners::Nobody if is_of(record, &foreign) => {}
            Owners::Nobody => drop(foreign_srv.insert(place)),
        }
    }
    let foreign = foreign.into_iter().map(Place::Address).chain(foreign_srv);
    let foreign = foreign.filter(|_| expected.whole).map(|place| place.to_string());
    dead.sort_by(|one, other| one.place.cmp(&other.place));
    (dead, foreign.collect())
}

/// The instances of a place.
enum Owners<'a> {
    /// One at least may be handed out, or is left to the eye.
    Usable,
    Dead(Vec<&'a Known>),
    Nobody,
}

impl<'a> Owners<'a> {
    fn of(expected: &'a Expected, is_there: impl Fn(&Known) -> bool) -> Self {
        let owners: Vec<_> = expected.instances.iter().filter(|known| is_there(known)).collect();
        if owners.is_empty() {
            Self::Nobody
        } else if owners.iter().any(|known| known.standing.is_usable()) {
            Self::Usable
        } else {
            Self::Dead(owners)
        }
    }
}

impl Handed {
    fn new(place: Place, owners: &[&Known], ttl: u32) -> Self {
        let mut instances: Vec<_> = owners.iter().map(|known| call(known)).collect();
        instances.sort();
        let standing = owners.iter().map(|known| known.standing).min().unwrap_or(Standing::Critical);
        Self { place, instances, standing, ttl }
    }
}

fn place(record: &Srv) -> Place {
    Place::Service(Target::of(record).say(), record.port)
}

/// Whether the addresses tell already that these are handed out.
fn said(owners: &[&Known], dead: &[Handed]) -> bool {
    let is_said = |known: &&Known| known.ip.is_some_and(|ip| dead.iter().any(|one| one.place == Place::Address(ip)));
    owners.iter().all(is_said)
}

/// Whether the addresses tell already that this is foreign.
fn is_of(record: &Srv, foreign: &BTreeSet<IpAddr>) -> bool {
    matches!(Target::of(record), Target::Address(ip) if foreign.contains(&ip))
}

/// Adds it, unless the other transport has it too.
fn add(dead: &mut Vec<Handed>, handed: Handed) {
    match dead.iter_mut().find(|one| one.place == handed.place) {
        Some(one) => one.ttl = one.ttl.min(handed.ttl),
        None => dead.push(handed),
    }
}

/// The name of an instance, with its address where the name does not have it.
fn call(known: &Known) -> String {
    match known.ip.map(|ip| ip.to_string()) {
        Some(ip) if !known.name.contains(&ip) => format!("{} at {ip}", known.name),
        _ => known.name.clone(),
    }
}

/// The passing instances that the server leaves out, as far as it answered.
pub(super) fn missing([a, aaaa]: [&Pair; 2], srv: &Pair, expected: &Expected) -> Vec<Lacking> {
    let by_address = |ip: IpAddr| {
        let pair = if ip.is_ipv4() { a } else { aaaa };
        let mut addresses = pair.best().into_iter().flat_map(|answer| &answer.addresses);
        pair.is_answered() && !addresses.any(|address| address.ip == ip)
    };
    let by_srv = |known| srv.best().is_some_and(|answer| !answer.srv.iter().any(|record| fits(record, known)));
    let mut missing = Vec::new();
    for known in expected.instances.iter().filter(|known| known.standing == Standing::Passing) {
        let is_missing = known.ip.is_some_and(by_address);
        if is_missing || by_srv(known) {
            missing.push(Lacking { only_srv: !is_missing, instance: call(known) });
        }
    }
    missing.sort();
    missing
}
