//! What agents said at some moment, and what it comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use clap::Parser;
use common::{CheckError, Report, Rules, ServiceState, Snapshots};

use crate::CATALOGUE;
use crate::cli::{Cli, Environment};
use crate::collect::recorded as record;
use crate::dns::{Lookup, ServerAnswers, Unsettled};
use crate::evaluate::evaluate;
use crate::history::History;
use crate::model::{self, Resolution, Service};
use crate::policy::{Policy, Target};
use crate::query::Query;
use crate::snapshot::{Asked, Check, DenialKind, Failure, Health, Instance, Scope, Snapshot, Status, UnreachableKind};

/// What a record of `testdata` shows: what real agents answered in that state.
macro_rules! recorded {
    ($state:literal) => {
        recorded!($state, &[])
    };
    // Asked with these arguments.
    ($state:literal, $args:expr) => {
        $crate::evaluate::tests::scene::Scene::asking(
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/", $state, ".http")),
            $args,
        )
    };
}
pub(super) use recorded;

/// The answers at some moment, with what was seen before.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) snapshot: Snapshot,
    pub(super) history: History,
    /// The answers before the agents were asked again.
    pub(super) first: First,
    /// The arguments that the agents were asked with.
    args: Vec<String>,
    query: Query,
    /// What name servers said, where they were asked, and whether the instances stayed as they were meanwhile.
    told: Option<(Vec<ServerAnswers>, bool)>,
    /// How long these arguments miss what vanished.
    hold: Duration,
}

/// The answers before the agents were asked again.
#[derive(Clone)]
pub(super) enum First {
    /// They were not asked again.
    None,
    /// The agents gave the same answers twice.
    Same,
    Other(Box<Snapshot>),
}

/// All of its answers help nobody to understand a test that failed.
impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scene")
    }
}

/// A server and a client agent of three servers, on each of which an instance of `galeradb` passes; ACLs are off.
pub(super) fn healthy() -> Scene {
    recorded!("two-agents")
}

impl Scene {
    pub(super) fn asking(said: &str, args: &[&str]) -> Self {
        let cli = cli(args);
        let query = target(&cli).query;
        Self {
            snapshot: record::snapshot(said, &query),
            history: History::default(),
            first: First::Same,
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            query,
            told: None,
            hold: cli.expectation.vanished_hold,
        }
    }

    /// Seen for the first time: what differs may be on its way.
    pub(super) fn first_look(mut self) -> Self {
        self.first = First::None;
        self
    }

    /// Asked again, after this scene showed something doubtful.
    pub(super) fn after(self, first: Self) -> Self {
        Self { first: First::Other(Box::new(first.snapshot)), ..self }
    }

    /// One of the agents alone.
    pub(super) fn only(mut self, agent: usize) -> Self {
        self.snapshot.agents = vec![self.snapshot.agents.swap_remove(agent)];
        self
    }

    /// With an agent that says something else.
    pub(super) fn agent(mut self, agent: usize, change: impl FnOnce(&mut Asked)) -> Self {
        change(&mut self.snapshot.agents[agent]);
        self
    }

    /// The same of all agents.
    pub(super) fn agents(mut self, change: impl Fn(&mut Asked)) -> Self {
        self.snapshot.agents.iter_mut().for_each(change);
        self
    }

    /// With other reads of the service's health, of whatever agent and kind.
    pub(super) fn health(self, change: impl Fn(&mut Health)) -> Self {
        self.agents(|asked| {
            for read in [&mut asked.consistent, &mut asked.stale] {
                if let Ok(health) = &mut read.result {
                    change(health);
                }
            }
        })
    }

    /// With other instances, whoever is asked.
    pub(super) fn instances(self, change: impl Fn(&mut Vec<Instance>)) -> Self {
        self.health(|health| change(&mut health.instances))
    }

    /// With another instance, whoever is asked; agents say nothing of those on their own nodes.
    pub(super) fn instance(self, position: usize, change: impl Fn(&mut Instance)) -> Self {
        self.instances(|instances| change(&mut instances[position])).unseen_by_agents()
    }

