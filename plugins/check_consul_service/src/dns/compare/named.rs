//! What is named, and which instances that is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use common::dns::{Answer, Name};

use super::super::srv::{Mark, Offer, Target};
use super::super::{Expected, Known};
use super::index::Index;
use super::pair::Pair;
use crate::snapshot::Condition;

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
    /// What the output calls the instances that are there. Shared, as a hostile server has thousands of places for all
    /// instances of one port.
    pub(crate) instances: Arc<[String]>,
    /// The best of theirs.
    pub(crate) standing: Condition,
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

/// What is handed out and should not be: what is dead, and what no instance has. An address of an instance that changed
/// is neither.
pub(super) fn unexpected<'a>(
    addresses: &BTreeMap<IpAddr, u32>,
    offers: impl Iterator<Item = &'a Offer>,
    index: &Index,
) -> (Vec<Handed>, Vec<String>) {
    let mut found = Unexpected::default();
    for (ip, ttl) in addresses.iter().filter(|(ip, _)| !index.has_changed_at(**ip)) {
        found.add(Place::Address(*ip), &Owners::of(index.at(*ip)), *ttl);
    }
    // Records of one mark have the same owners, and those may be all instances.
    let mut owners: HashMap<&Mark, Owners> = HashMap::new();
    for offer in offers.filter(|offer| !index.has_changed_with(&offer.mark)) {
        let owners = owners.entry(&offer.mark).or_insert_with(|| found.owners(index.with(&offer.mark)));
        found.add_offer(offer, owners);
    }
    let foreign = found.foreign.iter().filter(|_| index.is_whole).map(Place::to_string).collect();
    (found.dead.into_iter().map(|(place, (dead, ttl))| Handed::new(place, dead, ttl)).collect(), foreign)
}

/// What should not be handed out, as far as it is found.
#[derive(Default)]
struct Unexpected {
    /// With the smallest TTL of its records, in seconds.
    dead: BTreeMap<Place, (Dead, u32)>,
    /// The places that no instance has.
    foreign: BTreeSet<Place>,
}

/// The instances of a place.
enum Owners {
    /// One at least may be handed out, or is left to the eye.
    Usable,
    /// The addresses tell already that they are handed out.
    Said,
    Dead(Dead),
    Nobody,
}

/// What the output says of instances that must not be handed out.
#[derive(Clone)]
struct Dead {
    /// In order.
    instances: Arc<[String]>,
    /// The best of theirs.
    standing: Condition,
}

impl Unexpected {
    fn add(&mut self, place: Place, owners: &Owners, ttl: u32) {
        match owners {
            Owners::Usable | Owners::Said => {}
            Owners::Nobody => drop(self.foreign.insert(place)),
            Owners::Dead(dead) => {
                // The other transport may have it too.
                let (_, least) = self.dead.entry(place).or_insert_with(|| (dead.clone(), ttl));
                *least = ttl.min(*least);
            }
        }
    }

    fn add_offer(&mut self, offer: &Offer, owners: &Owners) {
        let is_news = match owners {
            Owners::Usable | Owners::Said => false,
            Owners::Dead(_) => true,
            Owners::Nobody => !self.is_foreign(&offer.target),
        };
        if is_news {
            self.add(Place::Service(offer.target.say(), offer.port), owners, offer.ttl);
        }
    }

    /// Whether the addresses tell already that this is foreign.
    fn is_foreign(&self, target: &Target) -> bool {
        matches!(target, Target::Address(ip) if self.foreign.contains(&Place::Address(*ip)))
    }

    /// Who these are by SRV, once all addresses are known.
    fn owners(&self, instances: &[&Known]) -> Owners {
        let is_said = |known: &&Known| known.ip.is_some_and(|ip| self.dead.contains_key(&Place::Address(ip)));
        let are_said = !instances.is_empty() && instances.iter().all(is_said);
        if are_said { Owners::Said } else { Owners::of(instances) }
    }
}

impl Owners {
    fn of(instances: &[&Known]) -> Self {
        match instances.iter().map(|known| known.standing).min() {
            None => Self::Nobody,
            Some(standing) if standing.is_usable() => Self::Usable,
            Some(standing) => {
                let mut instances: Vec<_> = instances.iter().map(|known| call(known)).collect();
                instances.sort();
                Self::Dead(Dead { instances: instances.into(), standing })
            }
        }
    }
}

impl Handed {
    fn new(place: Place, Dead { instances, standing }: Dead, ttl: u32) -> Self {
        Self { place, instances, standing, ttl }
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
pub(super) fn missing([a, aaaa]: [&Pair; 2], srv: Option<&Vec<Offer>>, expected: &Expected) -> Vec<Lacking> {
    let (a, aaaa) = (addresses(a), addresses(aaaa));
    let by_address = |ip: IpAddr| {
        let named = if ip.is_ipv4() { &a } else { &aaaa };
        named.as_ref().is_some_and(|named| !named.contains(&ip))
    };
    let offered: Option<HashSet<_>> = srv.map(|offers| offers.iter().map(|offer| &offer.mark).collect());
    let by_srv = |known| {
        let is_offered = |offered: &HashSet<&Mark>| Mark::all_of(known).any(|mark| offered.contains(&mark));
        offered.as_ref().is_some_and(|offered| !is_offered(offered))
    };
    let mut missing = Vec::new();
    for known in expected.instances.iter().filter(|known| known.standing == Condition::Passing) {
        let is_missing = known.ip.is_some_and(by_address);
        if is_missing || by_srv(known) {
            missing.push(Lacking { only_srv: !is_missing, instance: call(known) });
        }
    }
    missing.sort();
    missing
}

/// The addresses of one family in the whole answer; none when there is no answer.
fn addresses(pair: &Pair) -> Option<HashSet<IpAddr>> {
    let addresses = pair.best().into_iter().flat_map(|answer| &answer.addresses);
    pair.is_answered().then(|| addresses.map(|address| address.ip).collect())
}
