//! The history: what earlier runs saw.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use common::history::{HistoryDirs, Store};

use crate::dns::Grace;
use crate::snapshot::{Condition, Instance, Key};

/// How long a change of status counts, in seconds.
pub(crate) const HOUR: f64 = 3600.0;

/// More instances are not remembered: the history file would not hold them.
const MOST: usize = 2000;

/// No more changes are remembered of one instance.
const MOST_CHANGES: usize = 64;

/// What earlier runs saw. Times are in seconds since 1970, by this host's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct History {
    /// When the last run was that saw the catalog; 0 before the first.
    pub(crate) at: f64,
    /// Whether there is no place for a history, so that nothing is known about earlier runs.
    #[serde(skip)]
    pub(crate) is_lost: bool,
    /// The instances, by their keys in one text.
    pub(crate) instances: BTreeMap<String, LastSeen>,
    /// Until when forwarders may hand out what is dead.
    pub(crate) grace: Grace,
}

/// An instance as it was last seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LastSeen {
    /// As the output called it.
    pub(crate) name: String,
    pub(crate) condition: Condition,
    /// When it was first registered, as far as the runs saw it; 0 for what the first run found.
    #[serde(default)]
    pub(crate) first: f64,
    /// When it was last registered.
    pub(crate) seen: f64,
    /// Since when it is in maintenance.
    pub(crate) maintenance: Option<f64>,
    /// When its condition changed, the newest last.
    pub(crate) changes: Vec<f64>,
}

/// The store of the history of the check with this key.
pub(crate) fn store(directories: &HistoryDirs, key: &str) -> Store<History> {
    Store::open(directories, "check_consul_service", key)
}

impl History {
    /// Reads the history, as far as a run at this moment may believe it.
    pub(crate) fn read(store: &mut Store<Self>, now: f64) -> Self {
        let is_lost = store.place_is_missing().is_some();
        Self { is_lost, ..store.take().at(now) }
    }

    /// The part that holds at this moment. Only a clock that was wrong can have seen the future, so nothing of that counts,
    /// except how long instances have been in maintenance.
    pub(crate) fn at(self, now: f64) -> Self {
        if self.at <= now {
            return self;
        }
        let stays = |last: LastSeen| LastSeen { changes: Vec::new(), ..last };
        let instances =
            self.instances.into_iter().filter(|(_, last)| last.maintenance.is_some_and(|since| since <= now));
        let instances = instances.map(|(key, last)| (key, stays(last))).collect();
        Self { at: now, is_lost: self.is_lost, instances, grace: self.grace }
    }

    /// The instance with this key, as it was last seen.
    pub(crate) fn of(&self, key: &Key) -> Option<&LastSeen> {
        self.instances.get(&key.text())
    }

    /// The instances that were registered within the last `hold` seconds and are not among these.
    pub(crate) fn vanished(&self, instances: &[&Instance], now: f64, hold: f64) -> Vec<&LastSeen> {
        let registered: BTreeSet<_> = instances.iter().map(|instance| instance.key.text()).collect();
        let missing = self.instances.iter().filter(|(key, _)| !registered.contains(*key));
        missing.map(|(_, last)| last).filter(|last| is_within(last.seen, now, hold)).collect()
    }

    /// How many of these came up within the last `hold` seconds: they replace as many that went.
    pub(crate) fn appeared(&self, instances: &[&Instance], now: f64, hold: f64) -> usize {
        // Once history is full, nobody knows which of the other instances are new.
        let unknown = if self.instances.len() < MOST { now } else { 0.0 };
        let first = |instance: &&&Instance| self.of(&instance.key).map_or(unknown, |last| last.first);
        instances.iter().filter(|instance| is_within(first(instance), now, hold)).count()
    }

    /// How often the condition of an instance changed within an hour, this moment included.
    pub(crate) fn changes(&self, instance: &Instance, now: f64) -> usize {
        next(self.of(&instance.key), "", instance.condition(), now).changes.len()
    }

    /// The moment when an instance's maintenance began, as far as the runs saw it.
    pub(crate) fn maintenance(&self, instance: &Instance, now: f64) -> Option<f64> {
        next(self.of(&instance.key), "", instance.condition(), now).maintenance
    }

