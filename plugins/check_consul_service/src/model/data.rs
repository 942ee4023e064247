//! The best answer about the service.

use std::collections::{BTreeMap, BTreeSet};

use crate::query::Query;
use crate::snapshot::{Condition, Health, Instance, Key, Read, Snapshot};

/// The best answer about the service, and the instances in it.
pub(crate) struct Data<'a> {
    pub(crate) health: &'a Health,
    /// The agent and the read that it comes from.
    pub(crate) read: Read,
    /// The instances of exactly this service that were asked about, each once.
    pub(crate) instances: Vec<&'a Instance>,
    /// All instances of exactly this service.
    pub(crate) all: Vec<&'a Instance>,
    /// Other services that a look-up finds, since their names differ only in case.
    pub(crate) twins: BTreeSet<&'a str>,
}

impl<'a> Data<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot, query: &Query) -> Option<Self> {
        let read = snapshot.best()?;
        let health = snapshot.health(read)?;
        let service = query.service.as_str();
        let all: Vec<_> = exact(health, service).into_values().collect();
        let instances = all.iter().copied().filter(|instance| instance.selected).collect();
        let twins = health.instances.iter().map(|instance| instance.service.as_str());
        Some(Self { health, read, instances, all, twins: twins.filter(|name| *name != service).collect() })
    }

    /// How many of the instances are in this condition.
    pub(crate) fn count(&self, wanted: Condition) -> usize {
        self.instances.iter().filter(|instance| instance.condition() == wanted).count()
    }
}

/// The instances of exactly this service, each once.
pub(super) fn exact<'a>(health: &'a Health, service: &str) -> BTreeMap<&'a Key, &'a Instance> {
    let exact = health.instances.iter().filter(|instance| instance.service == service);
    exact.map(|instance| (&instance.key, instance)).collect()
}
