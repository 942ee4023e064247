//! The DNS truth test: the API is read, then DNS, then the API again, and only instances that stood still are compared.

use std::net::IpAddr;
use std::time::Duration;

use common::dns::Options;
use common::{Deadline, HostPort};

use crate::changes::Changes;
use crate::collect::Agents;
use crate::dns::{self, Comparison, Expected, Known, Questions, Unsettled};
use crate::evaluate::{Data, View};
use crate::plan::Plan;
use crate::policy::{Query, Target};
use crate::snapshot::{Failure, Health, Instance, Snapshot};

/// How long one datagram may stay unanswered; less when little time is left. A silent server takes twice as long, and is
/// asked twice.
const PATIENCE: Duration = Duration::from_secs(1);

/// With less time than this nobody is asked: not even a healthy server would answer.
const LEAST: Duration = Duration::from_millis(100);

/// What a look at the API may take after that.
const SPARE: Duration = Duration::from_secs(1);

/// So often is asked until what is wrong was so twice.
const ATTEMPTS: usize = 3;

/// What the name servers said, next to what the API said before and after.
pub(crate) struct Truth {
    pub(crate) questions: Questions,
    pub(crate) told: Vec<dns::Told>,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) expected: Expected,
    /// Why it cannot be judged; none when there is something to compare with.
    pub(crate) unsettled: Option<Unsettled>,
}

impl Plan {
    /// Asks until what is wrong is so twice; what was read last of the API replaces what was read before. None when
    /// nothing is known to compare with.
    pub(crate) async fn ask(
        &self,
        agents: &Agents<'_>,
        snapshot: &mut Snapshot,
        target: &Target,
        deadline: Deadline,
    ) -> Option<Truth> {
        common::stage(format!("asking DNS for {}", self.questions.name));
        let mut changes = snapshot.changes.clone();
        let mut earlier = None;
        for attempt in 1.. {
            let (place, proven, expected) = self.expected(snapshot, &target.query, &changes)?;
            if deadline.remaining() < LEAST {
                return Some(self.unasked(expected));
            }
            let options = patience(deadline);
            let told = dns::ask(&self.servers, &self.questions, &options, short_of(deadline)).await;
            let again = agents.health(place, proven).await.result;
            let before = snapshot.agents.get_mut(place).and_then(|asked| asked.read(proven))?;
            let look = Look::of(before, &again, &mut changes);
            let truth = self.compare(told, snapshot, &target.query, &changes, look)?;
            let time_is_up = attempt >= ATTEMPTS || deadline.remaining() < target.recheck + options.patience();
            if time_is_up || truth.is_certain(earlier.as_ref()) {
                return Some(truth.seen_twice(earlier.as_ref(), look));
            }
            earlier = truth.unsettled.is_none().then_some(truth);
            tokio::time::sleep(target.recheck).await;
            if let Ok(health) = agents.health(place, proven).await.result {
                let before = snapshot.agents.get_mut(place).and_then(|asked| asked.read(proven))?;
                changes.note(before, &health);
                snapshot.renew(place, proven, health);
            }
        }
        None
    }

    /// Compares what name servers said with the instances that stood still; if none did, with all, which proves nothing
    /// unless they agree.
    fn compare(
        &self,
        told: Vec<dns::Told>,
        snapshot: &Snapshot,
        query: &Query,
        changes: &Changes,
        look: Look,
    ) -> Option<Truth> {
        let compared = |changes: &Changes| -> Option<(Expected, Vec<Comparison>)> {
            let (_, _, expected) = self.expected(snapshot, query, changes)?;
            let comparisons = told.iter().map(|told| dns::compare(told, &expected)).collect();
            Some((expected, comparisons))
        };
        let (mut expected, mut comparisons) = compared(changes)?;
        let mut unsettled = (look == Look::Unread).then_some(Unsettled::Unread);
        if unsettled.is_none() && expected.is_blank() {
            (expected, comparisons) = compared(&Changes::default())?;
            unsettled = comparisons.iter().any(Comparison::is_wrong).then_some(Unsettled::Moving);
        }
        Some(Truth { questions: self.questions.clone(), told, comparisons, expected, unsettled })
    }