    /// With checks of an instance: their ids, what they speak of, and what they say.
    pub(super) fn checks(self, position: usize, checks: &[(&str, Scope, Status)]) -> Self {
        let checks: Vec<_> = checks.iter().map(|(id, scope, status)| check(id, *scope, *status)).collect();
        self.instance(position, |instance| instance.checks.clone_from(&checks))
    }

    /// With an agent without instances on its own node, to which nothing can be compared.
    pub(super) fn unseen_by_agents(self) -> Self {
        self.agents(|asked| asked.local.result = Ok(Vec::new()))
    }

    /// With name servers that said this, while the instances stayed as they were.
    pub(super) fn told(mut self, told: Vec<ServerAnswers>) -> Self {
        self.told = Some((told, true));
        self
    }

    /// With instances that kept changing while name servers were asked.
    pub(super) fn restless(mut self) -> Self {
        self.told = self.told.map(|(told, _)| (told, false));
        self
    }

    /// With requests for the service's health that all fail.
    pub(super) fn failing(self, failure: &Failure) -> Self {
        self.agents(|asked| fail(asked, failure))
    }

    /// What is remembered of this scene, so many seconds later, when what `next` shows was said.
    pub(super) fn then(self, seconds: f64, next: Self) -> Self {
        let history = self.history.clone().at(self.snapshot.at);
        let service = Service::new(&self.snapshot, &history, &self.query);
        let history = service.next_history(self.hold).unwrap_or_else(|| self.history.clone());
        let at = self.snapshot.at + seconds;
        Self { snapshot: Snapshot { at, ..next.snapshot }, history, ..next }
    }

    fn cli(&self, args: &[&str]) -> Cli {
        let asked: Vec<_> = self.args.iter().map(String::as_str).collect();
        cli(&[&asked, args].concat())
    }

    /// What is asked about with these arguments beside those of the scene.
    pub(super) fn query(&self, args: &[&str]) -> Query {
        target(&self.cli(args)).query
    }

    /// What the operator expects who gives these arguments beside those of the scene.
    ///
    /// # Errors
    /// The arguments are at fault.
    pub(super) fn expecting(&self, args: &[&str]) -> Result<Policy, CheckError> {
        policy(&self.cli(args))
    }

    /// With a token, whatever it is.
    pub(super) fn report_with_token(&self, args: &[&str]) -> Report {
        self.judged(&Policy { has_token: true, ..self.expecting(args).unwrap() })
    }

    pub(super) fn report(&self, args: &[&str]) -> Report {
        self.judged(&self.expecting(args).unwrap())
    }

    fn judged(&self, policy: &Policy) -> Report {
        let history = self.history.clone().at(self.snapshot.at);
        let first = match &self.first {
            First::None => None,
            First::Same => Some(&self.snapshot),
            First::Other(snapshot) => Some(snapshot.as_ref()),
        };
        let first = first.map(|first| Service::new(first, &history, &policy.query));
        let service = Service::new(&self.snapshot, &history, &policy.query);
        let service = Service { resolution: self.resolution(), ..service };
        evaluate(first.as_ref(), &service, policy)
    }

    /// Whether the agents would be asked again, after these arguments beside those of the scene.
    pub(super) fn is_doubtful(&self, args: &[&str]) -> bool {
        model::recheck(&Snapshots::one(self.snapshot.clone()), &target(&self.cli(args))).is_some()
    }

    fn resolution(&self) -> Option<Resolution> {
        let (told, still) = self.told.clone()?;
        let target = target(&self.cli(&["--dns", "192.0.2.53"]));
        let read = self.snapshot.best()?;
        let after = Ok(self.snapshot.health(read)?.clone());
        let lookups = Snapshots::one(Lookup { snapshot: self.snapshot.clone(), read, answers: Some(told), after });
        let resolution = Resolution::new(&lookups, &target.name_servers.unwrap(), &self.query)?;
        Some(Resolution { unsettled: (!still).then_some(Unsettled::Moving), ..resolution })
    }

    pub(super) fn verdict(&self, args: &[&str]) -> (ServiceState, String) {
        self.report(args).render()
    }

