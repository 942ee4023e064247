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
use crate::snapshot::{Answer, Health, Instance, Snapshot};

/// Where Consul answers DNS unless it is told otherwise.
const CONSUL_PORT: u16 = 8600;

/// Where everybody else does.
const DNS_PORT: u16 = 53;

/// How long one datagram may stay unanswered; less when little time is left. A silent server takes twice as long, and is
/// asked twice.
const PATIENCE: Duration = Duration::from_secs(1);

/// With less time than this nobody is asked: not even a healthy server would answer.
const LEAST: Duration = Duration::from_millis(100);

/// What a look at the API may take after that.
const SPARE: Duration = Duration::from_secs(1);

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
    /// Why it cannot be judged; none when the instances stayed as they were meanwhile.
    pub(crate) unsettled: Option<String>,
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
        // Without tags and a node these are the same.
        let of_all = query.node.is_some() || query.tags.len() > 1;
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
        let deadline = deadline.within(PATIENCE * 3);
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
            let wrong: Vec<_> = comparisons.iter().map(Comparison::is_doubtful).collect();
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
        let unsettled = Some("no time was left to ask DNS: raise --timeout, or look at what took it".to_owned());
        let questions = self.questions.clone();
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

fn patience(deadline: Deadline) -> Options {
    Options { timeout: PATIENCE.min(deadline.remaining() / 6), retries: 1, checking_disabled: false }
}

