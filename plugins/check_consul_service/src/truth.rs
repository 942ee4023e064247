//! The DNS truth test: the API is read, then DNS, then the API again, and only what stood still is compared.

use std::net::IpAddr;
use std::time::Duration;

use common::dns::Options;
use common::{Deadline, HostPort};

use crate::collect::Agents;
use crate::dns::{self, Comparison, Expected, Known, Questions, Unsettled};
use crate::evaluate::{Data, View};
use crate::plan::Plan;
use crate::policy::{Query, Target};
use crate::snapshot::{Answer, Health, Instance, Snapshot};

/// How long one datagram may stay unanswered; less when little time is left. A silent server takes twice as long, and is
/// asked twice.
const PATIENCE: Duration = Duration::from_secs(1);

/// With less time than this nobody is asked: not even a healthy server would answer.
const LEAST: Duration = Duration::from_millis(100);

/// What a look at the API may take after that.
const SPARE: Duration = Duration::from_secs(1);

/// So often is asked until the instances stand still.
const ATTEMPTS: usize = 3;

/// What the name servers said, next to what the API said before and after.
pub(crate) struct Truth {
    pub(crate) questions: Questions,
    pub(crate) told: Vec<dns::Told>,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) expected: Expected,
    /// Why it cannot be judged; none when the instances stayed as they were meanwhile.
    pub(crate) unsettled: Option<Unsettled>,
}

impl Plan {
    /// Asks until the instances stand still, and what is wrong is so twice; what was read last of the API replaces what
    /// was read before. None when nothing is known to compare with.
    pub(crate) async fn ask(
        &self,
        agents: &Agents<'_>,
        snapshot: &mut Snapshot,
        target: &Target,
        deadline: Deadline,
    ) -> Option<Truth> {
        common::stage(format!("asking DNS for {}", self.questions.name));
        let mut wrong_before: Option<Vec<bool>> = None;
        for attempt in 1.. {
            let (place, proven, expected) = self.expected(snapshot, &target.query)?;
            if deadline.remaining() < LEAST {
                return Some(self.unasked(expected));
            }
            let options = patience(deadline);
            let told = dns::ask(&self.servers, &self.questions, &options, short_of(deadline)).await;
            let comparisons: Vec<_> = told.iter().map(|told| dns::compare(told, &expected)).collect();
            let again = agents.health(place, proven).await;
            let before = snapshot.agents.get_mut(place).and_then(|asked| asked.read(proven))?;
            let unsettled = unsettled(before, &again, attempt);
            let wrong: Vec<_> = comparisons.iter().map(Comparison::is_wrong).collect();
            let confirmed = !wrong.contains(&true) || wrong_before.is_some_and(|before| is_repeated(&wrong, &before));
            let time_is_up = attempt >= ATTEMPTS || deadline.remaining() < target.recheck + options.patience();
            if unsettled.is_none() && confirmed || time_is_up {
                return Some(Truth { questions: self.questions.clone(), told, comparisons, expected, unsettled });
            }
            wrong_before = unsettled.is_none().then_some(wrong);
            tokio::time::sleep(target.recheck).await;
            // What was wrong for other instances is not so twice.
            if let Ok(health) = agents.health(place, proven).await.result
                && snapshot.renew(place, proven, health)
            {
                wrong_before = None;
            }
        }
        None
    }

    fn unasked(&self, expected: Expected) -> Truth {
        let (questions, unsettled) = (self.questions.clone(), Some(Unsettled::NoTime));
        Truth { questions, told: Vec::new(), comparisons: Vec::new(), expected, unsettled }
    }

    /// Which agent's answer DNS is compared with, whether a leader vouched for it, and what it says.
    pub(crate) fn expected(&self, snapshot: &Snapshot, query: &Query) -> Option<(usize, bool, Expected)> {
        let view = View::of(snapshot, query);
        let data = view.data.as_ref()?;
        let itself = snapshot.agents.iter().find_map(|asked| asked.itself.said());
        let expected = Expected {
            instances: self.meant(data).iter().map(|instance| known(instance)).collect(),
            whole: query.filter.is_none() && !data.health.filtered,
            only_passing: itself.and_then(|itself| itself.only_passing),
        };
        Some((data.agent, data.proven, expected))
    }

    fn meant<'d>(&self, data: &'d Data<'d>) -> &'d [&'d Instance] {
        if self.of_all { &data.all } else { &data.instances }
    }
}

fn known(instance: &Instance) -> Known {
    let HostPort { host, port } = &instance.address;
    Known {
        name: instance.name(),
        ip: host.parse::<IpAddr>().ok(),
        port: *port,
        node: instance.key.node.clone(),
        standing: instance.condition(),
    }
}

fn patience(deadline: Deadline) -> Options {
    Options { timeout: PATIENCE.min(deadline.remaining() / 6), retries: 1, checking_disabled: false }
}

