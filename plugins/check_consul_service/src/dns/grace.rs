//! How long a forwarder may still hand out a dead instance, by the TTL of its answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::compare::{Comparison, Handed};
use super::{NameServer, Role};

/// No more is remembered than this, whatever servers hand out.
const MOST: usize = 256;

/// Until when a forwarder may hand out what is dead, in seconds since 1970, by server and place.
///
/// A forwarder that asks again gets a new TTL; without memory that would never end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Grace(BTreeMap<String, f64>);

impl Grace {
    /// For how many seconds more the server may hand it out. Consul itself may not at all.
    pub(super) fn left(&self, server: &NameServer, handed: &Handed, now: f64) -> Option<f64> {
        if server.role == Role::Consul {
            return None;
        }
        let ttl = f64::from(handed.ttl);
        let left = self.0.get(&key(server, handed)).map_or(ttl, |until| (until - now).min(ttl));
        Some(left).filter(|left| *left > 0.0)
    }
}

/// What was over for so long concerns nobody, in seconds: the server is not asked any more.
const FORGET: f64 = 86_400.0;

/// What to remember after these answers. A server that said nothing may have kept what it had.
pub(crate) fn grace_after(grace: &Grace, comparisons: &[Comparison], now: f64) -> Grace {
    let mut after = grace.0.clone();
    after.retain(|_, until| now - *until < FORGET);
    for comparison in comparisons.iter().filter(|comparison| comparison.has_answered()) {
        let prefix = prefix(&comparison.server);
        after.retain(|key, _| !key.starts_with(&prefix));
        let dead = comparison.dead.iter().filter(|_| comparison.server.role == Role::Forwarder);
        for handed in dead {
            let key = key(&comparison.server, handed);
            let first = now + f64::from(handed.ttl);
            // A moment beyond that is one of a clock that was set back.
            let until = grace.0.get(&key).map_or(first, |until| until.min(first));
            after.insert(key, until);
        }
    }
    while after.len() > MOST {
        after.pop_last();
    }
    Grace(after)
}

fn prefix(server: &NameServer) -> String {
    format!("{} > ", server.server.name)
}

fn key(server: &NameServer, handed: &Handed) -> String {
    format!("{}{}", prefix(server), handed.place)
}