    fn unasked(&self, expected: Expected) -> Truth {
        let (questions, unsettled) = (self.questions.clone(), Some(Unsettled::NoTime));
        Truth { questions, told: Vec::new(), comparisons: Vec::new(), expected, unsettled }
    }

    /// Which agent's answer DNS is compared with, whether a leader vouched for it, and what it says of the instances that
    /// stood still.
    pub(crate) fn expected(
        &self,
        snapshot: &Snapshot,
        query: &Query,
        changes: &Changes,
    ) -> Option<(usize, bool, Expected)> {
        let view = View::of(snapshot, query);
        let data = view.data.as_ref()?;
        let itself = snapshot.agents.iter().find_map(|asked| asked.itself.said());
        let still = self.meant(data).iter().filter(|instance| !changes.has(&instance.key));
        let expected = Expected {
            instances: still.map(|instance| known(instance)).collect(),
            changed: changes.instances().map(known).collect(),
            unseen: changes.unseen,
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

/// Leaves time to read the API once more, however silent the name servers are.
fn short_of(deadline: Deadline) -> Deadline {
    let remaining = deadline.remaining();
    deadline.within(remaining.saturating_sub(SPARE.min(remaining / 4)))
}

impl Truth {
    /// Whether nothing is wrong, or nothing that was not so in the earlier round.
    fn is_certain(&self, earlier: Option<&Self>) -> bool {
        let is_right = !self.comparisons.iter().any(Comparison::is_wrong);
        let repeats =
            |earlier: &Self| self.comparisons.iter().zip(&earlier.comparisons).all(|(now, was)| now.repeats(was));
        self.unsettled.is_none() && (is_right || earlier.is_some_and(repeats))
    }

    /// Without the instances and addresses that were wrong once only. If there was one round only, it counts unless
    /// something changed meanwhile.
    fn seen_twice(self, earlier: Option<&Self>, look: Look) -> Self {
        let Some(earlier) = earlier else {
            let is_wrong = self.comparisons.iter().any(Comparison::is_wrong);
            let moving = (is_wrong && look == Look::Moved).then_some(Unsettled::Moving);
            return Self { unsettled: self.unsettled.or(moving), ..self };
        };
        let pairs = self.comparisons.into_iter().zip(&earlier.comparisons);
        Self { comparisons: pairs.map(|(now, was)| now.only_repeated(was)).collect(), ..self }
    }
}

/// How the API answered after DNS, next to its answer before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Nothing was written meanwhile, as far as the answers tell.
    Still,
    /// Something was written, if only the output of a check.
    Moved,
    Unread,
}

impl Look {
    /// Notes what changed meanwhile.
    fn of(before: &Health, again: &Result<Health, Failure>, changes: &mut Changes) -> Self {
        let Ok(again) = again else { return Self::Unread };
        changes.note(before, again);
        if before.index == again.index { Self::Still } else { Self::Moved }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::Condition;
    use crate::snapshot::{Check, Key, Revision, Scope, Status};

    fn instance(node: &str, status: Status) -> Instance {
        let (id, empty) = ("web".to_owned(), String::new());
        let check = Check {
            id: id.clone(),
            name: empty.clone(),
            kind: empty.clone(),
            scope: Scope::Service,
            status,
            notes: empty,
            output: String::new(),
        };
        let address = HostPort { host: "192.0.2.1".to_owned(), port: Some(80) };
        let key = Key { node: node.to_owned(), id, ..Key::default() };
        let (service, revision) = ("web".to_owned(), Revision::default());
        Instance { key, service, address, selected: true, checks: vec![check], revision }
    }

    #[test]
    fn an_instance_is_known_by_its_address_and_health() {
        let mut one = instance("a", Status::Passing);
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