/// Why what DNS said cannot be compared with what the API said before it.
fn unsettled(before: &Health, again: &Answer<Health>, attempt: usize) -> Option<String> {
    match &again.result {
        Ok(again) if stood_still(before, again, attempt) => None,
        Ok(_) => Some("the instances kept changing while DNS was asked".to_owned()),
        Err(_) => Some("the API could not be read again after DNS was asked".to_owned()),
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
    use crate::cli::Environment;
    use crate::snapshot::{Check, Key, Scope, Status};
    use clap::Parser;

    fn target(args: &[&str]) -> (Cli, Target) {
        let cli = Cli::try_parse_from([&["x", "-s", "web"], args].concat()).unwrap();
        let target = Target::new(&cli, &Environment::default()).unwrap();
        (cli, target)
    }

    fn plan(args: &[&str]) -> Result<Option<Plan>, CheckError> {
        let (cli, target) = target(args);
        Plan::new(&cli, &target)
    }

    /// With a server that is not asked by anybody here.
    fn asking(args: &[&str]) -> Plan {
        plan(&[&["--dns", "192.0.2.53"], args].concat()).unwrap().unwrap()
    }

    fn servers(plan: &Plan) -> Vec<(&str, Role)> {
        plan.servers.iter().map(|server| (server.server.name.as_str(), server.role)).collect()
    }

    /// Of Consul's documentation, "Perform static DNS queries" and "Consul DNS reference": `[TAG.]SERVICE.service[.NAMESPACE.ns][.PARTITION.ap]`
    /// `[.DATACENTER.dc][.PEER.peer].consul`; without namespace and partition `[.DATACENTER]` is older and means the same.
    #[test]
    fn the_name_is_that_of_what_is_asked_about() {
        for (args, name) in [
            (&[][..], "web.service.consul"),
            (&["--tag", "Master"], "master.web.service.consul"),
            (&["--datacenter", "dc2"], "web.service.dc2.consul"),
            (&["--tag", "a", "--datacenter", "dc2"], "a.web.service.dc2.consul"),
            (&["--namespace", "shop"], "web.service.shop.ns.consul"),
            (&["--partition", "blue"], "web.service.blue.ap.consul"),
            (&["--namespace", "shop", "--datacenter", "dc2"], "web.service.shop.ns.dc2.dc.consul"),
            (&["--partition", "blue", "--datacenter", "dc2"], "web.service.blue.ap.dc2.dc.consul"),
            (
                &["--tag", "a", "--namespace", "shop", "--partition", "blue", "--datacenter", "dc2"],
                "a.web.service.shop.ns.blue.ap.dc2.dc.consul",
            ),
            (&["--peer", "east"], "web.service.east.peer.consul"),
            (&["--peer", "east", "--namespace", "shop"], "web.service.shop.ns.east.peer.consul"),
            // DNS knows one tag, and nodes under another name only.
            (&["--tag", "a", "--tag", "b"], "web.service.consul"),
            (&["--node", "db1"], "web.service.consul"),
            (&["--node", "db1", "--tag", "a"], "web.service.consul"),
            (&["--filter", "Node.Meta.zone == a"], "web.service.consul"),
            (&["--dns-name", "db.example."], "db.example"),
            (&["--dns-name", "db.example", "--tag", "a", "--datacenter", "dc2"], "db.example"),
        ] {
            assert_eq!(asking(args).questions.name, name, "{args:?}");
        }
    }

    /// What the name cannot say is left out of no comparison.
    #[test]
    fn where_the_name_has_more_than_is_asked_about_all_count() {
        for (args, of_all) in [
            (&[][..], false),
            (&["--tag", "a"], false),
            (&["--tag", "a", "--tag", "b"], true),
            (&["--node", "db1"], true),
            (&["--node", "db1", "--tag", "a"], true),
            (&["--dns-name", "a.web.service.consul", "--tag", "a"], false),
        ] {
            assert_eq!(asking(args).of_all, of_all, "{args:?}");
        }
    }

    #[test]
    fn a_server_is_consuls_own_by_its_port() {
        assert!(plan(&[]).unwrap().is_none(), "nobody is asked who was not asked for");
        let plan = plan(&[
            "--dns=10.0.0.1:8600",
            "--dns=10.0.0.1",
            "--dns=10.0.0.2:5353",
            "--dns=[fd00::1]:8600",
            "--dns=fd00::2",
            "--dns=10.0.0.1:53",
        ]);
        assert_eq!(
            servers(&plan.unwrap().unwrap()),
            [
                ("10.0.0.1:8600", Role::Consul),
                ("10.0.0.1", Role::Forwarder),
                ("10.0.0.2:5353", Role::Forwarder),
                ("[fd00::1]:8600", Role::Consul),
                ("fd00::2", Role::Forwarder),
            ],
            "each once"
        );
    }

    #[test]
    fn agents_are_name_servers_once_their_addresses_are_known() {
        let mut plan = asking(&[]);
        for host in ["127.0.0.1", "localhost", "::1"] {
            plan.add_agent(host);
        }
        assert_eq!(plan.hosts, ["localhost"]);
        assert_eq!(
            servers(&plan),
            [("192.0.2.53", Role::Forwarder), ("127.0.0.1:8600", Role::Consul), ("[::1]:8600", Role::Consul)]
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let plan = runtime.block_on(plan.look_up(Deadline::after(Duration::from_secs(60))));
        assert_eq!((plan.hosts.len(), plan.servers.len()), (0, 3), "localhost is one of those: {:?}", servers(&plan));
    }

    #[test]
    fn what_cannot_be_asked_for_is_our_own_fault() {
        let fault = |args: &[&str]| plan(args).unwrap_err().parts().0.to_owned();
        let name = fault(&["--dns", "192.0.2.53", "--dns-name", "db..consul"]);
        assert!(name.starts_with("\"db..consul\" is no name for DNS: "), "{name}");
        let long = fault(&["--dns", "192.0.2.53", "--tag", &"x".repeat(64)]);
        assert!(long.contains(".web.service.consul\" is no name for DNS: "), "{long}");
        for (server, said) in [("ns1.example", "\"ns1.example\" is no IP address"), ("ns1:8600", "\"ns1\" is no IP")] {
            let error = plan(&["--dns", server]).unwrap_err();
            assert!(error.parts().0.starts_with(said), "{error:?}");
            assert_eq!(error.parts().1, "give --dns an address");
        }
        for server in ["10.0.0.1:", "10.0.0.1:0x", "10.0.0.1:65536", "[::1"] {
            assert_eq!(plan(&["--dns", server]).unwrap_err().parts().1, "give --dns an address", "{server}");
        }
    }

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
        assert_eq!(standing(&one), Standing::Passing);
        one.checks[0].status = Status::Warning;
        assert_eq!(standing(&one), Standing::Warning);
        one.checks[0].status = Status::Critical;
        assert_eq!(standing(&one), Standing::Critical);
        one.checks[0].id = "_service_maintenance:web".to_owned();
        assert_eq!(standing(&one), Standing::Maintenance);
        one.address = HostPort { host: "web.example".to_owned(), port: None };
        assert_eq!((known(&one).ip, known(&one).port), (None, None));
    }
}
