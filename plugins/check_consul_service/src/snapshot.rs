//! The answers of all agents, as plain data.

mod agent;
mod answer;
mod changes;
mod check;
mod cluster;
mod failure;
mod health;
mod instance;

use std::time::Duration;

pub(crate) use agent::Asked;
pub(crate) use answer::Answer;
pub(crate) use changes::Changes;
pub(crate) use check::{Check, Condition, GOSSIP, Scope, Status, is_of_maintenance};
pub(crate) use cluster::{Access, Autopilot, Itself, Local, Server, raft_name};
pub(crate) use failure::{DenialKind, Failure, UnreachableKind};
pub(crate) use health::Health;
pub(crate) use instance::{Instance, Key, Revision};

/// Every agent and its answers, in the order in which the agents were given.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// When the answers came, in seconds since 1970.
    pub(crate) at: f64,
    pub(crate) agents: Vec<Asked>,
    /// Tells an empty answer from a hidden one; only the last snapshot has it, if its best answer has no instance.
    pub(crate) access: Option<Access>,
    /// Everything that changed since the first snapshot of the run.
    pub(crate) changes: Changes,
    /// Whether one agent was read again after the others, and something had changed: no agent can be compared with it.
    pub(crate) is_mixed: bool,
}

/// One of an agent's two reads of the service's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// The agent's position in the snapshot.
    pub(crate) position: usize,
    /// Whether it is the consistent read, which a leader vouches for.
    pub(crate) proven: bool,
}

impl Read {
    /// The answer to this read.
    pub(crate) fn of(self, agents: &[Asked]) -> Option<&Health> {
        let asked = agents.get(self.position)?;
        if self.proven { asked.consistent.value() } else { asked.stale.value() }
    }
}

impl Snapshot {
    /// The answers that came at this moment; `earlier` is the snapshot before.
    pub(crate) fn new(at: f64, agents: Vec<Asked>, earlier: Option<&Self>) -> Self {
        let mut changes = Changes::default();
        if let Some(earlier) = earlier {
            changes = earlier.changes.clone();
            for (before, after) in earlier.agents.iter().zip(&agents) {
                changes = changes.since(&before.consistent, &after.consistent).since(&before.stale, &after.stale);
            }
        }
        Self { at, agents, access: None, changes, is_mixed: false }
    }

    /// A new snapshot, in which this read was answered again later.
    pub(crate) fn with(&self, read: Read, health: Health, changes: Changes) -> Self {
        let mut agents = self.agents.clone();
        let mut moved = false;
        if let Some(asked) = agents.get_mut(read.position) {
            let answer = if read.proven { &mut asked.consistent } else { &mut asked.stale };
            moved = answer.value().is_some_and(|before| before.conditions() != health.conditions());
            answer.result = Ok(health);
        }
        Self { at: self.at, agents, access: self.access.clone(), changes, is_mixed: self.is_mixed || moved }
    }

    /// The best answer about the service: one that a leader vouches for, else the freshest.
    pub(crate) fn best(&self) -> Option<Read> {
        best(&self.agents)
    }

    /// The answer to this read.
    pub(crate) fn health(&self, read: Read) -> Option<&Health> {
        read.of(&self.agents)
    }

    /// The leader's opinion of the servers, by the first agent that told us.
    pub(crate) fn autopilot(&self) -> Option<&Autopilot> {
        self.agents.iter().find_map(|asked| asked.autopilot.value())
    }
}

/// The best answer about the service: one that a leader vouches for, else the freshest.
pub(crate) fn best(agents: &[Asked]) -> Option<Read> {
    let proven = agents.iter().position(|asked| asked.proven().is_some());
    let freshest = || Some(Read { position: freshest(agents)?, proven: false });
    proven.map(|position| Read { position, proven: true }).or_else(freshest)
}

/// The position of the agent whose server heard from a leader last. A server that knows no leader and has no instance may
/// never have seen the catalog, and does not count.
fn freshest(agents: &[Asked]) -> Option<usize> {
    let reads = agents.iter().enumerate().filter_map(|(position, asked)| Some((position, asked.stale.value()?)));
    let reads = reads.filter(|(_, health)| health.known_leader || !health.instances.is_empty());
    let age = |health: &Health| (!health.known_leader, health.last_contact.unwrap_or(Duration::MAX));
    reads.min_by_key(|(_, health)| age(health)).map(|(position, _)| position)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use common::HostPort;

    use super::*;

    fn asked(consistent: &[&str], stale: &[&str]) -> Asked {
        let instance = |node: &&str| Instance {
            key: Key { node: (*node).to_owned(), id: "web".to_owned(), ..Key::default() },
            service: "web".to_owned(),
            address: HostPort { host: "192.0.2.1".to_owned(), port: Some(80) },
            selected: true,
            checks: Vec::new(),
            revision: Revision { registered: NonZeroU64::new(5), written: NonZeroU64::new(5) },
        };
        let answer = |nodes: &[&str]| {
            let health = Health { instances: nodes.iter().map(instance).collect(), ..Health::default() };
            Answer { result: Ok(health), time: Duration::ZERO }
        };
        Asked {
            consistent: answer(consistent),
            stale: answer(stale),
            ..Asked::failed(String::new(), &Failure::Needless)
        }
    }

    /// How many instances changed from one snapshot to the next.
    fn changed(before: &[Asked], after: &[Asked]) -> usize {
        let before = Snapshot::new(0.0, before.to_vec(), None);
        Snapshot::new(1.0, after.to_vec(), Some(&before)).changes.instances().count()
    }

    #[test]
    fn each_agent_is_compared_with_itself() {
        let (none, one): (&[&str], &[&str]) = (&[], &["a"]);
        let behind = [asked(one, none), asked(none, one)];
        assert_eq!(changed(&behind, &behind), 0);
        assert_eq!(changed(&behind, &[asked(one, one), asked(none, one)]), 1);
        assert_eq!(changed(&behind, &[asked(one, none), asked(one, one)]), 1);
        let mut silent = behind.clone();
        silent[0].consistent = Answer::none(Failure::Needless);
        assert_eq!(changed(&behind, &silent), 0);
    }

    #[test]
    fn an_answer_that_came_later_is_in_a_snapshot_of_its_own() {
        let first = Snapshot::new(0.0, vec![asked(&["a"], &["a"])], None);
        let read = Read { position: 0, proven: false };
        let renewed = |nodes: &[&str]| {
            let health = asked(&[], nodes).stale.result.unwrap();
            let later = first.with(read, health, Changes::default());
            (later.health(read).unwrap().instances.len(), later.is_mixed)
        };
        assert_eq!((renewed(&["a"]), renewed(&["a", "b"])), ((1, false), (2, true)));
        assert_eq!((first.health(read).unwrap().instances.len(), first.is_mixed), (1, false));
    }

    #[test]
    fn a_snapshot_remembers_what_changed_since_the_first() {
        let first = Snapshot::new(0.0, vec![asked(&["a"], &["a"])], None);
        let second = Snapshot::new(1.0, vec![asked(&["b"], &["b"])], Some(&first));
        let third = Snapshot::new(2.0, second.agents.clone(), Some(&second));
        assert_eq!((first.changes.instances().count(), third.changes.instances().count()), (0, 2));
    }
}
