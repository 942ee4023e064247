//! The instances that changed during one run.

use std::collections::BTreeMap;

use super::answer::Answer;
use super::health::Health;
use super::instance::{Instance, Key};

/// Everything that changed during the run, even if it is again as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The instances that changed, as the answers showed them, without their checks: one entry for each address.
    seen: BTreeMap<Key, Vec<Instance>>,
    /// Whether something came and went that no answer showed.
    pub(crate) unseen: bool,
}

impl Changes {
    /// Whether this instance changed.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.seen.contains_key(key)
    }

    /// The instances that changed, with each of their addresses.
    pub(crate) fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.seen.values().flatten()
    }

    /// With what differs between two answers to one question. A server that lags behind the others shows no change.
    #[must_use]
    pub(super) fn since(self, before: &Answer<Health>, after: &Answer<Health>) -> Self {
        match (before.value(), after.value()) {
            (Some(before), Some(after)) => self.with(before, after),
            _ => self,
        }
    }

    /// With what differs between these two.
    #[must_use]
    pub(crate) fn with(mut self, before: &Health, after: &Health) -> Self {
        let (old, new) = (by_key(before), by_key(after));
        for (key, instance) in &old {
            match new.get(key) {
                Some(now) if !differ(instance, now) => {}
                now => [Some(instance), now].into_iter().flatten().for_each(|one| self.add(one)),
            }
        }
        for (_, instance) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
            self.add(instance);
        }
        self.unseen |= hides_a_change(before, after);
        self
    }

    fn add(&mut self, instance: &Instance) {
        let known = self.seen.entry(instance.key.clone()).or_default();
        if known.iter().all(|one| one.address != instance.address) {
            let (key, service, address) = (instance.key.clone(), instance.service.clone(), instance.address.clone());
            known.push(Instance { key, service, address, checks: Vec::new(), ..*instance });
        }
    }
}

fn by_key(health: &Health) -> BTreeMap<&Key, &Instance> {
    health.instances.iter().map(|instance| (&instance.key, instance)).collect()
}

/// Whether these are not the same registration in the same condition. One that was registered anew is another, although
/// it looks the same; the output of its checks does not count.
fn differ(one: &Instance, other: &Instance) -> bool {
    one.address != other.address
        || one.selected != other.selected
        || one.condition() != other.condition()
        || one.revision.registered != other.revision.registered
}

/// Whether the index moved and nothing in the later answer was written so late: Consul counts what was removed, too.
/// An answer without the indexes of its instances does not tell.
fn hides_a_change(before: &Health, after: &Health) -> bool {
    let (Some(was), Some(is)) = (before.index, after.index) else { return false };
    let written = after.instances.iter().filter_map(|instance| instance.revision.written).max();
    was != is && written.map_or(after.instances.is_empty(), |written| written.get() < is)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use common::HostPort;

    use super::*;
    use crate::snapshot::{Check, Revision, Scope, Status};

    type Change = fn(&mut Instance);

    /// An instance that was registered at this index, and written then, too.
    fn instance(node: &str, registered: u64) -> Instance {
        let revision = Revision { registered: NonZeroU64::new(registered), written: NonZeroU64::new(registered) };
        let check = Check {
            id: "web".to_owned(),
            name: String::new(),
            kind: String::new(),
            scope: Scope::Service,
            status: Status::Passing,
            notes: String::new(),
            output: String::new(),
        };
        Instance {
            key: Key { node: node.to_owned(), id: "web".to_owned(), ..Key::default() },
            service: "web".to_owned(),
            address: HostPort { host: "192.0.2.1".to_owned(), port: Some(80) },
            selected: true,
            checks: vec![check],
            revision,
        }
    }

    fn health(index: Option<u64>, instances: &[Instance]) -> Health {
        Health { instances: instances.to_vec(), index, ..Health::default() }
    }

    /// What changed from each look to the next.
    fn changes(looks: &[Health]) -> Changes {
        looks.windows(2).fold(Changes::default(), |changes, pair| changes.with(&pair[0], &pair[1]))
    }

    /// The nodes of the instances that changed, with their addresses.
    fn seen(changes: &Changes) -> Vec<String> {
        changes.instances().map(|one| format!("{} {}", one.key.node, one.address)).collect()
    }

    #[test]
    fn an_instance_that_is_not_in_every_look_has_changed() {
        let (a, flap) = (instance("a", 5), instance("flap", 6));
        let (with, without) = ([a.clone(), flap], [a]);
        for looks in [
            [&with[..], &without, &without],
            [&without, &with, &without],
            [&without, &without, &with],
            [&with, &without, &with],
        ] {
            let looks: Vec<_> = (6..).zip(looks).map(|(index, instances)| health(Some(index), instances)).collect();
            assert_eq!(seen(&changes(&looks)), ["flap 192.0.2.1:80"], "{looks:?}");
        }
        let still = [health(Some(6), &with), health(Some(6), &with)];
        assert_eq!(changes(&still), Changes::default());
    }

    #[test]
    fn an_instance_has_changed_if_it_is_not_the_same_registration_in_the_same_condition() {
        let a = instance("a", 5);
        let cases: [(Change, &[&str]); 8] = [
            (|_| (), &[]),
            (|one| "x".clone_into(&mut one.checks[0].output), &[]),
            (|one| one.revision.written = NonZeroU64::new(9), &[]),
            (|one| one.checks[0].status = Status::Warning, &["a 192.0.2.1:80"]),
            (|one| one.selected = false, &["a 192.0.2.1:80"]),
            (|one| one.address.port = Some(81), &["a 192.0.2.1:80", "a 192.0.2.1:81"]),
            // It was removed and registered anew between the looks.
            (|one| one.revision.registered = NonZeroU64::new(9), &["a 192.0.2.1:80"]),
            (|one| "b".clone_into(&mut one.key.node), &["a 192.0.2.1:80", "b 192.0.2.1:80"]),
        ];
        for (change, changed) in cases {
            let mut other = a.clone();
            change(&mut other);
            let (before, after) = (health(None, std::slice::from_ref(&a)), health(None, &[other]));
            assert_eq!(seen(&changes(&[before.clone(), after.clone()])), changed, "{after:?}");
            assert_eq!(seen(&changes(&[before.clone(), after, before])), changed, "back again");
        }
    }

    /// Consul's index of a service is that of its last change, removals included (measured: 1.8.7).
    #[test]
    fn an_index_that_nothing_explains_stands_for_something_unseen() {
        let (old, new, bare) = ([instance("a", 5)], [instance("a", 5), instance("b", 9)], [instance("a", 0)]);
        for (was, is, instances, unseen) in [
            (Some(9), Some(9), &old[..], false),
            (Some(5), Some(9), &new, false),
            (Some(5), Some(10), &new, true),
            (Some(5), Some(10), &old, true),
            (Some(5), Some(10), &[], true),
            // A server that is behind the one that answered before.
            (Some(10), Some(7), &old, true),
            (Some(10), Some(5), &old, false),
            // Who removes the indexes says nothing.
            (Some(5), Some(10), &bare, false),
            (None, Some(10), &old, false),
            (Some(5), None, &old, false),
        ] {
            let looks = [health(was, instances), health(is, instances)];
            assert_eq!(changes(&looks).unseen, unseen, "{looks:?}");
        }
    }
}