    /// The history after a run that saw these instances; `grace` when it asked name servers.
    pub(crate) fn after(&self, seen: &[&Instance], grace: Option<Grace>, now: f64, hold: f64) -> Self {
        let mut instances = self.instances.clone();
        // Nobody knows since when what the first run finds has been there.
        let new = if self.at > 0.0 { now } else { 0.0 };
        for instance in seen {
            let key = instance.key.text();
            let known = instances.get(&key);
            let first = known.map_or(new, |last| last.first);
            let last = LastSeen { first, ..next(known, &instance.name(), instance.condition(), now) };
            instances.insert(key, last);
        }
        // Not before: what is still there is remembered whatever the hold, and however long ago the last run was.
        instances.retain(|_, last| is_within(last.seen, now, hold));
        while instances.len() > MOST {
            instances.pop_last();
        }
        Self { at: now, is_lost: self.is_lost, instances, grace: grace.unwrap_or_else(|| self.grace.clone()) }
    }
}

/// Whether a moment is one of the last `span` seconds: one in the future is one of a clock that was wrong.
fn is_within(moment: f64, now: f64, span: f64) -> bool {
    (0.0..=span).contains(&(now - moment))
}

fn next(last: Option<&LastSeen>, name: &str, condition: Condition, now: f64) -> LastSeen {
    let mut changes = last.map(|last| last.changes.clone()).unwrap_or_default();
    changes.retain(|at| is_within(*at, now, HOUR));
    // Maintenance comes and goes on purpose, and of a change during a long pause nobody knows when it was.
    let is_flap = |last: &LastSeen| {
        let on_purpose = last.condition.max(condition) == Condition::Maintenance;
        last.condition != condition && !on_purpose && is_within(last.seen, now, HOUR)
    };
    if last.is_some_and(is_flap) {
        changes.push(now);
    }
    let surplus = changes.len().saturating_sub(MOST_CHANGES);
    changes.drain(..surplus);
    let maintenance = (condition == Condition::Maintenance)
        .then(|| last.and_then(|last| last.maintenance).filter(|since| *since <= now).unwrap_or(now));
    LastSeen { name: name.to_owned(), condition, first: 0.0, seen: now, maintenance, changes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Check, Revision, Scope, Status};
    use common::HostPort;
    use proptest::prelude::*;
    use proptest::sample::select;

    const DAY: f64 = 86_400.0;

    fn key(node: &str) -> Key {
        Key { node: node.to_owned(), id: "web".to_owned(), ..Key::default() }
    }

    fn instance(node: &str, condition: Condition) -> Instance {
        let (id, status) = match condition {
            Condition::Passing => ("web", Status::Passing),
            Condition::Warning => ("web", Status::Warning),
            Condition::Critical => ("web", Status::Critical),
            Condition::Maintenance => ("_node_maintenance", Status::Critical),
        };
        let (id, empty) = (id.to_owned(), String::new());
        let check = Check {
            name: id.clone(),
            id,
            kind: empty.clone(),
            scope: Scope::Node,
            status,
            notes: empty.clone(),
            output: empty,
        };
        let address = HostPort { host: "192.0.2.1".to_owned(), port: None };
        let (service, revision) = ("web".to_owned(), Revision::default());
        Instance { key: key(node), service, address, selected: true, checks: vec![check], revision }
    }

    /// A run at this time that saw these.
    fn run(history: History, now: f64, hold: f64, seen: &[(&str, Condition)]) -> History {
        let instances: Vec<_> = seen.iter().map(|(node, condition)| instance(node, *condition)).collect();
        history.at(now).after(&instances.iter().collect::<Vec<_>>(), None, now, hold)
    }

    fn names(last: &[&LastSeen]) -> Vec<String> {
        last.iter().map(|last| last.name.clone()).collect()
    }

    #[test]
    fn what_is_gone_is_kept_for_the_hold_and_no_longer() {
        let first = run(History::default(), DAY, 100.0, &[("a", Condition::Passing), ("b", Condition::Passing)]);
        let only = [instance("a", Condition::Passing)];
        let seen: Vec<_> = only.iter().collect();
        assert_eq!(names(&first.vanished(&seen, DAY + 100.0, 100.0)), ["b (192.0.2.1)"]);
        assert!(first.vanished(&seen, DAY + 101.0, 100.0).is_empty());
        let second = run(first, DAY + 60.0, 100.0, &[("a", Condition::Passing)]);
        assert_eq!(
            second.of(&key("b")).map(|last| last.seen),
            Some(DAY),
            "when it was there last, not when it was missed"
        );
        let third = run(second, DAY + 100.0, 100.0, &[("a", Condition::Passing)]);
        assert!(third.of(&key("b")).is_some());
        let fourth = run(third, DAY + 101.0, 100.0, &[("a", Condition::Passing)]);
        assert!(fourth.of(&key("b")).is_none() && fourth.of(&key("a")).is_some());
    }

    #[test]
    fn changes_are_counted_for_an_hour_and_the_newest_of_many_kept() {
        let flip = |step: usize| if step.is_multiple_of(2) { Condition::Passing } else { Condition::Critical };
        let flips = |count: usize, pause: f64| {
            let times = (0_u32..).map(|step| DAY + f64::from(step) * pause);
            times
                .zip(0..=count)
                .fold(History::default(), |history, (now, step)| run(history, now, HOUR, &[("a", flip(step))]))
        };
        let history = flips(5, 60.0);
        assert_eq!(history.of(&key("a")).unwrap().changes, [60.0, 120.0, 180.0, 240.0, 300.0].map(|after| DAY + after));
        assert_eq!(history.changes(&instance("a", flip(5)), DAY + 300.0), 5);
        assert_eq!(history.changes(&instance("a", flip(6)), DAY + 310.0), 6, "this moment's is one of them");
        assert_eq!(history.changes(&instance("a", flip(5)), DAY + 60.0 + HOUR), 5);
        assert_eq!(history.changes(&instance("a", flip(5)), DAY + 61.0 + HOUR), 4);
        assert_eq!(history.changes(&instance("new", flip(1)), DAY + 310.0), 0);
        let many = flips(100, 1.0);
        let changes = &many.of(&key("a")).unwrap().changes;
        assert_eq!((changes.len(), changes.last()), (MOST_CHANGES, Some(&(DAY + 100.0))));
    }

    #[test]
    fn a_maintenance_is_as_old_as_the_first_run_that_saw_it() {
        let seen = [("a", Condition::Maintenance)];
        let history = run(run(History::default(), DAY, HOUR, &seen), DAY + 600.0, HOUR, &seen);
        let in_it = instance("a", Condition::Maintenance);
        assert_eq!(history.maintenance(&in_it, DAY + 700.0), Some(DAY));
        assert_eq!(history.maintenance(&instance("a", Condition::Passing), DAY + 700.0), None);
        assert_eq!(history.maintenance(&instance("b", Condition::Maintenance), DAY + 700.0), Some(DAY + 700.0));
        // One that begins in the future is one of a clock that was wrong.
        assert_eq!(history.maintenance(&in_it, DAY - 1.0), Some(DAY - 1.0));
        let ended = run(history, DAY + 700.0, HOUR, &[("a", Condition::Passing)]);
        assert_eq!(ended.maintenance(&in_it, DAY + 800.0), Some(DAY + 800.0));
    }

    /// However long nobody looked: the hold says for how long an instance is missed, not how often the check runs.
    #[test]
    fn a_pause_in_the_runs_forgets_nothing() {
        let (week, month) = (7.0 * DAY, 30.0 * DAY);
        let seen = [("a", Condition::Passing), ("b", Condition::Maintenance)];
        let history = run(History::default(), DAY, month, &seen);
        assert_eq!(history.clone().at(DAY + week), history);
        let later = run(history, DAY + week, month, &seen[1..]);
        assert_eq!(later.of(&key("a")).map(|last| last.seen), Some(DAY));
        assert_eq!(later.of(&key("b")).unwrap().maintenance, Some(DAY));
        let there = [instance("b", Condition::Maintenance)];
        let there: Vec<_> = there.iter().collect();
        assert_eq!(names(&later.vanished(&there, DAY + month, month)), ["a (192.0.2.1)"]);
        assert!(later.vanished(&there, DAY + month + 1.0, month).is_empty());
    }

    #[test]
    fn of_a_clock_that_was_set_back_only_maintenance_is_believed() {
        let seen = [("a", Condition::Passing), ("b", Condition::Maintenance)];
        let before = run(History::default(), DAY - 60.0, HOUR, &[("a", Condition::Critical), seen[1]]);
        let history = run(before, DAY, HOUR, &seen);
        assert_eq!(history.changes(&instance("a", Condition::Passing), DAY), 1);
        let earlier = history.clone().at(DAY - 1.0);
        assert!(earlier.of(&key("a")).is_none());
        assert_eq!(earlier.of(&key("b")).unwrap().maintenance, Some(DAY - 60.0));
        assert_eq!(names(&earlier.vanished(&[], DAY - 1.0, HOUR)), [""; 0], "nobody can have seen it in the future");
        // And it is not forgotten by the run that follows.
        let after = run(history.clone(), DAY - 1.0, HOUR, &seen);
        assert_eq!(after.of(&key("b")).unwrap().maintenance, Some(DAY - 60.0));
        // What began in the future did not.
        assert_eq!(history.at(DAY - 120.0), History { at: DAY - 120.0, ..History::default() });
    }

    /// Who is taken out on purpose and put back does not flap, whatever his health is then.
    #[test]
    fn maintenance_that_comes_or_goes_is_no_change() {
        use Condition::{Critical, Maintenance, Passing, Warning};
        let count = |conditions: &[Condition]| {
            let times = (0_u32..).map(|step| DAY + 60.0 * f64::from(step));
            let history = times
                .zip(conditions)
                .fold(History::default(), |history, (now, condition)| run(history, now, HOUR, &[("a", *condition)]));
            history.of(&key("a")).unwrap().changes.len()
        };
        for (conditions, changes) in [
            (&[Passing, Maintenance, Passing, Maintenance, Passing][..], 0),
            (&[Critical, Maintenance, Critical], 0),
            (&[Passing, Maintenance, Critical], 0),
            (&[Passing, Critical, Maintenance, Critical, Passing], 2),
            (&[Passing, Warning, Critical], 2),
            (&[Passing, Passing], 0),
        ] {
            assert_eq!(count(conditions), changes, "{conditions:?}");
        }
    }

    #[test]
    fn no_more_is_remembered_than_a_file_holds() {
        let nodes: Vec<_> = (0..MOST + 100).map(|number| format!("node{number:05}")).collect();
        let seen: Vec<_> = nodes.iter().map(|node| (node.as_str(), Condition::Passing)).collect();
        let history = run(History::default(), DAY, HOUR, &seen);
        assert_eq!(history.instances.len(), 2000);
        // The same ones as before, or some would vanish by being left out.
        assert_eq!(run(history.clone(), DAY, HOUR, &seen), history);
        let instances: Vec<_> = seen.iter().map(|(node, condition)| instance(node, *condition)).collect();
        assert!(history.vanished(&instances.iter().collect::<Vec<_>>(), DAY + 60.0, HOUR).is_empty());
    }

    /// What an older or a newer version wrote is read as far as it goes.
    #[test]
    fn a_memory_is_read_as_it_was_written() {
        let seen = [("a", Condition::Critical), ("b", Condition::Maintenance), ("c", Condition::Warning)];
        let history = run(run(History::default(), DAY, HOUR, &[("a", Condition::Passing)]), DAY + 0.25, HOUR, &seen);
        let text = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str::<History>(&text).unwrap(), history);
        assert!(text.contains(r#""condition":"maintenance""#), "{text}");
        assert_eq!(
            serde_json::from_str::<History>(r#"{"at": 1.0, "more": {}}"#).ok().map(|history| history.at),
            Some(1.0)
        );
        assert_eq!(serde_json::from_str::<History>("{}").unwrap(), History::default());
        assert!(serde_json::from_str::<History>(r#"{"instances": {"a": {}}}"#).is_err());
    }

    fn any_run() -> impl Strategy<Value = (f64, Vec<(&'static str, Condition)>)> {
        let conditions = [Condition::Passing, Condition::Warning, Condition::Critical, Condition::Maintenance];
        let one = (select(vec!["a", "b", "c"]), select(conditions.to_vec()));
        (select(vec![1.0, 59.5, 60.0, 1800.0, 3600.0]), prop::collection::vec(one, 0..4))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        /// As long as runs follow each other, all is remembered that was there within the hold, and nothing else.
        #[test]
        fn nothing_is_forgotten_within_the_hold(runs in prop::collection::vec(any_run(), 1..12), hold in select(vec![1.0, 60.0, 600.0, 3600.0])) {
            let (mut history, mut now) = (History::default(), DAY);
            let mut expected: BTreeMap<String, f64> = BTreeMap::new();
            for (pause, seen) in runs {
                now += pause;
                history = run(history, now, hold, &seen);
                expected.extend(seen.iter().map(|(node, _)| (key(node).text(), now)));
                expected.retain(|_, seen| now - *seen <= hold);
                let remembered: BTreeMap<_, _> = history.instances.iter().map(|(key, last)| (key.clone(), last.seen)).collect();
                prop_assert_eq!(&remembered, &expected);
                for last in history.instances.values() {
                    prop_assert!(last.changes.is_sorted() && last.changes.iter().all(|at| now - at <= HOUR + hold));
                    prop_assert!(last.maintenance.is_none_or(|since| since <= now));
                    prop_assert_eq!(last.maintenance.is_some(), last.condition == Condition::Maintenance);
                }
            }
        }
    }
}
