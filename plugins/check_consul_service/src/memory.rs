//! What is remembered between two runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::dns::Grace;
use crate::health::Condition;
use crate::snapshot::{Instance, Key};

/// Changes of status are counted for so long, in seconds.
pub(crate) const HOUR: f64 = 3600.0;

/// More instances are not remembered: the state file would not hold them.
const MOST: usize = 2000;

/// No more changes are remembered of one instance.
const MOST_CHANGES: usize = 64;

/// After so long without a run nobody knows what was between, in seconds.
const GAP: f64 = 3600.0;

/// What earlier runs saw. Times are in seconds since 1970, by this host's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    /// When the last run was that saw the catalog.
    pub(crate) at: f64,
    /// The instances, by their keys in one text.
    pub(crate) instances: BTreeMap<String, Past>,
    /// Until when forwarders may hand out what is dead.
    pub(crate) grace: Grace,
}

/// An instance as it was last seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Past {
    /// As the output called it.
    pub(crate) name: String,
    pub(crate) condition: Condition,
    /// When it was last registered.
    pub(crate) seen: f64,
    /// Since when it is in maintenance.
    pub(crate) maintenance: Option<f64>,
    /// When its condition changed, the newest last.
    pub(crate) changes: Vec<f64>,
}

/// The key as one text, which no other key has.
pub(crate) fn text(key: &Key) -> String {
    let Key { peer, partition, namespace, node, id } = key;
    [peer, partition, namespace, node, id].map(|part| part.replace('\\', "\\\\").replace('/', "\\/")).join("/")
}

impl Memory {
    /// What of it holds at this moment; nothing that depends on time after a long time without a run, or when the clock
    /// was set.
    pub(crate) fn at(self, now: f64) -> Self {
        let ago = now - self.at;
        if (0.0..=GAP).contains(&ago) {
            return self;
        }
        // Who stayed in maintenance through the gap was probably in it all the time.
        let stays = |past: Past| Past { changes: Vec::new(), ..past };
        let instances =
            self.instances.into_iter().filter(|(_, past)| past.maintenance.is_some_and(|since| since <= now));
        let instances = instances.map(|(key, past)| (key, stays(past))).collect();
        Self { at: now, instances, grace: self.grace }
    }

    pub(crate) fn of(&self, key: &Key) -> Option<&Past> {
        self.instances.get(&text(key))
    }

    /// Those that were registered within the last `hold` seconds and are not among these.
    pub(crate) fn vanished(&self, instances: &[&Instance], now: f64, hold: f64) -> Vec<&Past> {
        let registered: BTreeSet<_> = instances.iter().map(|instance| text(&instance.key)).collect();
        let missing = self.instances.iter().filter(|(key, _)| !registered.contains(*key));
        missing.map(|(_, past)| past).filter(|past| now - past.seen <= hold).collect()
    }

    /// How often the condition of an instance changed within an hour, this moment included.
    pub(crate) fn changes(&self, instance: &Instance, now: f64) -> usize {
        next(self.of(&instance.key), "", instance.condition(), now).changes.len()
    }

    /// Since when an instance is in maintenance, as far as the runs saw it.
    pub(crate) fn maintenance(&self, instance: &Instance, now: f64) -> Option<f64> {
        next(self.of(&instance.key), "", instance.condition(), now).maintenance
    }

    /// What to remember after a run that saw these instances, and asked name servers or not.
    pub(crate) fn after(self, seen: &[&Instance], grace: Option<Grace>, now: f64, hold: f64) -> Self {
        let mut instances = self.instances;
        for instance in seen {
            let key = text(&instance.key);
            let past = next(instances.get(&key), &instance.name(), instance.condition(), now);
            instances.insert(key, past);
        }
        // Not before: what is still there is remembered whatever the hold, and however long ago the last run was.
        instances.retain(|_, past| (0.0..=hold).contains(&(now - past.seen)));
        while instances.len() > MOST {
            instances.pop_last();
        }
        Self { at: now, instances, grace: grace.unwrap_or(self.grace) }
    }
}

fn next(past: Option<&Past>, name: &str, condition: Condition, now: f64) -> Past {
    let mut changes = past.map(|past| past.changes.clone()).unwrap_or_default();
    changes.retain(|at| (0.0..=HOUR).contains(&(now - at)));
    // Maintenance comes and goes on purpose.
    let is_flap = |past: &Past| past.condition != condition && Condition::Maintenance > past.condition.max(condition);
    if past.is_some_and(is_flap) {
        changes.push(now);
    }
    let surplus = changes.len().saturating_sub(MOST_CHANGES);
    changes.drain(..surplus);
    let maintenance = (condition == Condition::Maintenance)
        .then(|| past.and_then(|past| past.maintenance).filter(|since| *since <= now).unwrap_or(now));
    Past { name: name.to_owned(), condition, seen: now, maintenance, changes }
}
