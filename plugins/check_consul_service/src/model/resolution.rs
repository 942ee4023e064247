//! The name in DNS, compared with the instances that did not change meanwhile.

use std::net::IpAddr;

use common::{HostPort, Snapshots};

use super::data::Data;
use crate::dns::{Activity, Comparison, Expected, Known, Lookup, Questions, ServerAnswers, Unsettled, compare};
use crate::name_servers::NameServers;
use crate::query::Query;
use crate::snapshot::{Changes, Instance, Snapshot};

/// The answers of the name servers, compared with those of the API before and after.
pub(crate) struct Resolution {
    pub(crate) questions: Questions,
    pub(crate) answers: Vec<ServerAnswers>,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) expected: Expected,
    /// Why it cannot be judged; `None` when there is something to compare with.
    pub(crate) unsettled: Option<Unsettled>,
}

impl Resolution {
    /// The last look-up, without what was not so in the one before. `None` when the API said nothing to compare with.
    pub(crate) fn new(lookups: &Snapshots<Lookup>, name_servers: &NameServers, query: &Query) -> Option<Self> {
        let resolution = Self::of(lookups.last(), name_servers, query)?;
        match (Self::earlier(lookups, name_servers, query), lookups.previous()) {
            // What was seen before the time ended still stands.
            (Some(earlier), Some(previous)) if resolution.unsettled == Some(Unsettled::NoTime) => {
                Some(earlier.unconfirmed(previous.activity()))
            }
            (Some(earlier), _) => Some(resolution.confirmed_by(&earlier)),
            (None, _) => Some(resolution.unconfirmed(lookups.last().activity())),
        }
    }

    /// Whether it cannot be judged yet, or is wrong in a way that the look-up before did not show.
    pub(super) fn is_doubtful(lookups: &Snapshots<Lookup>, name_servers: &NameServers, query: &Query) -> bool {
        let Some(resolution) = Self::of(lookups.last(), name_servers, query) else { return false };
        let is_repeated = || Self::earlier(lookups, name_servers, query).is_some_and(|one| resolution.repeats(&one));
        resolution.unsettled.is_some() || (resolution.is_wrong() && !is_repeated())
    }

    /// The look-up before the last, if it can be judged.
    fn earlier(lookups: &Snapshots<Lookup>, name_servers: &NameServers, query: &Query) -> Option<Self> {
        let earlier = Self::of(lookups.previous()?, name_servers, query)?;
        earlier.unsettled.is_none().then_some(earlier)
    }

    /// Compares with the instances that did not change. If all changed, with all of them, which proves nothing unless they
    /// agree.
    fn of(lookup: &Lookup, name_servers: &NameServers, query: &Query) -> Option<Self> {
        let still = Self::compared(lookup, &lookup.changes(), name_servers, query)?;
        let unsettled = match lookup.activity() {
            _ if lookup.answers.is_none() => Some(Unsettled::NoTime),
            Activity::Unread => Some(Unsettled::Unread),
            Activity::Still | Activity::Written => None,
        };
        if unsettled.is_some() || !still.expected.is_blank() {
            return Some(Self { unsettled, ..still });
        }
        let all = Self::compared(lookup, &Changes::default(), name_servers, query)?;
        Some(Self { unsettled: all.is_wrong().then_some(Unsettled::Moving), ..all })
    }

    /// Compares with all instances but those that changed.
    fn compared(lookup: &Lookup, changes: &Changes, name_servers: &NameServers, query: &Query) -> Option<Self> {
        let expected = expected(&lookup.snapshot, changes, name_servers, query)?;
        let answers = lookup.answers.clone().unwrap_or_default();
        let comparisons = answers.iter().map(|answers| compare(answers, &expected)).collect();
        Some(Self { questions: name_servers.questions.clone(), answers, comparisons, expected, unsettled: None })
    }

    fn is_wrong(&self) -> bool {
        self.comparisons.iter().any(Comparison::is_wrong)
    }

    /// Whether everything that is wrong was wrong before.
    fn repeats(&self, earlier: &Self) -> bool {
        self.comparisons.iter().zip(&earlier.comparisons).all(|(now, before)| now.repeats(before))
    }

    /// With nothing to compare it with, it counts unless something was written meanwhile.
    fn unconfirmed(self, activity: Activity) -> Self {
        let moving = (self.is_wrong() && activity == Activity::Written).then_some(Unsettled::Moving);
        Self { unsettled: self.unsettled.or(moving), ..self }
    }

    /// Without the instances and addresses that were not wrong before.
    fn confirmed_by(self, earlier: &Self) -> Self {
        let pairs = self.comparisons.into_iter().zip(&earlier.comparisons);
        Self { comparisons: pairs.map(|(now, before)| now.only_repeated(before)).collect(), ..self }
    }
}

/// The instances as the API has them, without those that changed, which it lists apart.
fn expected(snapshot: &Snapshot, changes: &Changes, name_servers: &NameServers, query: &Query) -> Option<Expected> {
    let data = Data::of(snapshot, query)?;
    let itself = snapshot.agents.iter().find_map(|asked| asked.itself.value());
    let meant = if name_servers.of_all { &data.all } else { &data.instances };
    let still = meant.iter().filter(|instance| !changes.has(&instance.key));
    Some(Expected {
        instances: still.map(|instance| known(instance)).collect(),
        changed: changes.instances().map(known).collect(),
        unseen: changes.unseen,
        whole: query.filter.is_none() && !data.health.filtered,
        only_passing: itself.and_then(|itself| itself.only_passing),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Check, Condition, Key, Revision, Scope, Status};

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
