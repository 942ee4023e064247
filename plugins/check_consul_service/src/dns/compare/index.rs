//! The instances, by what an answer may have of them.

use std::collections::HashMap;
use std::net::IpAddr;

use super::super::srv::Mark;
use super::super::{Expected, Known};

/// Finds the instances of an address or a record without a look at all the others: whoever answers, with however many
/// records, takes no more time than it has records.
pub(super) struct Index<'a> {
    by_ip: HashMap<IpAddr, Vec<&'a Known>>,
    by_mark: HashMap<Mark, Vec<&'a Known>>,
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
        Self { by_ip, by_mark, is_whole: expected.whole }
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
        is_hidden || there.iter().any(|known| known.standing.is_usable())
    }
}
