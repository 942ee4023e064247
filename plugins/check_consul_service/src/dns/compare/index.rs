//! The instances, by what an answer may have of them.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::super::srv::Mark;
use super::super::{Expected, Known};

/// Finds the instances of an address or a record without a look at all the others: whoever answers, with however many
/// records, takes no more time than it has records.
pub(super) struct Index<'a> {
    by_ip: HashMap<IpAddr, Vec<&'a Known>>,
    by_mark: HashMap<Mark, Vec<&'a Known>>,
    /// The addresses and marks of instances that changed.
    changed: (HashSet<IpAddr>, HashSet<Mark>),
    /// Whether what is not here is nowhere.
    pub(super) is_whole: bool,
}

impl<'a> Index<'a> {
    pub(super) fn of(expected: &'a Expected) -> Self {
        let (mut by_ip, mut by_mark): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = (HashMap::new(), HashMap::new());
        for known in &expected.instances {
            if let Some(ip) = known.ip {
                by_ip.entry(ip).or_default().push(known);
            }
            for mark in Mark::all_of(known) {
                by_mark.entry(mark).or_default().push(known);
            }
        }
        let changed = &expected.changed;
        let changed =
            (changed.iter().filter_map(|known| known.ip).collect(), changed.iter().flat_map(Mark::all_of).collect());
        Self { by_ip, by_mark, changed, is_whole: expected.whole && !expected.unseen }
    }

    /// Whether an instance that changed is or was there.
    pub(super) fn has_changed_at(&self, ip: IpAddr) -> bool {
        self.changed.0.contains(&ip)
    }

    /// Whether this is or was a record of an instance that changed.
    pub(super) fn has_changed_with(&self, mark: &Mark) -> bool {
        self.changed.1.contains(mark)
    }

    pub(super) fn at(&self, ip: IpAddr) -> &[&'a Known] {
        self.by_ip.get(&ip).map_or(&[], Vec::as_slice)
    }

    pub(super) fn with(&self, mark: &Mark) -> &[&'a Known] {
        self.by_mark.get(mark).map_or(&[], Vec::as_slice)
    }

    /// Whether clients that are sent there may find the service.
    pub(super) fn may_use(&self, ip: IpAddr) -> bool {
        let there = self.at(ip);
        let is_hidden = !self.is_whole && there.is_empty();
        is_hidden || self.has_changed_at(ip) || there.iter().any(|known| known.standing.is_usable())
    }
}