/// Why what DNS said cannot be compared with what the API said before it.
fn unsettled(before: &Health, again: &Answer<Health>, attempt: usize) -> Option<Unsettled> {
    match &again.result {
        Ok(again) if stood_still(before, again, attempt) => None,
        Ok(_) => Some(Unsettled::Moving),
        Err(_) => Some(Unsettled::Unread),
    }
}

/// Leaves time to read the API once more, however silent the name servers are.
fn short_of(deadline: Deadline) -> Deadline {
    let remaining = deadline.remaining();
    deadline.within(remaining.saturating_sub(SPARE.min(remaining / 4)))
}

/// Whether every server that is wrong now was so before.
fn is_repeated(now: &[bool], before: &[bool]) -> bool {
    now.iter().zip(before).all(|(now, before)| !now || *before)
}

/// Whether the index did. Of a large service some check's output changes all the time: after the first attempt it is
/// enough if every instance is what it was.
fn stood_still(before: &Health, after: &Health, attempt: usize) -> bool {
    if before.index.is_some() && before.index == after.index {
        return true;
    }
    (before.index.is_none() || attempt > 1) && before.standing() == after.standing()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::Condition;
    use crate::snapshot::{Check, Key, Scope, Status};

    fn instance(node: &str, status: Status, output: &str) -> Instance {
        let (id, empty) = ("web".to_owned(), String::new());
        let check = Check {
            id: id.clone(),
            name: empty.clone(),
            kind: empty.clone(),
            scope: Scope::Service,
            status,
            notes: empty,
            output: output.to_owned(),
        };
        let address = HostPort { host: "192.0.2.1".to_owned(), port: Some(80) };
        let key = Key { node: node.to_owned(), id, ..Key::default() };
        Instance { key, service: "web".to_owned(), address, selected: true, checks: vec![check] }
    }

    fn health(index: Option<u64>, instances: Vec<Instance>) -> Health {
        Health { instances, index, ..Health::default() }
    }

    #[test]
    fn what_has_the_same_index_has_stood_still() {
        let one = vec![instance("a", Status::Passing, "")];
        for attempt in 1..=ATTEMPTS {
            assert!(stood_still(&health(Some(7), one.clone()), &health(Some(7), Vec::new()), attempt));
        }
        for (before, after) in [(Some(7), Some(8)), (Some(7), None)] {
            let (before, after) = (health(before, one.clone()), health(after, one.clone()));
            assert!(!stood_still(&before, &after, 1));
        }
    }

    /// Where there is no index to go by, or it never stays the same.
    #[test]
    fn at_last_it_is_enough_that_every_instance_is_what_it_was() {
        let two = |first: Status| vec![instance("a", first, ""), instance("b", Status::Passing, "")];
        let before = two(Status::Passing);
        let mut elsewhere = before.clone();
        elsewhere[0].address.port = Some(81);
        let mut other = before.clone();
        other[0].key.id = "other".to_owned();
        let reworded = vec![instance("b", Status::Passing, "y"), instance("a", Status::Passing, "x")];
        for (after, still) in [
            (before.clone(), true),
            (reworded, true),
            (two(Status::Warning), false),
            (two(Status::Critical), false),
            (before[..1].to_vec(), false),
            (Vec::new(), false),
            (elsewhere, false),
            (other, false),
        ] {
            let at = |before_at: Option<u64>, after_at: Option<u64>, attempt| {
                stood_still(&health(before_at, before.clone()), &health(after_at, after.clone()), attempt)
            };
            assert_eq!(at(Some(7), Some(8), ATTEMPTS), still, "{after:?}");
            assert_eq!(at(Some(7), None, ATTEMPTS), still, "{after:?}");
            assert_eq!(at(None, None, 1), still, "{after:?}");
            assert_eq!(at(None, Some(8), 1), still, "{after:?}");
        }
    }

    #[test]
    fn an_instance_is_known_by_its_address_and_health() {
        let mut one = instance("a", Status::Passing, "");
        let standing = |one: &Instance| known(one).standing;
        assert_eq!((known(&one).ip, known(&one).port), (Some(IpAddr::from([192, 0, 2, 1])), Some(80)));
        assert_eq!((known(&one).node.as_str(), known(&one).name.as_str()), ("a", "a (192.0.2.1:80)"));
        assert_eq!(standing(&one), Condition::Passing);
        one.checks[0].status = Status::Warning;
        assert_eq!(standing(&one), Condition::Warning);
        one.checks[0].status = Status::Critical;
        assert_eq!(standing(&one), Condition::Critical);
        one.checks[0].id = "_service_maintenance:web".to_owned();
        assert_eq!(standing(&one), Condition::Maintenance);
        one.address = HostPort { host: "web.example".to_owned(), port: None };
        assert_eq!((known(&one).ip, known(&one).port), (None, None));
    }
}
