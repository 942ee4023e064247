//! The DNS truth test: the API is read, then DNS, then the API again, and only what stood still is compared.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use common::dns::{Options, Server};
use common::{CheckError, Deadline, HostPort};

use crate::cli::Cli;
use crate::collect::Agents;
use crate::dns::{self, Comparison, Expected, Known, NameServer, Questions, Role, Standing};
use crate::evaluate::{Data, View};
use crate::health::Condition;
use crate::policy::{Query, Target};
use crate::snapshot::{Health, Instance, Snapshot};

/// Where Consul answers DNS unless it is told otherwise.
const CONSUL_PORT: u16 = 8600;

/// Where everybody else does.
const DNS_PORT: u16 = 53;

/// A silent server takes twice this long, and is asked twice.
const PATIENCE: Options = Options { timeout: Duration::from_secs(1), retries: 1, checking_disabled: false };

/// So often is asked until the instances stand still.
const ATTEMPTS: usize = 3;

/// Which name servers are asked for what.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) questions: Questions,
    servers: Vec<NameServer>,
    /// Hosts of agents whose addresses are not known yet.
    hosts: Vec<String>,
    /// Whether the name has all instances, or only those that are asked about.
    of_all: bool,
}

/// What the name servers said, next to what the API said before and after.
pub(crate) struct Truth {
    pub(crate) questions: Questions,
    pub(crate) told: Vec<dns::Told>,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) expected: Expected,
    /// Whether the instances stayed as they were meanwhile.
    pub(crate) still: bool,
}

impl Plan {
    /// What `--dns` asks for; none without it.
    ///
    /// # Errors
    /// When the service has no name in DNS, a server is not given by its address, or `resolv.conf` is at fault.
    pub(crate) fn new(cli: &Cli, target: &Target) -> Result<Option<Self>, CheckError> {
        let args = &cli.expectation;
        if args.dns.is_empty() {
            return Ok(None);
        }
        let query = &target.query;
        let name = args.dns_name.clone().unwrap_or_else(|| name(query));
        let questions = Questions::new(&name).map_err(|error| {
            CheckError::local(format!("\"{name}\" is no name for DNS: {error}"), "give the right one with --dns-name")
        })?;
        let of_all = query.node.is_some() || query.tags.len() > 1 || args.dns_name.is_some() && query.tags.is_empty();
        let mut plan = Self { questions, servers: Vec::new(), hosts: Vec::new(), of_all };
        for given in &args.dns {
            plan.add(given, target)?;
        }
        Ok(Some(plan))
    }

    /// A server by its address, or all that are usual.
    fn add(&mut self, given: &str, target: &Target) -> Result<(), CheckError> {
        if given.is_empty() {
            for agent in &target.agents {
                self.add_agent(agent.host());
            }
            let resolvers =
                common::dns::discover(Path::new("/etc/resolv.conf"), DNS_PORT, "name the servers, --dns SERVER")?;
            for server in resolvers {
                self.push(server);
            }
            return Ok(());
        }
        let wrong = |error: String| CheckError::local(error, "give --dns an address");
        let HostPort { host, port } = given.parse().map_err(wrong)?;
        self.push(Server::at(&host, port.unwrap_or(DNS_PORT)).map_err(wrong)?);
        Ok(())
    }

    fn add_agent(&mut self, host: &str) {
        match Server::at(host, CONSUL_PORT) {
            Ok(server) => self.push(server),
            Err(_) => self.hosts.push(host.to_owned()),
        }
    }

    fn push(&mut self, server: Server) {
        let role = if server.address.port() == CONSUL_PORT { Role::Consul } else { Role::Forwarder };
        if self.servers.iter().all(|known| known.server.address != server.address) {
            self.servers.push(NameServer { server, role });
        }
    }

    /// Looks up the agents that were given by name; one that has no address is no name server either.
    pub(crate) async fn look_up(mut self, deadline: Deadline) -> Self {
        for host in std::mem::take(&mut self.hosts) {
            let found = deadline.bound(tokio::net::lookup_host((host.as_str(), CONSUL_PORT))).await;
            for address in found.into_iter().flatten().flatten().take(1) {
                self.add_agent(&address.ip().to_string());
            }
        }
        self
    }

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
        let mut confirmed = false;
        for attempt in 1.. {
            let (place, proven, expected) = self.expected(snapshot, &target.query)?;
            let told = dns::ask(&self.servers, &self.questions, &PATIENCE, deadline).await;
            let comparisons: Vec<_> = told.iter().map(|told| dns::compare(told, &expected)).collect();
            let again = agents.health(place, proven).await.result.ok();
            let before = snapshot.agents.get_mut(place).and_then(|asked| asked.read(proven))?;
            let still = again.as_ref().is_some_and(|again| stood_still(before, again, attempt));
            let doubtful = comparisons.iter().any(Comparison::is_doubtful);
            let time_is_up = attempt >= ATTEMPTS || deadline.remaining() < target.recheck + PATIENCE.patience();
            if still && (!doubtful || confirmed) || time_is_up {
                return Some(Truth { questions: self.questions.clone(), told, comparisons, expected, still });
            }
            confirmed = still;
            tokio::time::sleep(target.recheck).await;
            if let Ok(health) = agents.health(place, proven).await.result
                && let Some(before) = snapshot.agents.get_mut(place).and_then(|asked| asked.read(proven))
            {
                *before = health;
            }
        }
        None
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

/// The name under which Consul's DNS has the instances (the documentation's "Standard lookup"). It knows one tag.
fn name(query: &Query) -> String {
    let tag = match (query.tags.as_slice(), &query.node) {
        ([tag], None) => format!("{tag}."),
        _ => String::new(),
    };
    let service = &query.service;
    let part =
        |value: &Option<String>, kind: &str| value.as_ref().map_or_else(String::new, |value| format!(".{value}{kind}"));
    let (namespace, partition) = (part(&query.namespace, ".ns"), part(&query.partition, ".ap"));
    let there = match &query.peer {
        Some(peer) => format!(".{peer}.peer"),
        // Without the label "dc" older versions know it too.
        None if namespace.is_empty() && partition.is_empty() => part(&query.datacenter, ""),
        None => part(&query.datacenter, ".dc"),
    };
    format!("{tag}{service}.service{namespace}{partition}{there}.consul")
}

fn known(instance: &Instance) -> Known {
    let HostPort { host, port } = &instance.address;
    Known {
        name: instance.name(),
        ip: host.parse::<IpAddr>().ok(),
        port: *port,
        node: instance.key.node.clone(),
        standing: match instance.condition() {
            Condition::Passing => Standing::Passing,
            Condition::Warning => Standing::Warning,
            Condition::Critical => Standing::Critical,
            Condition::Maintenance => Standing::Maintenance,
        },
    }
}

/// Whether the index did. Of a large service some check's output changes all the time: at last it is enough if every
/// instance is what it was.
fn stood_still(before: &Health, after: &Health, attempt: usize) -> bool {
    if before.index.is_some() && before.index == after.index {
        return true;
    }
    let standing = |health: &Health| -> Vec<_> {
        let mut all: Vec<_> =
            health.instances.iter().map(|one| (one.key.clone(), one.address.to_string(), one.condition())).collect();
        all.sort();
        all
    };
    (before.index.is_none() || attempt == ATTEMPTS) && standing(before) == standing(after)
}