    #[track_caller]
    pub(super) fn assert(&self, args: &[&str], state: ServiceState, said: &[&str]) -> String {
        let (actual, text) = self.verdict(args);
        for part in said {
            assert!(text.contains(part), "{part:?} not in {text}");
        }
        assert_eq!(actual, state, "{text}");
        text
    }

    /// The first line, without perfdata.
    #[track_caller]
    pub(super) fn assert_first(&self, args: &[&str], line: &str) {
        let text = self.verdict(args).1;
        let first = text.lines().next().unwrap_or_default().split('|').next().unwrap_or_default();
        assert_eq!(first, line, "{text}");
    }

    /// The ids of all that was found, also of what is fine.
    pub(super) fn ids(&self, args: &[&str]) -> BTreeSet<&'static str> {
        ids(&self.report(args))
    }

    /// The metrics that were measured, with their values.
    pub(super) fn metrics(&self, args: &[&str]) -> BTreeMap<String, String> {
        metrics(&self.report(args))
    }

    /// The value of a metric; none where it was not measured.
    pub(super) fn metric(&self, args: &[&str], id: &str) -> Option<String> {
        self.metrics(args).remove(id)
    }

    /// What is said of metrics outside their ranges.
    pub(super) fn alerts(&self, args: &[&str]) -> Vec<(ServiceState, String)> {
        let report = self.report(args);
        let outside = report.findings().into_iter().filter(|finding| finding.id.is_none() && !finding.limit.is_empty());
        outside.map(|finding| (finding.state, format!("{} ({})", finding.text, finding.limit))).collect()
    }
}

pub(super) fn ids(report: &Report) -> BTreeSet<&'static str> {
    report.findings().into_iter().filter_map(|finding| finding.id).collect()
}

pub(super) fn metrics(report: &Report) -> BTreeMap<String, String> {
    let metrics = report.metrics();
    metrics.into_iter().map(|metric| (metric.label.to_string(), metric.value.to_string())).collect()
}

fn cli(args: &[&str]) -> Cli {
    Cli::try_parse_from(["check_consul_service", "-s", "galeradb"].iter().chain(args)).unwrap()
}

fn target(cli: &Cli) -> Target {
    Target::new(cli, &Environment::default()).unwrap()
}

fn policy(cli: &Cli) -> Result<Policy, CheckError> {
    Policy::new(cli, &target(cli), Rules::new(&CATALOGUE, &cli.common)?)
}

/// The output with more and more details.
pub(super) const VERBOSE: [&[&str]; 4] = [&[], &["-v"], &["-vv"], &["-vvv"]];

/// A check with nothing to say but its status.
pub(super) fn check(id: &str, scope: Scope, status: Status) -> Check {
    let kind = "http".to_owned();
    Check { id: id.to_owned(), name: id.to_owned(), kind, scope, status, notes: String::new(), output: String::new() }
}

pub(super) fn fail(asked: &mut Asked, failure: &Failure) {
    (asked.consistent.result, asked.stale.result) = (Err(failure.clone()), Err(failure.clone()));
    asked.leader.result = Err(failure.clone());
}

pub(super) fn untrusted() -> Failure {
    Failure::NotTrusted("its certificate is not signed by a trusted authority".to_owned())
}

pub(super) fn rejected() -> Failure {
    Failure::Rejected("\"Bad request: Invalid query parameter: \\\"ns\\\"\"".to_owned())
}

pub(super) fn refused() -> Failure {
    Failure::unreachable(UnreachableKind::PortClosed, "connection refused")
}

pub(super) fn silent() -> Failure {
    Failure::unreachable(UnreachableKind::Silent, "no complete answer within 4.8 s")
}

pub(super) fn denied() -> Failure {
    Failure::denied(DenialKind::Permission, "\"Permission denied\"")
}

pub(super) fn unknown_token() -> Failure {
    Failure::denied(DenialKind::UnknownToken, "\"ACL not found\"")
}

pub(super) fn wrong() -> Failure {
    Failure::NotUnderstood("bad JSON".to_owned())
}

pub(super) fn limited() -> Failure {
    Failure::RateLimited("\"rate limit exceeded, try again later or against a different server\"".to_owned())
}
